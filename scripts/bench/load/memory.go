package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// sample is the resident memory at a time.
type sample struct {
	Second, MB float64
	Phase      string // that begins here; empty: none does
}

// memory watches a process.
type memory struct {
	mu      sync.Mutex
	samples []sample
	next    string
	done    chan struct{}
	ended   chan struct{}
}

const everySample = 50 * time.Millisecond

func watch(pid int) *memory {
	m := &memory{done: make(chan struct{}), ended: make(chan struct{})}
	began := time.Now()
	go func() {
		defer close(m.ended)
		tick := time.NewTicker(everySample)
		defer tick.Stop()
		for {
			select {
			case <-m.done:
				return
			case <-tick.C:
			}
			statm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
			if err != nil {
				return
			}
			pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
			if err != nil {
				return
			}
			m.mu.Lock()
			m.samples = append(m.samples, sample{time.Since(began).Seconds(), float64(pages*os.Getpagesize()) / (1 << 20), m.next})
			m.next = ""
			m.mu.Unlock()
		}
	}()
	return m
}

// phase says what begins now.
func (m *memory) phase(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = name
}

func (m *memory) stop() []sample {
	close(m.done)
	<-m.ended
	return m.samples
}

// plot draws the samples under their limit.
func plot(samples []sample, limit float64) string {
	const width, height, left, top, right, bottom = 720.0, 260.0, 52.0, 28.0, 12.0, 34.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" font-family="system-ui, sans-serif" font-size="12"><rect width="%g" height="%g" fill="#fff"/>`+"\n", width, height, width, height, width, height)
	end := 1.0
	if len(samples) > 0 {
		end = samples[len(samples)-1].Second
	}
	most := limit * 1.1
	x := func(s float64) float64 { return left + s/end*(width-left-right) }
	y := func(mb float64) float64 { return height - bottom - mb/most*(height-top-bottom) }
	for mb := 0.0; mb <= limit; mb += limit / 4 {
		fmt.Fprintf(&b, `<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#d8dee4"/><text x="%g" y="%.1f" text-anchor="end" fill="#57606a">%.0f MB</text>`+"\n", left, y(mb), width-right, y(mb), left-6, y(mb)+4, mb)
	}
	fmt.Fprintf(&b, `<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#b9283a" stroke-width="1.5" stroke-dasharray="6 4"/><text x="%g" y="%.1f" text-anchor="end" fill="#b9283a">MEMORY_MB=%.0f</text>`+"\n", left, y(limit), width-right, y(limit), width-right, y(limit)-6, limit)
	for _, s := range samples {
		if s.Phase != "" {
			fmt.Fprintf(&b, `<line x1="%.1f" y1="%g" x2="%.1f" y2="%g" stroke="#9da2aa" stroke-dasharray="2 3"/><text x="%.1f" y="%g" fill="#57606a" font-size="10">%s</text>`+"\n", x(s.Second), top, x(s.Second), height-bottom, x(s.Second)+3, top+10, s.Phase)
		}
	}
	var d strings.Builder
	for i, s := range samples {
		fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], x(s.Second), y(s.MB))
	}
	fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="#1763bd" stroke-width="1.6"/>`+"\n", d.String())
	fmt.Fprintf(&b, `<text x="%g" y="%g" fill="#57606a">0 s</text><text x="%g" y="%g" text-anchor="end" fill="#57606a">%.0f s</text>`+"\n</svg>\n", left, height-12, width-right, height-12, end)
	return b.String()
}
