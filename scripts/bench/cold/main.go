// Command cold measures the start, the first and the warm answers, the memory and
// the package of our function against node and sharp doing the same job over the
// same Runtime API and S3. Run it at the root of the repository: make bench-cold.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/thumbfront/thumbfront/scripts/bench/machine"
)

type options struct {
	bootstrap, zip string
	images         string
	rounds, warm   int
	soak           int
	drop           dropMode
}

func main() {
	o := options{drop: dropPackage}
	flag.StringVar(&o.bootstrap, "bootstrap", "", "`path` of our function's executable")
	flag.StringVar(&o.zip, "zip", "", "`path` of its zip; what a zip of the executable would be when not given")
	flag.StringVar(&o.images, "images", cmp.Or(os.Getenv("THUMBFRONT_IMAGES"), "../shared/images"), "`folder` of pictures: 12mp.jpg, phone.heic; THUMBFRONT_IMAGES is the default; what is not there is made or left out")
	flag.IntVar(&o.rounds, "rounds", 12, "starts of each contender, for each state of the page cache")
	flag.IntVar(&o.warm, "warm", 20, "warm invocations in each round")
	flag.IntVar(&o.soak, "soak", 1000, "mixed invocations over which memory is watched; 0 leaves it out")
	flag.Var(&o.drop, "drop", "what is dropped from the page cache before a cold start: `package` (its own files), all (as root), or none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "cold:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.bootstrap == "" || o.rounds < 1 || o.warm < 1 || o.soak < 0 {
		return errors.New("needs -bootstrap, at least one round and one warm invocation")
	}
	dir, err := os.MkdirTemp("", "bench-cold-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorld(dir)
	if err != nil {
		return err
	}
	defer w.close()
	contenders, err := newContenders(o.bootstrap, o.zip)
	if err != nil {
		return err
	}
	photo, photoName, err := photo(o.images)
	if err != nil {
		return err
	}
	if err := w.put(ctx, photoKey, photo); err != nil {
		return err
	}

	loadBefore := machine.Load()
	rows, err := compare(ctx, w, contenders, o)
	if err != nil {
		return err
	}
	r := report{Rows: rows, Machine: machine.Name(), Load: loadBefore + " before, " + machine.Load() + " after",
		Photo: photoName, Rounds: o.rounds, Warm: o.warm, Drop: o.drop}
	heic, err := os.ReadFile(filepath.Join(o.images, "phone.heic"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.HEIC.Skipped = "there is no phone.heic in " + o.images
	case err != nil:
		return err
	default:
		if r.HEIC, err = measureHEIC(ctx, w, contenders[0], heic, o.rounds); err != nil {
			return err
		}
	}
	if o.soak > 0 {
		if r.Soak, err = soak(ctx, w, contenders[0], photo, o.images, o.soak); err != nil {
			return err
		}
	}
	if err := r.markdown(os.Stdout); err != nil {
		return err
	}
	if file := os.Getenv("BENCH_JSON"); file != "" {
		text, err := r.json()
		if err != nil {
			return err
		}
		return os.WriteFile(file, text, 0o644)
	}
	return nil
}
