package stack_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// TestCardsInABrowser shows 24 pictures as cards to headless Chromium.
func TestCardsInABrowser(t *testing.T) {
	chromium := needBrowser(t)
	l := startWhole(t, stack.Options{})
	for i := range 24 {
		l.put(fmt.Sprintf("uploads/picture-%02d.jpg", i), photo(t, 900+40*i, 1400-30*i))
	}
	// Photos from cameras, where they are.
	real, err := filepath.Glob("../../../../shared/images/*.jpg")
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range real {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		l.put(fmt.Sprintf("uploads/picture-%02d.jpg", i), body)
	}
	l.idle()
	node := exec.CommandContext(t.Context(), "node", "--test", "cards.test.mjs")
	node.Dir = "../browser"
	node.Env = append(os.Environ(), "THUMBFRONT_URL="+l.URL, "CHROMIUM="+chromium)
	out, err := node.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, line := range regexp.MustCompile(`(?m)^# (24 cards.*)$`).FindAllSubmatch(out, -1) {
		t.Logf("%s", line[1])
	}
}
