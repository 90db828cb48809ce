package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// functionPackages hold the main packages of the functions.
const functionPackages = "github.com/thumbfront/thumbfront/lambda/"

// moduleRoot is the folder of the module's source, as it was when this was
// compiled: a program that is built is run from anywhere.
func moduleRoot() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return "", fmt.Errorf("the source of thumbfront is not where it was built from: %w", err)
	}
	return root, nil
}

// BuildFunction builds one of the functions under lambda for this machine into dir and
// gives the executable's path. Go's build cache makes a second time quick.
func BuildFunction(ctx context.Context, name, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	bootstrap := filepath.Join(dir, "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc,netgo,osusergo", "-o", bootstrap, functionPackages+name)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the function %s (it needs libvips: try `make deps`): %w\n%s", name, err, out)
	}
	return bootstrap, nil
}
