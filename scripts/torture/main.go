// Command torture drives the local stack through a long random story, with faults in one
// of twenty steps, and checks each answer by an oracle that knows every original:
//
//	go run ./scripts/torture -n 100000 -seed 7
//
// It ends with one line, and with status 1 where something was wrong.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

func main() {
	n := flag.Int("n", 2000, "requests of viewers")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()%1e6), "of the story; the same seed tells the same one")
	books := flag.Int("books", 12, "stories that are told at the same time, each with a stack of its own")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *n, *seed, *books); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, n int, seed uint64, books int) error {
	dir, err := os.MkdirTemp("", "torture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var built functions
	if built.thumbnail, err = stack.BuildFunction(ctx, "thumbnail", dir+"/thumbnail"); err != nil {
		return err
	}
	if built.ingest, err = stack.BuildFunction(ctx, "ingest", dir+"/ingest"); err != nil {
		return err
	}
	outcome, err := torture(ctx, built, n, seed, books, mostViolations)
	if err != nil {
		return err
	}
	for _, v := range outcome.violations {
		fmt.Println(v)
	}
	fmt.Println(outcome)
	if len(outcome.violations) > 0 {
		return fmt.Errorf("%d violations; make torture N=%d SEED=%d tells the story again", len(outcome.violations), n, seed)
	}
	return nil
}
