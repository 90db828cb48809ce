package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
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
	for _, s := range w.ours() {
		url := w.url(s.base, 287, fmt.Sprint("burst-", w.unique.Add(1)))
		before := w.rendered(s.name)
		began := time.Now()
		if err := together(ctx, url); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		last := time.Since(began)
		// The log comes by pipes, in order: after one more render all of the burst are told.
		if _, err := w.ask(w.url(s.base, 288, fmt.Sprint("after-", w.unique.Add(1)))); err != nil {
			return nil, err
		}
		for end := time.Now().Add(10 * time.Second); w.rendered(s.name) < before+2; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				return nil, fmt.Errorf("%s: its log tells of %d renders, want 2 and more", s.name, w.rendered(s.name)-before)
			}
		}
		all = append(all, burst{s.name, crowd, w.rendered(s.name) - before - 1, ms(last)})
	}
	return all, nil
}

// together has a crowd ask for one URL; everybody has to be answered 200.
func together(ctx context.Context, url string) error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	errs := make(chan error, crowd)
	var viewers sync.WaitGroup
	for range crowd {
		viewers.Go(func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				errs <- err
				return
			}
			answer, err := client.Do(request)
			if err != nil {
				errs <- err
				return
			}
			defer answer.Body.Close()
			if _, err := io.Copy(io.Discard, answer.Body); err != nil {
				errs <- err
			} else if answer.StatusCode != http.StatusOK {
				errs <- fmt.Errorf("a viewer of the burst got %s", answer.Status)
			}
		})
	}
	viewers.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return fmt.Errorf("%d of %d viewers and one: %w", len(errs), crowd, err)
	}
	return nil
}
