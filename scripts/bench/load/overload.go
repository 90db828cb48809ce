package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// overload is some times of what a server can render, for a while.
type overload struct {
	Server            string
	Capacity, Offered float64 // renders in a second
	Statuses          map[string]int
	OK, Refused       int
	Silent            int // refusals that do not say when to come again
	Other             int // neither answered nor refused: failed
	RefusedP50        float64
	RefusedP99        float64 // ms
	RecoveredMS       float64

	refusals []time.Duration
}

const (
	times        = 10   // what can be rendered
	mostViewers  = 2000 // who wait at once
	calmTime     = 2 * time.Second
	giveUp       = 10 * time.Second // on a recovery
	recoveryWait = 10 * time.Millisecond
)

// take counts an answer.
func (o *overload) take(status int, header http.Header, latency time.Duration) {
	if o.Statuses == nil {
		o.Statuses = map[string]int{}
	}
	o.Statuses[strconv.Itoa(status)]++
	switch status {
	case http.StatusOK:
		o.OK++
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		o.Refused++
		o.refusals = append(o.refusals, latency)
		if header.Get("Retry-After") == "" {
			o.Silent++
		}
	default:
		o.Other++
	}
}

// end works out how long refusals took.
func (o *overload) end() {
	if n := len(o.refusals); n > 0 {
		slices.Sort(o.refusals)
		o.RefusedP50, o.RefusedP99 = ms(o.refusals[n/2]), ms(o.refusals[n*99/100])
	}
}

// overload finds out what a server can render, and has ten times of it asked for.
func (w *world) overload(ctx context.Context, s ours, each time.Duration, phase func(string)) (overload, error) {
	phase("what it can render")
	calm, err := attack("", s.name, w.news(s.base), min(each, calmTime), reserved)
	if err != nil {
		return overload{}, err
	}
	o := overload{Server: s.name, Capacity: calm.PerSecond, Offered: times * calm.PerSecond}
	phase(fmt.Sprintf("%d times that", times))
	pace := vegeta.Rate{Freq: max(1, int(o.Offered)), Per: time.Second}
	attacker := vegeta.NewAttacker(vegeta.Timeout(30*time.Second), vegeta.Workers(64), vegeta.MaxWorkers(mostViewers), vegeta.Connections(mostViewers))
	for result := range attacker.Attack(vegeta.Targeter(w.news(s.base)), pace, 2*each, "") {
		o.take(int(result.Code), result.Headers, result.Latency)
	}
	o.end()
	// Recovered is when a new picture is rendered again.
	for ended := time.Now(); ; time.Sleep(recoveryWait) {
		_, err := w.ask(w.url(s.base, 288, fmt.Sprint("after-", w.unique.Add(1))))
		if err == nil {
			o.RecoveredMS = ms(time.Since(ended))
			return o, nil
		}
		if time.Since(ended) > giveUp || ctx.Err() != nil {
			return o, fmt.Errorf("%s: not recovered after %v: %w", s.name, time.Since(ended), err)
		}
	}
}
