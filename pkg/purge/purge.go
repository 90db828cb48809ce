// Package purge forgets the thumbnails of originals that were deleted or
// overwritten: in S3 at once, at the CDN by an invalidation.
package purge

import (
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

// Delete deletes the stored thumbnails of an original that were written before a
// time; the zero time is all of them. It gives those that are left, and how many
// it deleted.
func (p Purger) Delete(ctx context.Context, o Original, before time.Time) (left []storage.Stored, deleted int, err error) {
	stored, err := p.List(ctx, o)
	if err != nil {
		return nil, 0, err
	}
	var keys []string
	for _, s := range stored {
		if before.IsZero() || s.Written.Before(before) {
			keys = append(keys, s.Key)
		} else {
			left = append(left, s)
		}
	}
	if len(keys) > 0 {
		if err := p.Thumbnails.DeleteAll(ctx, keys); err != nil {
			return nil, 0, fmt.Errorf("purge: %w", err)
		}
	}
	return left, len(keys), nil
}

// MaxWildcards of a distribution's invalidations may be in progress at once, as
// CloudFront documents.
const MaxWildcards = 15

// Paths are what has to be invalidated for some originals: the beginning of
// every viewer's path, and of the path that the edge makes of it, as CloudFront
// advises. Where these were too many, neighbours are invalidated with them, which
// harms nobody.
func (p Purger) Paths(originals []Original) []string {
	var prefixes []string
	for _, o := range originals {
		if prefix := p.Prefix(o); prefix != "" {
			prefixes = append(prefixes, prefix)
		}
	}
	slices.Sort(prefixes)
	prefixes = merge(slices.Compact(prefixes), MaxWildcards/2)
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
