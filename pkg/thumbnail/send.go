package thumbnail

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/thumbfront/thumbfront/pkg/storage"
)

// send answers and, beside it, stores the answer. The last byte is held back
// until the store is done and the original is known to be still the one that
// was rendered: else what was written is deleted and the answer is broken off,
// so that nobody takes or caches it for whole.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, a answer, entry *entry) {
	writeHeaders(w.Header(), a, entry)
	if a.fresh == nil || a.stored == "" {
		w.WriteHeader(http.StatusOK)
		entry.status = http.StatusOK
		if r.Method == http.MethodGet {
			_, _ = w.Write(a.body)
		}
		return
	}

	ctx, cancel := storeContext(r.Context())
	defer cancel()
	stored := make(chan error, 1)
	go func() {
		stored <- h.Thumbnails.Put(ctx, a.stored, storage.Thumbnail{
			Body: a.body, ContentType: a.contentType, Headers: a.fresh.headers, Overlays: a.fresh.overlayNames()})
	}()

	w.WriteHeader(http.StatusOK)
	entry.status = http.StatusOK
	get := r.Method == http.MethodGet
	last := len(a.body) - 1
	if get {
		_, _ = w.Write(a.body[:last]) // a viewer that has gone does not keep the answer from being stored
		_ = http.NewResponseController(w).Flush()
	}
	began := time.Now()
	entry.stored = <-stored
	h.confirm(ctx, a, entry) // also after a failure: it may have been written all the same
	entry.store = time.Since(began)
	if get {
		_, _ = w.Write(a.body[last:])
	}
}

func writeHeaders(out http.Header, a answer, entry *entry) {
	sum := md5.Sum(a.body)
	for name, values := range a.headers {
		out[name] = values
	}
	// These are not for a request to choose.
	out.Set("Content-Type", a.contentType)
	out.Set("Content-Length", strconv.Itoa(len(a.body)))
	out.Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	out.Set("X-Content-Type-Options", "nosniff")
	out.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	timing := "fetch;dur=" + millis(entry.fetch)
	if entry.picture != nil {
		timing += ", render;dur=" + millis(entry.render)
	}
	if a.fresh != nil && a.stored != "" {
		timing += `, store;desc="beside the answer"`
	}
	out.Set("Server-Timing", timing)
}

// overlayNames are what is kept of the other originals with a thumbnail.
func (r *rendered) overlayNames() []string {
	var names []string
	for _, o := range r.overlays {
		names = append(names, o.bucket+"/"+o.key)
	}
	return names
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

// confirm looks whether the originals are still there and the same.
func (h *Handler) confirm(ctx context.Context, a answer, entry *entry) {
	for i, o := range append([]overlay{{etag: a.fresh.etag}}, a.fresh.overlays...) {
		head := func() (storage.Original, error) { return h.Originals.Head(ctx, o.bucket, o.key) }
		if i == 0 {
			head = func() (storage.Original, error) { return h.head(ctx, a.request) }
		}
		now, err := head()
		if err == nil && now.ETag == o.etag {
			continue
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			// Not known to be gone: the purge that follows a delete comes by later anyway.
			entry.unconfirmed = err
			continue
		}
		entry.fail(failure{http.StatusNotFound, codeOriginalChanged, "the original was deleted or changed meanwhile", err})
		if err := h.Thumbnails.Delete(ctx, a.stored); err != nil {
			entry.stored = fmt.Errorf("a thumbnail of a changed original is left behind: %w", err)
		}
		panic(http.ErrAbortHandler)
	}
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64)
}
