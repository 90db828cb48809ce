// Command upload measures three ways of getting pictures from a client into S3 with
// their entities made:
//
//	A  multipart/form-data through a backend, which forwards to S3 and makes the
//	   entity before it answers
//	B  straight to S3, then a call to the backend, which makes the entity
//	C  straight to S3, and S3's event has the entity made
//
// One shaped link lies between the client and both the backend and S3; from the
// backend to S3 it is unshaped. All three end when the entity is there, and make it
// by the same code. Nothing sleeps but the link.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/machine"
)

type options struct {
	rounds, pictures  int
	pictureBytes      int
	rate              float64 // Mbit/s
	roundTrip         time.Duration
	entityCalls       time.Duration
	bootstrap, ingest string
}

func main() {
	if os.Getenv(roleVariable) == backendRole {
		if err := runBackend(); err != nil {
			fmt.Fprintln(os.Stderr, "backend:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 10, "`rounds` of each way")
	flag.IntVar(&o.pictures, "pictures", 5, "`pictures` of a round")
	flag.IntVar(&o.pictureBytes, "bytes", 80_000, "`bytes` of a picture, about")
	flag.Float64Var(&o.rate, "rate", 20, "`Mbit/s` of the link, each way")
	flag.DurationVar(&o.roundTrip, "rtt", 50*time.Millisecond, "round `trip` of the link")
	flag.DurationVar(&o.entityCalls, "entity-calls", 2400*time.Millisecond, "`time` of a round's calls to a serial service that keeps entities, added in a second table")
	flag.StringVar(&o.bootstrap, "bootstrap", "", "`path` of the thumbnail function's executable")
	flag.StringVar(&o.ingest, "ingest", "", "`path` of the ingest function's executable")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-upload:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	load := machine.Load()
	rows, err := measure(ctx, o)
	if err != nil {
		return err
	}
	r := report{options: o, rows: rows, machine: machine.Name(), load: load + " before, " + machine.Load() + " after"}
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
