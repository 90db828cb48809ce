package edge_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

func TestHitAndAge(t *testing.T) {
	s := newStack(t)
	s.s3.serves(200, "picture", "Cache-Control", "max-age=60", "Etag", `"e"`, "Age", "17", "Connection", "x-hop")
	miss := s.get("/1/a")
	miss.want(t, 200, "picture", "Miss")
	miss.wantHeader(t, "Age", "")
	miss.wantHeader(t, "Etag", `"e"`)
	s.clock.advance(59*time.Second + 999*time.Millisecond)
	hit := s.get("/1/a?query=is-no-part-of-the-key")
	hit.want(t, 200, "picture", "Hit")
	hit.wantHeader(t, "Age", "59")
	hit.wantHeader(t, "Content-Length", "7")
	for _, a := range []answer{miss, hit} {
		if a.header.Get("Via") == "" || a.header.Get("X-Amz-Cf-Id") == "" {
			t.Errorf("Via or X-Amz-Cf-Id is missing: %v", a.header)
		}
	}
	if miss.header.Get("X-Amz-Cf-Id") == hit.header.Get("X-Amz-Cf-Id") {
		t.Error("two requests have one X-Amz-Cf-Id")
	}
	s.clock.advance(time.Millisecond)
	s.get("/1/a").want(t, 200, "picture", "Miss")
	wantCount(t, "S3", s.s3, 2)
}

