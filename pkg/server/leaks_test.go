package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thumbfront/thumbfront/pkg/storage"
)

// Whatever becomes of requests, no place, no byte and no flight of them is left behind.
func TestNothingIsLeftBehind(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			var mu sync.Mutex
			n := func(most int) int {
				mu.Lock()
				defer mu.Unlock()
				return random.IntN(most)
			}
			pause := func() { time.Sleep(time.Duration(n(3000)) * time.Millisecond) } // in a bubble: no time passes
			store := lookFunc(func(ctx context.Context, _ string, room func(int64) error) (storage.Thumbnail, error) {
				pause()
				size := n(300)
				switch n(6) {
				case 0:
					return storage.Thumbnail{}, errors.New("slow down")
				case 1, 2:
					return storage.Thumbnail{}, storage.ErrNotFound
				case 3:
					return storage.Thumbnail{}, errors.Join(room(int64(size)), errors.New("it broke off"))
				}
				if err := room(int64(size)); err != nil {
					return storage.Thumbnail{}, err
				}
				pause()
				return storage.Thumbnail{Body: make([]byte, size), ContentType: "image/png", ETag: `"e"`}, ctx.Err()
			})
			h := newBoundedHandler(store, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				pause()
				switch n(5) {
				case 0:
					w.WriteHeader(http.StatusServiceUnavailable)
				case 1:
					_, _ = w.Write(make([]byte, 50))
					panic(http.ErrAbortHandler)
				case 2:
					w.Header().Set("Content-Length", "1000") // more than comes
				}
				_, _ = w.Write(make([]byte, n(300)))
			}), Bounds{Renders: 2, RenderQueue: 2, Lookups: 3, LookupQueue: 3, AnswerBytes: 250, Timeout: 5 * time.Second})
			var all sync.WaitGroup
			for range 200 {
				all.Go(func() {
					pause()
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n(9000))*time.Millisecond)
					defer cancel()
					path := pathOf(n(20))
					if n(3) == 0 {
						path = fmt.Sprintf("/unsafe/w:%d/plain/s3://a/b", 1+n(9))
					}
					r := httptest.NewRequestWithContext(ctx, []string{http.MethodGet, http.MethodHead}[n(2)], path, nil)
					if n(3) == 0 {
						r.Header.Set("Range", "bytes=1-2")
					}
					if n(3) == 0 {
						r.Header.Set("If-None-Match", `"e"`)
					}
					take := make(chan struct{})
					time.AfterFunc(time.Duration(n(4000))*time.Millisecond, func() { close(take) })
					w := slowViewer{httptest.NewRecorder(), take}
					h.ServeHTTP(w, r)
					if w.Code == http.StatusInternalServerError {
						t.Errorf("seed %d: %s", seed, w.Body)
					}
				})
			}
			all.Wait()
			time.Sleep(time.Minute) // for flights whose viewers have gone
			f := h.flights
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.underWay) != 0 || len(f.renders.free) != 2 || len(f.lookups.free) != 3 || f.renders.waiting.Load() != 0 || f.lookups.waiting.Load() != 0 || !f.bytes.TryAcquire(250) {
				t.Errorf("seed %d: %d flights; of places %d and %d are free, %d and %d wait", seed, len(f.underWay), len(f.renders.free), len(f.lookups.free),
					f.renders.waiting.Load(), f.lookups.waiting.Load())
			}
		})
	}
}
