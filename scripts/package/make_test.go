package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// make image has Docker build the server's image, which runs without root and without
// anything but the package in it.
func TestMakeImage(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	tools := t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "docker"), []byte("#!/bin/sh\necho called \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("make", "--no-print-directory", "-C", "../..", "image")
	command.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	out, err := command.CombinedOutput()
	if want := "called build -f lambda/thumbnail/Dockerfile -t thumbfront .\n"; err != nil || !strings.HasSuffix(string(out), want) {
		t.Errorf("%v, got %q, want %q", err, out, want)
	}
	dockerfile, err := os.ReadFile("../../lambda/thumbnail/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, ok := strings.Cut(string(dockerfile), "\nFROM scratch\n")
	if !ok || strings.Contains(last, "RUN") || !strings.Contains(last, "\nUSER 65532:65532\n") || !strings.Contains(last, `ENTRYPOINT ["/bootstrap"]`) {
		t.Errorf("the last stage is not just the package, run without root:\n%s", last)
	}
}

// Where the machine is not Linux, make package has Docker build.
func TestMakeElsewhere(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	for _, c := range []struct{ system, machine, arch, platform, builds string }{
		{"Darwin", "arm64", "", "linux/arm64", "arm64"},
		{"Darwin", "arm64", "ARCH=x86_64", "linux/arm64", "x86_64"},
		{"MINGW64_NT-10.0", "x86_64", "ARCH=arm64", "linux/amd64", "arm64"},
	} {
		tools := t.TempDir()
		for name, script := range map[string]string{
			"uname":  "case $1 in -s) echo " + c.system + ";; -m) echo " + c.machine + ";; esac",
			"docker": `echo docker "$@"`,
		} {
			if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		// Without ARCH the machine's, whatever this test was started with.
		command := exec.Command("make", "--no-print-directory", "-C", "../..", "package")
		command.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
		if c.arch != "" {
			command.Args = append(command.Args, c.arch)
		}
		out, err := command.CombinedOutput()
		want := "docker build --platform " + c.platform + " -f scripts/native/Dockerfile --target package --build-arg ARCH=" + c.builds +
			" --output type=local,dest=dist .\n"
		if err != nil || !strings.HasSuffix(string(out), want) {
			t.Errorf("%s %s %s: %v, got %q, want %q", c.system, c.machine, c.arch, err, out, want)
		}
	}
}
