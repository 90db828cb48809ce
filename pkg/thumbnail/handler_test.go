package thumbnail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/thumbfront/thumbfront/pkg/jsonlog"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// fakeOriginals is a bucket of one picture.
type fakeOriginals struct {
	get  func(ctx context.Context) (storage.Original, error)
	etag func() (string, error)
}

func (f fakeOriginals) Get(ctx context.Context, _, _ string, _ int) (storage.Original, error) {
	return f.get(ctx)
}
func (f fakeOriginals) Head(context.Context, string, string) (storage.Original, error) {
	etag, err := f.etag()
	return storage.Original{ETag: etag}, err
}

// fakeThumbnails keeps what is put.
type fakeThumbnails struct {
	mu      sync.Mutex
	put     func(ctx context.Context) error
	objects map[string]storage.Thumbnail
}

func (f *fakeThumbnails) Put(ctx context.Context, key string, thumbnail storage.Thumbnail) error {
	if f.put != nil {
		if err := f.put(ctx); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.objects == nil {
		f.objects = map[string]storage.Thumbnail{}
	}
	f.objects[key] = thumbnail
	return nil
}

func (f *fakeThumbnails) Get(_ context.Context, key string, room func(int64) error) (storage.Thumbnail, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if thumbnail, ok := f.objects[key]; ok {
		return thumbnail, room(int64(len(thumbnail.Body)))
	}
	return storage.Thumbnail{}, storage.ErrNotFound
}

func (f *fakeThumbnails) Delete(_ context.Context, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.objects, key)
	return nil
}

var (
	_ Originals  = fakeOriginals{}
	_ Thumbnails = (*fakeThumbnails)(nil)
	_ Originals  = storage.Originals{}
	_ Thumbnails = storage.Thumbnails{}
)

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// harness is a handler over fakes that all work; tests break one.
type harness struct {
	*Handler
	originals  *fakeOriginals
	thumbnails *fakeThumbnails
	log        *bytes.Buffer
	path       string // of a request that is right
}

func newHarness(t *testing.T) *harness {
	body := picture(t)
	h := &harness{
		originals: &fakeOriginals{
			get:  func(context.Context) (storage.Original, error) { return storage.Original{Body: body, ETag: `"1"`}, nil },
			etag: func() (string, error) { return `"1"`, nil },
		},
		thumbnails: &fakeThumbnails{}, log: &bytes.Buffer{},
	}
	h.Handler = &Handler{
		Policy: thumburl.Policy{Access: thumburl.Open, DefaultBucket: "ours", Prefixes: []string{"uploads/"}}, Epoch: 7,
		Renderer: render.Renderer{Limits: render.DefaultLimits()}, Originals: h.originals, Thumbnails: h.thumbnails,
		RenderTimeout: 10 * time.Second, FunctionName: "thumbnail", Log: jsonlog.New(h.log),
	}
	payload, err := thumburl.Encode(thumburl.Request{Key: "uploads/a.png", Edits: thumburl.Edits{thumburl.Resize{Width: 8}}})
	if err != nil {
		t.Fatal(err)
	}
	h.path = "/7/" + payload
	return h
}

func (h *harness) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// entry is the one log line of the request.
func (h *harness) entry(t *testing.T) map[string]any {
	t.Helper()
	var entry map[string]any
	if err := json.Unmarshal(h.log.Bytes(), &entry); err != nil {
		t.Fatalf("%v: %s", err, h.log)
	}
	return entry
}

func TestAnswerIsWhatIsStored(t *testing.T) {
	h := newHarness(t)
	w := h.get(h.path)
	stored := h.thumbnails.objects[h.path[1:]]
	if w.Code != http.StatusOK || !bytes.Equal(stored.Body, w.Body.Bytes()) || w.Body.Len() == 0 {
		t.Fatalf("%d, %d bytes, stored %d", w.Code, w.Body.Len(), len(stored.Body))
	}
	if stored.ContentType != "image/png" || stored.Headers.Get("Cache-Control") != w.Header().Get("Cache-Control") {
		t.Errorf("stored %q %v", stored.ContentType, stored.Headers)
	}
	if timing := w.Header().Get("Server-Timing"); !strings.Contains(timing, "fetch;dur=") || !strings.Contains(timing, "render;dur=") || !strings.Contains(timing, "store") {
		t.Errorf("Server-Timing %q", timing)
	}
	e := h.entry(t)
	declared := e["_aws"].(map[string]any)["CloudWatchMetrics"].([]any)[0].(map[string]any)["Metrics"].([]any)
	for _, metric := range declared {
		if name := metric.(map[string]any)["Name"].(string); e[name] == nil {
			t.Errorf("the metric %s has no value", name)
		}
	}
	if e["FunctionName"] != "thumbnail" || len(declared) < 8 {
		t.Errorf("metrics %v of %v", declared, e["FunctionName"])
	}
	if e["Renders"] != 1.0 || e["StoreFailures"] != 0.0 || e["key"] != "uploads/a.png" || e["status"] != 200.0 {
		t.Errorf("log %v", e)
	}
}

