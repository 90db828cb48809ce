package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/infra/settings"
)

// The function would only say so when it is called.
func TestArchitectureIsThatOfTheBootstrap(t *testing.T) {
	defaultStack(t)
	for want, a := range map[settings.Architecture]assembly{settings.ARM64: byDefault, settings.X8664: fullAssembly(t)} {
		function := a.stacks["thumbfront"].ofType("AWS::Lambda::Function")["Thumbnail"]
		if got := text(function.Properties["Architectures"]); got != `["`+string(want)+`"]` {
			t.Errorf("architecture: got %s, want %s", got, want)
		}
		digest := strings.TrimSuffix(at(function.Properties, "Code", "S3Key").(string), ".zip")
		file, err := elf.Open(filepath.Join(a.dir, "asset."+digest, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		if file.Machine != machines[want] {
			t.Errorf("the bootstrap is for %s, want %s", file.Machine, machines[want])
		}
	}
}

func TestPackageIsChecked(t *testing.T) {
	dir := t.TempDir()
	refused := func(want string) {
		t.Helper()
		if _, err := packageOf(dir, "thumbnail", settings.ARM64); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	refused("dist/thumbnail-arm64/bootstrap is missing: run make package first")
	bootstrap := filepath.Join(dir, "thumbnail-arm64")
	writeBootstrap(t, bootstrap, elf.EM_X86_64, 0o644)
	refused("is not executable")
	if err := os.Chmod(filepath.Join(bootstrap, "bootstrap"), 0o755); err != nil {
		t.Fatal(err)
	}
	refused("is for EM_X86_64, want EM_AARCH64")
	if err := os.WriteFile(filepath.Join(bootstrap, "bootstrap"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	refused("is no ELF file")
}

// The function reads what the stack writes. Its source is looked at as text:
// importing it would make these tests need libvips.
func TestFunctionReadsItsEnvironment(t *testing.T) {
	var config []byte
	for _, source := range []string{"../pkg/thumbnail/config.go", "../pkg/language/sih/config.go", "../pkg/language/imgproxy/config.go"} {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		config = append(config, text...)
	}
	for name, stack := range map[string]template{"default": defaultStack(t), "everything": fullAssembly(t).stacks["thumbfront"]} {
		for variable := range environmentOf(stack) {
			// imgproxy's are read by what stands behind their common prefix.
			if !strings.Contains(string(config), `"`+strings.TrimPrefix(variable, "IMGPROXY_")+`"`) && variable != "MALLOC_ARENA_MAX" && variable != "VIPS_BLOCK_UNTRUSTED" {
				t.Errorf("%s: nothing reads %s", name, variable)
			}
		}
	}
}

func TestFunctionIsAsItWasSet(t *testing.T) {
	function := defaultStack(t).ofType("AWS::Lambda::Function")["Thumbnail"].Properties
	if function["Runtime"] != "provided.al2023" || function["MemorySize"] != 1792.0 || function["Timeout"] != 28.0 || function["ReservedConcurrentExecutions"] != nil {
		t.Errorf("got %s", text(function))
	}
	if got, want := text(environmentOf(defaultStack(t))), `{"ACCESS":"signed","ALLOWED_BUCKETS":"","EPOCH":"1","LANGUAGES":"native",`+
		`"MALLOC_ARENA_MAX":"1","ORIGINALS_BUCKET":{"Ref":"Originals"},"ORIGINALS_PREFIXES":"uploads/",`+
		`"PRESETS":"{\"card\":{\"edits\":{\"resize\":{\"height\":264,\"width\":288}},\"outputFormat\":\"auto\"}}","PROFILE":"default",`+
		`"RENDER_TIMEOUT":"20s","SECRET_ID":{"Ref":"SigningSecret"},"SPACE":"linear","THUMBNAILS_BUCKET":{"Ref":"Thumbnails"},"VIPS_BLOCK_UNTRUSTED":"1"}`; got != want {
		t.Errorf("environment:\n got %s\nwant %s", got, want)
	}
	full := fullAssembly(t).stacks["thumbfront"]
	if got := full.ofType("AWS::Lambda::Function")["Thumbnail"].Properties["ReservedConcurrentExecutions"]; got != 20.0 {
		t.Errorf("reserved concurrency: got %v, want 20", got)
	}
	if f := full.ofType("AWS::Lambda::Function")["Thumbnail"].Properties; f["MemorySize"] != 2048.0 || f["Timeout"] != 25.0 {
		t.Errorf("memory %v, timeout %v, want 2048 and 25", f["MemorySize"], f["Timeout"])
	}
	if got := full.ofType("AWS::Logs::LogGroup")["ThumbnailLogs"].Properties["RetentionInDays"]; got != 60.0 {
		t.Errorf("log retention: got %v, want 60", got)
	}
	for variable, want := range map[string]string{"ACCESS": "presets", "EPOCH": "7", "ALLOWED_BUCKETS": "others,more", "RENDER_TIMEOUT": "15s", "PROFILE": "fast", "SPACE": "gamma",
		"LANGUAGES": "sih,native,imgproxy,thumbor", "IMGPROXY_SECRET_ID": "imgproxy/key", "IMGPROXY_QUALITY": "77", "SOURCE_PREFIXES": "https://img.example.com/photos/", "FOREIGN_TTL": "600s", "FACE_DETECTION": "true", "AUTO_WEBP": "Yes", "ENABLE_SIGNATURE": "Yes", "SECRETS_MANAGER": "sih/signing",
		"SOURCE_BUCKETS": "others,more", "REWRITE_MATCH_PATTERN": `/^\/old\//`} {
		if got := environmentOf(full)[variable]; got != want {
			t.Errorf("%s: got %v, want %s", variable, got, want)
		}
	}
	if got := defaultStack(t).ofType("AWS::Logs::LogGroup")["ThumbnailLogs"].Properties["RetentionInDays"]; got != 30.0 {
		t.Errorf("log retention: got %v, want 30", got)
	}
}

func environmentOf(stack template) map[string]any {
	return at(stack.ofType("AWS::Lambda::Function")["Thumbnail"].Properties, "Environment", "Variables").(map[string]any)
}
