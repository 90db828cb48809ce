package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/pkg/thumbnail"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func TestLanguages(t *testing.T) {
	for name, tt := range map[string]struct {
		languages, wrong string // wrong is what the error names; empty: none
		access           thumburl.Access
		env              map[string]string
	}{
		"native alone":              {"native", "", thumburl.Signed, map[string]string{"AUTO_WEBP": "never read"}},
		"open":                      {"sih,native,thumbor", "", thumburl.Open, nil},
		"signed in its own way":     {"sih", "", thumburl.Signed, map[string]string{"ENABLE_SIGNATURE": "Yes", "SECRETS_MANAGER": "s", "SECRET_KEY": "k"}},
		"nobody could ask":          {"thumbor", "ENABLE_SIGNATURE", thumburl.Signed, nil},
		"a bucket that is not ours": {"sih", `SOURCE_BUCKETS has "evil"`, thumburl.Open, map[string]string{"SOURCE_BUCKETS": "others,evil"}},
		"a setting that is wrong":   {"sih", "AUTO_WEBP", thumburl.Open, map[string]string{"AUTO_WEBP": "maybe"}},

		"imgproxy, open":                  {"imgproxy,native", "", thumburl.Open, nil},
		"imgproxy, signed by a key":       {"imgproxy", "", thumburl.Signed, map[string]string{"IMGPROXY_KEY": "01", "IMGPROXY_SALT": "02"}},
		"imgproxy, signed by a secret":    {"imgproxy", "", thumburl.Signed, map[string]string{"IMGPROXY_SECRET_ID": "s"}},
		"nobody could ask imgproxy":       {"imgproxy", "IMGPROXY_KEY", thumburl.Signed, nil},
		"imgproxy with a mistake":         {"imgproxy", "IMGPROXY_QUALITY", thumburl.Open, map[string]string{"IMGPROXY_QUALITY": "101"}},
		"a watermark that is not ours":    {"imgproxy", "IMGPROXY_WATERMARK_URL", thumburl.Open, map[string]string{"IMGPROXY_WATERMARK_URL": "s3://evil/w.png"}},
		"the custom server's, open":       {"native,thumbnail", "", thumburl.Open, map[string]string{"SOURCE_PREFIXES": "https://img.example.com/"}},
		"the custom server's, signed":     {"native,thumbnail", "ACCESS=open", thumburl.Signed, map[string]string{"SOURCE_PREFIXES": "https://img.example.com/"}},
		"the custom server's, of nothing": {"native,thumbnail", "SOURCE_PREFIXES", thumburl.Open, nil},
		"one that nobody speaks":          {"klingon", `"klingon"`, thumburl.Open, nil},
	} {
		cfg := thumbnail.Config{Languages: strings.Split(tt.languages, ","), Access: tt.access, OriginalsBucket: "ours", AllowedBuckets: []string{"others"},
			SourcePrefixes: strings.Fields(tt.env["SOURCE_PREFIXES"])}
		list, err := newLanguages(cfg, func(name string) string { return tt.env[name] }, aws.Config{}, slog.New(slog.DiscardHandler))
		if tt.wrong == "" && (err != nil || len(list) != len(cfg.Languages)) || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%s: %d languages, %v", name, len(list), err)
		}
		for i, name := range cfg.Languages {
			if err == nil && (list[i] == nil) != (name == "native") {
				t.Errorf("%s: the languages are in another order", tt.languages)
			}
		}
	}
}
