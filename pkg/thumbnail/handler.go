package thumbnail

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Originals is where pictures come from.
type Originals interface {
	Get(ctx context.Context, bucket, key string, maxBytes int) (storage.Original, error)
	ETag(ctx context.Context, bucket, key string) (string, error)
}

// Thumbnails is where answers are stored.
type Thumbnails interface {
	Put(ctx context.Context, key string, thumbnail storage.Thumbnail) error
	Delete(ctx context.Context, key string) error
}

// Handler answers requests for thumbnails. It takes a path as the edge hands it
// on: see [thumburl.Path].
type Handler struct {
	Policy     thumburl.Policy // its Secrets are taken from Secrets
	Secrets    Secrets         // nil: none
	Epoch      int
	Renderer   render.Renderer
	Originals  Originals
	Thumbnails Thumbnails
	// RenderTimeout bounds fetch and render together.
	RenderTimeout time.Duration
	Now           func() time.Time // nil: time.Now
	Log           *slog.Logger
	FunctionName  string // the dimension of the metrics in the log

	// spoiled is set when a render could not be stopped: it still takes CPU and
	// memory, and the process should end after the answer.
	spoiled atomic.Bool
}

// storeTimeout bounds what happens after the render where the request has no
// deadline of its own.
const storeTimeout = 8 * time.Second

// ServeHTTP implements http.Handler. Conditional and range headers are ignored:
// a 304 to a revalidation would leave nothing to store.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := h.Now
	if now == nil {
		now = time.Now
	}
	entry := entry{started: now()}
	defer func() {
		v := recover()
		if v != nil && v != http.ErrAbortHandler {
			f := failure{http.StatusInternalServerError, codeInternal, "something went wrong here; the request may be right",
				fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
			entry.fail(f)
			if entry.status == 0 {
				f.write(w, r.Method != http.MethodHead)
				entry.status = f.status
			} else {
				v = http.ErrAbortHandler // the answer has begun: it must not end well
			}
		}
		entry.write(h.Log, h.FunctionName, r, now())
		if v == http.ErrAbortHandler {
			panic(v)
		}
	}()
	answer, err := h.answer(r, &entry)
	if err != nil {
		f := explain(err)
		entry.fail(f)
		entry.status = f.status
		f.write(w, r.Method != http.MethodHead)
		return
	}
	h.send(w, r, answer, &entry)
}

// answer is a thumbnail on its way out.
type answer struct {
	path    thumburl.Path
	request thumburl.Request // authorised
	etag    string           // of the original that was rendered
	picture render.Picture
	headers http.Header // Cache-Control, and what the request chooses
}

// answer does all that may still end in an error answer.
func (h *Handler) answer(r *http.Request, entry *entry) (answer, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return answer{}, &methodError{r.Method}
	}
	path, err := thumburl.ParsePath(r.URL.EscapedPath())
	if err != nil {
		return answer{}, err
	}
	entry.payload, entry.variant = path.Payload, path.Variant
	if path.Epoch != h.Epoch {
		return answer{}, &thumburl.Error{Code: thumburl.CodeNotFound, Given: "epoch " + strconv.Itoa(path.Epoch), Allowed: "the current epoch"}
	}
	parsed, err := thumburl.Parse(path.Payload)
	if err != nil {
		return answer{}, err
	}
	request, err := h.authorize(r.Context(), path, parsed, entry.started)
	if err != nil {
		return answer{}, err
	}
	entry.bucket, entry.key = request.Bucket, request.Key

	ctx, cancel := context.WithTimeout(r.Context(), h.RenderTimeout)
	defer cancel()
	began := time.Now()
	original, err := h.Originals.Get(ctx, request.Bucket, request.Key, h.Renderer.Limits.SourceBytes)
	entry.fetch = time.Since(began)
	if err != nil {
		return answer{}, err
	}
	entry.sourceBytes = len(original.Body)
	began = time.Now()
	picture, err := h.Renderer.Render(ctx, original.Body, render.Job{
		Edits: request.Edits, Format: request.OutputFormat, Best: path.Variant, Effort: request.Effort})
	entry.render = time.Since(began)
	if err != nil {
		var e *render.Error
		if errors.As(err, &e) && e.Abandoned {
			h.spoiled.Store(true)
		}
		return answer{}, err
	}
	entry.picture = &picture
	return answer{path: path, request: request, etag: original.ETag, picture: picture,
		headers: headersOf(request, entry.started)}, nil
}

