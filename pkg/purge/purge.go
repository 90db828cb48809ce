// Package purge forgets the thumbnails of originals that were deleted or
// overwritten: in S3 at once, at the CDN by an invalidation.
package purge

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Thumbnails is what is stored, such as [storage.Thumbnails].
type Thumbnails interface {
	// Epochs are the first segments of all keys.
	Epochs(ctx context.Context) ([]string, error)
	List(ctx context.Context, prefix string) ([]storage.Stored, error)
	// MadeOf gives the thumbnails that an original, as bucket/key, was an overlay of;
	// some may be gone.
	MadeOf(ctx context.Context, overlay string) ([]storage.Stored, error)
	DeleteAll(ctx context.Context, keys []string) error
}

// Original names a picture; an empty bucket is the deployment's own.
type Original struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key"`
}

// Purger forgets thumbnails. It may be used by several goroutines.
type Purger struct {
	Thumbnails Thumbnails
	// DefaultBucket is the one that a request omits.
	DefaultBucket string
	Epoch         int // the current one
}

// Prefix is the part that the payloads of all thumbnails of an original begin
// with. It may be that of others as well: base64 is cut to whole groups of three
// bytes, and photo.jp is the beginning of photo.jpg. Empty, there can be none: no
// request may name the original.
func (p Purger) Prefix(o Original) string {
	payload, err := thumburl.Encode(p.request(o))
	if err != nil {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil { // it was just made
		panic(err)
	}
	text = text[:len(text)-1] // the closing brace; more fields may follow
	return base64.RawURLEncoding.EncodeToString(text[:len(text)-len(text)%3])
}

func (p Purger) request(o Original) thumburl.Request {
	if o.Bucket == p.DefaultBucket {
		o.Bucket = ""
	}
	return thumburl.Request{Bucket: o.Bucket, Key: o.Key}
}

// List gives the stored thumbnails of an original, of this epoch and of all
// others: each key is decoded, and bucket and key compared.
func (p Purger) List(ctx context.Context, o Original) ([]storage.Stored, error) {
	prefix := p.Prefix(o)
	if prefix == "" {
		return nil, nil
	}
	epochs, err := p.Thumbnails.Epochs(ctx)
	if err != nil {
		return nil, fmt.Errorf("purge: %w", err)
	}
	var found []storage.Stored
	for _, epoch := range epochs {
		stored, err := p.Thumbnails.List(ctx, epoch+"/"+prefix)
		if err != nil {
			return nil, fmt.Errorf("purge: %w", err)
		}
		found = append(found, slices.DeleteFunc(stored, func(s storage.Stored) bool { return !p.isOf(s.Key, o) })...)
	}
	return found, nil
}

// isOf tells whether a key is that of a thumbnail of the original.
func (p Purger) isOf(key string, o Original) bool {
	path, err := thumburl.ParsePath(key)
	if err != nil {
		return false
	}
	r, err := thumburl.Parse(path.Payload)
	if err != nil {
		return false
	}
	want := p.request(o)
	return r.Bucket == want.Bucket && r.Key == want.Key
}

// Deleted is what became of the stored thumbnails of an original.
type Deleted struct {
	Count int
	Left  []storage.Stored // those that are new enough to stay
	// Stale are the beginnings of the payloads that a CDN may still have: the
	// original's own, and those of which it is an overlay.
	Stale []string
}

// Delete deletes the stored thumbnails of an original that were written before a
// time, and those of others that it is an overlay of; the zero time is all of them.
// Stale is right beside an error as well.
func (p Purger) Delete(ctx context.Context, o Original, before time.Time) (Deleted, error) {
	isOld := func(written time.Time) bool { return before.IsZero() || written.Before(before) }
	stored, err := p.List(ctx, o)
	if err != nil {
		return Deleted{}, err
	}
	var d Deleted
	if prefix := p.Prefix(o); prefix != "" {
		d.Stale = append(d.Stale, prefix)
	}
	var keys []string
	for _, s := range stored {
		if isOld(s.Written) {
			keys = append(keys, s.Key)
		} else {
			d.Left = append(d.Left, s)
		}
	}
	made, err := p.Thumbnails.MadeOf(ctx, p.bucketOf(o)+"/"+o.Key)
	if err != nil {
		return d, fmt.Errorf("purge: %w", err)
	}
	for _, m := range made {
		path, err := thumburl.ParsePath(m.Key)
		if err != nil || !isOld(m.Written) {
			continue
		}
		keys = append(keys, m.Key)
		d.Stale = append(d.Stale, path.Payload)
	}
	d.Count = len(keys)
	if len(keys) > 0 {
		if err := p.Thumbnails.DeleteAll(ctx, keys); err != nil {
			return d, fmt.Errorf("purge: %w", err)
		}
	}
	return d, nil
}

func (p Purger) bucketOf(o Original) string {
	return cmp.Or(o.Bucket, p.DefaultBucket)
}

// MaxWildcards of a distribution's invalidations may be in progress at once, as
// CloudFront documents.
const MaxWildcards = 15

// Paths are what has to be invalidated for thumbnails whose payloads begin so: the
// beginning of every viewer's path, and of the path that the edge makes of it, as
// CloudFront advises. Where these were too many, neighbours are invalidated with them,
// which harms nobody.
func (p Purger) Paths(prefixes []string) []string {
	prefixes = merge(slices.Compact(slices.Sorted(slices.Values(prefixes))), MaxWildcards/2)
	paths := make([]string, 0, 2*len(prefixes))
	for _, prefix := range prefixes {
		paths = append(paths, "/"+prefix+"*", "/"+strconv.Itoa(p.Epoch)+"/"+prefix+"*")
	}
	return paths
}

// merge shortens sorted prefixes until there are at most n: those that have most
// in common become one.
func merge(prefixes []string, n int) []string {
	for len(prefixes) > n {
		best, longest := 0, -1
		for i := range prefixes[1:] {
			if common := len(commonPrefix(prefixes[i], prefixes[i+1])); common > longest {
				best, longest = i, common
			}
		}
		prefixes[best] = commonPrefix(prefixes[best], prefixes[best+1])
		prefixes = slices.Delete(prefixes, best+1, best+2)
	}
	return prefixes
}

func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return strings.Clone(a[:n])
}
