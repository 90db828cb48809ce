// Command load loads the local stack and the server beside nginx and imaginary, in turns:
//
//	make load
//
// It stops by itself, and talks to loopback addresses alone.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

type options struct {
	bootstrap, imaginary string
	picture              string
	each                 time.Duration // of one kind against one server
	rounds               int
	plot                 string
}

func main() {
	var o options
	flag.StringVar(&o.bootstrap, "bootstrap", "", "the thumbnail function's executable")
	flag.StringVar(&o.imaginary, "imaginary", "", "imaginary's executable")
	flag.StringVar(&o.picture, "picture", "../shared/images/small.jpg", "a JPEG; one is drawn where it is not there")
	flag.DurationVar(&o.each, "each", 3*time.Second, "time of one kind of load against one server")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; medians are told")
	flag.StringVar(&o.plot, "plot", "scripts/bench/load/memory.svg", "where the plot of the memory is written; empty: nowhere")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := run(ctx, o)
	if err == nil {
		err = keep(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	fmt.Print(r)
}

func keep(r *report) error {
	path := os.Getenv("BENCH_JSON")
	if path == "" {
		return nil
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func run(ctx context.Context, o options) (*report, error) {
	w, err := newWorld(ctx, o)
	if err != nil {
		return nil, err
	}
	defer w.close()
	r := &report{}
	for range o.rounds {
		for _, k := range w.kinds() {
			for _, s := range k.servers {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				row, err := attack(k.name, s.name, s.targets, o.each, k.viewers)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", k.name, s.name, err)
				}
				r.add(row)
			}
		}
	}
	if r.Bursts, err = w.bursts(ctx); err != nil {
		return nil, err
	}
	memory := watch(w.listening.Process.Pid)
	r.Overloads, err = w.overloads(ctx, memory)
	r.Memory = memory.stop()
	r.LimitMB = listenMB
	if err != nil {
		return nil, err
	}
	if o.plot != "" {
		err = os.WriteFile(o.plot, []byte(plot(r.Memory, listenMB)), 0o644)
	}
	return r, err
}
