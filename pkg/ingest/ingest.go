package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/thumbfront/thumbfront/pkg/purge"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
)

// Originals is where pictures come from.
type Originals interface {
	Get(ctx context.Context, bucket, key string, maxBytes int) (storage.Original, error)
	Head(ctx context.Context, bucket, key string) (storage.Original, error)
}

// Entities keeps what was learnt, such as [storage.Entities].
type Entities interface {
	Get(ctx context.Context, key string) (body []byte, etag string, err error)
	Put(ctx context.Context, key string, body []byte, replaced string) error
	Delete(ctx context.Context, key, etag string) error
	Quarantine(ctx context.Context, key, etag, reason string) error
}

// Table keeps a copy of the entities in a database. It takes changes in any
// order, and keeps the one with the latest sequencer.
type Table interface {
	Put(ctx context.Context, e Entity) error
	Delete(ctx context.Context, key, sequencer string) error
}

// Ingester looks at originals. It may be used by several goroutines, but a key's
// changes are quicker one after the other.
type Ingester struct {
	Bucket    string   // of the originals
	Prefixes  []string // below which originals lie
	Renderer  render.Renderer
	Originals Originals
	Entities  Entities
	Table     Table // nil: none
	Purger    purge.Purger
	Warmer    Warmer
	// RenderTimeout bounds fetch and decoding of one original.
	RenderTimeout time.Duration
	Log           *slog.Logger
}

// maxKey leaves room for what stands around a key in that of its entity. No URL
// can name a longer one, so it is not served either.
const maxKey = 1000 // bytes

// Apply looks at the original of a change. Stale are the beginnings of payloads of
// which thumbnails may be cached of what is not there any more: they have been
// deleted, and are to be invalidated and, when no render of the original can be under
// way any more, purged again. They are right beside an error as well.
//
// Once the entity says what is there now, a look that is taken again finds nothing stale.
// So putOff is called before, where something is: it is to make sure that the original is
// purged again, even if the process ends at once. Nil: nobody has to be told.
func (i *Ingester) Apply(ctx context.Context, c Change, putOff func(context.Context) error) (stale []string, err error) {
	if !i.isOurs(c) {
		i.Log.Warn("an event of another place is ignored", "bucket", c.Bucket, "key", c.Key)
		return nil, nil
	}
	body, etag, err := i.Entities.Get(ctx, c.Key)
	if err != nil && !isMissing(err) {
		return nil, err
	}
	var before Entity
	if etag != "" {
		if err := json.Unmarshal(body, &before); err != nil {
			i.Log.Warn("an entity that does not parse is made anew", "key", c.Key, "error", err.Error())
			before = Entity{}
		}
	}
	if c.Sequencer == "" {
		c.Sequencer = before.Sequencer
	}
	if compareSequencers(c.Sequencer, before.Sequencer) < 0 { // a later look was taken
		if c.ETag != "" && c.ETag != before.ETag {
			return []string{i.Purger.Prefix(purge.Original{Bucket: c.Bucket, Key: c.Key})}, nil // at something else
		}
		return nil, nil
	}
	look := look{Ingester: i, change: c, before: before, entityETag: etag, putOff: putOff}
	return look.take(ctx)
}

func (i *Ingester) isOurs(c Change) bool {
	isFolder := strings.HasSuffix(c.Key, "/") // as the console makes them
	return c.Bucket == i.Bucket && len(c.Key) <= maxKey && !isFolder &&
		slices.ContainsFunc(i.Prefixes, func(prefix string) bool { return strings.HasPrefix(c.Key, prefix) })
}

// isMissing tells what is not there from what S3 gives no answer about.
func isMissing(err error) bool {
	return errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrRefused)
}

// look is one look at an original.
type look struct {
	*Ingester
	change     Change
	before     Entity // its zero value: there is none
	entityETag string // of its object; empty: there is none
	putOff     func(context.Context) error
}

func (l *look) original() purge.Original {
	return purge.Original{Bucket: l.change.Bucket, Key: l.change.Key}
}

func (l *look) take(ctx context.Context) (stale []string, err error) {
	timed, cancel := context.WithTimeout(ctx, l.RenderTimeout)
	defer cancel()
	original, err := l.Originals.Get(timed, l.change.Bucket, l.change.Key, l.Renderer.Limits.SourceBytes)
	switch {
	case isMissing(err):
		return l.forget(ctx)
	case errors.Is(err, storage.ErrTooLarge):
		return l.quarantineUnread(ctx)
	case err != nil:
		return nil, err
	}
	entity, err := describe(timed, l.Renderer, l.change.Key, original)
	if reason, ok := isNoPicture(err); ok {
		return l.quarantine(ctx, original.ETag, reason)
	}
	if err != nil {
		return nil, err
	}
	entity.Sequencer = l.change.Sequencer
	return l.keep(ctx, entity, original)
}

