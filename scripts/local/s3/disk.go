package s3

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rclone/gofakes3"
)

// disk is a gofakes3.Backend that keeps objects in files:
//
//	lock                              held by the process that uses the directory
//	buckets/<bucket>/bodies/<name>.*  one body; written once, under a name of its own
//	buckets/<bucket>/objects/<name>   JSON: the key, what is known of the object, and the name of its body
//	uploads/<id>/<number>.*           one part of an upload that is under way
//
// <name> is a hash of bucket and key, so that any key is a safe and short file name. An object is written
// by the rename of its JSON file, after its body is complete: a process that is killed leaves the old
// object or the new one, and perhaps files that nothing refers to, which the next start removes. (Nothing
// is synced: a power cut may lose objects.) Since bodies never change, a reader that has opened one reads
// it to its end whatever is written meanwhile.
type disk struct {
	root string
	now  func() time.Time
	log  *slog.Logger
	lock *os.File

	mu      sync.RWMutex // guards what follows, and the order of changes on disk
	buckets map[string]*bucket
	uploads map[gofakes3.UploadID]*partsUpload
	// changed is told of each change, by its name in S3's events, with the lock held; nil: nobody is.
	changed func(event string, o *object)
}

// A bucket is the index of its objects.
type bucket struct {
	created time.Time
	keys    []string // in byte order
	objects map[string]*object
}

// An object is one state of an object. It never changes: a write puts another one in its place.
type object struct {
	Bucket, Key  string
	Body         string // the name of the file
	Size         int64  // bytes
	MD5          string // hex; of the MD5s of the parts where there are Parts
	Parts        int    `json:",omitempty"` // 0: it was uploaded in one piece
	LastModified time.Time
	Metadata     map[string]string // headers, in canonical form
}

var _ gofakes3.Backend = (*disk)(nil)

func (d *disk) bucketDir(bucket string) string {
	return filepath.Join(d.root, "buckets", bucket)
}

func (d *disk) objectPath(bucket, name string) string {
	return filepath.Join(d.bucketDir(bucket), "objects", name)
}

func (d *disk) bodyPath(bucket, name string) string {
	return filepath.Join(d.bucketDir(bucket), "bodies", name)
}

