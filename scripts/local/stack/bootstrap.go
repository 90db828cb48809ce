package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// functionPackage is the main package of the thumbnail function.
const functionPackage = "github.com/thumbfront/thumbfront/lambda/thumbnail"

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

// BuildBootstrap builds the function for this machine into dir and gives the
// executable's path. Go's build cache makes a second time quick.
func BuildBootstrap(ctx context.Context, dir string) (string, error) {
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
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc,netgo,osusergo", "-o", bootstrap, functionPackage)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the function (it needs libvips: try `make deps`): %w\n%s", err, out)
	}
	return bootstrap, nil
}
