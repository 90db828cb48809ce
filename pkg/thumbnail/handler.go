package thumbnail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Originals is where pictures come from.
type Originals interface {
	Get(ctx context.Context, bucket, key string, maxBytes int) (storage.Original, error)
	Head(ctx context.Context, bucket, key string) (storage.Original, error)
}

// Thumbnails is where answers are stored.
type Thumbnails interface {
	Get(ctx context.Context, key string, room func(bytes int64) error) (storage.Thumbnail, error)
	Put(ctx context.Context, key string, thumbnail storage.Thumbnail) error
	Delete(ctx context.Context, key string) error
}

// Handler answers requests for thumbnails. It takes a path as the edge hands it
// on: see [thumburl.Path], and [language] for those of other systems.
type Handler struct {
	Policy  thumburl.Policy // its Secrets are taken from Secrets
	Secrets Secrets         // nil: none
	// Languages are tried in this order; nil in it stands for the native one. None is
	// the native one alone.
	Languages []language.Language
	// ForeignTTL is how long the CDN may keep the answer to a request of another
	// language, whose original may be deleted meanwhile.
	ForeignTTL time.Duration
	Epoch      int
	Renderer   render.Renderer
	// Faces finds the faces in a JPEG, the surest first; nil: SmartCrop looks at
	// colours and edges alone.
	Faces      func(ctx context.Context, jpeg []byte) ([]render.Face, error)
	Originals  Originals
	Web        Web // nil: no original on the web
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

// Spoiled reports whether a render could not be stopped: it still takes CPU and memory,
// and the process should end, and be started again.
func (h *Handler) Spoiled() bool { return h.spoiled.Load() }

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
		h.refuse(w, r, err, &entry)
		return
	}
	h.send(w, r, answer, &entry)
}

// answer is a thumbnail on its way out.
type answer struct {
	order
	body        []byte
	contentType string
	headers     http.Header // of the answer: Cache-Control, and what the request chooses
	fresh       *rendered   // nil: it is stored already, or never will be
}

// rendered is what was made just now, and from what.
type rendered struct {
	etag     string      // of the original
	overlays []overlay   // the other originals
	headers  http.Header // that are stored with it
}

// overlay is another original that a picture was made of.
type overlay struct{ bucket, key, etag string }

// answer does all that may still end in an error answer.
func (h *Handler) answer(r *http.Request, entry *entry) (answer, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return answer{}, &methodError{r.Method}
	}
	order, err := h.read(r.Context(), r.URL.EscapedPath(), entry)
	if err != nil {
		return answer{}, err
	}
	entry.bucket, entry.key, entry.source = order.request.Bucket, order.request.Key, order.request.Source
	ctx, cancel := context.WithTimeout(r.Context(), h.RenderTimeout)
	defer cancel()
	if order.foreign != nil {
		a, err := h.answerForeign(ctx, order, entry)
		if err != nil {
			return answer{}, order.foreign.failed(err)
		}
		return a, nil
	}
	return h.render(ctx, order, entry)
}

// render makes a thumbnail of an original.
func (h *Handler) render(ctx context.Context, o order, entry *entry) (answer, error) {
	began := time.Now()
	original, err := h.get(ctx, o.request)
	entry.fetch += time.Since(began)
	if err != nil {
		return answer{}, err
	}
	entry.sourceBytes = len(original.Body)
	if h.answersBytesOf(o, original.Body) {
		return h.asStored(ctx, o, original, entry)
	}
	if o.isVersioned() {
		// What was fetched may be newer than what was asked about.
		if o.stored, err = h.versionedPath(ctx, o, original.ETag); err != nil {
			return answer{}, err
		}
	}
	began = time.Now()
	fresh := &rendered{etag: original.ETag, headers: headersOf(o.request, entry.started)}
	picture, err := h.renderer(o).Render(ctx, original.Body, render.Job{
		Edits: o.request.Edits, Format: o.request.OutputFormat, Best: o.variant, Effort: o.request.Effort,
		Original: h.second(fresh), Faces: h.Faces})
	entry.render = time.Since(began)
	if err != nil {
		var e *render.Error
		if errors.As(err, &e) && e.Abandoned {
			h.spoiled.Store(true)
		}
		return answer{}, err
	}
	entry.picture = &picture
	a := answer{order: o, body: picture.Body, contentType: picture.ContentType(), headers: fresh.headers, fresh: fresh}
	if o.foreign != nil {
		a.headers = h.foreignHeaders(o, original, entry.started)
	}
	return a, nil
}

// second fetches the other originals that edits read, and notes them.
func (h *Handler) second(fresh *rendered) func(ctx context.Context, bucket, key string) ([]byte, error) {
	return func(ctx context.Context, bucket, key string) ([]byte, error) {
		if bucket == "" {
			bucket = h.Policy.DefaultBucket
		}
		original, err := h.Originals.Get(ctx, bucket, key, h.Renderer.Limits.SourceBytes)
		if err == nil {
			fresh.overlays = append(fresh.overlays, overlay{bucket, key, original.ETag})
		}
		return original.Body, err
	}
}

// renderer is the handler's, within the limits of the request's language.
func (h *Handler) renderer(o order) render.Renderer {
	renderer := h.Renderer
	if o.foreign != nil && o.foreign.reading.MaxSourcePixels > 0 {
		most := o.foreign.reading.MaxSourcePixels
		renderer.Limits.SourcePixels = min(renderer.Limits.SourcePixels, most)
		renderer.Limits.HEIFPixels = min(renderer.Limits.HEIFPixels, most)
	}
	return renderer
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
	} else if r.Source != "" {
		headers.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", min(sourceTTL, left)))
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
