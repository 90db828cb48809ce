package main

import (
	"sync"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/machine"
)

// sample is the resident memory at a time, in MB of 2^20 bytes, as MEMORY_MB has them.
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
			mb, err := machine.ResidentMB(pid)
			if err != nil {
				return
			}
			m.mu.Lock()
			m.samples = append(m.samples, sample{time.Since(began).Seconds(), mb * 1e6 / (1 << 20), m.next})
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
