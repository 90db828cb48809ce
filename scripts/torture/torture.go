package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// functions are executables of the deployment.
type functions struct{ thumbnail, ingest string }

// outcome of a run.
type outcome struct {
	seed             uint64
	requests, faults int // faults are those that happened, not those that nobody met
	steps            int
	violations       []string
}

// String is the line that a run ends with.
func (o outcome) String() string {
	return fmt.Sprintf("SEED %d, %d requests, %d faults, %d violations", o.seed, o.requests, o.faults, len(o.violations))
}

// mostViolations are told; the rest of the story would tell more of the same.
const mostViolations = 20

// torture tells n requests in as many books as given, at the same time: a fault mostly waits.
// All end when one book has so many violations.
func torture(ctx context.Context, built functions, n int, seed uint64, books, violations int) (outcome, error) {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	books = max(1, min(books, n/100))
	all := outcome{seed: seed}
	before := nowHeld()
	var mu sync.Mutex
	var errs []error
	var readers sync.WaitGroup
	for i := range books {
		readers.Go(func() {
			o, err := tell(ctx, limit{violations, enough}, built, n/books+min(1, n%books/(i+1)), seed+uint64(i)*1_000_003, i%2 == 1)
			mu.Lock()
			defer mu.Unlock()
			all.requests += o.requests
			all.faults += o.faults
			all.steps += o.steps
			all.violations = append(all.violations, o.violations...)
			if err != nil && ctx.Err() == nil { // what fails when all end is nothing
				errs = append(errs, err)
			}
		})
	}
	readers.Wait()
	if len(errs) > 0 {
		return all, errs[0]
	}
	if leaked := leaks(before); leaked != "" {
		all.violations = append(all.violations, leaked)
	}
	return all, nil
}

// held is what a leak would make more of.
type held struct{ goroutines, files int }

func nowHeld() held {
	files, _ := os.ReadDir("/proc/self/fd") // elsewhere than on Linux none are seen
	return held{runtime.NumGoroutine(), len(files)}
}

// slack is what the runtime and the connections of a moment take.
const slack = 8

// leaks says what is left of the stacks when all are closed, which takes them a moment.
func leaks(before held) string {
	var now held
	for range 500 {
		if now = nowHeld(); now.goroutines <= before.goroutines+slack && now.files <= before.files+slack {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Sprintf("left behind: %d goroutines and %d descriptors, before: %d and %d", now.goroutines, now.files, before.goroutines, before.files)
}

// limit of violations, and what ends all books then.
type limit struct {
	violations int
	enough     func()
}

// tell tells one book. An open one has unsigned requests, and those of another language.
func tell(ctx context.Context, l limit, built functions, n int, seed uint64, open bool) (outcome, error) {
	dir, err := os.MkdirTemp("", "torture-book-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	// By names of their own: a fault ends the processes of this book alone.
	var own functions
	for _, f := range []struct{ from, to *string }{{&built.thumbnail, &own.thumbnail}, {&built.ingest, &own.ingest}} {
		*f.to = filepath.Join(dir, filepath.Base(filepath.Dir(*f.from)))
		if err := os.Link(*f.from, *f.to); err != nil {
			return outcome{}, err
		}
	}
	w, err := newWorld(ctx, own, dir, seed, open)
	if err != nil {
		return outcome{}, err
	}
	defer w.close()
	s := newStory(ctx, l, w, seed, open)
	s.tell(ctx, n)
	w.close()
	if left := w.processes(); len(left) > 0 {
		s.violation("processes %v are left behind", left)
	}
	return outcome{seed: seed, requests: s.requests, faults: s.faultsMade, steps: s.step, violations: s.violations}, nil
}
