package ingest

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/thumbfront/thumbfront/pkg/purge"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

const bucketName = "ours"

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// bucket stands in for the originals bucket; the real S3's ways are tested with
// the whole stack.
type bucket struct {
	objects  map[string][]byte
	reasons  map[string]string // of what is in quarantine
	modified time.Time
	err      error // of every read
	// beforeWrite, if it is set, is what another writer does meanwhile.
	beforeWrite func()
}

func etagOf(body []byte) string {
	sum := md5.Sum(body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (b *bucket) Get(_ context.Context, name, key string, maxBytes int) (storage.Original, error) {
	body, ok := b.objects[key]
	switch {
	case b.err != nil:
		return storage.Original{}, b.err
	case name != bucketName || !ok:
		return storage.Original{}, storage.ErrNotFound
	case len(body) > maxBytes:
		return storage.Original{}, storage.ErrTooLarge
	}
	return storage.Original{Body: body, ETag: etagOf(body), LastModified: b.modified}, nil
}

func (b *bucket) Head(_ context.Context, _, key string) (storage.Original, error) {
	body, ok := b.objects[key]
	if !ok {
		return storage.Original{}, storage.ErrNotFound
	}
	return storage.Original{ETag: etagOf(body), LastModified: b.modified}, nil
}

// entities are those of the bucket.
type entities struct{ *bucket }

func (e entities) Get(_ context.Context, key string) ([]byte, string, error) {
	body, ok := e.objects[storage.EntityKey(key)]
	if !ok {
		return nil, "", storage.ErrNotFound
	}
	return body, etagOf(body), nil
}

func (e entities) check(key, etag string) error {
	if e.beforeWrite != nil {
		e.beforeWrite()
		e.beforeWrite = nil
	}
	body, ok := e.objects[key]
	if ok != (etag != "") || ok && etagOf(body) != etag {
		return storage.ErrChanged
	}
	return nil
}

func (e entities) Put(_ context.Context, key string, body []byte, replaced string) error {
	if err := e.check(storage.EntityKey(key), replaced); err != nil {
		return err
	}
	e.objects[storage.EntityKey(key)] = body
	return nil
}

func (e entities) Delete(_ context.Context, key, etag string) error {
	if err := e.check(storage.EntityKey(key), etag); err != nil {
		return err
	}
	delete(e.objects, storage.EntityKey(key))
	return nil
}

func (e entities) Quarantine(_ context.Context, key, etag, reason string) error {
	if err := e.check(key, etag); err != nil {
		return err
	}
	e.objects[storage.QuarantinePrefix+key] = e.objects[key]
	e.reasons[key] = reason
	delete(e.objects, key)
	return nil
}

// thumbnails is the bucket of thumbnails, and the handler that fills it.
type thumbnails struct {
	keys  map[string]time.Time
	marks map[string][]string // thumbnails by overlay
	asked []string
	now   time.Time
}

func (s *thumbnails) Epochs(context.Context) ([]string, error) { return []string{"1"}, nil }

func (s *thumbnails) List(_ context.Context, prefix string) (found []storage.Stored, err error) {
	for key, at := range s.keys {
		if strings.HasPrefix(key, prefix) {
			found = append(found, storage.Stored{Key: key, Written: at})
		}
	}
	return found, nil
}

func (s *thumbnails) MadeOf(_ context.Context, overlay string) (made []storage.Stored, err error) {
	for _, thumbnail := range s.marks[overlay] {
		made = append(made, storage.Stored{Key: thumbnail, Written: s.now})
	}
	return made, nil
}

func (s *thumbnails) DeleteAll(_ context.Context, keys []string) error {
	for _, key := range keys {
		delete(s.keys, key)
	}
	return nil
}

func (s *thumbnails) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.URL.Path, "/")
	s.asked = append(s.asked, key)
	s.keys[key] = s.now
	_, _ = w.Write([]byte("picture"))
}

// fixture is an ingester among stand-ins.
type fixture struct {
	*Handler
	t           *testing.T
	bucket      *bucket
	thumbnails  *thumbnails
	later       []string
	invalidated [][]string
	failing     error // of invalidations
}

func start(t *testing.T) *fixture {
	f := &fixture{t: t, bucket: &bucket{objects: map[string][]byte{}, reasons: map[string]string{}, modified: noon},
		thumbnails: &thumbnails{keys: map[string]time.Time{}, now: noon.Add(time.Minute)}}
	limits := render.DefaultLimits()
	limits.SourceBytes, limits.SourcePixels = 1<<20, 1_000_000
	log := slog.New(slog.DiscardHandler)
	presets := thumburl.Presets{"card": {Edits: thumburl.Edits{thumburl.Resize{Width: 288, Height: 264}}, OutputFormat: thumburl.Auto},
		"dot": {Edits: thumburl.Edits{thumburl.Resize{Width: 8}}, OutputFormat: thumburl.PNG}}
	f.Handler = &Handler{
		Ingester: &Ingester{Bucket: bucketName, Prefixes: []string{"uploads/"}, Renderer: render.Renderer{Limits: limits, Profile: render.FastProfile},
			Originals: f.bucket, Entities: entities{f.bucket}, RenderTimeout: time.Minute, Log: log,
			Purger: purge.Purger{Thumbnails: f.thumbnails, DefaultBucket: bucketName, Epoch: 1},
			Warmer: Warmer{Handler: f.thumbnails, Presets: presets, Epoch: 1}},
		Invalidate: func(_ context.Context, reference string, paths []string) error {
			if reference == "" {
				t.Error("an invalidation has no reference")
			}
			f.invalidated = append(f.invalidated, paths)
			return f.failing
		},
		Later: func(_ context.Context, message string) error {
			f.later = append(f.later, message)
			return nil
		},
		Log: log,
	}
	return f
}

// event is one of S3's, as a queue's message.
func event(name, key, sequencer string) string {
	return fmt.Sprintf(`{"Records":[{"eventName":%q,"s3":{"bucket":{"name":"ours"},"object":{"key":%q,"sequencer":%q}}}]}`, name, key, sequencer)
}

// handle deals with messages in one batch and gives the places of those that failed.
func (f *fixture) handle(bodies ...string) (failed []int) {
	f.t.Helper()
	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: fmt.Sprint(i), Body: body})
	}
	response, err := f.Handle(f.t.Context(), batch)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, failure := range response.BatchItemFailures {
		var i int
		_, _ = fmt.Sscan(failure.ItemIdentifier, &i)
		failed = append(failed, i)
	}
	return failed
}

// well deals with messages none of which may fail.
func (f *fixture) well(bodies ...string) {
	f.t.Helper()
	if failed := f.handle(bodies...); len(failed) > 0 {
		f.t.Fatalf("messages %v failed", failed)
	}
}

func (f *fixture) entity(key string) (e Entity, ok bool) {
	f.t.Helper()
	body, ok := f.bucket.objects[storage.EntityKey(key)]
	if ok {
		if err := json.Unmarshal(body, &e); err != nil {
			f.t.Fatal(err)
		}
	}
	return e, ok
}

func (f *fixture) stored(key string) int {
	f.t.Helper()
	list, err := f.Ingester.Purger.List(f.t.Context(), purge.Original{Bucket: bucketName, Key: key})
	if err != nil {
		f.t.Fatal(err)
	}
	return len(list)
}

func (f *fixture) keys() string {
	var keys []string
	for key := range f.bucket.objects {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}