func TestTTL(t *testing.T) {
	later := func(d time.Duration) string {
		return time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat)
	}
	tests := []struct {
		name          string
		min, def, max int64
		status        int
		headers       []string
		want          int // seconds; 0: not cached
	}{
		{"max-age", 0, 50, 1000, 200, []string{"Cache-Control", "public, max-age=100"}, 100},
		{"s-maxage goes first", 0, 50, 1000, 200, []string{"Cache-Control", "s-maxage=200, max-age=100"}, 200},
		{"in either order", 0, 50, 1000, 200, []string{"Cache-Control", "max-age=100, S-MaxAge=200"}, 200},
		{"on two lines", 0, 50, 1000, 200, []string{"Cache-Control", "max-age=100", "Cache-Control", "s-maxage=200"}, 200},
		{"quoted", 0, 50, 1000, 200, []string{"Cache-Control", `max-age="100"`}, 100},
		{"at most MaxTTL", 0, 50, 70, 200, []string{"Cache-Control", "max-age=100"}, 70},
		{"at least MinTTL", 30, 50, 70, 200, []string{"Cache-Control", "max-age=10"}, 30},
		{"endless", 0, 50, 1000, 200, []string{"Cache-Control", "max-age=99999999999999999999"}, 1000},
		{"no number", 0, 50, 70, 200, []string{"Cache-Control", "max-age=x"}, 0},
		{"max-age=0", 0, 50, 70, 200, []string{"Cache-Control", "max-age=0"}, 0},
		{"Expires", 0, 50, 1000, 200, []string{"Expires", later(100 * time.Second)}, 100},
		{"max-age goes before Expires", 0, 50, 1000, 200, []string{"Expires", later(100 * time.Second), "Cache-Control", "max-age=20"}, 20},
		{"Expires in the past", 0, 50, 1000, 200, []string{"Expires", later(-time.Second)}, 0},
		{"Expires is no date", 0, 50, 1000, 200, []string{"Expires", "0"}, 0},
		{"DefaultTTL", 0, 50, 1000, 200, nil, 50},
		{"DefaultTTL, Cache-Control without an age", 0, 50, 1000, 200, []string{"Cache-Control", "public"}, 50},
		{"no-store", 0, 50, 1000, 200, []string{"Cache-Control", "no-store, max-age=100"}, 0},
		{"no-cache", 0, 50, 1000, 200, []string{"Cache-Control", "max-age=100, no-cache"}, 0},
		{"private", 0, 50, 1000, 200, []string{"Cache-Control", "private"}, 0},
		{"private with MinTTL", 30, 50, 1000, 200, []string{"Cache-Control", "private"}, 30},
		{"redirect", 0, 50, 1000, 301, nil, 0},
		{"redirect with max-age", 0, 50, 1000, 301, []string{"Cache-Control", "max-age=100"}, 100},

		{"a part that nobody asked for", 0, 50, 1000, 206, []string{"Cache-Control", "max-age=100"}, 0},

		{"404 by its configured time", 0, 50, 1000, 404, nil, 10},
		{"404 no-store all the same", 0, 50, 1000, 404, []string{"Cache-Control", "no-store"}, 10},
		{"404 by its header", 0, 50, 1000, 404, []string{"Cache-Control", "max-age=40"}, 40},
		{"404 by Expires", 0, 50, 1000, 404, []string{"Expires", later(40 * time.Second)}, 40},
		{"404 with a shorter header", 0, 50, 1000, 404, []string{"Cache-Control", "max-age=1"}, 10},
		{"414", 0, 50, 1000, 414, []string{"Cache-Control", "max-age=10"}, 10},
		{"403 without a header", 0, 50, 1000, 403, nil, 0},
		{"403 with one", 0, 50, 1000, 403, []string{"Cache-Control", "max-age=1"}, 5},
		{"400 with one", 0, 50, 1000, 400, []string{"Cache-Control", "max-age=7"}, 7},
		{"400 no-store", 0, 50, 1000, 400, []string{"Cache-Control", "no-store, max-age=7"}, 0},
		{"415 has the default of 10", 0, 50, 1000, 415, []string{"Cache-Control", "max-age=1"}, 10},
		{"413 never", 0, 50, 1000, 413, []string{"Cache-Control", "max-age=100"}, 0},
		{"422 never", 0, 50, 1000, 422, []string{"Cache-Control", "max-age=100"}, 0},
		{"500 configured to 0", 0, 50, 1000, 500, nil, 0},
		{"503 with a header", 0, 50, 1000, 503, []string{"Cache-Control", "max-age=3"}, 3},
		{"404, caching is off", 0, 0, 0, 404, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStack(t, func(o *edge.Options) {
				o.CachePolicies["path-only"] = edge.CachePolicyConfig{MinTTL: tt.min, DefaultTTL: tt.def, MaxTTL: tt.max}
				o.Distribution.DefaultCacheBehavior.TargetOriginId = "function"
			})
			s.fn.serves(tt.status, "x", tt.headers...)
			miss, hit := "Miss", "Hit"
			if tt.status >= 400 {
				miss, hit = "Error", "Error"
			}
			s.get("/a").want(t, tt.status, "x", miss)
			if tt.want == 0 {
				s.get("/a").want(t, tt.status, "x", miss)
				wantCount(t, "the function", s.fn, 2)
				return
			}
			s.clock.advance(time.Duration(tt.want)*time.Second - 1)
			s.get("/a").want(t, tt.status, "x", hit)
			wantCount(t, "the function", s.fn, 1)
			s.clock.advance(1)
			s.get("/a").want(t, tt.status, "x", miss)
			wantCount(t, "the function", s.fn, 2)
		})
	}
}

func TestHead(t *testing.T) {
	s := newStack(t)
	s.s3.serves(200, "picture", "Cache-Control", "max-age=60")
	head := s.ask(http.MethodHead, "/a")
	head.want(t, 200, "", "Miss")
	head.wantHeader(t, "Content-Length", "7")
	if m := s.s3.last(t).Method; m != http.MethodHead {
		t.Errorf("the origin got %s", m)
	}
	s.get("/a").want(t, 200, "picture", "Miss") // the HEAD left no empty body
	again := s.ask(http.MethodHead, "/a")
	again.want(t, 200, "", "Hit")
	again.wantHeader(t, "Content-Length", "7")
	wantCount(t, "S3", s.s3, 2)
}

