package main

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/thumbfront/thumbfront/scripts/bench/score"
	"github.com/thumbfront/thumbfront/scripts/bench/testpicture"
)

// makeSources fills a folder with the pictures of all works: the photos are
// copied, since imaginary reads one folder; what is derived from them is made by
// the judge's tools and kept.
func makeSources(photos, dir string, judge *score.Judge) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"12mp.jpg", "phone.jpg", "small.jpg", "phone.heic"} {
		text, err := os.ReadFile(filepath.Join(photos, name))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: the bench compares real photographs and has no substitute for one; -images says where they are", err)
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	photo := filepath.Join(dir, "12mp.jpg")
	for name, made := range map[string]func(path string) error{
		"12mp.png":  func(path string) error { return judge.Convert(photo, path, nil) },
		"12mp.webp": func(path string) error { return judge.Convert(photo, path, map[string]any{"quality": 90}) },
		// sharp reads no HEIC: what a phone that is told to write JPEG would have written.
		"heic-as.jpg": func(path string) error {
			return judge.Convert(filepath.Join(dir, "phone.heic"), path, map[string]any{"quality": 95})
		},
		"zoneplate.jpg": func(path string) error { return writeJPEG(path, testpicture.ZonePlate(testWidth, testHeight)) },
		"page.jpg":      func(path string) error { return writeJPEG(path, testpicture.Page(testWidth, testHeight)) },
	} {
		path := filepath.Join(dir, name)
		if err := once(path, made); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// once makes a file where it is not there.
func once(path string, made func(path string) error) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	unfinished := filepath.Join(filepath.Dir(path), "unfinished-"+filepath.Base(path))
	if err := made(unfinished); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

// The test pictures are of a phone's size and shape, and JPEGs, since the coarse
// shrink that they show up is that of JPEG.
const (
	testWidth   = 4032
	testHeight  = 3024
	testQuality = 95
)

func writeJPEG(path string, picture image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = jpeg.Encode(f, picture, &jpeg.Options{Quality: testQuality})
	return errors.Join(err, f.Close())
}
