package readme

import (
	"os"
	"path"
	"regexp"
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
