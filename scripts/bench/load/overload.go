package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// burst is many viewers who want one new picture at the same time.
type burst struct {
	Server           string
	Viewers, Renders int
	LastMS           float64 // until the last viewer had it
}

const crowd = 500 // viewers

func (w *world) bursts(ctx context.Context) ([]burst, error) {
	var all []burst
	for _, s := range []struct {
		name, base string
		lines      *renderLines
	}{{"edge stand-in and function", w.URL, w.lines}, {"server", w.listenURL, w.listened}} {
		url := w.url(s.base, 287, fmt.Sprint("burst-", w.unique.Add(1)))
		before := s.lines.count()
		began := time.Now()
		var mu sync.Mutex
		var errs []error
		var viewers sync.WaitGroup
		client := &http.Client{Transport: &http.Transport{}}
		for range crowd {
			viewers.Go(func() {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
				if err == nil {
					var answer *http.Response
					if answer, err = client.Do(request); err == nil {
						_, _ = io.Copy(io.Discard, answer.Body)
						answer.Body.Close()
						if answer.StatusCode != http.StatusOK {
							err = fmt.Errorf("a viewer of the burst got %s", answer.Status)
						}
					}
				}
				if err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			})
		}
		viewers.Wait()
		client.CloseIdleConnections()
		if len(errs) > 0 {
			return nil, fmt.Errorf("%s: %d of %d viewers: %w", s.name, len(errs), crowd, errs[0])
		}
		last := time.Since(began)
		for range 200 { // the log comes by a pipe
			if s.lines.count() > before {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		all = append(all, burst{s.name, crowd, s.lines.count() - before, ms(last)})
	}
	return all, nil
}

// overload is ten times of what a server can render, for a while.
type overload struct {
	Server             string
	Capacity, Offered  float64 // renders in a second
	OK, Refused, Other int
	Statuses           map[string]int
	RefusedP50         float64 // ms
	RefusedP99         float64
	RetryAfter         bool // every refusal says when to come again
	RecoveredMS        float64
}

const (
	overloadTime = 6 * time.Second
	times        = 10
)

func (w *world) overloads(ctx context.Context, memory *memory) ([]overload, error) {
	var all []overload
	for _, s := range []struct{ name, base string }{{"server", w.listenURL}, {"edge stand-in and function", w.URL}} {
		memory.phase(s.name + ": calm")
		calm, err := attack("", s.name, w.news(s.base), 2*time.Second, 2)
		if err != nil {
			return nil, err
		}
		memory.phase("overload")
		o := overload{Server: s.name, Capacity: calm.PerSecond, Offered: times * calm.PerSecond, Statuses: map[string]int{}, RetryAfter: true}
		pace := vegeta.Rate{Freq: int(o.Offered), Per: time.Second}
		attacker := vegeta.NewAttacker(vegeta.Timeout(30*time.Second), vegeta.Workers(64), vegeta.MaxWorkers(2000), vegeta.Connections(2000))
		var refused []time.Duration
		for result := range attacker.Attack(vegeta.Targeter(w.news(s.base)), pace, overloadTime, "") {
			o.Statuses[fmt.Sprint(result.Code)]++
			switch result.Code {
			case http.StatusOK:
				o.OK++
			case http.StatusServiceUnavailable, http.StatusTooManyRequests:
				o.Refused++
				refused = append(refused, result.Latency)
				o.RetryAfter = o.RetryAfter && result.Headers.Get("Retry-After") != ""
			default:
				o.Other++
			}
		}
		ended := time.Now()
		memory.phase("recovery")
		// Recovered is when a new picture is rendered again.
		for {
			if _, err = w.ask(s.base, w.url("", 288, fmt.Sprint("after-", w.unique.Add(1)))); err == nil {
				break
			}
			if time.Since(ended) > 10*time.Second || ctx.Err() != nil {
				return nil, fmt.Errorf("%s: not recovered after %v: %w", s.name, time.Since(ended), err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		o.RecoveredMS = ms(time.Since(ended))
		if len(refused) > 0 {
			slices.Sort(refused)
			o.RefusedP50, o.RefusedP99 = ms(refused[len(refused)/2]), ms(refused[len(refused)*99/100])
		}
		all = append(all, o)
	}
	memory.phase("")
	return all, nil
}
