// Command render measures our renderer against its peers: CPU time of a warm
// picture, peak memory, bytes, and SSIMULACRA2 against two independent
// references. Run it at the root of the repository: make bench.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/machine"
	"github.com/thumbfront/thumbfront/scripts/bench/score"
)

type options struct {
	images, bin, charts, only string
	rounds                    int
	all                       bool
}

const leastRounds = 5

func main() {
	var o options
	flag.StringVar(&o.images, "images", cmp.Or(os.Getenv("THUMBFRONT_IMAGES"), "../shared/images"), "`folder` with 12mp.jpg, phone.jpg, small.jpg and phone.heic; THUMBFRONT_IMAGES is the default")
	flag.StringVar(&o.bin, "bin", ".local/bin/bench", "`folder` that the contenders are built into")
	flag.StringVar(&o.charts, "charts", filepath.Join(benchDir, "render"), "`folder` that the charts are written to; none are when empty")
	flag.IntVar(&o.rounds, "rounds", 7, "turns of each contender in each work")
	flag.BoolVar(&o.all, "all", false, "every source in every size and format, which takes hours")
	flag.StringVar(&o.only, "only", "", "only works whose name has this `part`, such as \"12mp.jpg 288x264\"; no charts are written")
	flag.Parse()
	runtime.LockOSThread() // for contender.StartImaginary
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if o.rounds < leastRounds {
		return fmt.Errorf("fewer than %d rounds tell nothing", leastRounds)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	cache = filepath.Join(cache, "thumbfront/bench")
	temp, err := os.MkdirTemp("", "bench-render-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	b := &bench{sources: filepath.Join(cache, "sources"), temp: temp, rounds: o.rounds}
	if b.judge, err = score.New(os.Getenv("NATIVE_PREFIX"), filepath.Join(cache, "references")); err != nil {
		return err
	}
	defer b.judge.Close()
	if err := makeSources(o.images, b.sources, b.judge); err != nil {
		return err
	}
	if b.entrants, err = entrants(o.bin, b.sources); err != nil {
		return err
	}

	works := usualWorks()
	if o.all {
		works = allWorks()
	}
	if works = matching(works, o.only); len(works) == 0 {
		return fmt.Errorf("no work has %q in its name", o.only)
	}
	r := report{machine: machine.Name(), rounds: o.rounds, load: machine.Load()}
	began := time.Now()
	for i, w := range works {
		fmt.Fprintf(os.Stderr, "%s: %d of %d: %s\n", time.Since(began).Round(time.Second), i+1, len(works), w)
		rows, err := b.measure(w)
		if err != nil {
			return err
		}
		r.rows = append(r.rows, rows...)
	}
	r.load += " before, " + machine.Load() + " after"
	if _, err := os.Stdout.WriteString(r.markdown()); err != nil {
		return err
	}
	if file := os.Getenv("BENCH_JSON"); file != "" {
		text, err := r.json()
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	if o.charts == "" || o.only != "" {
		return nil
	}
	return r.writeCharts(o.charts)
}
