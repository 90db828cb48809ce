package s3

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rclone/gofakes3"
)

// minPartBytes is the least that S3 takes for any part but the last.
const minPartBytes = 5 << 20

var (
	partTooSmall = refusal{400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"}
	wrongSize    = refusal{400, "InvalidRequest", "The provided 'x-amz-mp-object-size' header does not match the size of the parts."}
)

// partsUpload is an upload in parts that is under way. Its parts are files in a folder of its own; a
// restart forgets it, as gofakes3 does.
type partsUpload struct {
	bucket, key string
	meta        map[string]string
	parts       map[int]uploadedPart
}

type uploadedPart struct {
	file string
	size int64
	md5  []byte
}

func (p uploadedPart) etag() string { return `"` + hex.EncodeToString(p.md5) + `"` }

var _ gofakes3.MultipartBackend = (*disk)(nil)

func (d *disk) uploadDir(id gofakes3.UploadID) string {
	return filepath.Join(d.root, "uploads", string(id))
}

// CreateMultipartUpload begins an upload in parts; ErrNoSuchBucket, ErrKeyTooLong.
func (d *disk) CreateMultipartUpload(_ context.Context, bucket, key string, meta map[string]string) (gofakes3.UploadID, error) {
	if len(key) > gofakes3.KeySizeLimit {
		return "", gofakes3.ResourceError(gofakes3.ErrKeyTooLong, key)
	}
	id := gofakes3.UploadID(rand.Text())
	if err := os.MkdirAll(d.uploadDir(id), 0o755); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.uploads[id] = &partsUpload{bucket, key, meta, map[int]uploadedPart{}}
	return id, nil
}

// upload finds an upload; ErrNoSuchUpload. The caller holds the lock.
func (d *disk) upload(bucket, key string, id gofakes3.UploadID) (*partsUpload, error) {
	u := d.uploads[id]
	if u == nil || u.bucket != bucket || u.key != key {
		return nil, gofakes3.ErrNoSuchUpload
	}
	return u, nil
}

// UploadPart keeps one part, in the place of an older one of its number; ErrNoSuchUpload,
// ErrIncompleteBody.
func (d *disk) UploadPart(_ context.Context, bucket, key string, id gofakes3.UploadID, number int, size int64, body io.Reader) (string, error) {
	f, err := os.CreateTemp(d.uploadDir(id), strconv.Itoa(number)+".")
	if errors.Is(err, os.ErrNotExist) {
		return "", gofakes3.ErrNoSuchUpload
	}
	if err != nil {
		return "", err
	}
	sum := md5.New()
	n, err := io.Copy(io.MultiWriter(f, sum), body)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil && n != size {
		err = gofakes3.ErrIncompleteBody
	}
	part := uploadedPart{f.Name(), size, sum.Sum(nil)}
	if err == nil {
		err = d.keepPart(bucket, key, id, number, part)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // gone already where the upload was aborted meanwhile
		return "", err
	}
	return part.etag(), nil
}

func (d *disk) keepPart(bucket, key string, id gofakes3.UploadID, number int, part uploadedPart) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, err := d.upload(bucket, key, id)
	if err != nil {
		return err
	}
	old, replaced := u.parts[number]
	u.parts[number] = part
	if replaced {
		_ = os.Remove(old.file) // it goes with the folder at the latest
	}
	return nil
}

// CompleteMultipartUpload makes an object of the parts that are listed, under the conditions in ctx;
// ErrNoSuchUpload, ErrInvalidPart, ErrInvalidPartOrder, EntityTooSmall.
func (d *disk) CompleteMultipartUpload(ctx context.Context, bucket, key string, id gofakes3.UploadID, list *gofakes3.CompleteMultipartUploadRequest) (gofakes3.VersionID, string, error) {
	meta, parts, err := d.listedParts(ctx, bucket, key, id, list)
	if err != nil {
		return "", "", err
	}
	var size int64
	sums := md5.New()
	files := make([]io.Reader, len(parts))
	for i, part := range parts {
		f, err := os.Open(part.file)
		if err != nil {
			return "", "", err
		}
		defer func() { _ = f.Close() }() // it was only read
		files[i] = f
		size += part.size
		sums.Write(part.md5)
	}
	c := callOf(ctx)
	if c != nil && c.objectSize != "" && c.objectSize != strconv.FormatInt(size, 10) {
		return "", "", c.refuse(wrongSize)
	}
	o, err := d.put(ctx, bucket, key, meta, io.MultiReader(files...), size, func(o *object) error {
		o.MD5, o.Parts = hex.EncodeToString(sums.Sum(nil)), len(parts)
		return nil
	})
	if err != nil {
		return "", "", err
	}
	return "", o.etag(), d.AbortMultipartUpload(ctx, bucket, key, id)
}

// listedParts are the parts of an upload in the order of the list, which is checked as S3 does.
func (d *disk) listedParts(ctx context.Context, bucket, key string, id gofakes3.UploadID, list *gofakes3.CompleteMultipartUploadRequest) (map[string]string, []uploadedPart, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	u, err := d.upload(bucket, key, id)
	if err != nil {
		return nil, nil, err
	}
	if len(list.Parts) == 0 {
		return nil, nil, gofakes3.ErrMalformedXML
	}
	var parts []uploadedPart
	for i, listed := range list.Parts {
		if i > 0 && listed.PartNumber <= list.Parts[i-1].PartNumber {
			return nil, nil, gofakes3.ErrInvalidPartOrder
		}
		part, ok := u.parts[listed.PartNumber]
		if !ok || strings.Trim(listed.ETag, `"`) != strings.Trim(part.etag(), `"`) {
			return nil, nil, gofakes3.ErrInvalidPart
		}
		if i < len(list.Parts)-1 && part.size < minPartBytes {
			if c := callOf(ctx); c != nil {
				return nil, nil, c.refuse(partTooSmall)
			}
			return nil, nil, fmt.Errorf("part %d has %d bytes", listed.PartNumber, part.size)
		}
		parts = append(parts, part)
	}
	return u.meta, parts, nil
}

// AbortMultipartUpload forgets an upload and its parts; ErrNoSuchUpload.
func (d *disk) AbortMultipartUpload(_ context.Context, bucket, key string, id gofakes3.UploadID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.upload(bucket, key, id); err != nil {
		return err
	}
	delete(d.uploads, id)
	return os.RemoveAll(d.uploadDir(id))
}
