package edge

import (
	"context"
	"net/http"
)

// originGroup is a primary and a secondary origin, or one origin alone.
// Failover is for GET, HEAD and OPTIONS (documented), and no behaviour admits
// other methods.
type originGroup struct {
	members  []*origin
	failover map[int]bool // statuses of the primary that fail over
}

// do asks the primary origin and, where it fails as configured, the secondary.
func (g *originGroup) do(ctx context.Context, method, path string, conditions http.Header, requestID string) (*http.Response, error) {
	for _, o := range g.members[:len(g.members)-1] {
		resp, err := o.do(ctx, method, path, conditions, requestID)
		if !g.failsOver(resp, err) || ctx.Err() != nil {
			return resp, err
		}
		if resp != nil {
			resp.Body.Close()
		}
	}
	return g.members[len(g.members)-1].do(ctx, method, path, conditions, requestID)
}

// failsOver: a failed connection counts as 503 and a timeout as 504
// (documented).
func (g *originGroup) failsOver(resp *http.Response, err error) bool {
	switch {
	case err == nil:
		return g.failover[resp.StatusCode]
	case timedOut(err) && !connecting(err):
		return g.failover[http.StatusGatewayTimeout]
	}
	return g.failover[http.StatusServiceUnavailable]
}

// failureStatus is what the viewer gets when no origin answered.
func failureStatus(err error) int {
	if timedOut(err) {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}
