package readme

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var fuzzTest = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)

// FuzzEdits was once in no line of make fuzz.
func TestMakeFuzzRunsEveryFuzzTest(t *testing.T) {
	commands := sh(t, "make -n fuzz")
	seen := 0
	for file := range strings.Lines(sh(t, "find infra lambda pkg scripts -name node_modules -prune -o -name '*_test.go' -print")) {
		file = strings.TrimSpace(file)
		source, err := os.ReadFile(path.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fuzzTest.FindAllStringSubmatch(string(source), -1) {
			seen++
			line := regexp.MustCompile(`(?m)-fuzz '\^` + m[1] + `\$' .* \./` + regexp.QuoteMeta(path.Dir(file)) + `$`)
			if !line.MatchString(commands) {
				t.Errorf("make fuzz does not run %s.%s", path.Dir(file), m[1])
			}
		}
	}
	if run := strings.Count(commands, " -fuzz "); seen == 0 || run != seen {
		t.Errorf("make fuzz runs %d fuzz tests of %d", run, seen)
	}
}

var skippedRaced = regexp.MustCompile(`(?m)^func Test(\w+)\(t \*testing\.T\) \{\n\tskipRaced\(t\)`)

// What the race detector makes too slow, or measures wrong, make test runs without it.
func TestMakeTestRunsWhatIsSkippedRaced(t *testing.T) {
	var skipped []string
	files, err := filepath.Glob(path.Join(root, "pkg/render/*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range skippedRaced.FindAllStringSubmatch(string(source), -1) {
			skipped = append(skipped, m[1])
		}
	}
	_, rest, _ := strings.Cut(sh(t, "make -n test"), "go test -short -run '^Test(")
	named, _, _ := strings.Cut(rest, ")$' ./pkg/render")
	run := strings.Split(named, "|")
	slices.Sort(skipped)
	slices.Sort(run)
	if len(skipped) == 0 || !slices.Equal(skipped, run) {
		t.Errorf("make test runs %v without the race detector, want %v", run, skipped)
	}
}
