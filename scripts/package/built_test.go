package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
)

// What make package has built is what it says it is.
func TestBuiltPackage(t *testing.T) {
	zipPath := os.Getenv("PACKAGE_TEST_ZIP")
	if zipPath == "" {
		t.Skip("PACKAGE_TEST_ZIP names no package: make package-test builds one and tests it")
	}
	name := strings.TrimSuffix(zipPath, ".zip")
	bootstrap := filepath.Join(name, "bootstrap")
	_, arch, _ := strings.Cut(filepath.Base(name), "-")
	if err := checkStatic(bootstrap, arch); err != nil {
		t.Error(err)
	}
	read := func(path string) []byte {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	executable, zipped := read(bootstrap), read(zipPath)
	if len(zipped) > maxZipped {
		t.Errorf("the zip has %d bytes, at most %d are allowed", len(zipped), maxZipped)
	}
	checkZip(t, zipped, executable)

	info, err := buildinfo.ReadFile(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	bom := checkBOM(t, read(name+".cdx.json"), info)
	sum := sha256.Sum256(executable)
	if got, want := (*bom.Metadata.Component.Hashes)[0].Value, hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the SBOM is of %s, the bootstrap is %s", got, want)
	}
	// Of each kind one: Go's library, what is built from source, the compiler's.
	for _, name := range []string{"std", "vips", "libc6-dev", "libgcc-"} {
		if !slices.ContainsFunc(*bom.Components, func(c cyclonedx.Component) bool { return strings.HasPrefix(c.Name, name) }) {
			t.Errorf("the SBOM has no %s", name)
		}
	}
}
