package main

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const sharpDir = "scripts/bench/sharp"

// contender is a function that can be started.
type contender struct {
	name    string
	command []string
	dir     string
	env     []string // besides the world's
	files   []string // its package
	zipMB   float64
}

// newContenders: ours is the first, and the second is what it is held against.
func newContenders(bootstrap, zipFile string) ([]contender, error) {
	bootstrap, err := filepath.Abs(bootstrap)
	if err != nil {
		return nil, err
	}
	// The fast profile does sharp's job: it decodes as coarsely and encodes with the
	// same library. The default one takes its time for a better picture.
	ours := contender{name: "thumbfront", command: []string{bootstrap}, dir: filepath.Dir(bootstrap),
		env: []string{"PROFILE=fast"}, files: []string{bootstrap}}
	if zipFile != "" {
		info, err := os.Stat(zipFile)
		if err != nil {
			return nil, err
		}
		ours.zipMB = float64(info.Size()) / 1e6
	} else if ours.zipMB, err = zippedMB(ours.dir, ours.files); err != nil {
		return nil, err
	}

	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(sharpDir)
	if err != nil {
		return nil, err
	}
	lean := contender{name: "sharp", command: []string{node, "index.mjs"}, dir: dir}
	sdk := contender{name: "sharp-sdk", command: lean.command, dir: dir, env: []string{"S3=sdk"}}
	for c, omit := range map[*contender][]string{&lean: {"--omit=dev"}, &sdk: nil} {
		if c.files, err = nodePackage(dir, omit...); err != nil {
			return nil, err
		}
		if c.zipMB, err = zippedMB(dir, c.files); err != nil {
			return nil, err
		}
	}
	finest := ours
	finest.name, finest.env = "thumbfront-default", []string{"PROFILE=default"}
	return []contender{ours, lean, sdk, finest}, nil
}

// nodePackage lists what a function written for node deploys: its own file and
// its dependencies. node itself belongs to the runtime.
func nodePackage(dir string, omit ...string) ([]string, error) {
	ls := exec.Command("npm", append([]string{"ls", "--all", "--parseable"}, omit...)...)
	ls.Dir = dir
	out, err := ls.Output()
	if err != nil {
		return nil, fmt.Errorf("npm ls in %s: %w; npm ci installs", dir, err)
	}
	files := []string{filepath.Join(dir, "index.mjs"), filepath.Join(dir, "package.json")}
	modules := strings.Fields(string(out))
	for _, module := range modules[1:] { // the first is dir itself
		err := filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil // one module may lie in another's folder
}

// zippedMB is how large the best deflate makes the files, in MB of 10^6 bytes.
func zippedMB(dir string, files []string) (float64, error) {
	var size counter
	archive := zip.NewWriter(&size)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, file := range files {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return 0, err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		entry, err := archive.Create(name)
		if err != nil {
			return 0, err
		}
		if _, err := entry.Write(text); err != nil {
			return 0, err
		}
	}
	if err := archive.Close(); err != nil {
		return 0, err
	}
	return float64(size) / 1e6, nil
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
