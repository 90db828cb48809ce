package server

import (
	"errors"
	"sync/atomic"
	"time"
)

// errBusy is that there is too much to do: a queue is full, or was waited in for too long.
var errBusy = errors.New("there is too much to do")

// places are what so many may have at once, and a queue for them that has an end.
type places struct {
	free     chan struct{} // holds one for each that is free
	waiting  atomic.Int64
	queue    int64
	patience time.Duration // of those who wait
}

func newPlaces(atOnce, queue int, patience time.Duration) *places {
	p := &places{free: make(chan struct{}, atOnce), queue: int64(queue), patience: patience}
	for range atOnce {
		p.free <- struct{}{}
	}
	return p
}

// take waits for a place. Where the queue is full it is refused at once: errBusy.
func (p *places) take() error {
	select {
	case <-p.free:
		return nil
	default:
	}
	if p.waiting.Add(1) > p.queue {
		p.waiting.Add(-1)
		return errBusy
	}
	defer p.waiting.Add(-1)
	patience := time.NewTimer(p.patience)
	defer patience.Stop()
	select {
	case <-p.free:
		return nil
	case <-patience.C:
		return errBusy
	}
}

func (p *places) leave() { p.free <- struct{}{} }
