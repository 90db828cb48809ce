package s3

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/rclone/gofakes3"
)

// ListBucket returns one page of a bucket's keys in byte order, those that share a part up to the
// delimiter rolled up into one common prefix; ErrNoSuchBucket.
func (d *disk) ListBucket(_ context.Context, name string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	b := d.buckets[name]
	if b == nil {
		return nil, gofakes3.BucketNotFound(name)
	}
	if prefix == nil {
		prefix = &gofakes3.Prefix{}
	}

	list := gofakes3.NewObjectList()
	keys := withPrefix(b.keys, prefix.Prefix)
	if page.HasMarker {
		keys = keysAfter(keys, page.Marker)
	}
	var entries int64
	last := ""
	for len(keys) > 0 {
		key := keys[0]
		common := commonPrefix(key, prefix.Prefix, prefix.Delimiter)
		if common != "" && page.HasMarker && common == page.Marker { // it ended the page before
			keys = keys[len(withPrefix(keys, common)):]
			continue
		}
		if page.MaxKeys > 0 && entries == page.MaxKeys {
			list.IsTruncated, list.NextMarker = true, last
			break
		}
		entries++
		if common != "" {
			list.AddPrefix(common)
			keys = keys[len(withPrefix(keys, common)):]
			last = common
			continue
		}
		o := b.objects[key]
		list.Add(&gofakes3.Content{
			Key:          key,
			LastModified: gofakes3.NewContentTime(o.LastModified),
			ETag:         o.etag(),
			Size:         o.Size,
			StorageClass: gofakes3.StorageStandard,
		})
		keys = keys[1:]
		last = key
	}
	return list, nil
}

// keysBelow returns the keys that begin with prefix, in byte order; none if there is no such bucket.
func (d *disk) keysBelow(bucket, prefix string) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	b := d.buckets[bucket]
	if b == nil {
		return nil
	}
	return slices.Clone(withPrefix(b.keys, prefix))
}

// commonPrefix returns the key up to the first delimiter after prefix, which it begins with, or "".
func commonPrefix(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(prefix)+i+len(delimiter)]
}

// withPrefix returns those of the sorted keys that begin with prefix, which are neighbours.
func withPrefix(sorted []string, prefix string) []string {
	first, _ := slices.BinarySearch(sorted, prefix)
	rest := sorted[first:]
	n := sort.Search(len(rest), func(i int) bool { return !strings.HasPrefix(rest[i], prefix) })
	return rest[:n]
}

// keysAfter returns those of the sorted keys that come after marker.
func keysAfter(sorted []string, marker string) []string {
	i, found := slices.BinarySearch(sorted, marker)
	if found {
		i++
	}
	return sorted[i:]
}