// The viewer gets the picture though it could not be stored, and a metric says so.
func TestStoreFails(t *testing.T) {
	h := newHarness(t)
	h.thumbnails.put = func(context.Context) error { return errors.New("no room") }
	if w := h.get(h.path); w.Code != http.StatusOK || w.Body.Len() == 0 {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	if e := h.entry(t); e["StoreFailures"] != 1.0 || e["storeError"] != "no room" || e["level"] != "ERROR" {
		t.Errorf("log %v", e)
	}
}

// Nearly all of the answer is out before the store is done, and the last byte
// is not: nobody may take for whole what may yet be withdrawn.
func TestStoreRunsBesideTheAnswer(t *testing.T) {
	h := newHarness(t)
	begun, release := make(chan struct{}), make(chan struct{})
	h.thumbnails.put = func(context.Context) error {
		close(begun)
		<-release
		return nil
	}
	server := httptest.NewServer(h)
	defer server.Close()
	answer, err := http.Get(server.URL + h.path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	<-begun
	early := make([]byte, answer.ContentLength-1)
	if _, err := io.ReadFull(answer.Body, early); err != nil {
		t.Fatal(err)
	}
	rest := make(chan []byte)
	go func() {
		last, _ := io.ReadAll(answer.Body)
		rest <- last
	}()
	select {
	case last := <-rest:
		t.Fatalf("%d more bytes before the store was done", len(last))
	default:
	}
	close(release)
	if last := <-rest; len(last) != 1 {
		t.Errorf("%d bytes after the store", len(last))
	}
}

func TestOriginalChangesMeanwhile(t *testing.T) {
	for name, etag := range map[string]func() (string, error){
		"changed": func() (string, error) { return `"2"`, nil },
		"deleted": func() (string, error) { return "", fmt.Errorf("head: %w", storage.ErrNotFound) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			h.originals.etag = etag
			server := httptest.NewServer(h)
			defer server.Close()
			answer, err := http.Get(server.URL + h.path)
			if err == nil {
				defer answer.Body.Close()
				_, err = io.ReadAll(answer.Body)
			}
			if err == nil {
				t.Error("the answer came through whole")
			}
			server.Close() // the handler has returned
			if len(h.thumbnails.objects) != 0 {
				t.Errorf("stored: %v", h.thumbnails.objects)
			}
			if e := h.entry(t); e["code"] != "OriginalChanged" {
				t.Errorf("log %v", e)
			}
		})
	}
}

// A write that failed may have landed all the same.
func TestOriginalChangesAndStoreFails(t *testing.T) {
	h := newHarness(t)
	h.thumbnails.objects = map[string]storage.Thumbnail{h.path[1:]: {}} // it did
	h.thumbnails.put = func(context.Context) error { return errors.New("timed out") }
	h.originals.etag = func() (string, error) { return `"2"`, nil }
	defer func() {
		if v := recover(); v != http.ErrAbortHandler || len(h.thumbnails.objects) != 0 {
			t.Errorf("ended with %v, left %v", v, h.thumbnails.objects)
		}
	}()
	h.get(h.path)
}

// A HEAD that fails for another reason says nothing of the original.
func TestOriginalCannotBeConfirmed(t *testing.T) {
	h := newHarness(t)
	h.originals.etag = func() (string, error) { return "", errors.New("503") }
	if w := h.get(h.path); w.Code != http.StatusOK || len(h.thumbnails.objects) != 1 {
		t.Errorf("%d, %d stored", w.Code, len(h.thumbnails.objects))
	}
	if e := h.entry(t); e["confirmError"] != "503" {
		t.Errorf("log %v", e)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name        string
		err         error
		status      int
		code, cache string
	}{
		{"missing", fmt.Errorf("get: %w", storage.ErrNotFound), 404, "OriginalNotFound", "max-age=10"},
		{"too large", fmt.Errorf("get: %w", storage.ErrTooLarge), 413, "SourceTooLarge", "max-age=10"},
		{"S3 is down", errors.New("503 SlowDown from a host nobody needs to know"), 500, "InternalError", "no-store"},
		{"S3 is slow", fmt.Errorf("get: %w", context.DeadlineExceeded), 503, "Deadline", "no-store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHarness(t)
			h.originals.get = func(context.Context) (storage.Original, error) { return storage.Original{}, c.err }
			w := h.get(h.path)
			var e struct {
				Status        int
				Code, Message string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			if w.Code != c.status || e.Status != c.status || e.Code != c.code || w.Header().Get("Cache-Control") != c.cache {
				t.Errorf("%d %s %q", w.Code, w.Body, w.Header().Get("Cache-Control"))
			}
			if strings.Contains(e.Message, "host") || !strings.Contains(h.log.String(), c.err.Error()) {
				t.Errorf("told %q, logged %s", e.Message, h.log)
			}
			if len(h.thumbnails.objects) != 0 {
				t.Error("something was stored")
			}
		})
	}
}

func TestMethodNotAllowed(t *testing.T) {
	h := newHarness(t)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, h.path, nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	h := newHarness(t)
	h.originals.get = func(context.Context) (storage.Original, error) { panic("a bug") }
	w := h.get(h.path)
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "a bug") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if e := h.entry(t); !strings.Contains(fmt.Sprint(e["cause"]), "a bug") || e["ServerErrors"] != 1.0 {
		t.Errorf("log %v", e)
	}
}

