package edge

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// errLimitExceeded is what CloudFront's logs call a request beyond what it takes.
var errLimitExceeded = errors.New("LimitExceeded")

// flight is one request to the origins and those who wait for its answer.
type flight struct {
	behavior  *behavior
	method    string
	path, key string
	id        string  // X-Amz-Cf-Id
	stale     *object // what the cache has, expired; nil: nothing
	keep      bool    // the answer may be cached
	evicted   bool    // guarded by Edge.mu: the answer must not be cached
	ready     chan struct{}

	// Set before ready is closed, when the first byte of the body is there.
	object *object
	xcache string
	shared bool // fit for those who only joined
}

// found is what a request is answered with.
type found struct {
	object    *object
	xcache    string
	fromCache bool // it has an Age
}

// lookup finds the answer in the cache or gets it from the origins. Requests
// for an object that is on its way wait for it; if then it turns out not to be
// cacheable they go on their own. The error is the context's.
func (e *Edge) lookup(ctx context.Context, b *behavior, method, path, id string) (found, error) {
	f := &flight{behavior: b, method: method, path: path, key: path, id: id, ready: make(chan struct{})}
	if method == http.MethodOptions {
		f.key = "OPTIONS " + path
	}
	if !b.cached[method] {
		return e.leave(ctx, f)
	}

	e.mu.Lock()
	o := e.cache.get(f.key)
	if o != nil && e.clock().Before(o.expires) {
		e.mu.Unlock()
		return found{o, xcacheOf(o.status, xHit), true}, nil
	}
	if other, ok := e.waiting[f.key]; ok {
		e.mu.Unlock()
		return e.join(ctx, f, other)
	}
	if o != nil && o.status < 400 {
		f.stale = o
	}
	if method == http.MethodHead {
		if f.stale == nil {
			// Without a body it cannot answer a GET: it is not kept.
			e.mu.Unlock()
			return e.leave(ctx, f)
		}
		f.method = http.MethodGet // to revalidate what is there
	}
	f.keep = true
	e.waiting[f.key] = f
	e.flights[f] = struct{}{}
	e.mu.Unlock()
	return e.leave(ctx, f)
}

