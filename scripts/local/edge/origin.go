package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// origin is one origin of the distribution.
type origin struct {
	id          string
	endpoint    *url.URL // in place of the DomainName, with the OriginPath
	headers     http.Header
	signer      *signer // nil: requests are not signed
	custom      bool    // not a bucket
	attempts    int
	readTimeout time.Duration
	transport   *http.Transport
}

// errReadTimeout says that an origin kept silent for its OriginReadTimeout.
var errReadTimeout = errors.New("the origin took too long to answer")

// do asks the origin for a path with no headers of the viewer's but those
// given, which are conditions. The answer's body fails with errReadTimeout
// where no byte comes for that time.
//
// Documented: a failed connection is tried again, up to the connection
// attempts in all; a custom origin that does not answer in time as well.
func (o *origin) do(ctx context.Context, method, path string, conditions http.Header, requestID string) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := o.request(ctx, method, path, conditions, requestID)
	if err != nil {
		cancel(err)
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		resp, err := o.transport.RoundTrip(req)
		if err == nil {
			resp.Body = newGuardedBody(ctx, resp.Body, o.readTimeout, cancel)
			return resp, nil
		}
		if attempt >= o.attempts || ctx.Err() != nil || !connecting(err) && !(o.custom && timedOut(err)) {
			cancel(err)
			return nil, fmt.Errorf("origin %s: %w", o.id, err)
		}
	}
}

func (o *origin) request(ctx context.Context, method, path string, conditions http.Header, requestID string) (*http.Request, error) {
	u := *o.endpoint
	u.RawPath = strings.TrimSuffix(o.endpoint.EscapedPath(), "/") + path
	var err error
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		return nil, fmt.Errorf("path for origin %s: %w", o.id, err)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("request to origin %s: %w", o.id, err)
	}
	req.Header.Set("X-Amz-Cf-Id", requestID)
	if o.signer != nil {
		if err := o.signer.sign(ctx, req); err != nil {
			return nil, fmt.Errorf("signing for origin %s: %w", o.id, err)
		}
	}
	// What follows the signature is not covered by it.
	req.Header.Set("User-Agent", "Amazon CloudFront")
	req.Header.Set("Via", via)
	for name, values := range conditions {
		req.Header[name] = values
	}
	for name, values := range o.headers {
		req.Header[name] = values
	}
	return req, nil
}

// newTransport connects directly: a proxy named in the environment is for the
// world outside, and the origins are on this machine.
func newTransport(connectionTimeout, readTimeout, keepAlive time.Duration, atOnce int) *http.Transport {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: connectionTimeout}).DialContext,
		DisableCompression:    true,            // it would add an Accept-Encoding of its own
		MaxIdleConnsPerHost:   max(64, atOnce), // else what is beyond is dialled anew each time
		IdleConnTimeout:       keepAlive,
		ResponseHeaderTimeout: readTimeout,
	}
}

// connecting reports whether the error is of the connection, before any
// request was sent.
func connecting(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func timedOut(err error) bool {
	var e net.Error
	return errors.Is(err, errReadTimeout) || errors.As(err, &e) && e.Timeout()
}

// guardedBody ends its request when the origin keeps silent too long between
// two parts of the body.
type guardedBody struct {
	ctx    context.Context
	body   io.ReadCloser
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func newGuardedBody(ctx context.Context, body io.ReadCloser, limit time.Duration, cancel context.CancelCauseFunc) *guardedBody {
	return &guardedBody{ctx, body, limit, time.AfterFunc(limit, func() { cancel(errReadTimeout) }), cancel}
}

func (b *guardedBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.limit)
	n, err := b.body.Read(p)
	if err != nil {
		b.timer.Stop()
		if cause := context.Cause(b.ctx); cause != nil && !errors.Is(err, io.EOF) {
			err = cause
		}
	}
	return n, err
}

func (b *guardedBody) Close() error {
	b.timer.Stop()
	err := b.body.Close()
	b.cancel(context.Canceled)
	return err
}
