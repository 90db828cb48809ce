package imgproxy

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

var update = flag.Bool("update", false, "write testdata/urls.txt anew; look at what changes")

// now of all tests.
var now = time.Unix(1_800_000_000, 0)

// testLanguage has a watermark and presets, and no keys.
func testLanguage(t testing.TB, settings ...string) *Language {
	t.Helper()
	env := map[string]string{
		"IMGPROXY_PRESETS":       "thumb=rs:fill:30:20/g:sm, sharp=sh:0.7/q:90, loop=w:7/pr:loop",
		"IMGPROXY_WATERMARK_URL": "s3://ours/marks/w.png", "IMGPROXY_WATERMARK_OPACITY": "0.5",
	}
	for i := 0; i < len(settings); i += 2 {
		env["IMGPROXY_"+settings[i]] = settings[i+1]
	}
	c, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	c.DefaultBucket = "ours"
	return New(c, nil)
}

// meaning says what a path means, or how it is refused, in one line.
func meaning(l *Language, path string) string {
	reading, err := l.Read(context.Background(), language.Asked{Path: path, Now: now})
	var refused *language.Error
	switch {
	case errors.Is(err, language.ErrNotMine):
		return "not mine"
	case errors.As(err, &refused):
		return fmt.Sprintf("%d %s: %s", refused.Status, refused.Code, refused.Message)
	case err != nil:
		return "?? " + err.Error()
	}
	payload, err := thumburl.Encode(reading.Request)
	if err != nil {
		return "?? " + err.Error()
	}
	json, _ := thumburl.Decode(payload)
	s := string(json)
	if !reading.Expires.IsZero() {
		s += " expires " + reading.Expires.UTC().Format(time.RFC3339)
	}
	if reading.StoredBytes {
		s += " as it is"
	}
	if len(reading.StoredBytesOf) > 0 {
		s += " as it is where it is " + strings.Join(reading.StoredBytesOf, " or ")
	}
	return s
}

// TestURLs reads a table of paths, each with what it means in the next line.
func TestURLs(t *testing.T) {
	const file = "testdata/urls.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l := testLanguage(t)
	var anew strings.Builder
	count, told, path := 0, 0, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "/"):
			path = line
			count++
			fmt.Fprintf(&anew, "%s\n    %s\n", path, meaning(l, path))
		case strings.HasPrefix(line, "    "):
			told++
			if got, want := meaning(l, path), strings.TrimPrefix(line, "    "); got != want && !*update {
				t.Errorf("%s\n got %s\nwant %s", path, got, want)
			}
		default:
			anew.WriteString(line + "\n")
		}
	}
	if count < 150 || told != count && !*update {
		t.Errorf("%d URLs with %d meanings, want at least 150, each with its own", count, told)
	}
	if *update {
		if err := os.WriteFile(file, []byte(anew.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
