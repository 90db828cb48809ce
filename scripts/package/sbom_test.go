package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
)

var packageURL = regexp.MustCompile(`^pkg:(golang|deb/[a-z]+)/[A-Za-z0-9._~%/-]+(@[A-Za-z0-9._~%:-]+)?(\?[a-z]+=[A-Za-z0-9._~%:-]+(&[a-z]+=[A-Za-z0-9._~%:-]+)*)?(#[a-z/]+)?$`)

// checkBOM reads an SBOM as what it has to be: CycloneDX 1.6 that names each
// component once, with a version and a package URL, and each Go module.
func checkBOM(t *testing.T, encoded []byte, info *debug.BuildInfo) cyclonedx.BOM {
	t.Helper()
	var bom cyclonedx.BOM
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.SpecVersion != cyclonedx.SpecVersion1_6 || bom.Version != 1 {
		t.Errorf("this is %s %s, version %d", bom.BOMFormat, bom.SpecVersion, bom.Version)
	}
	if bom.SerialNumber != "" || bom.Metadata.Timestamp != "" {
		t.Error("a number or a time of its own: two builds would differ")
	}
	refs := []string{bom.Metadata.Component.BOMRef}
	for _, c := range *bom.Components {
		if c.Type != cyclonedx.ComponentTypeLibrary || c.Name == "" || c.Version == "" || !packageURL.MatchString(c.PackageURL) {
			t.Errorf("component %q %q is a %s with package URL %q", c.Name, c.Version, c.Type, c.PackageURL)
		}
		if slices.Contains(refs, c.BOMRef) {
			t.Errorf("bom-ref %s is there twice", c.BOMRef)
		}
		refs = append(refs, c.BOMRef)
	}
	if d := *bom.Dependencies; len(d) != 1 || d[0].Ref != refs[0] || !slices.Equal(*d[0].Dependencies, refs[1:]) {
		t.Error("the function does not depend on all that is in it")
	}
	for _, module := range info.Deps {
		if !slices.ContainsFunc(*bom.Components, func(c cyclonedx.Component) bool {
			return c.Name == module.Path && c.Version == module.Version
		}) {
			t.Errorf("the module %s %s is missing", module.Path, module.Version)
		}
	}
	return bom
}

func TestBOM(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "github.com/thumbfront/thumbfront"}, Deps: []*debug.Module{
		{Path: "github.com/Masterminds/semver/v3", Version: "v3.5.0", Sum: "h1:abc="},
		{Path: "github.com/go-sourcemap/sourcemap", Version: "v2.1.3+incompatible"},
	}}
	native := []debianPackage{
		{name: "glib2.0", version: "2.84.4-3~deb13u5", arch: "source", distro: "debian/trixie", sha256: strings.Repeat("0a", 32), licence: "LGPL-2.1-or-later"},
		{name: "libstdc++-12-dev", version: "12.2.0-14+deb12u1", arch: "amd64", distro: "debian/bookworm", source: "gcc-12@12.2.0-14+deb12u1"},
		{name: "libjpeg62-turbo-dev", version: "1:2.1.5-2", arch: "amd64", distro: "debian/bookworm", source: "libjpeg-turbo@1:2.1.5-2"},
	}
	encoded := func(native []debianPackage) []byte {
		b, err := encode(newBOM("thumbnail", "arm64", strings.Repeat("0b", 32), info, native))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := encoded(native)
	bom := checkBOM(t, first, info)
	var urls []string
	for _, c := range *bom.Components {
		urls = append(urls, c.PackageURL)
	}
	if want := []string{
		"pkg:deb/debian/glib2.0@2.84.4-3~deb13u5?arch=source&distro=trixie",
		"pkg:deb/debian/libjpeg62-turbo-dev@1:2.1.5-2?arch=amd64&distro=bookworm&upstream=libjpeg-turbo%401:2.1.5-2",
		"pkg:deb/debian/libstdc%2B%2B-12-dev@12.2.0-14%2Bdeb12u1?arch=amd64&distro=bookworm&upstream=gcc-12%4012.2.0-14%2Bdeb12u1",
		"pkg:golang/github.com/go-sourcemap/sourcemap@v2.1.3%2Bincompatible",
		"pkg:golang/github.com/masterminds/semver/v3@v3.5.0",
		"pkg:golang/std@1.26.8",
	}; !slices.Equal(urls, want) {
		t.Errorf("got  %q\nwant %q", urls, want)
	}
	if hashes := (*bom.Components)[0].Hashes; hashes == nil || (*hashes)[0].Value != native[0].sha256 {
		t.Errorf("the hash of GLib's source is %v", hashes)
	}
	if licences := (*bom.Components)[0].Licenses; licences == nil || (*licences)[0].Expression != "LGPL-2.1-or-later" {
		t.Errorf("GLib's licence is %v", licences)
	}
	slices.Reverse(native)
	if !bytes.Equal(first, encoded(append(native, native[0]))) {
		t.Error("another order, or a package twice, makes another SBOM")
	}
}
