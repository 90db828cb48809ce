// Package storage keeps pictures in S3: originals, which it only reads, and
// thumbnails, which it writes and deletes.
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
// have, so a refusal is this error as well; its text tells them apart.
var ErrNotFound = errors.New("no such object")

// ErrTooLarge is an original of more bytes than asked for.
var ErrTooLarge = errors.New("object is larger than allowed")

// Original is an uploaded picture.
type Original struct {
	Body []byte
	ETag string // as S3 gives it, in quotes
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
	size := aws.ToInt64(out.ContentLength)
	if size > int64(maxBytes) {
		return Original{}, fmt.Errorf("storage: get: %w: %d bytes, at most %d", ErrTooLarge, size, maxBytes)
	}
	// One byte more shows that a length was wrong.
	body := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := body.ReadFrom(io.LimitReader(out.Body, int64(maxBytes)+1)); err != nil {
		return Original{}, fmt.Errorf("storage: get: reading the body: %w", err)
	}
	if body.Len() > maxBytes {
		return Original{}, fmt.Errorf("storage: get: %w: more than %d bytes", ErrTooLarge, maxBytes)
	}
	return Original{Body: body.Bytes(), ETag: aws.ToString(out.ETag)}, nil
}

// ETag asks for the ETag of an original as it is now.
func (o Originals) ETag(ctx context.Context, bucket, key string) (string, error) {
	out, err := o.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", describe("head", err)
	}
	return aws.ToString(out.ETag), nil
}

// Thumbnail is what is stored of an answer.
type Thumbnail struct {
	Body        []byte
	ContentType string
	// Headers that S3 gives back with the object: Cache-Control,
	// Content-Disposition, Content-Language, Expires.
	Headers http.Header
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
	_, err := t.Client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &t.Bucket, Key: &key,
		Body:               bytes.NewReader(thumbnail.Body),
		ContentType:        &thumbnail.ContentType,
		CacheControl:       header("Cache-Control"),
		ContentDisposition: header("Content-Disposition"),
		ContentLanguage:    header("Content-Language"),
		Expires:            expires,
	})
	if err != nil {
		return describe("put", err)
	}
	return nil
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
		if status := response.HTTPStatusCode(); status == http.StatusNotFound || status == http.StatusForbidden || tooLong {
			return fmt.Errorf("storage: %s: %w: %w", operation, ErrNotFound, err)
		}
	}
	return fmt.Errorf("storage: %s: %w", operation, err)
}