// A stale object is revalidated for a HEAD as for a GET.
func TestHeadOfStaleObject(t *testing.T) {
	s := newStack(t)
	s.s3.answers(revalidating("picture", `"e"`))
	s.get("/a").want(t, 200, "picture", "Miss")
	s.clock.advance(time.Hour)
	s.ask(http.MethodHead, "/a").want(t, 200, "", "RefreshHit")
	s.get("/a").want(t, 200, "picture", "Hit")
}

func TestMethods(t *testing.T) {
	s := newStack(t)
	s.s3.serves(200, "options", "Cache-Control", "max-age=60")
	for range 2 { // OPTIONS is allowed, but not cached
		s.ask(http.MethodOptions, "/a").want(t, 200, "options", "Miss")
	}
	wantCount(t, "S3", s.s3, 2)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "PURGE"} {
		a := s.ask(method, "/a")
		if a.status != 403 || a.header.Get("X-Cache") != "Error from cloudfront" {
			t.Errorf("%s: %d %v", method, a.status, a.header)
		}
	}
	wantCount(t, "S3", s.s3, 2)
}

func TestCachedOptions(t *testing.T) {
	s := newStack(t, func(o *edge.Options) {
		o.Distribution.DefaultCacheBehavior.CachedMethods = []string{"GET", "HEAD", "OPTIONS"}
	})
	s.s3.answers(func(w http.ResponseWriter, r *http.Request) { write(w, 200, r.Method, "Cache-Control", "max-age=60") })
	s.ask(http.MethodOptions, "/a").want(t, 200, "OPTIONS", "Miss")
	s.ask(http.MethodOptions, "/a").want(t, 200, "OPTIONS", "Hit")
	s.get("/a").want(t, 200, "GET", "Miss")
}

func TestOptionsNotAllowed(t *testing.T) {
	s := newStack(t, func(o *edge.Options) { o.Distribution.DefaultCacheBehavior.AllowedMethods = nil })
	if a := s.ask(http.MethodOptions, "/a"); a.status != 403 {
		t.Errorf("got %d", a.status)
	}
}

// revalidating serves a picture for a minute and answers 304 to its own ETag.
func revalidating(body, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == etag {
			write(w, 304, "", "Cache-Control", "max-age=60", "Etag", etag, "X-Confirmed", "yes")
			return
		}
		write(w, 200, body, "Cache-Control", "max-age=60", "Etag", etag, "Last-Modified", "Mon, 04 May 2026 10:00:00 GMT")
	}
}

func TestRevalidation(t *testing.T) {
	s := newStack(t)
	s.s3.answers(revalidating("picture", `"e"`))
	s.get("/a").want(t, 200, "picture", "Miss")
	s.clock.advance(time.Minute)
	refreshed := s.get("/a")
	refreshed.want(t, 200, "picture", "RefreshHit")
	refreshed.wantHeader(t, "Age", "0")
	refreshed.wantHeader(t, "X-Confirmed", "yes")
	refreshed.wantHeader(t, "Content-Length", "7")
	if got := s.s3.last(t).Header.Get("If-Modified-Since"); got != "Mon, 04 May 2026 10:00:00 GMT" {
		t.Errorf("If-Modified-Since is %q", got)
	}
	s.clock.advance(59 * time.Second)
	s.get("/a").want(t, 200, "picture", "Hit")
	s.clock.advance(time.Second)
	s.s3.answers(revalidating("new picture", `"f"`))
	s.get("/a").want(t, 200, "new picture", "Miss")
	s.get("/a").want(t, 200, "new picture", "Hit")
	wantCount(t, "S3", s.s3, 3)
}