func TestFetchDeadline(t *testing.T) {
	h := newHarness(t)
	h.RenderTimeout = time.Millisecond
	h.originals.get = func(ctx context.Context) (storage.Original, error) {
		<-ctx.Done()
		return storage.Original{}, ctx.Err()
	}
	if w := h.get(h.path); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The viewer's going away does not keep the answer from being stored.
func TestViewerGoesAway(t *testing.T) {
	h := newHarness(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.thumbnails.put = func(store context.Context) error {
		cancel()
		return store.Err()
	}
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, h.path, nil).WithContext(ctx))
	if len(h.thumbnails.objects) != 1 {
		t.Error("not stored")
	}
}

// rotating is a secret that is newer in Secrets Manager than what is known.
type rotating struct{ known, fresh string }

func (r rotating) Get(context.Context) ([][]byte, error)    { return [][]byte{[]byte(r.known)}, nil }
func (r rotating) Reread(context.Context) ([][]byte, error) { return [][]byte{[]byte(r.fresh)}, nil }

func TestSecretIsReadAgainForAnUnknownSignature(t *testing.T) {
	h := newHarness(t)
	h.Policy.Access = thumburl.Signed
	h.Secrets = rotating{"old-secret", "new-secret"}
	payload := h.path[3:]
	for secret, want := range map[string]int{"new-secret": 200, "old-secret": 200, "no-secret": 403} {
		h.log.Reset()
		if w := h.get(h.path + "." + thumburl.Sign([]byte(secret), payload)); w.Code != want {
			t.Errorf("signed with %s: %d %s", secret, w.Code, w.Body)
		}
	}
}

// serveStream sends a request through the Lambda rim and reads its answer.
func serveStream(t *testing.T, h *harness) (status int, body []byte, err error) {
	t.Helper()
	request := &events.LambdaFunctionURLRequest{RawPath: h.path}
	request.RequestContext.HTTP.Method = http.MethodGet
	request.RequestContext.DomainName = "function.local"
	answer, err := Stream(h.Handler)(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

func TestStream(t *testing.T) {
	h := newHarness(t)
	status, body, err := serveStream(t, h)
	if status != http.StatusOK || err != nil || !bytes.Equal(body, h.thumbnails.objects[h.path[1:]].Body) {
		t.Errorf("%d %d bytes %v", status, len(body), err)
	}
}

// lambdaurl ends the answer of a handler that panics as if it were whole.
func TestStreamBreaksAnAbortedAnswerOff(t *testing.T) {
	h := newHarness(t)
	h.originals.etag = func() (string, error) { return `"2"`, nil }
	if _, _, err := serveStream(t, h); !errors.Is(err, errAborted) {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestProcessEndsAfterARenderThatCannotBeStopped(t *testing.T) {
	h := newHarness(t)
	h.originals.get = func(context.Context) (storage.Original, error) {
		h.spoiled.Store(true) // as answer does for an abandoned render
		return storage.Original{}, &render.Error{Code: render.CodeDeadline, Message: "slow", Abandoned: true}
	}
	exited, asked := 0, false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	Retire(h.Handler, transport, func(code int) { exited = code })
	client := http.Client{Transport: transport.Clone()} // as the runtime client does
	ask := func(path string) {
		answer, err := client.Get(server.URL + "/2018-06-01/runtime/" + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	ask("invocation/next")
	if exited != 0 || !asked {
		t.Error("it ended without a reason")
	}
	status, body, err := serveStream(t, h)
	if status != http.StatusServiceUnavailable || len(body) == 0 || err != nil {
		t.Errorf("%d %s %v", status, body, err)
	}
	if ask("invocation/1/response"); exited != 0 {
		t.Error("it ended before the answer was out")
	}
	if ask("invocation/next"); exited != 1 {
		t.Error("it went on")
	}
}

// A request may not outlive its own time in a cache.
func TestExpiresBoundsChosenCacheControl(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	headers := headersOf(thumburl.Request{Expires: now.Unix() + 100, Headers: map[string]string{
		"Cache-Control": "public, max-age=31536000", "Expires": "Wed, 21 Oct 2099 07:28:00 GMT", "Content-Language": "de"}}, now)
	if headers.Get("Cache-Control") != "public, max-age=100, s-maxage=100" || headers.Get("Expires") != "" || headers.Get("Content-Language") != "de" {
		t.Errorf("%v", headers)
	}
}