func fileName(bucket, key string) string {
	sum := sha256.Sum256([]byte(bucket + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// ListBuckets returns all buckets.
func (d *disk) ListBuckets(context.Context) ([]gofakes3.BucketInfo, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var all []gofakes3.BucketInfo
	for name, b := range d.buckets {
		all = append(all, gofakes3.BucketInfo{Name: name, CreationDate: gofakes3.NewContentTime(b.created)})
	}
	return all, nil
}

// BucketExists says whether there is such a bucket; it never fails.
func (d *disk) BucketExists(_ context.Context, name string) (bool, error) {
	return d.hasBucket(name), nil
}

func (d *disk) hasBucket(name string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.buckets[name] != nil
}

// CreateBucket makes an empty bucket; ErrBucketAlreadyExists if there is one of that name.
func (d *disk) CreateBucket(_ context.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.buckets[name] != nil {
		return gofakes3.ResourceError(gofakes3.ErrBucketAlreadyExists, name)
	}
	// Made under another name, then renamed, so that there is never half a bucket. Its directory is not
	// changed after that: the directory's time is the bucket's.
	tmp, err := os.MkdirTemp(d.bucketDir(""), ".new-")
	if err != nil {
		return err
	}
	for _, sub := range []string{"objects", "bodies"} {
		if err := os.Mkdir(filepath.Join(tmp, sub), 0o755); err != nil {
			return err
		}
	}
	created := d.timestamp()
	if err := os.Chtimes(tmp, created, created); err != nil {
		return err
	}
	if err := os.Rename(tmp, d.bucketDir(name)); err != nil {
		return err
	}
	d.buckets[name] = &bucket{created: created, objects: make(map[string]*object)}
	return nil
}

// DeleteBucket deletes an empty bucket; ErrNoSuchBucket, ErrBucketNotEmpty.
func (d *disk) DeleteBucket(_ context.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := d.buckets[name]
	switch {
	case b == nil:
		return gofakes3.BucketNotFound(name)
	case len(b.keys) > 0:
		return gofakes3.ResourceError(gofakes3.ErrBucketNotEmpty, name)
	}
	tmp, err := os.MkdirTemp(d.bucketDir(""), ".deleted-")
	if err != nil {
		return err
	}
	if err := os.Rename(d.bucketDir(name), filepath.Join(tmp, name)); err != nil {
		return err
	}
	delete(d.buckets, name)
	return os.RemoveAll(tmp)
}

// find returns the object; ErrNoSuchBucket, ErrNoSuchKey. The caller holds the lock.
func (d *disk) find(bucket, key string) (*object, error) {
	b := d.buckets[bucket]
	if b == nil {
		return nil, gofakes3.BucketNotFound(bucket)
	}
	o := b.objects[key]
	if o == nil {
		return nil, gofakes3.KeyNotFound(key)
	}
	return o, nil
}

// GetObject returns the object, or a part of it; ErrNoSuchBucket, ErrNoSuchKey, ErrInvalidRange.
func (d *disk) GetObject(_ context.Context, bucket, key string, part *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	o, body, err := d.open(bucket, key)
	if err != nil {
		return nil, err
	}
	answer, err := o.answer()
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	if part != nil && part.FromEnd {
		// The last 500 bytes of an object of 100 are all of it; gofakes3 calls that out of range.
		part = &gofakes3.ObjectRangeRequest{FromEnd: true, End: min(part.End, o.Size)}
	}
	if answer.Range, err = part.Range(o.Size); err != nil {
		_ = body.Close() // nothing was written
		return nil, err
	}
	answer.Contents = body
	if r := answer.Range; r != nil {
		answer.Contents = struct {
			io.Reader
			io.Closer
		}{io.NewSectionReader(body, r.Start, r.Length), body}
	}
	return answer, nil
}

// open opens the object's body under the lock: without it, an overwrite might remove the file first.
func (d *disk) open(bucket, key string) (*object, *os.File, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o, err := d.find(bucket, key)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(d.bodyPath(bucket, o.Body))
	return o, f, err
}

// HeadObject returns the object without its body; ErrNoSuchBucket, ErrNoSuchKey.
func (d *disk) HeadObject(_ context.Context, bucket, key string) (*gofakes3.Object, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o, err := d.find(bucket, key)
	if err != nil {
		return nil, err
	}
	return o.answer()
}

// answer is the object as gofakes3 wants it, without a body.
func (o *object) answer() (*gofakes3.Object, error) {
	sum, err := hex.DecodeString(o.MD5)
	if err != nil {
		return nil, fmt.Errorf("MD5 of %q: %w", o.Key, err)
	}
	meta := maps.Clone(o.Metadata)
	meta["Last-Modified"] = o.LastModified.UTC().Format(http.TimeFormat)
	if o.Parts > 0 {
		sum = partsHash(sum, o.Parts)
	}
	return &gofakes3.Object{Name: o.Key, Metadata: meta, Size: o.Size, Hash: sum, Contents: http.NoBody}, nil
}

// etag is quoted, as in the header.
func (o *object) etag() string {
	if o.Parts > 0 {
		return fmt.Sprintf(`"%s-%d"`, o.MD5, o.Parts)
	}
	return `"` + o.MD5 + `"`
}

// PutObject writes the object, in the place of an older one if there is one, under the conditions in ctx;
// ErrNoSuchBucket, ErrKeyTooLong, ErrIncompleteBody if input does not have size bytes.
func (d *disk) PutObject(ctx context.Context, bucket, key string, meta map[string]string, input io.Reader, size int64) (gofakes3.PutObjectResult, error) {
	o, err := d.put(ctx, bucket, key, meta, input, size, nil)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	return gofakes3.PutObjectResult{ETag: o.etag()}, nil
}

// CopyObject writes a copy with other metadata, also over itself; the copy's time is now.
func (d *disk) CopyObject(ctx context.Context, fromBucket, fromKey, bucket, key string, meta map[string]string) (gofakes3.CopyObjectResult, error) {
	from, body, err := d.open(fromBucket, fromKey)
	if err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	defer func() { _ = body.Close() }() // it was only read
	o, err := d.put(ctx, bucket, key, meta, body, from.Size, nil)
	if err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	return gofakes3.CopyObjectResult{ETag: o.etag(), LastModified: gofakes3.NewContentTime(o.LastModified)}, nil
}

// put writes an object; check, if it is not nil, may refuse it or complete what is known of it when its
// body is there.
func (d *disk) put(ctx context.Context, bucket, key string, meta map[string]string, input io.Reader, size int64, check func(*object) error) (*object, error) {
	if len(key) > gofakes3.KeySizeLimit {
		return nil, gofakes3.ResourceError(gofakes3.ErrKeyTooLong, key)
	}
	if !d.hasBucket(bucket) {
		return nil, gofakes3.BucketNotFound(bucket)
	}
	o := &object{Bucket: bucket, Key: key, Metadata: storedMetadata(meta)}
	if err := d.writeBody(o, input, size); err != nil {
		return nil, err
	}
	var err error
	if check != nil {
		err = check(o)
	}
	if err == nil {
		err = d.commit(ctx, o)
	}
	if err != nil {
		d.removeBody(o)
		return nil, err
	}
	return o, nil
}

// storedMetadata is what is kept of the headers that an object was written with.
func storedMetadata(headers map[string]string) map[string]string {
	meta := map[string]string{"Content-Type": "binary/octet-stream"} // S3's, where the client gave none
	maps.Copy(meta, headers)
	delete(meta, "Last-Modified") // is told by the object itself
	return meta
}

// writeBody writes a body of size bytes, or of any size if that is negative, and notes it in o. Errors of
// the input are returned as they are: gofakes3 does not look for its codes inside of others.
func (d *disk) writeBody(o *object, input io.Reader, size int64) error {
	f, err := os.CreateTemp(d.bodyPath(o.Bucket, ""), fileName(o.Bucket, o.Key)+".")
	if err != nil {
		return err
	}
	o.Body = filepath.Base(f.Name())
	sum := md5.New()
	o.Size, err = io.Copy(io.MultiWriter(f, sum), input)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil && size >= 0 && o.Size != size {
		err = gofakes3.ErrIncompleteBody
	}
	if err != nil {
		d.removeBody(o)
		return err
	}
	o.MD5 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// removeBody removes the body of an object that is no more, or did not come to be.
func (d *disk) removeBody(o *object) {
	if err := os.Remove(d.bodyPath(o.Bucket, o.Body)); err != nil {
		d.log.Warn("s3 store: the next start will remove a body that is left", "error", err)
	}
}

// commit makes o the object of its key if the conditions in ctx hold.
func (d *disk) commit(ctx context.Context, o *object) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := d.buckets[o.Bucket]
	if b == nil {
		return gofakes3.BucketNotFound(o.Bucket)
	}
	old := b.objects[o.Key]
	etag := ""
	if old != nil {
		etag = toInternalETag(old.etag())
	}
	if err := gofakes3.CheckWriteConditions(ctx, old != nil, etag); err != nil {
		return err
	}
	o.LastModified = d.timestamp()
	if err := d.writeObject(o); err != nil {
		return err
	}
	b.objects[o.Key] = o
	d.tell(ctx, o)
	if old != nil {
		d.removeBody(old)
		return nil
	}
	i, _ := slices.BinarySearch(b.keys, o.Key)
	b.keys = slices.Insert(b.keys, i, o.Key)
	return nil
}

// tell tells of a change that a call makes; what the server does by itself, such as expiry, is none of
// the events that are told.
func (d *disk) tell(ctx context.Context, o *object) {
	if c := callOf(ctx); c != nil && d.changed != nil {
		d.changed(c.event, o)
	}
}

// timestamp is the time of a change; S3's have whole seconds.
func (d *disk) timestamp() time.Time { return d.now().UTC().Truncate(time.Second) }

// writeObject writes the object's JSON file, whole or not at all.
func (d *disk) writeObject(o *object) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	path := d.objectPath(o.Bucket, fileName(o.Bucket, o.Key))
	tmp := path + ".tmp" // the lock is held: there is one writer
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// DeleteObject deletes the object if there is one; ErrNoSuchBucket.
func (d *disk) DeleteObject(ctx context.Context, bucket, key string) (gofakes3.ObjectDeleteResult, error) {
	_, err := d.deleteIf(ctx, bucket, key, func(*object) bool { return true })
	return gofakes3.ObjectDeleteResult{}, err
}

// DeleteMulti deletes the objects and reports each one; ErrNoSuchBucket.
func (d *disk) DeleteMulti(ctx context.Context, bucket string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	var result gofakes3.MultiDeleteResult
	for _, key := range keys {
		if _, err := d.DeleteObject(ctx, bucket, key); err != nil {
			return result, err
		}
		result.Deleted = append(result.Deleted, gofakes3.ObjectID{Key: key})
	}
	return result, nil
}

// deleteIf deletes the object if there is one of which cond holds, and says whether it did.
func (d *disk) deleteIf(ctx context.Context, bucket, key string, cond func(*object) bool) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := d.buckets[bucket]
	if b == nil {
		return false, gofakes3.BucketNotFound(bucket)
	}
	o := b.objects[key]
	if o == nil || !cond(o) {
		return false, nil
	}
	if err := os.Remove(d.objectPath(bucket, fileName(bucket, key))); err != nil {
		return false, err
	}
	delete(b.objects, key)
	if i, found := slices.BinarySearch(b.keys, key); found {
		b.keys = slices.Delete(b.keys, i, i+1)
	}
	d.tell(ctx, o)
	d.removeBody(o)
	return true, nil
}

// deleteWhere deletes the objects below prefix of which cond holds, and returns how many there were.
func (d *disk) deleteWhere(bucket, prefix string, cond func(*object) bool) (deleted int, err error) {
	var errs []error
	for _, key := range d.keysBelow(bucket, prefix) {
		ok, err := d.deleteIf(context.Background(), bucket, key, cond)
		if ok {
			deleted++
		}
		errs = append(errs, err)
	}
	return deleted, errors.Join(errs...)
}
