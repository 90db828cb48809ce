package s3

import (
	"context"
	"maps"

	"github.com/rclone/gofakes3"
)

var _ gofakes3.ObjectTaggingBackend = guard{}

// SetObjectTagging replaces the tags of an object, and nothing else of it; ErrNoSuchBucket, ErrNoSuchKey.
func (d *disk) SetObjectTagging(_ context.Context, bucket, key, tagging string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.find(bucket, key)
	if err != nil {
		return err
	}
	o := *old
	o.Metadata = maps.Clone(old.Metadata)
	delete(o.Metadata, gofakes3.TaggingMetadataKey)
	if tagging != "" {
		o.Metadata[gofakes3.TaggingMetadataKey] = tagging
	}
	if err := d.writeObject(&o); err != nil {
		return err
	}
	d.buckets[bucket].objects[key] = &o
	return nil
}
