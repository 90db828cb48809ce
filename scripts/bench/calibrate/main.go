// Command calibrate finds, for each format, the quality at which three photos of four of a
// set reach the same score, so that a viewer who gets AVIF sees what a viewer who gets
// JPEG sees. Run it at the root of the repository: make calibrate.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/thumbfront/thumbfront/scripts/bench/contender"
	"github.com/thumbfront/thumbfront/scripts/bench/score"
)

type options struct {
	photos, program, profile, only string
	target                         float64
}

func main() {
	var o options
	flag.StringVar(&o.photos, "photos", "", "`folder` of photos; by default those of photos.txt, from Debian's packages")
	flag.StringVar(&o.program, "program", ".local/bin/bench/thumbfront", "`path` of the contender (scripts/bench/contenders/thumbfront)")
	flag.StringVar(&o.profile, "profile", "default", "`name` of the renderer's profile")
	flag.Float64Var(&o.target, "target", 72, "SSIMULACRA2 that three photos of four reach, against the linear-light reference")
	flag.StringVar(&o.only, "only", "", "only the size of this `name`, such as 288x264")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "calibrate:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	cache = filepath.Join(cache, "thumbfront/bench")
	paths, err := findPhotos(o.photos, filepath.Join(cache, "photos"))
	if err != nil {
		return err
	}
	judge, err := score.New(os.Getenv("NATIVE_PREFIX"), filepath.Join(cache, "references"))
	if err != nil {
		return err
	}
	defer judge.Close()
	renderer, err := contender.Start(os.Environ(), "", o.program, "-profile", o.profile)
	if err != nil {
		return err
	}
	defer renderer.Close()
	temp, err := os.MkdirTemp("", "calibrate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)

	fmt.Printf("%d photos, profile %s; quality at which three of four reach a SSIMULACRA2 of %g.\n\n", len(paths), o.profile, o.target)
	fmt.Println("| format | size | quality | nearest | its mean | deviation | lowest | mean bytes |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, f := range formats {
		for _, s := range sizes {
			if o.only != "" && s.String() != o.only {
				continue
			}
			m := measurer{judge, renderer, temp, paths, f.name, s}
			found, err := m.find(f.from, f.to, o.target)
			if err != nil {
				return fmt.Errorf("%s %s: %w", f.name, s, err)
			}
			fmt.Printf("| %s | %s | %.1f | %d | %.2f | %.2f | %.1f | %.0f |\n",
				f.name, s, found.exact, found.nearest.quality, mean(found.nearest.scores), deviation(found.nearest.scores), slices.Min(found.nearest.scores), mean(found.nearest.bytes))
		}
	}
	return nil
}

func findPhotos(folder, cache string) ([]string, error) {
	if folder != "" {
		paths, err := inFolder(folder)
		if err == nil && len(paths) == 0 {
			err = errors.New("there is no photo in " + folder)
		}
		return paths, err
	}
	photos, err := parsePhotos(photoList)
	if err != nil {
		return nil, err
	}
	return fetch(photos, cache)
}
