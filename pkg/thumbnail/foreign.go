package thumbnail

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/language"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// answerForeign answers a request that was not made by its canonical path: by the
// thumbnail that is stored there, or one that is rendered and stored there now.
func (h *Handler) answerForeign(ctx context.Context, o order, entry *entry) (answer, error) {
	if o.foreign.reading.StoredBytes && h.Policy.Access == thumburl.Open {
		return h.storedBytes(ctx, o, entry)
	}
	if o.isVersioned() {
		return h.answerSource(ctx, o, entry)
	}
	if o.stored != "" && len(o.foreign.reading.StoredBytesOf) == 0 {
		a, err := h.lookup(ctx, o, entry)
		if err == nil || !errors.Is(err, errNotStored) {
			return a, err
		}
	}
	return h.render(ctx, o, entry)
}

// errNotStored says that there is no thumbnail yet.
var errNotStored = errors.New("no such thumbnail")

// lookup answers with the stored thumbnail of an original that is still there.
func (h *Handler) lookup(ctx context.Context, o order, entry *entry) (answer, error) {
	began := time.Now()
	var original storage.Original
	var missing error
	head := make(chan struct{})
	go func() {
		defer close(head)
		original, missing = h.head(ctx, o.request)
	}()
	thumbnail, err := h.Thumbnails.Get(ctx, o.stored, storage.AtMost(h.Renderer.Limits.SourceBytes))
	<-head
	entry.fetch = time.Since(began)
	switch {
	case missing != nil:
		return answer{}, missing
	case errors.Is(err, storage.ErrNotFound):
		return answer{}, errNotStored
	case err != nil:
		entry.unconfirmed = err // it can be rendered once more
		return answer{}, errNotStored
	}
	a := answer{order: o, body: thumbnail.Body, contentType: thumbnail.ContentType}
	a.headers = h.foreignHeaders(o, original, entry.started)
	return a, nil
}

// storedBytes answers with an original as it is, if it is a picture. Metadata that
// cannot be cut out of its kind are lost in a render.
func (h *Handler) storedBytes(ctx context.Context, o order, entry *entry) (answer, error) {
	began := time.Now()
	original, err := h.get(ctx, o.request)
	entry.fetch = time.Since(began)
	if err != nil {
		return answer{}, err
	}
	entry.sourceBytes = len(original.Body)
	return h.asStored(ctx, o, original, entry)
}

// answersBytesOf reports whether a foreign request asks for originals of this kind as
// they are.
func (h *Handler) answersBytesOf(o order, body []byte) bool {
	if o.foreign == nil || h.Policy.Access != thumburl.Open {
		return false
	}
	kind, ok := render.Sniff(body)
	return ok && slices.Contains(o.foreign.reading.StoredBytesOf, string(kind))
}

// asStored answers with an original that was fetched.
func (h *Handler) asStored(ctx context.Context, o order, original storage.Original, entry *entry) (answer, error) {
	header, err := h.renderer(o).ReadHeader(original.Body)
	if err != nil {
		return answer{}, err
	}
	body := original.Body
	if !o.foreign.reading.KeepMetadata {
		var ok bool
		if body, ok = render.WithoutMetadata(body, header); !ok {
			f := *o.foreign
			f.reading.StoredBytesOf = nil
			o.foreign = &f
			return h.render(ctx, o, entry)
		}
	}
	return answer{order: o, body: body, contentType: header.Kind.ContentType(),
		headers: h.foreignHeaders(o, original, entry.started)}, nil
}

// foreignHeaders are the headers of an answer that is not the one under its
// canonical path.
func (h *Handler) foreignHeaders(o order, original storage.Original, now time.Time) http.Header {
	headers := headersOf(o.request, now)
	f := o.foreign
	if f.language != nil {
		for name, values := range f.language.Headers(f.reading, described(original)) {
			headers[name] = values
		}
	}
	ttl := h.ForeignTTL
	if !f.reading.Expires.IsZero() {
		ttl = min(ttl, f.reading.Expires.Sub(now))
	}
	headers.Set("Cache-Control", withSharedMaxAge(headers.Get("Cache-Control"), ttl))
	return headers
}

func described(o storage.Original) language.Original {
	return language.Original{ContentType: o.ContentType, CacheControl: o.CacheControl, Expires: o.Expires, LastModified: o.LastModified}
}

// withSharedMaxAge bounds what a Cache-Control lets the CDN do: s-maxage is the
// least of ttl and what it says itself. What is not to be kept stays so.
func withSharedMaxAge(cacheControl string, ttl time.Duration) string {
	seconds := max(0, int(ttl.Seconds()))
	var kept []string
	for directive := range strings.SplitSeq(cacheControl, ",") {
		directive = strings.TrimSpace(directive)
		name, value, _ := strings.Cut(strings.ToLower(directive), "=")
		switch name {
		case "no-store", "no-cache", "private":
			return cacheControl
		case "max-age", "s-maxage":
			if n, err := strconv.Atoi(strings.Trim(value, `"`)); err == nil {
				seconds = min(seconds, max(0, n))
			}
		}
		if directive != "" && name != "s-maxage" {
			kept = append(kept, directive)
		}
	}
	return strings.Join(append(kept, "s-maxage="+strconv.Itoa(seconds)), ", ")
}

// refuse answers with an error, in the codes of its language, or with the picture
// that the language has for errors.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error, entry *entry) {
	f := explain(err)
	var of *foreignError
	isForeign := errors.As(err, &of)
	if isForeign {
		said, headers := of.language.Explain(language.Error{Status: f.status, Code: f.code, Message: f.message})
		f.status, f.code, f.message = said.Status, said.Code, said.Message
		for name, values := range headers {
			w.Header()[name] = values
		}
	}
	entry.fail(f)
	entry.status = f.status
	if isForeign && h.sendFallback(w, r, of.language, f.status) {
		return
	}
	f.write(w, r.Method != http.MethodHead)
}

// sendFallback answers an error with a language's picture for errors. It reports
// false where there is none, or it is not to be had.
func (h *Handler) sendFallback(w http.ResponseWriter, r *http.Request, l language.Language, status int) bool {
	bucket, key, headers := l.Fallback()
	if key == "" {
		return false
	}
	if bucket == "" {
		bucket = h.Policy.DefaultBucket
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.RenderTimeout)
	defer cancel()
	original, err := h.Originals.Get(ctx, bucket, key, h.Renderer.Limits.SourceBytes)
	if err != nil {
		h.Log.Error("the picture for errors could not be read", "bucket", bucket, "key", key, "error", err)
		return false
	}
	header, err := h.Renderer.ReadHeader(original.Body)
	if err != nil {
		h.Log.Error("the picture for errors is none", "bucket", bucket, "key", key, "error", err)
		return false
	}
	out := w.Header()
	for name, values := range headers(described(original)) {
		out[name] = values
	}
	out.Set("Cache-Control", withSharedMaxAge(out.Get("Cache-Control"), errorTTL))
	if status >= 500 {
		out.Set("Cache-Control", "no-store")
	}
	out.Set("Content-Type", header.Kind.ContentType())
	out.Set("Content-Length", strconv.Itoa(len(original.Body)))
	out.Set("X-Content-Type-Options", "nosniff")
	out.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(original.Body)
	}
	return true
}
