package readme

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rooms of CONTRIBUTING.md: what each package imports of this repository, tests aside.
func TestArrowsAreThose(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "|---|---|\n")
	told := map[string][]string{}
	name := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			break
		}
		uses := []string{}
		for _, m := range name.FindAllStringSubmatch(cells[2], -1) {
			uses = append(uses, "pkg/"+m[1])
		}
		for _, m := range name.FindAllStringSubmatch(cells[1], -1) {
			told["pkg/"+m[1]] = uses
		}
	}
	const module = "github.com/thumbfront/thumbfront/"
	for line := range strings.Lines(sh(t, "go list -f '{{.ImportPath}} {{join .Imports \" \"}}' ./pkg/...")) {
		words := strings.Fields(line)
		pkg, uses := strings.TrimPrefix(words[0], module), []string{}
		for _, imported := range words[1:] {
			if own, ok := strings.CutPrefix(imported, module); ok {
				uses = append(uses, own)
			} else if pkg == "pkg/thumburl" && strings.Contains(imported, ".") {
				t.Errorf("%s imports %s", pkg, imported)
			}
		}
		if want, ok := told[pkg]; !ok || !slices.Equal(uses, want) {
			t.Errorf("%s uses %v, CONTRIBUTING.md tells of %v", pkg, uses, want)
		}
		delete(told, pkg)
	}
	for pkg := range told {
		t.Errorf("there is no %s", pkg)
	}
}
