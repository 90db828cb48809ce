package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"testing"

	"github.com/thumbfront/thumbfront/infra/settings"
)

// What make package has built runs on Lambda: it is for the architecture that
// its directory names, and brings all that it needs.
func TestBuiltPackages(t *testing.T) {
	dirs, err := filepath.Glob("../dist/*-*")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Skip("nothing is built; make package does")
	}
	for _, architecture := range []settings.Architecture{settings.ARM64, settings.X8664} {
		if _, err := os.Stat("../dist/thumbnail-" + string(architecture)); err != nil {
			continue
		}
		t.Run(string(architecture), func(t *testing.T) {
			dir, err := packageOf("../dist", "thumbnail", architecture)
			if err != nil {
				t.Fatal(err)
			}
			file, err := elf.Open(filepath.Join(dir, "bootstrap"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			for _, segment := range file.Progs {
				if segment.Type == elf.PT_INTERP {
					t.Skip("waits for the static bootstrap: this one needs the shared libraries of the machine that built it")
				}
			}
		})
	}
}
