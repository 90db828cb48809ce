package language

import (
	"fmt"
	"slices"
	"strings"
)

// Names of all languages. Where there is no other order they are tried in this
// one: a thumbor path may be anything, and so thumbor comes last.
var Names = []string{Native, "sih", "imgproxy", "thumbnail", "thumbor"}

// ValidateList checks a list of languages in the order in which they are tried.
func ValidateList(list []string) error {
	for i, name := range list {
		switch {
		case !slices.Contains(Names, name):
			return fmt.Errorf("languages: got %q, want some of %s", name, strings.Join(Names, ", "))
		case slices.Contains(list[:i], name):
			return fmt.Errorf("languages: got %q twice, want each once", name)
		case name == "thumbor" && i < len(list)-1:
			return fmt.Errorf("languages: got %q behind thumbor, want thumbor last: it reads any path", list[i+1])
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("languages: got none, want some of %s", strings.Join(Names, ", "))
	}
	return nil
}
