package thumbnail

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Web is where originals on the web come from.
type Web interface {
	Get(ctx context.Context, source string, maxBytes int) (storage.Original, error)
	Head(ctx context.Context, source string) (storage.Original, error)
}

// get fetches the original of a request.
func (h *Handler) get(ctx context.Context, r thumburl.Request) (storage.Original, error) {
	if r.Source == "" {
		return h.Originals.Get(ctx, r.Bucket, r.Key, h.Renderer.Limits.SourceBytes)
	}
	if h.Web == nil {
		return storage.Original{}, storage.ErrNotAllowed
	}
	return h.Web.Get(ctx, r.Source, h.Renderer.Limits.SourceBytes)
}

// head asks for the original of a request without its body.
func (h *Handler) head(ctx context.Context, r thumburl.Request) (storage.Original, error) {
	if r.Source == "" {
		return h.Originals.Head(ctx, r.Bucket, r.Key)
	}
	if h.Web == nil {
		return storage.Original{}, storage.ErrNotAllowed
	}
	return h.Web.Head(ctx, r.Source)
}

// sourceTTL is how long a thumbnail of an original on the web may be cached where the
// request names no version: nobody tells of changes there.
const sourceTTL = 60 * 60 // seconds

// isVersioned reports whether a request is a foreign one for an original on the web.
func (o order) isVersioned() bool {
	return o.foreign != nil && o.foreign.language != nil && o.request.Source != ""
}

// answerSource answers a foreign request for an original on the web. Its thumbnail lies
// under the native request that names the version: what the server says of the original
// now decides which that is.
func (h *Handler) answerSource(ctx context.Context, o order, entry *entry) (answer, error) {
	began := time.Now()
	original, err := h.head(ctx, o.request)
	entry.fetch = time.Since(began)
	if err != nil {
		return answer{}, err
	}
	if o.stored, err = h.versionedPath(ctx, o, original.ETag); err != nil {
		return answer{}, err
	}
	if o.stored != "" && len(o.foreign.reading.StoredBytesOf) == 0 {
		thumbnail, err := h.Thumbnails.Get(ctx, o.stored, storage.AtMost(h.Renderer.Limits.SourceBytes))
		entry.fetch = time.Since(began)
		if err == nil {
			return answer{order: o, body: thumbnail.Body, contentType: thumbnail.ContentType,
				headers: h.foreignHeaders(o, original, entry.started)}, nil
		}
		if !errors.Is(err, storage.ErrNotFound) {
			entry.unconfirmed = err // it can be rendered once more
		}
	}
	return h.render(ctx, o, entry)
}

// versionedPath is where the thumbnail of one version of an original on the web is
// stored; empty where the version is not known.
func (h *Handler) versionedPath(ctx context.Context, o order, etag string) (string, error) {
	if etag == "" {
		return "", nil
	}
	r := o.request
	r.Version = strings.TrimSpace(r.Version + " " + strings.Trim(strings.TrimPrefix(etag, "W/"), `"`))
	if probe := (thumburl.Request{Key: "-", Version: r.Version}); probe.Validate() != nil {
		sum := sha256.Sum256([]byte(r.Version))
		r.Version = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return h.canonicalPath(ctx, r, o.foreign.reading)
}