func TestStaleWhileTheOriginFails(t *testing.T) {
	s := newStack(t)
	s.s3.answers(revalidating("picture", `"e"`))
	s.get("/a").want(t, 200, "picture", "Miss")
	s.clock.advance(time.Hour)
	s.s3.serves(503, "down")
	s.fn.serves(500, "down too")
	stale := s.get("/a")
	stale.want(t, 200, "picture", "Hit")
	stale.wantHeader(t, "Age", "3600")
	s.get("/a").want(t, 200, "picture", "Hit")
	wantCount(t, "the function", s.fn, 2) // an error TTL of 0: each request tries
	s.fn.CloseClientConnections()
	s.fn.Close()
	s.get("/a").want(t, 200, "picture", "Hit") // no connection at all

	s.clock.advance(366 * 24 * time.Hour) // beyond MaxTTL
	if a := s.get("/a"); a.status != 502 {
		t.Errorf("got %d %q, want 502", a.status, a.body)
	}
}

func TestStaleLeavesTheOriginAloneForTheErrorTTL(t *testing.T) {
	s := newStack(t, func(o *edge.Options) { o.Distribution.CustomErrorResponses = nil })
	s.s3.answers(revalidating("picture", `"e"`))
	s.get("/a").want(t, 200, "picture", "Miss")
	s.clock.advance(time.Hour)
	s.s3.serves(503, "down")
	s.fn.serves(503, "down too")
	for range 3 {
		s.get("/a").want(t, 200, "picture", "Hit")
	}
	wantCount(t, "the function", s.fn, 1)
	s.clock.advance(10 * time.Second)
	s.get("/a").want(t, 200, "picture", "Hit")
	wantCount(t, "the function", s.fn, 2)
}

// A 4xx tells that the object is gone: it must not come back when the origin
// fails afterwards.
func TestNotFoundEndsAStaleObject(t *testing.T) {
	s := newStack(t)
	s.s3.answers(revalidating("picture", `"e"`))
	s.get("/a").want(t, 200, "picture", "Miss")
	s.clock.advance(time.Hour)
	s.s3.serves(403, "")
	s.fn.serves(422, "gone")
	s.get("/a").want(t, 422, "gone", "Error")
	s.fn.serves(500, "down")
	s.get("/a").want(t, 500, "down", "Error")
}

func TestExpiredErrorIsNotServedStale(t *testing.T) {
	s := newStack(t)
	s.s3.serves(404, "")
	s.fn.serves(404, "none", "Etag", `"e"`)
	s.get("/a").want(t, 404, "none", "Error")
	s.clock.advance(time.Minute)
	s.fn.serves(500, "down")
	s.get("/a").want(t, 500, "down", "Error")
	if got := s.fn.last(t).Header.Get("If-None-Match"); got != "" {
		t.Errorf("an error was revalidated: If-None-Match %q", got)
	}
}

func TestUnaskedNotModified(t *testing.T) {
	s := newStack(t)
	s.s3.serves(304, "")
	if a := s.get("/a"); a.status != 502 {
		t.Errorf("got %d", a.status)
	}
}

func TestEvict(t *testing.T) {
	s := newStack(t)
	s.s3.serves(200, "picture", "Cache-Control", "max-age=60")
	for _, path := range []string{"/1/a", "/1/b", "/2/a"} {
		s.get(path).want(t, 200, "picture", "Miss")
	}
	if n := s.Evict(func(p string) bool { return strings.HasPrefix(p, "/1/") }); n != 2 {
		t.Errorf("Evict: %d", n)
	}
	s.get("/1/a").want(t, 200, "picture", "Miss")
	s.get("/2/a").want(t, 200, "picture", "Hit")
	if n := s.Clear(); n != 2 {
		t.Errorf("Clear: %d", n)
	}
	s.get("/2/a").want(t, 200, "picture", "Miss")
}

