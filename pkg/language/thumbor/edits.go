package thumbor

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/thumbfront/thumbfront/pkg/language/sih"
)

var (
	cropPart   = regexp.MustCompile(`([0-9]{1,6})x([0-9]{1,6}):([0-9]{1,6})x([0-9]{1,6})`)
	sizePart   = regexp.MustCompile(`/([0-9]+)x([0-9]+)/`)
	filterPart = regexp.MustCompile(`filters(:[^)]*\))+`)
	filterForm = regexp.MustCompile(`^(.+)\((.*)\)`)
)

// editsOf gives the edits that a path says, in the original's order: crop, size,
// then the filters by their text.
func editsOf(path string) (*sih.Object, error) {
	edits := &sih.Object{}
	if m := cropPart.FindStringSubmatch(path); m != nil {
		left, top, right, bottom := float(m[1]), float(m[2]), float(m[3]), float(m[4])
		edits.Set("crop", sih.NewObject("left", left, "top", top, "width", right-left, "height", bottom-top))
	}
	if m := sizePart.FindStringSubmatch(path); m != nil {
		resize := edits.Object("resize")
		for i, name := range []string{"width", "height"} {
			if n := float(m[i+1]); n != 0 {
				resize.Set(name, n)
			} else { // it follows from the other, inside
				resize.Set("fit", "inside")
				resize.Set(name, nil)
			}
		}
	}
	if strings.Contains(path, "fit-in") {
		edits.Object("resize").Set("fit", "inside")
	}
	var filters []string
	for _, match := range filterPart.FindAllString(path, -1) {
		filters = append(filters, strings.Split(match, ":")[1:]...)
	}
	slices.SortFunc(filters, func(a, b string) int { return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))) })
	format := path[strings.LastIndexByte(path, '.')+1:]
	for _, filter := range filters {
		m := filterForm.FindStringSubmatch(filter)
		if m == nil {
			return nil, sih.BadRequest(sih.CodeCannotParseEdits, "filters: got %q, want a name and values in parentheses", filter)
		}
		if translate, ok := filterTranslators[m[1]]; ok { // others are ignored
			if err := translate(edits, m[2], format); err != nil {
				return nil, err
			}
		}
	}
	return edits, nil
}

func float(digits string) float64 {
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil { // digits alone, but perhaps very many
		return 1e300
	}
	return n
}
