package storage

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// overlaysMetadata is where a stored thumbnail keeps its overlays: base64url of a
// JSON list, for S3 keeps ASCII alone.
const overlaysMetadata = "overlays"

func encodeOverlays(overlays []string) (map[string]string, error) {
	if len(overlays) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(overlays)
	if err != nil {
		return nil, fmt.Errorf("storage: overlays: %w", err)
	}
	return map[string]string{overlaysMetadata: base64.RawURLEncoding.EncodeToString(list)}, nil
}

func decodeOverlays(metadata map[string]string) (overlays []string, err error) {
	text := metadata[overlaysMetadata]
	if text == "" {
		return nil, nil
	}
	list, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(list, &overlays)
	}
	if err != nil {
		return nil, fmt.Errorf("storage: overlays: %w", err)
	}
	return overlays, nil
}

// overlaysPrefix is where the marks of overlays lie, beside the epochs. No viewer's
// path leads there, for each begins with an epoch.
const overlaysPrefix = "overlays/"

// maxMarkBytes is what an S3 key may have, which is what a mark holds.
const maxMarkBytes = 1024

// marksOf is the prefix of the marks of an overlay, as bucket/key. It is a hash: a key
// as long as S3 allows has its mark too.
func marksOf(overlay string) string { return overlaysPrefix + hashed(overlay) + "/" }

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// mark says of each overlay that the thumbnail was made of it. The marks are written
// before the thumbnail, so that a purge never misses one.
func (t Thumbnails) mark(ctx context.Context, thumbnail string, overlays []string) error {
	for _, overlay := range overlays {
		key := marksOf(overlay) + hashed(thumbnail)
		_, err := t.Client.PutObject(ctx, &s3.PutObjectInput{Bucket: &t.Bucket, Key: &key,
			Body: strings.NewReader(thumbnail), ContentType: aws.String("text/plain")})
		if err != nil {
			return describe("put", err)
		}
	}
	return nil
}

// MadeOf gives the thumbnails that were made of an overlay, as bucket/key, and when.
// Marks stay until they expire, so one that was deleted since may be among them: what a
// purge could not tell the CDN is told by the next one.
func (t Thumbnails) MadeOf(ctx context.Context, overlay string) ([]Stored, error) {
	marks, err := t.List(ctx, marksOf(overlay))
	if err != nil {
		return nil, err
	}
	var made []Stored
	for _, mark := range marks {
		out, err := t.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &t.Bucket, Key: &mark.Key})
		if err != nil {
			return nil, describe("get", err)
		}
		thumbnail, err := io.ReadAll(io.LimitReader(out.Body, maxMarkBytes))
		out.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("storage: get: reading the body: %w", err)
		}
		made = append(made, Stored{string(thumbnail), mark.Written})
	}
	return made, nil
}
