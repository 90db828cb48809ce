package main

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var otherArch = map[string]string{"amd64": "arm64", "arm64": "x86_64"}
var thisArch = map[string]string{"amd64": "x86_64", "arm64": "arm64"}

func TestCheckStatic(t *testing.T) {
	if runtime.GOOS != "linux" || thisArch[runtime.GOARCH] == "" {
		t.Skip("what this machine's compiler makes is not for Lambda")
	}
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("there is no C compiler: make deps installs one")
	}
	compile := func(source string, flags ...string) string {
		path := filepath.Join(t.TempDir(), "out")
		command := exec.Command("cc", append(flags, "-x", "c", "-", "-o", path)...)
		command.Stdin = strings.NewReader(source)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("cc %v: %v\n%s", flags, err, out)
		}
		return path
	}
	const program = "#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n"
	static := compile(program, "-static")
	for _, c := range []struct{ name, path, arch, want string }{
		{"static", static, thisArch[runtime.GOARCH], ""},
		{"for another processor", static, otherArch[runtime.GOARCH], "want EM_"},
		{"dynamic", compile(program), thisArch[runtime.GOARCH], "libc.so"},
		{"shared", compile(program, "-shared", "-fPIC"), thisArch[runtime.GOARCH], "libc.so"},
		{"dynamic, without libraries", compile("void _start(void) {}\n", "-nostdlib", "-fPIE", "-pie"), thisArch[runtime.GOARCH], "dynamic linker"},
		{"no ELF", "static_test.go", thisArch[runtime.GOARCH], "bad magic"},
	} {
		err := checkStatic(c.path, c.arch)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
