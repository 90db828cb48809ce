// Package quantise tests the quantiser that the static build gives to libvips.
package quantise

import (
	"os/exec"
	"path/filepath"
	"testing"
)

func TestQuantise(t *testing.T) {
	program := filepath.Join(t.TempDir(), "quantise_test")
	compile := exec.Command("cc", "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Wconversion", "-Werror",
		"-fsanitize=address,undefined", "-fno-sanitize-recover=all",
		"-Wl,--wrap=malloc,--wrap=calloc", "-o", program, "quantise.c", "quantise_test.c", "-lm")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
