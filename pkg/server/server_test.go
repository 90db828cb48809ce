package server

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// bucket is a thumbnails bucket in memory.
type bucket map[string]storage.Thumbnail

func (b bucket) Get(_ context.Context, key string, room func(int64) error) (storage.Thumbnail, error) {
	if t, ok := b[key]; ok {
		return t, room(int64(len(t.Body)))
	}
	return storage.Thumbnail{}, storage.ErrNotFound
}

// brokenBucket can't be read.
type brokenBucket struct{}

func (brokenBucket) Get(context.Context, string, func(int64) error) (storage.Thumbnail, error) {
	return storage.Thumbnail{}, errors.New("slow down")
}

var quiet = slog.New(slog.DiscardHandler)

// echo answers with the path that it was asked for.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"echo"`)
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=5")
	_, _ = io.WriteString(w, r.URL.EscapedPath())
})

// function is a Function that is never spoiled but where it says so.
type function struct {
	http.Handler
	spoiled func() bool
}

func (f function) Spoiled() bool { return f.spoiled != nil && f.spoiled() }

func newTestHandler(stored Stored, handler http.Handler, renders, queue int) *Handler {
	return newBoundedHandler(stored, handler, Bounds{Renders: renders, RenderQueue: queue, Lookups: 64, Connections: 100, AnswerBytes: 1 << 20, Timeout: time.Minute})
}

func newBoundedHandler(stored Stored, handler http.Handler, bounds Bounds) *Handler {
	edge := Edge{Access: thumburl.Open, Epoch: 7, Languages: []string{"native", "imgproxy", "thumbnail"}, AutoPresets: []string{"card"}}
	return NewHandler(edge, stored, function{Handler: handler}, bounds, quiet)
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	return do(h, r, header...)
}

