package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thumbfront/thumbfront/scripts/bench/median"
)

// report is what a run measured.
type report struct {
	Machine   string
	Rows      []row
	Bursts    []burst
	Overloads []overload
	Slow      slow
	Memory    []sample
	LimitMB   float64
}

func (r *report) add(one row) { r.Rows = append(r.Rows, one) }

// medians are one row for each kind and server, in their order; the first of a kind is the peer.
func (r *report) medians() []row {
	var all []row
	for _, one := range r.Rows {
		if slices.ContainsFunc(all, func(a row) bool { return a.Kind == one.Kind && a.Server == one.Server }) {
			continue
		}
		var rate, p50, p99 []float64
		for _, other := range r.Rows {
			if other.Kind == one.Kind && other.Server == one.Server {
				rate, p50, p99 = append(rate, other.PerSecond), append(p50, other.P50), append(p99, other.P99)
			}
		}
		all = append(all, row{one.Kind, one.Server, median.Of(rate), median.Of(p50), median.Of(p99)})
	}
	return all
}

// PeakMB is the most of the memory's samples.
func (r *report) PeakMB() float64 {
	peak := 0.0
	for _, s := range r.Memory {
		peak = max(peak, s.MB)
	}
	return peak
}

// String is what the README shows.
func (r *report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "(%s)\n\n", r.Machine)
	b.WriteString("| load | server | a second | ratio | p50 ms | p99 ms |\n|---|---|---:|---:|---:|---:|\n")
	var peer row
	for _, one := range r.medians() {
		if one.Kind != peer.Kind {
			peer = one
		}
		fmt.Fprintf(&b, "| %s | %s | %.0f | %.2f | %.2f | %.2f |\n", one.Kind, one.Server, one.PerSecond, one.PerSecond/peer.PerSecond, one.P50, one.P99)
	}
	b.WriteString("\n| burst for one new picture | viewers | renders | last viewer ms |\n|---|---:|---:|---:|\n")
	for _, o := range r.Bursts {
		fmt.Fprintf(&b, "| %s | %d | %d | %.0f |\n", o.Server, o.Viewers, o.Renders, o.LastMS)
	}
	fmt.Fprintf(&b, "\n| %d times of what can be rendered | can a second | rendered | refused | without Retry-After | failed | refusal p50 ms | p99 ms | recovered ms |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n", times)
	for _, o := range r.Overloads {
		fmt.Fprintf(&b, "| %s | %.0f | %d | %d | %d | %d | %.1f | %.1f | %.0f |\n", o.Server, o.Capacity, o.OK, o.Refused, o.Silent, o.Other, o.RefusedP50, o.RefusedP99, o.RecoveredMS)
	}
	fmt.Fprintf(&b, "\nOf %d viewers who take %d MB slowly, %d are served and %d refused. The server has at most %.0f MB in memory, of MEMORY_MB=%.0f.\n",
		r.Slow.Viewers, r.Slow.AnswerMB, r.Slow.Served, r.Slow.Refused, r.PeakMB(), r.LimitMB)
	return b.String()
}
