package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestCfnLint(t *testing.T) {
	lint, err := exec.LookPath("cfn-lint")
	if err != nil {
		t.Skip("cfn-lint is not installed")
	}
	defaultStack(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for _, a := range []assembly{byDefault, fullAssembly(t)} {
		files, err := filepath.Glob(filepath.Join(a.dir, "*.template.json"))
		if err != nil {
			t.Fatal(err)
		}
		if output, err := exec.CommandContext(ctx, lint, files...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	}
}