// leave starts a flight and waits until its answer begins.
func (e *Edge) leave(ctx context.Context, f *flight) (found, error) {
	// The flight outlives its viewer: others may wait for it.
	go e.fly(f)
	select {
	case <-f.ready:
		return found{f.object, f.xcache, f.xcache == xHit || f.xcache == xRefreshHit}, nil
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
}

// join waits for another's flight, and leaves on its own where the answer is
// not to be shared.
func (e *Edge) join(ctx context.Context, own, other *flight) (found, error) {
	select {
	case <-other.ready:
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
	if other.shared {
		return found{other.object, xcacheOf(other.object.status, xHit), true}, nil
	}
	if own.method != http.MethodHead {
		own.keep = true
		e.mu.Lock()
		e.flights[own] = struct{}{}
		e.mu.Unlock()
	}
	return e.leave(ctx, own)
}

// fly asks the origins, hands the answer to those who wait as soon as its body
// begins, and caches it once it has arrived whole.
func (e *Edge) fly(f *flight) {
	var conditions http.Header
	if f.stale != nil {
		conditions = validators(f.stale.header)
	}
	// At the latest once the answer is in the cache, so that who got it whole
	// finds it there.
	ready := sync.OnceFunc(func() { close(f.ready) })
	defer ready()
	if e.asked.Add(1) > e.mostAsked && e.mostAsked > 0 {
		e.land(f, e.judge(f, nil, nil, errLimitExceeded))
		return
	}
	resp, err := f.behavior.origins.do(e.ctx, f.method, f.path, conditions, f.id)
	if err != nil {
		e.land(f, e.judge(f, nil, nil, err))
		return
	}
	defer resp.Body.Close()
	arriving, end := newBody(), false
	buf := make([]byte, 32<<10)
	// As long as no byte has come the viewer can still be told of a failure.
	for arriving.size() == 0 && !end {
		end, err = arriving.readSome(resp.Body, buf, resp.ContentLength)
	}
	store := e.judge(f, resp, arriving, err)
	if !f.shared {
		e.unlist(f)
	}
	if !end {
		ready()
		for !end {
			end, err = arriving.readSome(resp.Body, buf, resp.ContentLength)
		}
		if err != nil {
			e.log.Warn("the origin's answer ended early", "error", err, "path", f.path, "id", f.id)
			store = f.stale // half an answer replaces nothing
		}
	}
	e.land(f, store)
	arriving.finish(err)
}

// judge sets what the viewers get of an origin's answer or failure, and
// returns what the cache is to keep: nil is nothing.
func (e *Edge) judge(f *flight, resp *http.Response, arriving *body, err error) *object {
	b, now := f.behavior, e.clock()
	if err == nil && resp.StatusCode == http.StatusNotModified && f.stale != nil {
		h := endToEnd(resp.Header)
		merged := f.stale.renewed(h, now, now, now.Add(b.maxTTL))
		ttl := b.ttl(merged.status, merged.header, now)
		merged.expires = now.Add(ttl)
		f.object, f.xcache, f.shared = merged, xRefreshHit, true
		return merged
	}
	o := &object{key: f.key, path: f.path, fetched: now, retired: now.Add(b.maxTTL)}
	switch {
	case errors.Is(err, errLimitExceeded):
		o.status = http.StatusServiceUnavailable
		o.header, o.body = errorPage(o.status, "There are more requests than this edge takes at once.")
		o.header.Set("Retry-After", "1")
	case err != nil:
		e.log.Warn("no answer from the origin", "error", err, "path", f.path, "id", f.id)
		o.status = failureStatus(err)
		o.header, o.body = errorPage(o.status, "CloudFront could not get an answer from the origin.")
	case resp.StatusCode == http.StatusNotModified:
		o.status = http.StatusBadGateway // nobody asked
		o.header, o.body = errorPage(o.status, "The origin answered 304 to a request without conditions.")
	default:
		o.status, o.header, o.body = resp.StatusCode, endToEnd(resp.Header), arriving
	}
	ttl := b.ttl(o.status, o.header, now)
	if errors.Is(err, errLimitExceeded) {
		ttl = 0 // no origin has failed
	}
	if o.status >= 500 && f.stale != nil && now.Before(f.stale.retired) {
		// Documented: an expired object is served while its origin fails, and
		// for the error's time the origin is left alone.
		held := f.stale.renewed(nil, f.stale.fetched, now.Add(ttl), f.stale.retired)
		f.object, f.xcache, f.shared = held, xHit, true
		return held
	}
	o.expires = now.Add(ttl)
	f.object, f.xcache, f.shared = o, xcacheOf(o.status, xMiss), ttl > 0 && f.keep
	if !f.shared {
		return nil
	}
	return o
}

// unlist lets later requests for the same key start anew.
func (e *Edge) unlist(f *flight) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting[f.key] == f {
		delete(e.waiting, f.key)
	}
}

// land ends a flight and puts its object into the cache.
func (e *Edge) land(f *flight, store *object) {
	e.asked.Add(-1)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting[f.key] == f {
		delete(e.waiting, f.key)
	}
	delete(e.flights, f)
	switch {
	case f.evicted:
	case store != nil:
		e.cache.put(store)
	case f.keep && e.cache.get(f.key) == f.stale:
		e.cache.remove(f.key) // its origin has something else now
	}
}

// hopByHop headers belong to one connection (RFC 9110, section 7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// endToEnd is what of an origin's headers goes on to viewers.
func endToEnd(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range hopByHop {
		h.Del(name)
	}
	h.Del("Age") // it is counted from here
	return h
}

// Values of X-Cache.
const (
	xHit           = "Hit from cloudfront"
	xMiss          = "Miss from cloudfront"
	xRefreshHit    = "RefreshHit from cloudfront"
	xError         = "Error from cloudfront"
	xGenerated     = "FunctionGeneratedResponse from cloudfront"
	xFunctionError = "FunctionExecutionError from cloudfront"
)

// xcacheOf: an error says so, cached or not.
func xcacheOf(status int, otherwise string) string {
	if status >= 400 {
		return xError
	}
	return otherwise
}

// age is how long ago the object left its origin, in whole seconds.
func (o *object) age(now time.Time) int64 {
	return int64(max(0, now.Sub(o.fetched)) / time.Second)
}
