package thumbnail

import (
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

func TestConfigDefaults(t *testing.T) {
	env := map[string]string{"ORIGINALS_BUCKET": "originals", "THUMBNAILS_BUCKET": "thumbnails", "SECRET_ID": "s"}
	c, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if c.Access != thumburl.Signed || c.Epoch != 1 || c.RenderTimeout != 20*time.Second || c.MemoryMB != 1792 || len(c.Prefixes) != 1 || c.Prefixes[0] != "uploads/" {
		t.Errorf("%+v", c)
	}
	if limit := c.Limits().MemoryBytes >> 20; limit != 1075 {
		t.Errorf("a render may take %d MB of 1792, want 60 %%", limit)
	}
}

func TestConfigNamesAllMistakesAtOnce(t *testing.T) {
	env := map[string]string{"ACCESS": "everybody", "PRESETS": `{"card":{"edits":{"resize":{"width":-1}}}}`, "EPOCH": "one",
		"RENDER_TIMEOUT": "20", "LANGUAGES": "klingon", "ALLOW_DEVELOPMENT_SECRET": "maybe", "SECRET_REFRESH": "-1s", "SOURCE_PREFIXES": "img.example.com", "SOURCE_NETWORKS": "169.254.0.0/16", "SIGNING_SECRET": "short", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "64"}
	_, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range []string{"ORIGINALS_BUCKET", "THUMBNAILS_BUCKET", "SECRET_ID", "ACCESS", "PRESETS", "EPOCH", "RENDER_TIMEOUT",
		"LANGUAGES", "ALLOW_DEVELOPMENT_SECRET", "SECRET_REFRESH", "SOURCE_PREFIXES", "SOURCE_NETWORKS", "SIGNING_SECRET", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in\n%v", name, err)
		}
	}
}

func TestOpenNeedsNoSecret(t *testing.T) {
	env := map[string]string{"ORIGINALS_BUCKET": "originals", "THUMBNAILS_BUCKET": "thumbnails", "ACCESS": "open"}
	if _, err := ConfigFromEnv(func(name string) string { return env[name] }); err != nil {
		t.Error(err)
	}
}

func TestSigningSecretOfTheEnvironment(t *testing.T) {
	env := map[string]string{"ORIGINALS_BUCKET": "originals", "THUMBNAILS_BUCKET": "thumbnails", "SIGNING_SECRET": "0123456789abcdef", "SIGNING_SECRET_PREVIOUS": "fedcba9876543210"}
	c, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if secrets, err := c.SigningSecrets.Get(t.Context()); err != nil || len(secrets) != 2 || string(secrets[0]) != "0123456789abcdef" {
		t.Errorf("%q, %v", secrets, err)
	}
	for _, change := range []map[string]string{{"SIGNING_SECRET": ""}, {"SIGNING_SECRET": "short"}, {"SIGNING_SECRET": thumburl.DevelopmentSecret}, {"SECRET_ID": "s"}} {
		_, err := ConfigFromEnv(func(name string) string {
			if v, ok := change[name]; ok {
				return v
			}
			return env[name]
		})
		if err == nil || strings.Contains(err.Error(), "short") || strings.Contains(err.Error(), "fedcba") {
			t.Errorf("%v: %v", change, err)
		}
	}
}

func TestRendererDrawsSVGForOtherLanguages(t *testing.T) {
	for list, want := range map[string]bool{"native": false, "sih": true, "native,imgproxy": true} {
		c := Config{Languages: strings.Split(list, ","), MemoryMB: 1000, Space: thumburl.Gamma, Profile: render.FastProfile}
		r := c.Renderer()
		if r.SVG != want || r.Space != thumburl.Gamma || r.Profile != render.FastProfile || r.Limits != c.Limits() {
			t.Errorf("%s: %+v", list, r)
		}
	}
}