// authorize judges a request with the secrets that are known and, where its
// signature does not verify, with freshly read ones: a secret may have been
// rotated a moment ago.
func (h *Handler) authorize(ctx context.Context, path thumburl.Path, parsed thumburl.Request, now time.Time) (thumburl.Request, error) {
	secrets := h.Secrets
	if secrets == nil {
		secrets = noSecrets{}
	}
	policy := h.Policy
	var err error
	for _, get := range []func(context.Context) ([][]byte, error){secrets.Get, secrets.Reread} {
		if policy.Secrets, err = get(ctx); err != nil {
			return thumburl.Request{}, err
		}
		var request thumburl.Request
		request, err = policy.Authorize(path, parsed, now)
		var e *thumburl.Error
		if !errors.As(err, &e) || e.Code != thumburl.CodeInvalidSignature {
			return request, err
		}
	}
	return thumburl.Request{}, err
}

const (
	day  = 24 * 60 * 60 // seconds
	year = 365 * day
)

// headersOf gives the headers that are stored with an answer. A URL that names
// a version never means another picture; without one a browser asks again
// after a day, while the CDN is told of changes by invalidation.
func headersOf(r thumburl.Request, now time.Time) http.Header {
	left := int64(year)
	if r.Expires != 0 {
		left = min(left, r.Expires-now.Unix())
	}
	headers := http.Header{}
	if r.Version != "" {
		cache := "public, max-age=" + strconv.FormatInt(left, 10)
		if left == year {
			cache += ", immutable"
		}
		headers.Set("Cache-Control", cache)
	} else {
		headers.Set("Cache-Control", fmt.Sprintf("public, max-age=%d, s-maxage=%d", min(day, left), left))
	}
	for name, value := range r.Headers {
		// What the request wants of caches counts as long as it does not outlive it.
		if r.Expires == 0 || name != "Cache-Control" && name != "Expires" {
			headers.Set(name, value)
		}
	}
	return headers
}

// send answers and, beside it, stores the answer. The last byte is held back
// until the store is done and the original is known to be still the one that
// was rendered: else what was written is deleted and the answer is broken off,
// so that nobody takes or caches it for whole.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, a answer, entry *entry) {
	body := a.picture.Body
	sum := md5.Sum(body)
	out := w.Header()
	out.Set("Content-Type", a.picture.ContentType())
	out.Set("Content-Length", strconv.Itoa(len(body)))
	out.Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	out.Set("X-Content-Type-Options", "nosniff")
	out.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	out.Set("Server-Timing", fmt.Sprintf(`fetch;dur=%s, render;dur=%s, store;desc="beside the answer"`, millis(entry.fetch), millis(entry.render)))
	for name, values := range a.headers {
		out[name] = values
	}

	ctx, cancel := storeContext(r.Context())
	defer cancel()
	stored := make(chan error, 1)
	go func() {
		stored <- h.Thumbnails.Put(ctx, a.path.String(), storage.Thumbnail{
			Body: body, ContentType: a.picture.ContentType(), Headers: a.headers})
	}()

	w.WriteHeader(http.StatusOK)
	entry.status = http.StatusOK
	get := r.Method == http.MethodGet
	last := len(body) - 1
	if get {
		_, _ = w.Write(body[:last]) // a viewer that has gone does not keep the answer from being stored
		_ = http.NewResponseController(w).Flush()
	}
	began := time.Now()
	entry.stored = <-stored
	h.confirm(ctx, a, entry) // also after a failure: it may have been written all the same
	entry.store = time.Since(began)
	if get {
		_, _ = w.Write(body[last:])
	}
}

// storeContext outlives the viewer: what was rendered is stored for the next
// one. It ends a second before the invocation does.
func storeContext(parent context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := parent.Deadline()
	if !ok {
		return context.WithTimeout(context.WithoutCancel(parent), storeTimeout)
	}
	return context.WithDeadline(context.WithoutCancel(parent), deadline.Add(-time.Second))
}

// confirm looks whether the original is still there and the same.
func (h *Handler) confirm(ctx context.Context, a answer, entry *entry) {
	etag, err := h.Originals.ETag(ctx, a.request.Bucket, a.request.Key)
	if err == nil && etag == a.etag {
		return
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		// Not known to be gone: the purge that follows a delete comes by later anyway.
		entry.unconfirmed = err
		return
	}
	entry.fail(failure{http.StatusNotFound, codeOriginalChanged, "the original was deleted or changed meanwhile", err})
	if err := h.Thumbnails.Delete(ctx, a.path.String()); err != nil {
		entry.stored = fmt.Errorf("a thumbnail of a changed original is left behind: %w", err)
	}
	panic(http.ErrAbortHandler)
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64)
}
