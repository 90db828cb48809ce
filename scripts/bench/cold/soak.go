package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/bench/machine"
	"github.com/thumbfront/thumbfront/scripts/bench/median"
	"github.com/thumbfront/thumbfront/scripts/bench/runtimeapi"
)

// soakResult is the memory of one process over mixed invocations.
type soakResult struct {
	Invocations int     `json:"soak_invocations"`
	Sources     int     `json:"soak_sources"`
	EarlyMB     float64 `json:"soak_rss_100_mb"`
	LateMB      float64 `json:"soak_rss_end_mb"`
	PeakMB      float64 `json:"soak_peak_mb"`
}

const (
	early = 100
	// window: one sample tells more of the last picture than of a leak.
	window       = 20
	maxSoakRatio = 1.1
)

func (s soakResult) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "Memory over %d mixed invocations (%d sources in 7 formats, 4 output formats, 3 sizes): ", s.Invocations, s.Sources)
	fmt.Fprintf(b, "resident between two invocations, medians of %d: %.1f MB after %d, %.1f MB at the end: ratio **%.2f**, to reach %.2f; peak %.0f MB.\n",
		window, s.EarlyMB, early, s.LateMB, s.LateMB/s.EarlyMB, maxSoakRatio, s.PeakMB)
}

// resident is the median of the window that ends after n invocations.
func resident(samples []float64, n int) float64 {
	n = min(n, len(samples))
	return median.Of(samples[max(0, n-window):n])
}

func soak(ctx context.Context, w *world, c contender, photo []byte, images string, n int) (*soakResult, error) {
	sources, err := soakSources(ctx, w, c, photo, images)
	if err != nil {
		return nil, err
	}
	for name, source := range sources {
		if err := w.put(ctx, "uploads/soak/"+name, source); err != nil {
			return nil, err
		}
	}
	jobs := soakJobs(slices.Sorted(maps.Keys(sources)))
	p, err := c.start(ctx, w)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	var samples []float64
	for i := range n {
		if i%20 == 19 {
			fmt.Fprintf(os.Stderr, "\rsoak %d of %d", i+1, n)
		}
		job := jobs[i%len(jobs)]
		if _, err := invoke(ctx, w, p, job); err != nil {
			return nil, fmt.Errorf("%s as %v: %w", job.Key, job.OutputFormat, err)
		}
		if _, err := p.Idle(ctx); err != nil {
			return nil, err
		}
		mb, err := machine.ResidentMB(p.PID)
		if err != nil {
			return nil, err
		}
		samples = append(samples, mb)
	}
	fmt.Fprintln(os.Stderr)
	peak, err := machine.PeakMB(p.PID)
	return &soakResult{Invocations: n, Sources: len(sources), EarlyMB: resident(samples, early), LateMB: resident(samples, n), PeakMB: peak}, err
}

// soakJobs is every source in every format and size, in an order that is always
// the same and puts no two of a kind together.
func soakJobs(names []string) []thumburl.Request {
	var jobs []thumburl.Request
	for _, name := range names {
		for _, format := range []thumburl.Format{thumburl.JPEG, thumburl.PNG, thumburl.WebP, thumburl.AVIF} {
			for _, side := range []int{64, 264, 480} {
				jobs = append(jobs, thumburl.Request{Key: "uploads/soak/" + name, OutputFormat: format,
					Edits: thumburl.Edits{thumburl.Resize{Width: side * 12 / 11, Height: side}}})
			}
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
	return jobs
}

// invoke sends one request and gives its picture.
func invoke(ctx context.Context, w *world, p *runtimeapi.Process, r thumburl.Request) ([]byte, error) {
	event, err := w.event(ctx, r)
	if err != nil {
		return nil, err
	}
	a, err := p.Invoke(ctx, event)
	if err == nil && a.Status != 200 {
		err = fmt.Errorf("answered %d: %.300s", a.Status, a.Body)
	}
	return a.Body, err
}
