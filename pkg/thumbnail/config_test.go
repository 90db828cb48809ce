package thumbnail

import (
	"strings"
	"testing"
	"time"

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
		"RENDER_TIMEOUT": "20", "LANGUAGES": "klingon", "ALLOW_DEVELOPMENT_SECRET": "maybe", "SECRET_REFRESH": "-1s", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "64"}
	_, err := ConfigFromEnv(func(name string) string { return env[name] })
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range []string{"ORIGINALS_BUCKET", "THUMBNAILS_BUCKET", "SECRET_ID", "ACCESS", "PRESETS", "EPOCH", "RENDER_TIMEOUT",
		"LANGUAGES", "ALLOW_DEVELOPMENT_SECRET", "SECRET_REFRESH", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"} {
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
