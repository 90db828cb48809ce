package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// redundantDependency is a warning about DependsOn lists, which the CDK writes.
const redundantDependency = "W3005"

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
		if output, err := exec.CommandContext(ctx, lint, append([]string{"--ignore-checks", redundantDependency, "--"}, files...)...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	}
}
