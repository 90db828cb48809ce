package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Stored is a thumbnail as a listing tells of it.
type Stored struct {
	Key     string
	Written time.Time // in whole seconds
}

// Epochs are the first segments of the keys of all thumbnails.
func (t Thumbnails) Epochs(ctx context.Context) ([]string, error) {
	var epochs []string
	pages := s3.NewListObjectsV2Paginator(t.Client, &s3.ListObjectsV2Input{Bucket: &t.Bucket, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("storage: list: %w", err)
		}
		for _, common := range page.CommonPrefixes {
			if prefix := aws.ToString(common.Prefix); prefix != overlaysPrefix {
				epochs = append(epochs, strings.TrimSuffix(prefix, "/"))
			}
		}
	}
	return epochs, nil
}

// List gives what is stored below a prefix.
func (t Thumbnails) List(ctx context.Context, prefix string) ([]Stored, error) {
	var stored []Stored
	pages := s3.NewListObjectsV2Paginator(t.Client, &s3.ListObjectsV2Input{Bucket: &t.Bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("storage: list: %w", err)
		}
		for _, o := range page.Contents {
			stored = append(stored, Stored{aws.ToString(o.Key), aws.ToTime(o.LastModified)})
		}
	}
	return stored, nil
}

// deletedAtOnce is the most that S3 takes in one call.
const deletedAtOnce = 1000

// DeleteAll deletes thumbnails. The error names all that S3 did not delete.
func (t Thumbnails) DeleteAll(ctx context.Context, keys []string) error {
	var errs []error
	for some := range slices.Chunk(keys, deletedAtOnce) {
		objects := make([]types.ObjectIdentifier, len(some))
		for i := range some {
			objects[i].Key = &some[i]
		}
		out, err := t.Client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &t.Bucket, Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)}})
		if err != nil {
			errs = append(errs, fmt.Errorf("storage: delete: %w", err))
			continue
		}
		for _, e := range out.Errors {
			errs = append(errs, fmt.Errorf("storage: delete: %s: %s", aws.ToString(e.Key), aws.ToString(e.Code)))
		}
	}
	return errors.Join(errs...)
}
