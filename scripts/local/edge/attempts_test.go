package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Documented: a connection is tried three times, or as often as configured.
func TestConnectionAttempts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer server.Close()
	for attempts, succeedsAt := range map[int]int{1: 2, 2: 2, 3: 4} {
		o := ThumbfrontOptions(Deployment{ViewerRequest: `function handler(event) { return event.request; }`, Thumbnails: server.URL, Function: server.URL, Region: "r"})
		o.Credentials.AccessKeyID, o.Credentials.SecretAccessKey = "id", "secret"
		o.Distribution.Origins[0].ConnectionAttempts = &attempts
		e, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		dials := 0
		primary := e.behaviors[0].origins.members[0]
		dial := primary.transport.DialContext
		primary.transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials++; dials < succeedsAt {
				return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
			}
			return dial(ctx, network, addr)
		}
		resp, err := primary.do(t.Context(), http.MethodGet, "/a", nil, "id")
		if (err == nil) != (attempts >= succeedsAt) || dials != min(attempts, succeedsAt) {
			t.Errorf("%d attempts, succeeding at %d: %d dials, error %v", attempts, succeedsAt, dials, err)
		}
		if err == nil {
			resp.Body.Close()
		}
		e.Close()
	}
}
