package thumburl

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// The README is the reference of the request: it names every edit and every field.
func TestREADMENamesEveryEdit(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("| edits | %d,", len(kinds)); !strings.Contains(string(data), want) {
		t.Errorf("the README does not say %q, which is how many there are", want)
	}
	_, reference, _ := strings.Cut(string(data), "### The request")
	reference, _, _ = strings.Cut(reference, "### Light or values")
	rows := map[string]string{}
	for line := range strings.Lines(reference) {
		cells := strings.SplitN(line, "|", 4)
		if len(cells) < 4 {
			continue
		}
		for _, name := range strings.Split(cells[1], ",") {
			if name = strings.TrimSpace(name); strings.HasPrefix(name, "`") {
				rows[strings.Trim(name, "`")] = cells[2]
			}
		}
	}
	for _, e := range append(randomEdits(rand.New(rand.NewPCG(1, 1))), AsStored{}) {
		row, ok := rows[e.name()]
		if !ok {
			t.Errorf("%s is not in the README's table of edits", e.name())
			continue
		}
		o, ok := formOf(e).(objectForm)
		if !ok {
			continue
		}
		for _, f := range o.fields {
			said := strings.Contains(row, "`"+f.name+"`") || f.name == o.short || f.name == "bucket" || f.name == "key"
			if !said {
				t.Errorf("%s.%s is not in the README's table of edits", e.name(), f.name)
			}
		}
	}
}
