// Package inflate tests what libpng of the static build inflates by.
package inflate

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInflate compares it with zlib over intact and damaged streams.
func TestInflate(t *testing.T) {
	out, err := exec.Command("sh", "-c", `environment=$(../env.sh) && eval "$environment" && echo "$NATIVE_PREFIX"`).Output()
	if err != nil {
		t.Skip("no native prefix (make native)")
	}
	prefix := strings.TrimSpace(string(out))
	program := filepath.Join(t.TempDir(), "inflate_test")
	compile := exec.Command("cc", "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror",
		"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-I", prefix+"/include", "-o", program,
		"inflate_isal.c", "inflate_test.c", prefix+"/lib/libisal.a", prefix+"/lib/libz.a")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	streams := "400"
	if testing.Short() || runtime.GOARCH != "amd64" {
		streams = "100"
	}
	out, err = exec.Command(program, streams).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