// isNoPicture tells what is wrong with an original from what went wrong here.
func isNoPicture(err error) (reason string, ok bool) {
	var e *render.Error
	if !errors.As(err, &e) {
		return "", false
	}
	switch e.Code {
	case render.CodeSourceEmpty, render.CodeSourceUnsupported, render.CodeSourceTruncated, render.CodeSourceCorrupt, render.CodeSourceTooLarge:
		return string(e.Code), true
	}
	return "", false
}

// keep records a picture and has its presets made. What is stored of another one
// that had its key goes first.
func (l *look) keep(ctx context.Context, e Entity, original storage.Original) (stale []string, err error) {
	// By the time that an event is looked at, its picture may have been overwritten: a render
	// of it may be under way, though no look was ever taken at it.
	overwritten := l.before.ETag != "" && l.before.ETag != e.ETag || l.change.ETag != "" && l.change.ETag != e.ETag
	since := original.LastModified // nothing older can show this picture
	if overwritten {
		since = time.Time{}
	}
	deleted, err := l.Purger.Delete(ctx, l.original(), since)
	if overwritten || deleted.Count > 0 {
		stale = deleted.Stale
	}
	if err != nil {
		return stale, err
	}
	if len(stale) > 0 && l.putOff != nil {
		if err := l.putOff(ctx); err != nil {
			return stale, err
		}
	}
	body, err := json.Marshal(e)
	if err != nil {
		return stale, fmt.Errorf("ingest: %w", err)
	}
	if err := l.Entities.Put(ctx, e.Key, body, l.entityETag); err != nil {
		return stale, err
	}
	if l.Table != nil {
		if err := l.Table.Put(ctx, e); err != nil {
			return stale, err
		}
	}
	l.Log.Info("picture", "key", e.Key, "format", e.Format, "bytes", e.Bytes, "width", e.Width, "height", e.Height,
		"overwritten", overwritten, "deleted", deleted.Count)
	l.Warmer.warm(ctx, l.Log, e.Key, deleted.Left)
	return stale, nil
}

// forget removes all that is kept of an original that is not there any more.
func (l *look) forget(ctx context.Context) (stale []string, err error) {
	deleted, err := l.Purger.Delete(ctx, l.original(), time.Time{})
	if err != nil {
		return deleted.Stale, err
	}
	if l.Table != nil {
		if err := l.Table.Delete(ctx, l.change.Key, l.change.Sequencer); err != nil {
			return deleted.Stale, err
		}
	}
	if l.entityETag != "" {
		if err := l.Entities.Delete(ctx, l.change.Key, l.entityETag); err != nil {
			return deleted.Stale, err
		}
	}
	l.Log.Info("picture is gone", "key", l.change.Key, "deleted", deleted.Count)
	return deleted.Stale, nil
}

func (l *look) quarantine(ctx context.Context, etag, reason string) (stale []string, err error) {
	if err := l.Entities.Quarantine(ctx, l.change.Key, etag, reason); err != nil {
		return nil, err
	}
	l.Log.Warn("no picture: quarantined", "key", l.change.Key, "reason", reason)
	return l.forget(ctx)
}

// quarantineUnread is for what has too many bytes to be fetched.
func (l *look) quarantineUnread(ctx context.Context) (stale []string, err error) {
	original, err := l.Originals.Head(ctx, l.change.Bucket, l.change.Key)
	if err != nil {
		return nil, err
	}
	return l.quarantine(ctx, original.ETag, string(render.CodeSourceTooLarge))
}

// Purge deletes the thumbnails of an original again, when no render of what it was
// can be under way any more, and has its presets made where it is there. Stale is as in
// [Ingester.Apply].
func (i *Ingester) Purge(ctx context.Context, o purge.Original) (stale []string, err error) {
	deleted, err := i.Purger.Delete(ctx, o, time.Time{})
	if err != nil {
		return deleted.Stale, err
	}
	_, err = i.Originals.Head(ctx, o.Bucket, o.Key)
	switch {
	case isMissing(err):
		return deleted.Stale, nil
	case err != nil:
		return deleted.Stale, err
	}
	i.Warmer.warm(ctx, i.Log, o.Key, nil)
	return deleted.Stale, nil
}
