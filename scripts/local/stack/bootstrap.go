package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// functionPackage is the main package of the thumbnail function.
const functionPackage = "github.com/thumbfront/thumbfront/lambda/thumbnail"

// BuildBootstrap builds the function for this machine into dir and gives the
// executable's path. It has to be called from within the module. Go's build
// cache makes a second time quick.
func BuildBootstrap(ctx context.Context, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	bootstrap := filepath.Join(dir, "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc,netgo,osusergo", "-o", bootstrap, functionPackage)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the function (it needs libvips: try `make deps`): %w\n%s", err, out)
	}
	return bootstrap, nil
}
