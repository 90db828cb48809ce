package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The prefixes of the originals bucket below which nothing fires events.
const (
	EntityPrefix     = "entities/"
	QuarantinePrefix = "quarantine/"

	entitySuffix = ".json"
)

// ErrChanged is an object that another writer was faster to change or delete.
var ErrChanged = errors.New("the object was changed meanwhile")

// maxEntityBytes is far above what an entity has.
const maxEntityBytes = 64 << 10

// EntityKey is where the entity of an original lies.
func EntityKey(key string) string { return EntityPrefix + key + entitySuffix }

// OriginalOf is the inverse of [EntityKey].
func OriginalOf(entityKey string) (key string, ok bool) {
	key, below := strings.CutPrefix(entityKey, EntityPrefix)
	key, suffixed := strings.CutSuffix(key, entitySuffix)
	return key, below && suffixed
}

// Entities keeps what was learnt of originals, in the bucket of the originals.
type Entities struct {
	Client *s3.Client
	Bucket string
}

// Get gives the JSON of an entity and the ETag of its object; ErrNotFound.
func (e Entities) Get(ctx context.Context, key string) (body []byte, etag string, err error) {
	at := EntityKey(key)
	out, err := e.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &e.Bucket, Key: &at})
	if err != nil {
		return nil, "", describe("get entity", err)
	}
	defer out.Body.Close()
	body, err = io.ReadAll(io.LimitReader(out.Body, maxEntityBytes))
	if err != nil {
		return nil, "", fmt.Errorf("storage: get entity: %w", err)
	}
	return body, aws.ToString(out.ETag), nil
}

// Put writes an entity in the place of the one with the given ETag; empty is
// none. ErrChanged where there is another one.
func (e Entities) Put(ctx context.Context, key string, body []byte, replaced string) error {
	at := EntityKey(key)
	in := &s3.PutObjectInput{Bucket: &e.Bucket, Key: &at, Body: bytes.NewReader(body),
		ContentType: aws.String("application/json"), CacheControl: aws.String("no-cache")}
	if replaced == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &replaced
	}
	_, err := e.Client.PutObject(ctx, in)
	return conditional("put entity", err)
}

// Delete deletes the entity with the given ETag. ErrChanged where there is
// another one.
func (e Entities) Delete(ctx context.Context, key, etag string) error {
	at := EntityKey(key)
	_, err := e.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &e.Bucket, Key: &at, IfMatch: &etag})
	return conditional("delete entity", err)
}

// Quarantine moves the original with the given ETag below [QuarantinePrefix], the
// reason in its tag of that name. ErrChanged where there is another one, or none
// any more.
func (e Entities) Quarantine(ctx context.Context, key, etag, reason string) error {
	to := QuarantinePrefix + key
	source := e.Bucket + "/" + url.PathEscape(key)
	if _, err := e.Client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &e.Bucket, Key: &to, CopySource: &source, CopySourceIfMatch: &etag,
		TaggingDirective: types.TaggingDirectiveReplace, Tagging: aws.String(url.Values{"reason": {reason}}.Encode()),
	}); err != nil {
		return conditional("quarantine", err)
	}
	_, err := e.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &e.Bucket, Key: &key, IfMatch: &etag})
	return conditional("quarantine", err)
}

// conditional adds ErrChanged where a condition did not hold.
func conditional(operation string, err error) error {
	if err == nil {
		return nil
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		switch response.HTTPStatusCode() {
		case http.StatusPreconditionFailed, http.StatusConflict, http.StatusNotFound:
			return fmt.Errorf("storage: %s: %w: %w", operation, ErrChanged, err)
		}
	}
	return fmt.Errorf("storage: %s: %w", operation, err)
}
