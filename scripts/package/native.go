package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// debianPackage is a package that code of a function comes from: a source
// package that scripts/native built, or a binary one of the building machine.
type debianPackage struct {
	name, version string
	arch          string // source, or the binary package's
	distro        string // vendor/suite, such as debian/trixie
	sha256        string // of the source package's .dsc
	source        string // of a binary package: name@version
	licence       string // of what was built from a source package, an SPDX expression
}

// nativePackages names where the linked archives come from: the libraries of the
// prefix, where one of them is linked, and the machine's packages: libc,
// libstdc++, libgcc, and the codecs that Debian has as static libraries.
func nativePackages(ctx context.Context, archives []string, prefix string) ([]debianPackage, error) {
	if prefix == "" {
		return nil, errors.New("NATIVE_PREFIX is not set: evaluate what scripts/native/env.sh prints")
	}
	var packages []debianPackage
	var fromMachine []string
	fromPrefix := false
	for _, archive := range archives {
		if strings.HasPrefix(archive, prefix+"/") {
			fromPrefix = true
		} else {
			fromMachine = append(fromMachine, archive)
		}
	}
	if fromPrefix {
		var err error
		if packages, err = stamps(filepath.Join(prefix, "stamps")); err != nil {
			return nil, err
		}
	}
	installed, err := owners(ctx, fromMachine)
	if err != nil {
		return nil, err
	}
	return append(packages, installed...), nil
}

// stamps reads what build.sh leaves for each thing it built: "<source package>
// <version> <suite> <SHA-256 of the .dsc> <kind> <licence>". Libraries are linked;
// tools and programs are not.
func stamps(dir string) ([]debianPackage, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var packages []debianPackage
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		fields := strings.Fields(string(content))
		if len(fields) < 6 || !slices.Contains([]string{"library", "tool", "program"}, fields[4]) {
			return nil, fmt.Errorf("the stamp %s is %q, want package, version, suite, SHA-256, library, tool or program, and licence", entry.Name(), content)
		}
		if fields[4] != "library" {
			continue
		}
		if sum, err := hex.DecodeString(fields[3]); err != nil || len(sum) != 32 {
			return nil, fmt.Errorf("the stamp %s: %q is no SHA-256", entry.Name(), fields[3])
		}
		packages = append(packages, debianPackage{name: fields[0], version: fields[1], arch: "source",
			distro: "debian/" + fields[2], sha256: strings.ToLower(fields[3]), licence: strings.Join(fields[5:], " ")})
	}
	if len(packages) == 0 {
		return nil, fmt.Errorf("there are no stamps of libraries in %s", dir)
	}
	return packages, nil
}

// owners asks dpkg which packages own files of this machine.
func owners(ctx context.Context, files []string) ([]debianPackage, error) {
	if len(files) == 0 {
		return nil, nil
	}
	distro, err := distroIn("/etc/os-release")
	if err != nil {
		return nil, err
	}
	found, err := dpkg(ctx, "dpkg-query", append([]string{"--search", "--"}, files...)...)
	if err != nil {
		return nil, fmt.Errorf("not every linked archive is of a Debian package: %w", err)
	}
	// Lines such as "libc6-dev:amd64: /usr/lib/x86_64-linux-gnu/libc.a".
	var names []string
	for line := range strings.Lines(found) {
		if owner, _, ok := strings.Cut(line, ": /"); ok {
			names = append(names, owner)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	described, err := dpkg(ctx, "dpkg-query", append([]string{"--show", "--showformat",
		"${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n", "--"}, names...)...)
	if err != nil {
		return nil, err
	}
	var packages []debianPackage
	for line := range strings.Lines(described) {
		fields := strings.Fields(line)
		if len(fields) != 5 {
			return nil, fmt.Errorf("dpkg-query says %q of a package, want 5 words", line)
		}
		packages = append(packages, debianPackage{name: fields[0], version: fields[1], arch: fields[2],
			distro: distro, source: fields[3] + "@" + fields[4]})
	}
	return packages, nil
}

func dpkg(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%s: %w: %s", name, err, failed.Stderr)
	}
	return string(out), err
}

// distroIn reads the vendor and the suite of this machine.
func distroIn(osRelease string) (string, error) {
	content, err := os.ReadFile(osRelease)
	if err != nil {
		return "", err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = strings.Trim(value, `"`)
	}
	if values["ID"] == "" || values["VERSION_CODENAME"] == "" {
		return "", fmt.Errorf("%s names no ID and VERSION_CODENAME", osRelease)
	}
	return values["ID"] + "/" + values["VERSION_CODENAME"], nil
}
