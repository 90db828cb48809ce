package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

// sbomOf lists what is in an executable, as CycloneDX 1.6 in JSON: Go modules by
// what Go wrote into it, native code by what the linker took.
func sbomOf(ctx context.Context, function, arch, bootstrap string, archives []string) ([]byte, error) {
	info, err := buildinfo.ReadFile(bootstrap)
	if err != nil {
		return nil, err
	}
	native, err := nativePackages(ctx, archives, os.Getenv("NATIVE_PREFIX"))
	if err != nil {
		return nil, err
	}
	executable, err := os.ReadFile(bootstrap)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(executable)
	return encode(newBOM(function, arch, hex.EncodeToString(sum[:]), info, native))
}

func encode(bom *cyclonedx.BOM) ([]byte, error) {
	var b bytes.Buffer
	err := cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom)
	return b.Bytes(), err
}

// newBOM has no time and no random number: one package, one SBOM.
func newBOM(function, arch, sha256 string, info *debug.BuildInfo, native []debianPackage) *cyclonedx.BOM {
	components := []cyclonedx.Component{library("std", strings.TrimPrefix(info.GoVersion, "go"), golang("std", strings.TrimPrefix(info.GoVersion, "go")))}
	components[0].Description = "Go's standard library and runtime"
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		c := library(module.Path, module.Version, golang(module.Path, module.Version))
		if module.Sum != "" {
			c.Properties = &[]cyclonedx.Property{{Name: "go.sum", Value: module.Sum}}
		}
		components = append(components, c)
	}
	for _, p := range native {
		c := library(p.name, p.version, p.purl())
		if p.sha256 != "" {
			c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: p.sha256}}
			c.Properties = &[]cyclonedx.Property{{Name: "hashed", Value: "the .dsc of the source package"}}
		}
		if p.licence != "" {
			c.Licenses = &cyclonedx.Licenses{{Expression: p.licence}}
		}
		components = append(components, c)
	}
	slices.SortFunc(components, func(a, b cyclonedx.Component) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	components = slices.CompactFunc(components, func(a, b cyclonedx.Component) bool { return a.BOMRef == b.BOMRef })

	of := "pkg:golang/" + strings.ToLower(info.Main.Path) + "#lambda/" + function
	refs := make([]string, len(components))
	for i, c := range components {
		refs[i] = c.BOMRef
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &cyclonedx.Component{
		Type: cyclonedx.ComponentTypeApplication, BOMRef: of, PackageURL: of, Name: function,
		Hashes:     &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sha256}},
		Properties: &[]cyclonedx.Property{{Name: "architecture", Value: arch}, {Name: "hashed", Value: "bootstrap"}},
	}}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: of, Dependencies: &refs}}
	return bom
}

func library(name, version, purl string) cyclonedx.Component {
	return cyclonedx.Component{Type: cyclonedx.ComponentTypeLibrary, BOMRef: purl, Name: name, Version: version, PackageURL: purl}
}

// golang writes a module's package URL; the scheme's names are in small letters.
//
// https://github.com/package-url/purl-spec/blob/main/types-doc/golang-definition.md
func golang(path, version string) string {
	return "pkg:golang/" + strings.ToLower(path) + "@" + percent(version)
}

// purl names the package; its qualifiers are in order.
func (p debianPackage) purl() string {
	vendor, suite, _ := strings.Cut(p.distro, "/")
	url := fmt.Sprintf("pkg:deb/%s/%s@%s?arch=%s&distro=%s", vendor, percent(p.name), percent(p.version), p.arch, percent(suite))
	if p.source != "" {
		url += "&upstream=" + percent(p.source)
	}
	return url
}

// percent escapes what a package URL does not take as it is.
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("-._~:", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
