package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDropFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if pages, err := residentPages(f, 1<<20); err != nil || pages == 0 {
		t.Fatalf("%d pages of a new file are in memory (%v)", pages, err)
	}
	if err := dropFile(path); err != nil {
		t.Skipf("this file system keeps pages: %v", err) // such as tmpfs
	}
	if pages, err := residentPages(f, 1<<20); err != nil || pages != 0 {
		t.Errorf("%d pages stay (%v)", pages, err)
	}
}

func TestDropMode(t *testing.T) {
	var m dropMode
	for _, good := range []string{"none", "package", "all"} {
		if err := m.Set(good); err != nil || m.String() != good {
			t.Errorf("%s: %v, %v", good, m, err)
		}
	}
	if m.Set("some") == nil {
		t.Error("some is a mode")
	}
}
