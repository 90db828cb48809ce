package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"testing"

	"github.com/thumbfront/thumbfront/infra/settings"
)

// What is built is what is deployed, where nothing else was asked for.
func TestBuiltArchitecture(t *testing.T) {
	dir := t.TempDir()
	build := func(architecture settings.Architecture) {
		at := filepath.Join(dir, "thumbnail-"+string(architecture))
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "bootstrap"), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := builtArchitecture(dir, "thumbnail", settings.ARM64); got != settings.ARM64 {
		t.Errorf("nothing built: %s", got)
	}
	build(settings.X8664)
	if got := builtArchitecture(dir, "thumbnail", settings.ARM64); got != settings.X8664 {
		t.Errorf("x86_64 built: %s", got)
	}
	build(settings.ARM64)
	if got := builtArchitecture(dir, "thumbnail", settings.ARM64); got != settings.ARM64 {
		t.Errorf("both built: %s", got)
	}
}

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
					t.Error("the bootstrap needs the shared libraries of the machine that built it: run make package again")
				}
			}
		})
	}
}
