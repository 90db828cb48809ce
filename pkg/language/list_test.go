package language

import (
	"strings"
	"testing"
)

func TestValidateList(t *testing.T) {
	for _, list := range []string{"native", "sih", "sih,native,thumbor", "native,sih,imgproxy,thumbnail,thumbor"} {
		if err := ValidateList(strings.Split(list, ",")); err != nil {
			t.Errorf("%s: %v", list, err)
		}
	}
	for list, want := range map[string]string{"french": `"french"`, "sih,sih": "twice", "thumbor,native": "behind thumbor", "": `""`} {
		if err := ValidateList(strings.Split(list, ",")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", list, err)
		}
	}
	if ValidateList(nil) == nil {
		t.Error("no language is a list")
	}
}
