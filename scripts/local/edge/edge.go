package edge

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// defaultCacheBytes bounds the cache where Options.CacheBytes is 0.
const defaultCacheBytes = 256 << 20

// via is what CloudFront adds to requests and answers that pass through it.
const via = "1.1 local.cloudfront.net (CloudFront)"

// Options are the configuration of an Edge. The maps are keyed by what the
// distribution refers to them by.
type Options struct {
	Distribution            DistributionConfig
	CachePolicies           map[string]CachePolicyConfig
	ResponseHeadersPolicies map[string]ResponseHeadersPolicyConfig
	Functions               map[string]string // source of runtime 2.0
	OriginAccessControls    map[string]OriginAccessControlConfig

	// Endpoints are the base URLs that stand in for the origins' DomainNames,
	// such as http://127.0.0.1:9000/thumbnails-bucket.
	Endpoints map[string]string

	Credentials aws.Credentials // what origin access control signs with
	Region      string          // of the origins, for the signatures

	// Clock is the time of caching and of the functions' Date; nil is
	// time.Now. Signatures and timeouts go by the machine's own clock.
	Clock  func() time.Time
	Logger *slog.Logger // nil: silent

	// CacheBytes bounds the cache: headers and bodies in memory. An object in
	// transit is held in full besides. 0 is 256 MB.
	CacheBytes int64

	// OriginRequests bounds how many requests to origins are under way at once: what is
	// beyond is refused with 503 and Retry-After. 0: nothing bounds them.
	OriginRequests int
}

// Edge is one edge location with one distribution: an http.Handler.
type Edge struct {
	behaviors []*behavior // the default one last
	clock     func() time.Time
	log       *slog.Logger
	ctx       context.Context // of all requests to origins
	stop      context.CancelFunc

	mostAsked int64 // 0: no bound
	asked     atomic.Int64

	mu      sync.Mutex
	cache   *cache
	waiting map[string]*flight   // by cache key: what a request can join
	flights map[*flight]struct{} // all that are under way
}

// behavior is a CacheBehavior with what it refers to.
type behavior struct {
	pattern    string
	allowed    map[string]bool
	cached     map[string]bool
	origins    *originGroup
	function   *Function // nil: none
	headers    *ResponseHeadersPolicyConfig
	errorTTLs  map[int]time.Duration
	minTTL     time.Duration
	defaultTTL time.Duration
	maxTTL     time.Duration
}

// ServeHTTP answers a viewer's request as the distribution says.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	id := rand.Text()
	w.Header().Set("Via", via)
	w.Header().Set("X-Amz-Cf-Id", id)

	path := rawPath(r)
	b := e.behavior(path)
	status, xcache := e.serve(w, r, b, path, id)

	e.log.LogAttrs(r.Context(), slog.LevelDebug, "edge request",
		slog.String("method", r.Method), slog.String("path", path), slog.Int("status", status),
		slog.String("x_cache", xcache), slog.Duration("took", time.Since(start)), slog.String("id", id))
}

// serve returns the status and the X-Cache value that it answered with.
func (e *Edge) serve(w http.ResponseWriter, r *http.Request, b *behavior, path, id string) (int, string) {
	if !b.allowed[r.Method] {
		return e.replyError(w, r, http.StatusForbidden, xError,
			"This distribution is not configured to allow the HTTP request method that was used for this request.")
	}
	request := r.Header
	if b.function != nil {
		uri, header, response, err := b.function.viewerRequest(newFunctionEvent(r, path, id))
		if err != nil {
			e.log.Error("viewer-request function", "error", err, "id", id)
			return e.replyError(w, r, http.StatusServiceUnavailable, xFunctionError,
				"The CloudFront function associated with the distribution is invalid or could not run.")
		}
		if response != nil {
			return replyGenerated(w, r, response)
		}
		path, request = uri, header
	}
	found, err := e.lookup(r.Context(), b, r.Method, path, id)
	if err != nil {
		return 0, "" // the viewer is gone
	}
	return e.reply(w, r, request, b, found)
}

// rawPath is the path as the viewer sent it, escapes and all.
func rawPath(r *http.Request) string {
	if path, _, _ := strings.Cut(r.RequestURI, "?"); strings.HasPrefix(path, "/") {
		return path
	}
	return r.URL.EscapedPath()
}

func (e *Edge) behavior(path string) *behavior {
	for _, b := range e.behaviors {
		if matchesPattern(b.pattern, path) {
			return b
		}
	}
	panic("edge: the default behaviour's pattern matches everything")
}

// matchesPattern: a leading slash is optional, * stands for any characters,
// ? for any one.
func matchesPattern(pattern, path string) bool {
	return wildcard(strings.TrimPrefix(pattern, "/"), strings.TrimPrefix(path, "/"))
}

func wildcard(pattern, s string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			pattern = strings.TrimLeft(pattern, "*")
			for i := range len(s) + 1 {
				if wildcard(pattern, s[i:]) {
					return true
				}
			}
			return false
		case s == "" || pattern[0] != '?' && pattern[0] != s[0]:
			return false
		}
		pattern, s = pattern[1:], s[1:]
	}
	return s == ""
}

// Evict forgets the objects whose path matches and returns how many there were,
// in the cache or on their way to it. The path is the one after the
// viewer-request function. What is on its way still reaches its viewers, but no
// longer the cache.
func (e *Edge) Evict(match func(path string) bool) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for f := range e.flights {
		if f.evicted || !match(f.path) {
			continue
		}
		f.evicted = true
		delete(e.waiting, f.key)
		if e.cache.get(f.key) == nil {
			n++
		}
	}
	return n + e.cache.removeMatching(match)
}

// Clear forgets all cached objects and returns how many there were.
func (e *Edge) Clear() int {
	return e.Evict(func(string) bool { return true })
}

// Close ends all requests to origins and closes their connections.
func (e *Edge) Close() {
	e.stop()
	for _, b := range e.behaviors {
		for _, o := range b.origins.members {
			o.transport.CloseIdleConnections()
		}
	}
}
