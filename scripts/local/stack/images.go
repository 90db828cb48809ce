package stack

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

// CopyImages puts the files below a folder into the originals bucket, under
// uploads/ and their relative path. Hidden files are left out, and so is what
// is there already with the same bytes: its thumbnails stay good.
func (s *Stack) CopyImages(ctx context.Context, dir string) (copied int, err error) {
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") && name != dir {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(name) // follows links
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		key := path.Join("uploads", filepath.ToSlash(relative))
		sum := md5.Sum(body)
		head, err := s.Objects.HeadObject(ctx, &s3sdk.HeadObjectInput{Bucket: awssdk.String(OriginalsBucket), Key: &key})
		if err == nil && awssdk.ToString(head.ETag) == `"`+hex.EncodeToString(sum[:])+`"` {
			return nil
		}
		contentType := mime.TypeByExtension(path.Ext(key))
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		if _, err := s.Objects.PutObject(ctx, &s3sdk.PutObjectInput{
			Bucket: awssdk.String(OriginalsBucket), Key: &key, Body: bytes.NewReader(body), ContentType: &contentType,
		}); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
		copied++
		return nil
	})
	return copied, err
}
