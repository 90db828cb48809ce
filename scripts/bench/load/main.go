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
	"os/exec"
	"os/signal"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/machine"
)

type options struct {
	bootstrap        string
	nginx, imaginary string // empty: there is no such peer
	picture          string
	each             time.Duration // of one kind against one server
	rounds           int
	variety          int // pictures that the mix asks for
	plot             string
}

func main() {
	if isLoaded() {
		return
	}
	var o options
	flag.StringVar(&o.bootstrap, "bootstrap", "", "the thumbnail function's executable")
	flag.StringVar(&o.nginx, "nginx", findNginx(), "nginx's executable")
	flag.StringVar(&o.imaginary, "imaginary", "", "imaginary's executable")
	flag.StringVar(&o.picture, "picture", "../shared/images/small.jpg", "a JPEG; one is drawn where it is not there")
	flag.DurationVar(&o.each, "each", 3*time.Second, "time of one kind of load against one server")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; medians are told")
	flag.IntVar(&o.variety, "variety", 200, "pictures that the mix asks for")
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

// findNginx also looks where Debian has it, which is not in everybody's PATH.
func findNginx() string {
	if program, err := exec.LookPath("nginx"); err == nil {
		return program
	}
	return "/usr/sbin/nginx"
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
	w, err := newWorld(o)
	if err != nil {
		return nil, err
	}
	defer w.close()
	r := &report{LimitMB: memoryMB}
	load := machine.Load()
	kinds, err := w.kinds(o.variety)
	if err != nil {
		return nil, err
	}
	for range o.rounds {
		for _, k := range kinds {
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
	if err := w.press(ctx, o.each, r); err != nil {
		return nil, err
	}
	edge, err := w.overload(ctx, ours{edgeName, w.EdgeURL}, o.each, func(string) {})
	if err != nil {
		return nil, err
	}
	r.Overloads = append(r.Overloads, edge)
	r.Machine = fmt.Sprintf("%s; load average %s before, %s after; medians of %d rounds of %v", machine.Name(), load, machine.Load(), o.rounds, o.each)
	if o.plot != "" {
		err = os.WriteFile(o.plot, []byte(plot(r.Memory, r.LimitMB)), 0o644)
	}
	return r, err
}

// press asks for more than there can be. The server's memory is watched.
func (w *world) press(ctx context.Context, each time.Duration, r *report) error {
	large, err := w.large(ctx)
	if err != nil {
		return err
	}
	memory := watch(w.ServerPID)
	defer func() { r.Memory = memory.stop() }()
	o, err := w.overload(ctx, ours{serverName, w.ServerURL}, each, memory.phase)
	if err != nil {
		return err
	}
	memory.phase(fmt.Sprintf("%d slow viewers of %d MB each", slowViewers, slowMB))
	if r.Slow, err = slowly(ctx, large, each); err != nil {
		return err
	}
	r.Overloads = append(r.Overloads, o)
	return nil
}
