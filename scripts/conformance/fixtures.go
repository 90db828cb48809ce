package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/scripts/local/s3"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// buckets hold the same pictures.
var buckets = []string{"source-bucket", "other-bucket"}

// metadata says what some of the fixtures were uploaded with.
//
//go:embed testdata/objects.json
var metadata []byte

// object is what a fixture was uploaded with, where that is of interest.
type object struct {
	ContentType  string
	CacheControl string
	Expires      time.Time
	LastModified time.Time
}

// load puts the files of a folder into a local S3 that lies in dir.
func load(ctx context.Context, dir, fixtures string) error {
	objects := map[string]object{}
	if err := json.Unmarshal(metadata, &objects); err != nil {
		return fmt.Errorf("objects.json: %w", err)
	}
	now := time.Now()
	var rules []s3.Bucket
	for _, bucket := range buckets {
		rules = append(rules, s3.Bucket{Name: bucket})
	}
	// The time of an object is that of the server when it is written.
	server, err := s3.New(s3.Options{Dir: filepath.Join(dir, "s3"), Clock: func() time.Time { return now }, Buckets: rules,
		Principals: []s3.Principal{{AccessKeyID: stack.Admin.AccessKeyID, SecretAccessKey: stack.Admin.SecretAccessKey,
			Grants: []s3.Grant{{Actions: []string{"s3:*"}, Bucket: "*"}}}}})
	if err != nil {
		return err
	}
	defer server.Close()
	front := httptest.NewServer(server)
	defer front.Close()
	client := stack.Client(front.URL, stack.Admin)

	return filepath.WalkDir(fixtures, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(fixtures, path)
		if err != nil {
			return err
		}
		key := filepath.ToSlash(relative)
		o := objects[key]
		now = time.Now()
		if !o.LastModified.IsZero() {
			now = o.LastModified
		}
		for _, bucket := range buckets {
			if _, err := client.PutObject(ctx, o.put(bucket, key, body)); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		return nil
	})
}

func (o object) put(bucket, key string, body []byte) *s3sdk.PutObjectInput {
	in := &s3sdk.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)}
	in.ContentType = aws.String(mime.TypeByExtension(filepath.Ext(key)))
	if *in.ContentType == "" {
		in.ContentType = aws.String("binary/octet-stream")
	}
	if o.ContentType != "" {
		in.ContentType = &o.ContentType
	}
	if o.CacheControl != "" {
		in.CacheControl = &o.CacheControl
	}
	if !o.Expires.IsZero() {
		in.Expires = &o.Expires
	}
	return in
}