func do(h http.Handler, r *http.Request, header ...string) *httptest.ResponseRecorder {
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func codeIn(w *httptest.ResponseRecorder) string {
	var e struct {
		Status int
		Code   string
	}
	if json.Unmarshal(w.Body.Bytes(), &e) != nil || e.Status != w.Code {
		return ""
	}
	return e.Code
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

var plainPath = "/" + b64(`{"key":"uploads/a.jpg"}`)

func TestMissGoesToTheFunction(t *testing.T) {
	h := newTestHandler(bucket{}, echo, 1, 0)
	for target, want := range map[string]string{
		plainPath:                        "/7" + plainPath,
		plainPath + "==?utm=1":           "/7" + plainPath,
		"/unsafe/w:5/plain/s3://a/b%20c": "/7/unsafe/w:5/plain/s3://a/b%20c/~",
		"/thumbnail?size=5&url=a":        "/7/thumbnail/~" + b64("size=5&url=a"),
	} {
		w := get(h, target, "Cookie", "a=b", "Authorization", "x")
		if w.Code != http.StatusOK || w.Body.String() != want || w.Header().Get("Content-Type") != "image/png" || w.Header().Get("Vary") != "" {
			t.Errorf("%s: %d %s %v, want %s", target, w.Code, w.Body, w.Header(), want)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=5"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
	}
}

func TestVariantByAccept(t *testing.T) {
	h := newTestHandler(bucket{}, echo, 1, 0)
	path := "/" + b64(`{"key":"uploads/a.jpg","preset":"card"}`)
	for accept, want := range map[string]string{"image/avif,image/webp,*/*": "avif", "image/webp;q=0.5": "webp", "image/avif;q=0, image/webp": "webp", "*/*": "jpeg", "": "jpeg"} {
		w := get(h, path, "Accept", accept)
		if want = "/7" + path + "/" + want; w.Body.String() != want || w.Header().Get("Vary") != "Accept" {
			t.Errorf("%s: %s, Vary %s", accept, w.Body, w.Header().Get("Vary"))
		}
	}
}

func TestStoredThumbnail(t *testing.T) {
	stored := bucket{"7" + plainPath: {Body: []byte("0123456789"), ContentType: "image/webp", ETag: `"781e5e245d69b566979b86e28d23f2c7"`, Headers: http.Header{
		"Cache-Control": {"public, max-age=86400"}, "Content-Disposition": {"inline"}}}}
	h := newTestHandler(stored, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("rendered once more") }), 1, 0)
	w := get(h, plainPath)
	etag := w.Header().Get("ETag")
	if w.Code != http.StatusOK || w.Body.String() != "0123456789" || w.Header().Get("Content-Type") != "image/webp" || etag != `"781e5e245d69b566979b86e28d23f2c7"` ||
		w.Header().Get("Cache-Control") != "public, max-age=86400" || w.Header().Get("Content-Disposition") != "inline" || w.Header().Get("Content-Length") != "10" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if w := get(h, plainPath, "If-None-Match", etag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("unchanged: %d %s", w.Code, w.Body)
	}
	if w := get(h, plainPath, "Range", "bytes=2-4"); w.Code != http.StatusPartialContent || w.Body.String() != "234" {
		t.Errorf("a range: %d %s", w.Code, w.Body)
	}
	if w := do(h, httptest.NewRequest(http.MethodHead, plainPath, nil)); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "10" {
		t.Errorf("HEAD: %d %s %v", w.Code, w.Body, w.Header())
	}
}

// A bucket that can't be read costs a render, not the answer.
func TestBrokenBucket(t *testing.T) {
	if w := get(newTestHandler(brokenBucket{}, echo, 1, 0), plainPath); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRefusals(t *testing.T) {
	h := newTestHandler(bucket{}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the function was asked") }), 1, 0)
	h.edge.Languages = []string{"native"}
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/", 404, "NotFound"}, {"GET", "/a/b", 404, "NotFound"}, {"GET", "/%61", 404, "NotFound"}, {"GET", "/YQ", 400, "InvalidJSON"},
		{"GET", "/YR", 400, "InvalidBase64"}, {"GET", plainPath + ".x", 403, "InvalidSignature"}, {"GET", "/" + b64(`{"expires":1}`), 403, "Expired"},
		{"GET", "/" + strings.Repeat("A", 988), 414, "RequestTooLong"}, {"POST", plainPath, 405, "MethodNotAllowed"}, {"DELETE", plainPath, 405, "MethodNotAllowed"},
	} {
		w := do(h, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.status || codeIn(w) != c.code || w.Header().Get("Cache-Control") != "max-age=10" {
			t.Errorf("%s %.40s: %d %s %v", c.method, c.path, w.Code, w.Body, w.Header())
		}
	}
	if w := do(h, httptest.NewRequest(http.MethodOptions, plainPath, nil)); w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Methods") != "GET, HEAD, OPTIONS" {
		t.Errorf("OPTIONS: %d %v", w.Code, w.Header())
	}
	h.edge.Access = thumburl.Signed
	if w := get(h, plainPath); w.Code != http.StatusForbidden || codeIn(w) != "SignatureRequired" {
		t.Errorf("unsigned: %d %s", w.Code, w.Body)
	}
}

// An error of the function's is answered as it is, and no error has a body for HEAD.
func TestErrorsOfTheFunction(t *testing.T) {
	h := newTestHandler(bucket{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"status":503,"code":"Deadline"}`)
	}), 1, 0)
	w := get(h, plainPath, "If-None-Match", "*")
	if w.Code != http.StatusServiceUnavailable || codeIn(w) != "Deadline" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if w := do(h, httptest.NewRequest(http.MethodHead, plainPath, nil)); w.Code != http.StatusServiceUnavailable || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d %s", w.Code, w.Body)
	}
}

// What the handler breaks off must not reach anybody as a whole picture.
func TestAbortedAnswer(t *testing.T) {
	h := newTestHandler(bucket{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half a pict")
		panic(http.ErrAbortHandler)
	}), 1, 0)
	w := get(h, plainPath)
	if w.Code != http.StatusServiceUnavailable || codeIn(w) != "OriginalChanged" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	// The slot is free again.
	if w := get(h, plainPath); w.Code != http.StatusServiceUnavailable || codeIn(w) != "OriginalChanged" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestEqualRequestsAreRenderedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var renders atomic.Int64
		release := make(chan struct{})
		h := newTestHandler(bucket{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			renders.Add(1)
			<-release
			echo(w, r)
		}), 2, 0)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if w := get(h, plainPath); w.Code != http.StatusOK || w.Body.String() != "/7"+plainPath {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		synctest.Wait()
		close(release)
		all.Wait()
		if n := renders.Load(); n != 1 {
			t.Errorf("%d renders of one picture", n)
		}
	})
}

// A viewer who looked in vain just before another's render was stored had it rendered once
// more: of 500 at once, some did.
func TestLookingIsSharedToo(t *testing.T) {
	var renders atomic.Int64
	looking, stored := make(chan struct{}, 9), make(chan struct{})
	store := lookFunc(func(context.Context, string, func(int64) error) (storage.Thumbnail, error) {
		looking <- struct{}{}
		<-stored
		if renders.Load() == 0 {
			return storage.Thumbnail{}, storage.ErrNotFound
		}
		return storage.Thumbnail{Body: []byte("picture"), ContentType: "image/webp"}, nil
	})
	h := newTestHandler(store, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		renders.Add(1)
		_, _ = w.Write([]byte("picture"))
	}), 2, 0)
	var viewers sync.WaitGroup
	viewers.Go(func() { get(h, plainPath) })
	<-looking // the first one looks
	for range 3 {
		viewers.Go(func() {
			if w := get(h, plainPath); w.Body.String() != "picture" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	close(stored)
	viewers.Wait()
	if n := renders.Load(); n != 1 {
		t.Errorf("%d renders", n)
	}
}

// lookFunc is a bucket.
type lookFunc func(ctx context.Context, key string, room func(int64) error) (storage.Thumbnail, error)

func (f lookFunc) Get(ctx context.Context, key string, room func(int64) error) (storage.Thumbnail, error) {
	return f(ctx, key, room)
}

// A viewer that goes away takes the answer from nobody who waits for the same.
func TestLeaderGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newTestHandler(bucket{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
				echo(w, r)
			case <-r.Context().Done():
				w.WriteHeader(http.StatusTeapot)
			}
		}), 1, 0)
		ctx, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { do(h, httptest.NewRequestWithContext(ctx, http.MethodGet, plainPath, nil)) })
		synctest.Wait()
		all.Go(func() {
			if w := get(h, plainPath); w.Code != http.StatusOK {
				t.Errorf("the second viewer gets %d", w.Code)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		all.Wait()
	})
}

func TestRendersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		release := make(chan struct{})
		h := newTestHandler(bucket{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			most.Store(max(most.Load(), now.Add(1)))
			<-release
			now.Add(-1)
			echo(w, r)
		}), 2, 3)
		c := crowd(t, h, 8, func(w *httptest.ResponseRecorder) bool { return w.Code == http.StatusOK })
		synctest.Wait()
		if n := c.refused.Load(); n != 3 { // 2 render, 3 wait
			t.Errorf("%d are turned away at once, want 3", n)
		}
		close(release)
		c.all.Wait()
		if most.Load() != 2 || c.ok.Load() != 5 {
			t.Errorf("%d renders at once, %d answers", most.Load(), c.ok.Load())
		}
	})
}

// viewers ask at the same time, each for a picture of its own.
type viewers struct {
	all         sync.WaitGroup
	ok, refused atomic.Int64
}

// crowd has n viewers ask. Each is to get what isOK, or that there is too much to do.
func crowd(t *testing.T, h http.Handler, n int, isOK func(*httptest.ResponseRecorder) bool) *viewers {
	var v viewers
	for i := range n {
		v.all.Go(func() {
			switch w := get(h, pathOf(i)); {
			case isOK(w):
				v.ok.Add(1)
			case busy(w):
				v.refused.Add(1)
			default:
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	return &v
}

// busy reports whether an answer says that there is too much to do, and when to come again.
func busy(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusServiceUnavailable && codeIn(w) == "Busy" && w.Header().Get("Retry-After") == "1" && w.Header().Get("Cache-Control") == "no-store"
}

func pathOf(i int) string { return "/" + b64(fmt.Sprintf(`{"key":"uploads/%d"}`, i)) }

// Of requests beyond what could be rendered, each looked into the bucket at the same time:
// on a busy machine the last ones were refused after seconds.
func TestLookupsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, lookups atomic.Int64
		release := make(chan struct{})
		store := lookFunc(func(context.Context, string, func(int64) error) (storage.Thumbnail, error) {
			lookups.Add(1)
			most.Store(max(most.Load(), now.Add(1)))
			<-release
			now.Add(-1)
			return storage.Thumbnail{Body: []byte("picture")}, nil
		})
		h := newBoundedHandler(store, echo, Bounds{Renders: 1, Lookups: 2, LookupQueue: 3, AnswerBytes: 1 << 20, Timeout: time.Minute})
		c := crowd(t, h, 9, func(w *httptest.ResponseRecorder) bool { return w.Body.String() == "picture" })
		synctest.Wait()
		if c.refused.Load() != 4 || lookups.Load() != 2 { // 2 look, 3 wait
			t.Errorf("%d are refused at once, %d look, want 4 and 2", c.refused.Load(), lookups.Load())
		}
		close(release)
		c.all.Wait()
		if most.Load() != 2 || c.ok.Load() != 5 {
			t.Errorf("%d lookups at once, %d answers", most.Load(), c.ok.Load())
		}
	})
}

// Nobody waits for a lookup for long, either.
func TestLookupQueueHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		store := lookFunc(func(context.Context, string, func(int64) error) (storage.Thumbnail, error) {
			<-release
			return storage.Thumbnail{}, storage.ErrNotFound
		})
		h := newBoundedHandler(store, echo, Bounds{Renders: 1, Lookups: 1, LookupQueue: 1, AnswerBytes: 1 << 20, Timeout: time.Minute})
		var all sync.WaitGroup
		all.Go(func() { get(h, pathOf(1)) })
		synctest.Wait()
		began := time.Now()
		if w := get(h, pathOf(2)); !busy(w) || time.Since(began) != maxLookupWait {
			t.Errorf("%d %s after %s", w.Code, w.Body, time.Since(began))
		}
		close(release)
		all.Wait()
	})
}

// What is stored is served while all renders are taken, and their queue is full.
func TestStoredIsServedWhileRendersAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newTestHandler(bucket{"7" + plainPath: {Body: []byte("picture")}}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }), 1, 1)
		var all sync.WaitGroup
		for i := range 2 { // one renders, one waits
			all.Go(func() { get(h, pathOf(i)) })
			synctest.Wait()
		}
		if w := get(h, pathOf(3)); !busy(w) {
			t.Errorf("a third render: %d %s", w.Code, w.Body)
		}
		if w := get(h, plainPath); w.Body.String() != "picture" {
			t.Errorf("what is stored: %d %s", w.Code, w.Body)
		}
		close(release)
		all.Wait()
	})
}

// slowViewer takes nothing of its answer until it is told to.
type slowViewer struct {
	*httptest.ResponseRecorder
	take chan struct{}
}

func (s slowViewer) Write(p []byte) (int, error) {
	<-s.take
	return s.ResponseRecorder.Write(p)
}

// The bytes of all answers in memory were bounded by nothing: each lookup may bring 128 MB,
// and viewers who take their answers slowly keep them there.
func TestBytesOfAnswersAreBounded(t *testing.T) {
	answers := map[string]struct {
		stored Stored
		path   func(i int) string
	}{
		"looked up": {lookFunc(func(_ context.Context, _ string, room func(int64) error) (storage.Thumbnail, error) {
			return storage.Thumbnail{Body: make([]byte, 40)}, room(40)
		}), pathOf},
		"rendered": {bucket{}, func(i int) string { return fmt.Sprintf("/unsafe/w:%d/plain/s3://a/b", i+1) }},
	}
	for name, c := range answers {
		synctest.Test(t, func(t *testing.T) {
			h := newBoundedHandler(c.stored, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write(make([]byte, 40))
			}), Bounds{Renders: 9, Lookups: 9, AnswerBytes: 100, Timeout: time.Minute})
			take := make(chan struct{})
			var all sync.WaitGroup
			for i := range 2 {
				all.Go(func() {
					h.ServeHTTP(slowViewer{httptest.NewRecorder(), take}, httptest.NewRequest(http.MethodGet, c.path(i), nil))
				})
				synctest.Wait()
			}
			began := time.Now()
			if w := get(h, c.path(2)); !busy(w) || time.Since(began) != maxBytesWait {
				t.Errorf("%s: a third answer of 40 bytes in 100: %d after %s", name, w.Code, time.Since(began))
			}
			close(take)
			all.Wait()
			for i := range 3 {
				if w := get(h, c.path(i)); w.Code != http.StatusOK || w.Body.Len() != 40 {
					t.Errorf("%s: when the others are gone: %d %s", name, w.Code, w.Body)
				}
			}
		})
	}
}

// An answer that is larger than all the room has it alone, where it is rendered; a stored
// one is not read.
func TestAnswerLargerThanTheRoom(t *testing.T) {
	var read bool
	store := lookFunc(func(_ context.Context, _ string, room func(int64) error) (storage.Thumbnail, error) {
		if err := room(200); err != nil {
			return storage.Thumbnail{}, err
		}
		read = true
		return storage.Thumbnail{Body: make([]byte, 200)}, nil
	})
	h := newBoundedHandler(store, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 200)) }),
		Bounds{Renders: 1, Lookups: 1, AnswerBytes: 100, Timeout: time.Minute})
	for range 2 {
		if w := get(h, plainPath); w.Code != http.StatusOK || w.Body.Len() != 200 || read {
			t.Errorf("%d, %d bytes, read: %v", w.Code, w.Body.Len(), read)
		}
	}
}

// A lookup that broke off kept the room of its bytes, so that a render for the same viewer
// found none.
func TestLookupThatBreaksOffGivesItsRoomBack(t *testing.T) {
	store := lookFunc(func(_ context.Context, _ string, room func(int64) error) (storage.Thumbnail, error) {
		return storage.Thumbnail{}, errors.Join(room(80), io.ErrUnexpectedEOF)
	})
	h := newBoundedHandler(store, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 80)) }),
		Bounds{Renders: 1, Lookups: 1, AnswerBytes: 100, Timeout: time.Minute})
	for range 2 {
		if w := get(h, plainPath); w.Code != http.StatusOK || w.Body.Len() != 80 {
			t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
		}
	}
}

// Nobody waits in the queue for long: a viewer has gone by then.
func TestQueueHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newTestHandler(bucket{}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }), 1, 1)
		var all sync.WaitGroup
		all.Go(func() { get(h, plainPath) })
		synctest.Wait()
		began := time.Now()
		other := get(h, "/unsafe/w:1/plain/s3://a/b")
		if other.Code != http.StatusServiceUnavailable || codeIn(other) != "Busy" || time.Since(began) != maxRenderWait {
			t.Errorf("%d %s after %s", other.Code, other.Body, time.Since(began))
		}
		close(release)
		all.Wait()
	})
}

func TestConfig(t *testing.T) {
	c, err := ConfigFromEnv(func(string) string { return "" })
	if err != nil || c.Renders < 1 || c.RenderQueue != 4*c.Renders || c.Lookups < 16 || c.LookupQueue != 4*c.Lookups || c.MemoryMB != 1792*c.Renders || c.Connections < 5000 || c.ShutdownTimeout != 30*time.Second {
		t.Errorf("%+v, %v", c, err)
	}
	env := map[string]string{"RENDERS": "4", "MEMORY_MB": "2000", "AUTO_WEBP": "Yes", "AUTO_AVIF": "true"}
	c, err = ConfigFromEnv(func(name string) string { return env[name] })
	if err != nil || c.RenderBytes()>>20 != 300 || c.HeapBytes()>>20 != 800 || c.RenderQueue != 16 || c.Bounds(0).AnswerBytes>>20 != 400 || c.Connections != 6400 || strings.Join(c.Formats, " ") != "avif webp" {
		t.Errorf("%+v, %v", c, err)
	}
	env = map[string]string{"MEMORY_MB": "5", "RENDERS": "0", "RENDER_QUEUE": "-1", "LOOKUPS": "1025", "LOOKUP_QUEUE": "many", "CONNECTIONS": "0", "SHUTDOWN_TIMEOUT": "30"}
	_, err = ConfigFromEnv(func(name string) string { return env[name] })
	for name := range env {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %v", name, err)
		}
	}
}

// running is a server on a socket.
type running struct {
	url     string
	handler *Handler
	stop    context.CancelFunc
	done    chan error
}

func run(t *testing.T, handler http.Handler, shutdownTimeout time.Duration) *running {
	t.Helper()
	return runHandler(t, newTestHandler(bucket{}, handler, 2, 2), shutdownTimeout)
}

func runHandler(t *testing.T, handler *Handler, shutdownTimeout time.Duration) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &running{url: "http://" + listener.Addr().String(), handler: handler, done: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	t.Cleanup(stop)
	go func() { r.done <- Run(ctx, listener, r.handler, shutdownTimeout, quiet) }()
	return r
}

func (r *running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	response, err := http.Get(r.url + path)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(body)
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	r := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-release
		echo(w, r)
	}), time.Minute)
	if status, body := r.get(t, HealthPath); status != http.StatusOK || body != "ok\n" {
		t.Errorf("%d %s", status, body)
	}
	answered := make(chan string)
	go func() {
		_, body := r.get(t, plainPath)
		answered <- body
	}()
	<-begun
	r.stop()
	for !r.handler.leaving.Load() {
		select {
		case err := <-r.done:
			t.Fatalf("stopped with a render under way: %v", err)
		default:
		}
	}
	if w := get(r.handler, HealthPath); w.Code != http.StatusServiceUnavailable {
		t.Errorf("health while leaving: %d", w.Code)
	}
	close(release)
	if body := <-answered; body != "/7"+plainPath {
		t.Errorf("the answer under way was %q", body)
	}
	if err := <-r.done; err != nil {
		t.Errorf("stopped with %v", err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://")); err == nil {
		t.Error("it still listens")
	}
}

// A render whose viewer has gone is finished as well: it is stored for the next one.
func TestShutdownFinishesWhatNobodyWaitsFor(t *testing.T) {
	begun, release, finished := make(chan struct{}), make(chan struct{}), make(chan struct{})
	r := run(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-release
		close(finished)
	}), time.Minute)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+plainPath, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	}()
	<-begun
	leave()
	<-gone
	r.stop()
	go close(release)
	if err := <-r.done; err != nil {
		t.Errorf("stopped with %v", err)
	}
	select {
	case <-finished:
	default:
		t.Error("the render was not finished")
	}
}

func TestShutdownHasADeadline(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	r := run(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-release
	}), 10*time.Millisecond)
	go func() {
		if response, err := http.Get(r.url + plainPath); err == nil {
			response.Body.Close()
		}
	}()
	<-begun
	r.stop()
	if err := <-r.done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// A render that can't be stopped ends the process, when the others are done.
func TestSpoiled(t *testing.T) {
	var spoiled atomic.Bool
	r := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		spoiled.Store(strings.Contains(r.URL.Path, "bad"))
		echo(w, r)
	}), time.Minute)
	r.handler.flights.function = function{r.handler.flights.function, spoiled.Load}
	if status, _ := r.get(t, "/unsafe/w:1/plain/good"); status != http.StatusOK {
		t.Errorf("good: %d", status)
	}
	select {
	case err := <-r.done:
		t.Fatalf("stopped: %v", err)
	default:
	}
	if status, _ := r.get(t, "/unsafe/w:1/plain/bad"); status != http.StatusOK {
		t.Errorf("bad: %d", status)
	}
	if err := <-r.done; !errors.Is(err, ErrSpoiled) {
		t.Errorf("%v", err)
	}
}

// A connection that sends nothing, or too much, holds nothing for long.
func TestHeadersAreBounded(t *testing.T) {
	r := run(t, echo, time.Second)
	request, err := http.NewRequest(http.MethodGet, r.url+plainPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Long", strings.Repeat("a", 64<<10))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return // cut off while it was sending: as good
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", response.StatusCode)
	}
}
