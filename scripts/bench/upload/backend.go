package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/ingest"
	"github.com/thumbfront/thumbfront/pkg/purge"
	"github.com/thumbfront/thumbfront/pkg/render"
	"github.com/thumbfront/thumbfront/pkg/storage"
	"github.com/thumbfront/thumbfront/pkg/upload"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// The backend is a process of its own, so that its CPU time can be told: this
// program, in another role.
const (
	roleVariable = "BENCH_UPLOAD_ROLE"
	backendRole  = "backend"
	s3Variable   = "BENCH_UPLOAD_S3"   // from the backend
	linkVariable = "BENCH_UPLOAD_LINK" // S3 as the client sees it
)

func runBackend() error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	b := newBackend(os.Getenv(s3Variable), os.Getenv(linkVariable), log)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with who started it
		os.Exit(0)
	}()
	server := &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// backend serves the three ways:
//
//	POST /form      A: a picture as multipart/form-data
//	POST /uploads   B and C: signs, as upload.Handler does
//	POST /entities  B: {"key"}: its entity is to be made
//	GET  /bytes     of pictures that came through here so far
type backend struct {
	http.Handler
	objects  *s3.Client
	signer   upload.Signer
	ingester *ingest.Ingester
	pictures atomic.Int64 // bytes
}

func newBackend(s3URL, linkURL string, log *slog.Logger) *backend {
	b := &backend{objects: stack.Client(s3URL, stack.Admin), signer: upload.Signer{Client: s3.NewPresignClient(stack.Client(linkURL, stack.Admin)), Bucket: stack.OriginalsBucket}}
	thumbnails := storage.Thumbnails{Client: b.objects, Bucket: stack.ThumbnailsBucket}
	b.ingester = &ingest.Ingester{
		Bucket: stack.OriginalsBucket, Prefixes: []string{upload.Prefix},
		Renderer:  render.Renderer{Limits: render.DefaultLimits(), Profile: render.FastProfile},
		Originals: &counted{storage.Originals{Client: b.objects}, &b.pictures},
		Entities:  storage.Entities{Client: b.objects, Bucket: stack.OriginalsBucket},
		Purger:    purge.Purger{Thumbnails: thumbnails, DefaultBucket: stack.OriginalsBucket, Epoch: 1},

		RenderTimeout: 20 * time.Second, Log: log,
	}
	mux := http.NewServeMux()
	mux.Handle("POST /uploads", upload.Handler{Signer: b.signer, Log: log})
	mux.HandleFunc("POST /form", b.answer(b.form))
	mux.HandleFunc("POST /entities", b.answer(b.entity))
	mux.HandleFunc("GET /bytes", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, b.pictures.Load()) })
	b.Handler = mux
	return b
}

// counted counts the bytes of pictures that are read for their entities.
type counted struct {
	storage.Originals
	bytes *atomic.Int64
}

func (c *counted) Get(ctx context.Context, bucket, key string, maxBytes int) (storage.Original, error) {
	original, err := c.Originals.Get(ctx, bucket, key, maxBytes)
	c.bytes.Add(int64(len(original.Body)))
	return original, err
}

func (b *backend) answer(f func(*http.Request) (key string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, err := f(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"key": key})
	}
}

// form takes a picture, puts it into S3 and makes its entity.
func (b *backend) form(r *http.Request) (string, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", err
	}
	part, err := parts.NextPart()
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(io.LimitReader(part, upload.DefaultMaxBytes))
	if err != nil {
		return "", err
	}
	b.pictures.Add(int64(len(body)))
	// The key is chosen, and the file judged, as in the other ways.
	request, err := b.signer.Put(r.Context(), upload.File{Name: part.FileName(), Size: int64(len(body)), Type: part.Header.Get("Content-Type")})
	if err != nil {
		return "", err
	}
	if _, err := b.objects.PutObject(r.Context(), &s3.PutObjectInput{Bucket: &b.signer.Bucket, Key: &request.Key, Body: bytes.NewReader(body),
		ContentType: aws.String(request.Headers["Content-Type"])}); err != nil {
		return "", err
	}
	return request.Key, b.make(r.Context(), request.Key)
}

func (b *backend) entity(r *http.Request) (string, error) {
	var asked struct{ Key string }
	if err := json.NewDecoder(io.LimitReader(r.Body, 4<<10)).Decode(&asked); err != nil || asked.Key == "" {
		return "", errors.New("a key is needed")
	}
	return asked.Key, b.make(r.Context(), asked.Key)
}

func (b *backend) make(ctx context.Context, key string) error {
	_, err := b.ingester.Apply(ctx, ingest.Change{Bucket: stack.OriginalsBucket, Key: key}, nil)
	return err
}
