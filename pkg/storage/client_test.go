package storage

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// The SDK kept ten connections: of fifty lookups at once, forty dialled anew each time.
func TestConnectionsAreKept(t *testing.T) {
	const atOnce, rounds = 30, 3
	var dialled atomic.Int64
	var arrived sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		arrived.Wait() // all of a round are there at once
		_, _ = io.WriteString(w, "answer")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dialled.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := HTTPClient(atOnce)
	for range rounds {
		arrived.Add(atOnce)
		var callers sync.WaitGroup
		for range atOnce {
			callers.Go(func() {
				request, err := http.NewRequest(http.MethodGet, server.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				response, err := client.Do(request)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			})
		}
		callers.Wait()
	}
	if n := dialled.Load(); n != atOnce {
		t.Errorf("%d connections for %d calls at once", n, atOnce)
	}
}
