package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/thumbfront/thumbfront/infra/settings"
)

var machines = map[settings.Architecture]elf.Machine{settings.ARM64: elf.EM_AARCH64, settings.X8664: elf.EM_X86_64}

// builtArchitecture is the default architecture where a package for it is built,
// else the only one that there is a package for: make package builds for the
// machine that it runs on, where nothing else is asked for.
func builtArchitecture(packages, function string, byDefault settings.Architecture) settings.Architecture {
	var built []settings.Architecture
	for architecture := range machines {
		if _, err := os.Stat(filepath.Join(packages, function+"-"+string(architecture), "bootstrap")); err == nil {
			built = append(built, architecture)
		}
	}
	if len(built) != 1 || built[0] == byDefault {
		return byDefault
	}
	fmt.Fprintf(os.Stderr, "only a package for %s is built: that is the function's architecture (the default is %s)\n", built[0], byDefault)
	return built[0]
}

// packageOf gives the directory that is a function's package. Its bootstrap has
// to run on the architecture: Lambda would only say so when it is called.
func packageOf(packages, function string, architecture settings.Architecture) (string, error) {
	name := function + "-" + string(architecture)
	dir := filepath.Join(packages, name)
	path := filepath.Join(dir, "bootstrap")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		built, _ := filepath.Glob(filepath.Join(packages, function+"-*", "bootstrap"))
		if len(built) > 0 {
			there := strings.TrimPrefix(filepath.Base(filepath.Dir(built[0])), function+"-")
			return "", fmt.Errorf("dist/%s/bootstrap is missing, but there is one for %s: deploy it by -c architecture=%s", name, there, there)
		}
		return "", fmt.Errorf("dist/%s/bootstrap is missing: run make package first", name)
	}
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o111 == 0 {
		return "", fmt.Errorf("dist/%s/bootstrap is not executable: run make package again", name)
	}
	file, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("dist/%s/bootstrap is no ELF file, run make package again: %w", name, err)
	}
	defer file.Close()
	if want := machines[architecture]; file.Machine != want {
		return "", fmt.Errorf("dist/%s/bootstrap is for %s, want %s: run make package again", name, file.Machine, want)
	}
	return dir, nil
}
