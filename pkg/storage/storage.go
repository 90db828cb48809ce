// Package storage keeps pictures in S3: originals, which it reads and quarantines,
// what was learnt of them, and thumbnails, which it writes and deletes.
package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// ErrNotFound is an original that does not exist. S3 answers 403 for a missing
// key to a caller without s3:ListBucket, which the function's role does not
// have, so a refusal is this error as well; ErrRefused tells them apart.
var ErrNotFound = errors.New("no such object")

// ErrRefused is an object that S3 gives no answer about: it may exist.
var ErrRefused = errors.New("access denied")

// ErrTooLarge is an original of more bytes than asked for.
var ErrTooLarge = errors.New("object is larger than allowed")

// Original is an uploaded picture.
type Original struct {
	Body []byte
	ETag string // as S3 gives it, in quotes
	// What it was uploaded with; empty is unsaid.
	ContentType, CacheControl string
	Expires                   string    // as it was written
	LastModified              time.Time // in whole seconds
}

// Originals reads uploaded pictures from any bucket that it may read.
type Originals struct{ Client *s3.Client }

// Get fetches an original of at most maxBytes; a larger one is ErrTooLarge and
// its body is not read.
func (o Originals) Get(ctx context.Context, bucket, key string, maxBytes int) (Original, error) {
	out, err := o.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return Original{}, describe("get", err)
	}
	defer out.Body.Close()
	body, err := read(out.Body, aws.ToInt64(out.ContentLength), maxBytes)
	if err != nil {
		return Original{}, err
	}
	return Original{Body: body, ETag: aws.ToString(out.ETag), ContentType: aws.ToString(out.ContentType),
		CacheControl: aws.ToString(out.CacheControl), Expires: aws.ToString(out.ExpiresString), LastModified: aws.ToTime(out.LastModified)}, nil
}

// read reads a body whose length was declared.
func read(from io.Reader, size int64, maxBytes int) ([]byte, error) {
	if err := AtMost(maxBytes)(size); err != nil {
		return nil, err
	}
	// One byte more shows that a length was wrong.
	body := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := body.ReadFrom(io.LimitReader(from, int64(maxBytes)+1)); err != nil {
		return nil, fmt.Errorf("storage: get: reading the body: %w", err)
	}
	if body.Len() > maxBytes {
		return nil, fmt.Errorf("storage: get: %w: more than %d bytes", ErrTooLarge, maxBytes)
	}
	return body.Bytes(), nil
}

// Head asks for an original as it is now, without its body.
func (o Originals) Head(ctx context.Context, bucket, key string) (Original, error) {
	out, err := o.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return Original{}, describe("head", err)
	}
	return Original{ETag: aws.ToString(out.ETag), ContentType: aws.ToString(out.ContentType),
		CacheControl: aws.ToString(out.CacheControl), Expires: aws.ToString(out.ExpiresString), LastModified: aws.ToTime(out.LastModified)}, nil
}

// Thumbnail is what is stored of an answer.
type Thumbnail struct {
	Body        []byte
	ContentType string
	ETag        string // as S3 gives it, in quotes; not for Put
	// Headers that S3 gives back with the object: Cache-Control,
	// Content-Disposition, Content-Language, Expires.
	Headers http.Header
	// Overlays are the other originals that the picture was made of, as bucket/key:
	// a purge of one of them finds the thumbnail by them.
	Overlays []string
}

// Thumbnails writes answers to the bucket that CloudFront reads first.
type Thumbnails struct {
	Client *s3.Client
	Bucket string
}

// Put stores a thumbnail under the path that was asked for.
func (t Thumbnails) Put(ctx context.Context, key string, thumbnail Thumbnail) error {
	header := func(name string) *string {
		if v := thumbnail.Headers.Get(name); v != "" {
			return &v
		}
		return nil
	}
	var expires *time.Time
	if at, err := http.ParseTime(thumbnail.Headers.Get("Expires")); err == nil {
		expires = &at
	}
	metadata, err := encodeOverlays(thumbnail.Overlays)
	if err != nil {
		return err
	}
	if err := t.mark(ctx, key, thumbnail.Overlays); err != nil {
		return err
	}
	_, err = t.Client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &t.Bucket, Key: &key,
		Body:               bytes.NewReader(thumbnail.Body),
		ContentType:        &thumbnail.ContentType,
		CacheControl:       header("Cache-Control"),
		ContentDisposition: header("Content-Disposition"),
		ContentLanguage:    header("Content-Language"),
		Expires:            expires,
		Metadata:           metadata,
	})
	if err != nil {
		return describe("put", err)
	}
	return nil
}

// AtMost is room for a body of at most so many bytes; a larger one is ErrTooLarge.
func AtMost(maxBytes int) func(bytes int64) error {
	return func(bytes int64) error {
		if bytes > int64(maxBytes) {
			return fmt.Errorf("storage: get: %w: %d bytes, at most %d", ErrTooLarge, bytes, maxBytes)
		}
		return nil
	}
}

// Get gives a stored thumbnail; one that is not there is ErrNotFound. Before its body is
// read, room is asked for it: an error of room's is Get's.
func (t Thumbnails) Get(ctx context.Context, key string, room func(bytes int64) error) (Thumbnail, error) {
	out, err := t.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &t.Bucket, Key: &key})
	if err != nil {
		return Thumbnail{}, describe("get", err)
	}
	defer out.Body.Close()
	if out.ContentLength == nil || *out.ContentLength < 0 {
		return Thumbnail{}, errors.New("storage: get: the length of the body is not said")
	}
	if err := room(*out.ContentLength); err != nil {
		return Thumbnail{}, err
	}
	body, err := read(out.Body, *out.ContentLength, int(*out.ContentLength))
	if err != nil {
		return Thumbnail{}, err
	}
	overlays, err := decodeOverlays(out.Metadata)
	if err != nil {
		return Thumbnail{}, err
	}
	headers := http.Header{}
	for name, value := range map[string]*string{"Cache-Control": out.CacheControl, "Content-Disposition": out.ContentDisposition,
		"Content-Language": out.ContentLanguage, "Expires": out.ExpiresString} {
		if value != nil {
			headers.Set(name, *value)
		}
	}
	return Thumbnail{Body: body, ContentType: aws.ToString(out.ContentType), ETag: aws.ToString(out.ETag), Headers: headers, Overlays: overlays}, nil
}

// Delete takes a stored thumbnail away; one that is not there is no error.
func (t Thumbnails) Delete(ctx context.Context, key string) error {
	if _, err := t.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &t.Bucket, Key: &key}); err != nil {
		return describe("delete", err)
	}
	return nil
}

// describe keeps the SDK's text and adds ErrNotFound where it applies.
func describe(operation string, err error) error {
	var response *awshttp.ResponseError
	if operation != "put" && operation != "delete" && errors.As(err, &response) {
		// 400 is what S3 says to a key that it can't have, such as one over 1024 bytes.
		tooLong := response.HTTPStatusCode() == http.StatusBadRequest && strings.Contains(err.Error(), "KeyTooLong")
		status := response.HTTPStatusCode()
		if status == http.StatusForbidden {
			return fmt.Errorf("storage: %s: %w: %w: %w", operation, ErrNotFound, ErrRefused, err)
		}
		if status == http.StatusNotFound || tooLong {
			return fmt.Errorf("storage: %s: %w: %w", operation, ErrNotFound, err)
		}
	}
	return fmt.Errorf("storage: %s: %w", operation, err)
}
