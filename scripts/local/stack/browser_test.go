package stack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// needBrowser gives the path of Chromium, or skips the test where something of
// what drives it is missing. `make test` installs it and lets nothing be skipped.
func needBrowser(t *testing.T) (chromium string) {
	t.Helper()
	missing := ""
	for _, tool := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = tool
		}
	}
	if _, err := os.Stat("../browser/node_modules/playwright-core"); err != nil {
		missing = "playwright-core"
	}
	if missing != "" {
		if os.Getenv("THUMBFRONT_TEST_ALL") != "" {
			t.Fatalf("%s is missing; scripts/deps.sh test installs it", missing)
		}
		t.Skipf("%s is missing; `make test` installs it", missing)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	return chromium
}

// TestPageInABrowser drops a picture on the page in headless Chromium.
func TestPageInABrowser(t *testing.T) {
	chromium := needBrowser(t)
	pictures := map[string]string{"a JPEG": filepath.Join(t.TempDir(), "photo.jpg"), "a HEIC": "../../../pkg/render/testdata/quad-p3.heic"}
	if err := os.WriteFile(pictures["a JPEG"], photo(t, 1600, 1200), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, picture := range pictures {
		t.Run(name, func(t *testing.T) {
			l := start(t, stack.Options{})
			picture, err := filepath.Abs(picture)
			if err != nil {
				t.Fatal(err)
			}
			node := exec.CommandContext(t.Context(), "node", "--test", "page.test.mjs")
			node.Dir = "../browser"
			node.Env = append(os.Environ(), "THUMBFRONT_URL="+l.URL, "PICTURE="+picture, "CHROMIUM="+chromium)
			if out, err := node.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
