package thumburl

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write js/src/table.js anew")

// tableFile is the language of edits as the JavaScript reads it: an edit a line, its
// fields by commas, each a name, the sign of its kind, and what the kind wants to know.
const tableFile = "js/src/table.js"

// TestJavaScriptTable keeps the edits of the JavaScript package to those of Go.
func TestJavaScriptTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("// Made from the forms of the edits in Go: go test ./pkg/thumburl -run JavaScriptTable -update\nexport const table = `")
	edits := append(randomEdits(rand.New(rand.NewPCG(1, 1))), AsStored{})
	slices.SortFunc(edits, func(a, b Edit) int { return strings.Compare(a.name(), b.name()) })
	for i, e := range edits {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.name() + tableEntry(t, formOf(e)))
	}
	b.WriteString("`;\n")
	if *update {
		if err := os.WriteFile(tableFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Errorf("%s is not made from these edits: run go test ./pkg/thumburl -run JavaScriptTable -update, and make js", tableFile)
	}
}

func tableEntry(t *testing.T, f form) string {
	t.Helper()
	number := func(v float64) string {
		if v == smallest {
			return "1e-6"
		}
		return strings.Replace(strconv.FormatFloat(v, 'f', -1, 64), "0.", ".", 1)
	}
	bounds := func(min, max float64, def string) string {
		s := number(min) + "|" + number(max)
		if def != "" {
			s += "|" + def
		}
		return s
	}
	zero := func(min float64) string {
		if min <= 0 {
			return "0"
		}
		return ""
	}
	names := func(prefix string, names []string) string { return prefix + strings.Join(names, "|") }
	switch f := f.(type) {
	case objectForm:
		s := "{"
		if f.bare {
			s += "!"
		}
		if f.needed {
			s += "&"
		}
		s += f.short
		for _, one := range f.fields {
			s += "," + one.name + tableEntry(t, one.form)
		}
		return s
	case requiredForm:
		return "'" + bounds(float64(f.min), float64(f.max), "")
	case intForm:
		def := zero(float64(f.min))
		if f.def != 0 {
			def = strconv.Itoa(f.def)
		}
		return "*" + bounds(float64(f.min), float64(f.max), def)
	case floatForm:
		return "~" + bounds(f.min, f.max, zero(f.min))
	case optionalForm:
		sign, def := "~", number(f.def)
		if f.whole {
			sign = "*"
		}
		if f.def == never {
			def = ""
		}
		return sign + bounds(f.min, f.max, def)
	case lengthForm:
		min, def := 1.0, ""
		if f.negative {
			min = -float64(f.most)
		}
		if f.zero {
			def = "0"
		}
		return "%" + bounds(min, float64(f.most), def)
	case boolForm:
		return map[bool]string{true: "+", false: "-"}[f.says]
	case switchForm:
		return map[bool]string{true: "+", false: "-"}[bool(f)]
	case colorForm:
		if f.opaque {
			return "#-"
		}
		return "#" + strings.TrimPrefix(string(f.def), "#")
	case textForm:
		if f.check("", "") == nil { // a bucket may be left out
			return "&"
		}
		return "$"
	case focusForm:
		return "@"
	case angleForm:
		return "<"
	case matrixForm:
		return "]" + bounds(f.min, f.max, "")
	case numbersForm:
		counts := fmt.Sprintf("|%d|%d", f.counts[0], f.counts[len(f.counts)-1])
		sign := "["
		if f.scalar {
			sign = "("
		}
		return sign + bounds(f.min, f.max, "") + counts
	case wholeNumbers:
		return ")" + bounds(f.min, f.max, "") + fmt.Sprintf("|1|%d", len(f.counts))
	case nameForm[Fit]:
		return names("=", f.names)
	case nameForm[Position]:
		return names("=", f.names)
	case nameForm[Kernel]:
		return names("=", f.names)
	case nameForm[Space]:
		return names("=", f.names)
	case nameForm[ChromaSubsampling]:
		return names("=", f.names)
	case nameForm[ExtendWith]:
		return names("=", f.names)
	case nameForm[Interpolator]:
		return names("=", f.names)
	case nameForm[Blend]:
		return names("=", f.names)
	case nameForm[Bitwise]:
		return names("=", f.names)
	case nameForm[Compression]:
		return names("=", f.names)
	case nameForm[Colourspace]:
		return names("=", f.names)
	case always[Channel]:
		return names(":", f.names)
	case always[Bitwise]:
		return names(":", f.names)
	}
	t.Fatalf("a form of type %T has no sign", f)
	return ""
}
