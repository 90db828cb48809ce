package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write template.golden.json")

const goldenFile = "template.golden.json"

// golden is a stack's template with the digests of its functions' packages
// replaced by ASSET_<function>, so that it does not change with the code.
func golden(t *testing.T, a assembly, stack string) []byte {
	t.Helper()
	var assets struct {
		Files map[string]struct{ DisplayName string }
	}
	data, err := os.ReadFile(filepath.Join(a.dir, stack+".assets.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &assets); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(filepath.Join(a.dir, stack+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	written := string(data)
	for digest, file := range assets.Files {
		if function, ok := strings.CutSuffix(file.DisplayName, "/Code"); ok {
			written = strings.ReplaceAll(written, digest, "ASSET_"+strings.ToLower(function))
		}
	}
	// Decoded and encoded again, the names are sorted.
	var whole any
	if err := json.Unmarshal([]byte(written), &whole); err != nil {
		t.Fatal(err)
	}
	var sorted bytes.Buffer
	encoder := json.NewEncoder(&sorted)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(whole); err != nil {
		t.Fatal(err)
	}
	return sorted.Bytes()
}

// The local stack runs this template, and its diff shows in a review what a
// change does to a deployment.
func TestGoldenTemplate(t *testing.T) {
	defaultStack(t)
	got := golden(t, byDefault, "thumbfront")
	if *update {
		if err := os.WriteFile(goldenFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatalf("%v: run go test ./infra -run TestGoldenTemplate -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the default settings give, first at line %d; run go test ./infra -run TestGoldenTemplate -update and look at the diff",
			goldenFile, firstDifference(got, want))
	}
	for _, asset := range []string{"ASSET_thumbnail.zip", "ASSET_ingest.zip", "ASSET_upload.zip"} {
		if !bytes.Contains(got, []byte(`"S3Key": "`+asset+`"`)) {
			t.Errorf("no function's code is %s", asset)
		}
	}
}

func firstDifference(a, b []byte) int {
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range x {
		if i >= len(y) || !bytes.Equal(x[i], y[i]) {
			return i + 1
		}
	}
	return len(x) + 1
}

// A synth that differs from the one before would deploy for nothing.
func TestSecondSynthIsEqual(t *testing.T) {
	for _, c := range []struct {
		context map[string]any
		first   func() assembly
	}{
		{nil, func() assembly { defaultStack(t); return byDefault }},
		{everything, func() assembly { return fullAssembly(t) }},
	} {
		first, second := c.first(), synth(t, c.context)
		for name := range first.stacks {
			if a, b := golden(t, first, name), golden(t, second, name); !bytes.Equal(a, b) {
				t.Errorf("%s: two synths differ first at line %d", name, firstDifference(a, b))
			}
		}
	}
}

func TestGoldenTemplateIsOfNoMachine(t *testing.T) {
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, unwanted := range []string{here, os.TempDir(), "123456789012", "aws:cdk:path", "aws:asset:path"} {
		if bytes.Contains(data, []byte(unwanted)) {
			t.Errorf("%s contains %q", goldenFile, unwanted)
		}
	}
}
