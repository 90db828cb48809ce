package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
)

// The contenders that figures are held against each other by name.
const (
	ours      = "thumbfront-default"
	oursFast  = "thumbfront-fast"
	oursEqual = "thumbfront-equal" // ours at the quality that meets peer's score
	peer      = "sharp"
)

// entrant is a contender that can be started.
type entrant struct {
	name  string
	start func() (contender.Process, error)
	// only is the format that it is entered for, where not for all.
	only string
}

const benchDir = "scripts/bench"

// entrants builds the contenders' programs into a folder. All that link libvips
// link the native prefix's, statically, but for bimg-debian.
func entrants(bin, sources string) ([]entrant, error) {
	if os.Getenv("NATIVE_TAGS") == "" {
		return nil, fmt.Errorf("needs the native prefix; make bench builds it and sets what scripts/native/env.sh says")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	bin, err = filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	inBench, err := filepath.Abs(benchDir)
	if err != nil {
		return nil, err
	}
	for _, p := range []struct {
		name, dir, of string
		debian        bool
	}{
		{"thumbfront", ".", "./contenders/thumbfront", false},
		{"bimg", ".", "./contenders/bimg", false},
		{"bimg-debian", ".", "./contenders/bimg", true},
		{"imaging", ".", "./contenders/imaging", false},
		{"floor", ".", "./contenders/floor", false},
		{"imagor", "contenders/imagor", ".", false},
		{"imaginary", "contenders/imaginary", "github.com/h2non/imaginary", false},
	} {
		if err := build(filepath.Join(inBench, p.dir), p.of, filepath.Join(bin, p.name), p.debian); err != nil {
			return nil, err
		}
	}
	program := func(name, file string, args ...string) entrant {
		return entrant{name: name, start: func() (contender.Process, error) {
			return contender.Start(os.Environ(), inBench, file, args...)
		}}
	}
	jpegOnly := func(e entrant) entrant {
		e.only = "jpeg"
		return e
	}
	return []entrant{
		program(ours, filepath.Join(bin, "thumbfront"), "-profile", "default"),
		program(oursFast, filepath.Join(bin, "thumbfront"), "-profile", "fast"),
		program(peer, node, "sharp/contender.mjs"),
		jpegOnly(program("sharp-mozjpeg", node, "sharp/contender.mjs", "mozjpeg")),
		program("imagor", filepath.Join(bin, "imagor")),
		{name: "imaginary", start: func() (contender.Process, error) {
			return contender.StartImaginary(os.Environ(), filepath.Join(bin, "imaginary"), sources)
		}},
		program("bimg", filepath.Join(bin, "bimg")),
		program("bimg-debian", filepath.Join(bin, "bimg-debian")),
		program("imaging", filepath.Join(bin, "imaging")),
		jpegOnly(program("floor", filepath.Join(bin, "floor"))),
	}, nil
}

// build is go build, with what scripts/native/env.sh sets or, for Debian's
// libvips, without it.
func build(dir, of, out string, debian bool) error {
	args := []string{"build", "-trimpath", "-o", out}
	env := os.Environ()
	if debian {
		native := []string{"NATIVE_", "PKG_CONFIG=", "CC=", "CXX=", "GOOS=", "GOARCH=", "CGO_"}
		env = env[:0]
		for _, setting := range os.Environ() {
			if !hasPrefix(setting, native) {
				env = append(env, setting)
			}
		}
		env = append(env, "CGO_CFLAGS=-O2 -g0") // as the others
	} else {
		args = append(args, "-tags", os.Getenv("NATIVE_TAGS"), "-ldflags", os.Getenv("NATIVE_LDFLAGS"))
	}
	c := exec.Command("go", append(args, of)...)
	c.Dir, c.Env = dir, env
	// A static link warns of getaddrinfo and the like at length: only a failure is shown.
	if text, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", of, err, text)
	}
	return nil
}

func hasPrefix(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
