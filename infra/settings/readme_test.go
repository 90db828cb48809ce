package settings

import (
	"os"
	"strings"
	"testing"
)

func TestREADMEHasTheTable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), Table()) {
		t.Errorf("README.md does not have the settings table as it is now:\n%s", Table())
	}
}
