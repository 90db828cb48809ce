package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// build links a function and gives the archives that the linker took code from.
func build(ctx context.Context, function, bootstrap string) (archives []string, err error) {
	dir, err := os.MkdirTemp("", "thumbfront-package-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	linkMap := filepath.Join(dir, "map")
	flags, err := linkerFlags(os.Getenv("NATIVE_LDFLAGS"), linkMap)
	if err != nil {
		return nil, err
	}
	// The SDK waits for a network, so its calls gain nothing by being inlined, and they take
	// a quarter of a megabyte, zipped; HTTP/2, which neither S3 nor the Runtime API speaks,
	// takes as much.
	const small = "github.com/aws/...=-l"
	// No version control stamp: it differs where there is no repository, as in Docker.
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-gcflags", small,
		"-tags", os.Getenv("NATIVE_TAGS")+",nethttpomithttp2", "-ldflags", flags, "-o", bootstrap, "./lambda/"+function)
	// Of a success there is nothing to tell: the linker warns of what GLib could
	// ask the user database, and there is none on Lambda.
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	file, err := os.Open(linkMap)
	if err != nil {
		return nil, fmt.Errorf("the linker wrote no map: %w", err)
	}
	defer file.Close()
	return archivesIn(file)
}

// linkerFlags adds to the flags of scripts/native/env.sh: a map of what is
// linked, and no build ID, which would depend on the paths of this machine.
func linkerFlags(native, linkMap string) (string, error) {
	const external = `-extldflags "`
	if strings.Count(native, external) != 1 {
		return "", fmt.Errorf("NATIVE_LDFLAGS is %q, want one %s: evaluate what scripts/native/env.sh prints", native, external)
	}
	return "-buildid= " + strings.Replace(native, external, external+"-Wl,-Map="+linkMap+" ", 1), nil
}

// archivesIn reads a map of GNU ld, whose first part has a line such as
// "/usr/lib/libz.a(inflate.o)" for each member of an archive that is linked.
func archivesIn(linkMap io.Reader) ([]string, error) {
	var archives []string
	lines := bufio.NewScanner(linkMap)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "Archive member included") {
		return nil, fmt.Errorf("the linker's map begins with %q, want the list of archives", lines.Text())
	}
	for lines.Scan() {
		line := lines.Text()
		if line != "" && !strings.HasPrefix(line, "/") && !strings.HasPrefix(line, " ") {
			break // the next part
		}
		if archive, _, ok := strings.Cut(line, ".a("); ok && strings.HasPrefix(line, "/") {
			archives = append(archives, filepath.Clean(archive+".a"))
		}
	}
	if len(archives) == 0 {
		return nil, fmt.Errorf("the linker's map names no archive: not even libc is linked")
	}
	slices.Sort(archives)
	return slices.Compact(archives), lines.Err()
}