// What left its origin before a purge must not be cached after it.
func TestEvictWhileOnItsWay(t *testing.T) {
	s := newStack(t)
	asked, release := make(chan struct{}), make(chan struct{})
	s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-release
		write(w, 200, "old", "Cache-Control", "max-age=60")
	})
	got := make(chan answer)
	go func() { got <- s.get("/a") }()
	<-asked
	s.Clear()
	s.s3.serves(200, "new", "Cache-Control", "max-age=60")
	s.get("/a").want(t, 200, "new", "Miss") // it does not wait for the old one
	close(release)
	(<-got).want(t, 200, "old", "Miss")
	s.get("/a").want(t, 200, "new", "Hit")
}

func TestCacheBound(t *testing.T) {
	s := newStack(t, func(o *edge.Options) { o.CacheBytes = 4000 })
	s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
		size := 1000
		if strings.HasSuffix(r.URL.Path, "large") {
			size = 5000
		}
		write(w, 200, strings.Repeat("x", size), "Cache-Control", "max-age=60")
	})
	ask := func(path, xcache string) {
		t.Helper()
		if got := s.get(path).header.Get("X-Cache"); got != xcache+" from cloudfront" {
			t.Errorf("%s: %s, want %s", path, got, xcache)
		}
	}
	ask("/a", "Miss")
	ask("/b", "Miss")
	ask("/c", "Miss")
	ask("/a", "Hit")
	ask("/d", "Miss") // pushes out /b, which was used longest ago
	ask("/a", "Hit")
	ask("/b", "Miss")
	ask("/large", "Miss")
	ask("/large", "Miss")
	ask("/b", "Hit") // what is too large pushes nothing out
}

func TestCollapsing(t *testing.T) {
	const viewers = 20
	for _, tt := range []struct {
		name         string
		cacheControl string
		requests     int
	}{
		{"cacheable: one request for all", "max-age=60", 1},
		{"not cacheable: each on its own", "no-store", viewers},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStack(t)
			release := make(chan struct{})
			s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
				<-release
				write(w, 200, "picture", "Cache-Control", tt.cacheControl)
			})
			var started, done sync.WaitGroup
			answers := make([]answer, viewers)
			started.Add(viewers)
			for i := range viewers {
				done.Go(func() {
					started.Done()
					answers[i] = s.get("/a")
				})
			}
			started.Wait()
			close(release)
			done.Wait()
			misses := 0
			for _, a := range answers {
				if a.err != nil || a.status != 200 || a.body != "picture" {
					t.Fatalf("%+v", a)
				}
				if a.header.Get("X-Cache") == "Miss from cloudfront" {
					misses++
				}
			}
			wantCount(t, "S3", s.s3, tt.requests)
			if misses != tt.requests {
				t.Errorf("%d misses, want %d", misses, tt.requests)
			}
		})
	}
}

// The first of those who wait may leave: the others still get their answer.
func TestViewerLeaves(t *testing.T) {
	s := newStack(t)
	asked, release := make(chan struct{}), make(chan struct{})
	s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-release
		write(w, 200, "picture", "Cache-Control", "max-age=60")
	})
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan answer)
	go func() { left <- s.do(req) }()
	<-asked
	leave()
	if a := <-left; a.err == nil {
		t.Errorf("the first viewer got %+v", a)
	}
	got := make(chan answer)
	go func() { got <- s.get("/a") }()
	close(release)
	if a := <-got; a.status != 200 || a.body != "picture" {
		t.Errorf("%+v", a)
	}
	wantCount(t, "S3", s.s3, 1)
}

func TestManyViewersAtOnce(t *testing.T) {
	s := newStack(t)
	s.s3.serves(403, "")
	s.fn.answers(func(w http.ResponseWriter, r *http.Request) {
		write(w, 200, r.URL.Path, "Cache-Control", "max-age=60")
	})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 20 {
				path := fmt.Sprintf("/%d", (i+j)%7)
				if a := s.get(path); a.err != nil || a.body != path {
					t.Errorf("%s: %+v", path, a)
				}
				if j == 10 {
					s.Evict(func(p string) bool { return p == path })
				}
			}
		})
	}
	wg.Wait()
}
