package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// languages of the stack, as somebody would set them who comes from the Serverless
// Image Handler.
var languages = []string{"sih", "native", "thumbor"}

// signingKey is what the original's tests sign with.
const signingKey = "secret"

// bench holds what the stacks have in common: the function and the objects.
type bench struct {
	dir       string
	bootstrap string
	template  []byte
	verbose   bool
}

func newBench(ctx context.Context, fixtures string, verbose bool) (*bench, error) {
	dir, err := os.MkdirTemp("", "thumbfront-conformance-")
	if err != nil {
		return nil, err
	}
	b := &bench{dir: dir, verbose: verbose}
	if b.bootstrap, err = stack.BuildFunction(ctx, "thumbnail", dir); err == nil {
		b.template, err = stack.GoldenTemplate()
	}
	if err == nil {
		err = load(ctx, b.objects(), fixtures)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() { _ = os.RemoveAll(b.dir) }

// objects is where the local S3 of all stacks has its objects.
func (b *bench) objects() string { return filepath.Join(b.dir, "data") }

// run starts a stack with a group's settings and sends its requests. The error is of
// the stack; what is wrong with answers comes by the names of the cases.
func (b *bench) run(ctx context.Context, g *group) (map[string][]string, error) {
	var log functionLog
	env := maps.Clone(g.env)
	allowed := slices.Clone(buckets)
	for bucket := range strings.SplitSeq(env["SOURCE_BUCKETS"], ",") {
		if bucket = strings.TrimSpace(bucket); bucket != "" && !slices.Contains(allowed, bucket) {
			allowed = append(allowed, bucket)
		}
	}
	env["ALLOWED_BUCKETS"] = strings.Join(allowed, ",")
	s, err := stack.Start(ctx, stack.Options{
		DataDir: b.objects(), Bootstrap: b.bootstrap, Template: b.template, Access: thumburl.Open, Concurrency: 2,
		Languages: languages, AllowedBuckets: buckets, Environment: env, FunctionLog: &log,
		Secrets: map[string]string{env["SECRETS_MANAGER"]: fmt.Sprintf(`{%q:%q}`, env["SECRET_KEY"], signingKey)},
	})
	failures := map[string][]string{}
	if err != nil { // settings that are wrong are the fault of their cases alone
		for _, c := range g.cases {
			failures[c.Name] = []string{fmt.Sprintf("the stack does not start: %v %s", err, log.take())}
		}
		return failures, ctx.Err()
	}
	defer s.Close()
	// What was stored under other settings would be answered.
	if err := deleteThumbnails(ctx, s.Objects); err != nil {
		return nil, err
	}
	for _, c := range g.cases {
		failures[c.Name] = send(ctx, s.URL, c)
		if said := log.take(); b.verbose && len(failures[c.Name]) > 0 {
			fmt.Fprintln(os.Stderr, said)
		}
	}
	if calls := s.UnknownCalls(); len(calls) > 0 {
		return nil, fmt.Errorf("AWS calls that nothing answers: %v", calls)
	}
	return failures, nil
}

// functionLog collects what a function writes, from whatever goroutine.
type functionLog struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (l *functionLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(p)
}

// take gives what was written since it was last called.
func (l *functionLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.said.Reset()
	return l.said.String()
}

func deleteThumbnails(ctx context.Context, objects *s3.Client) error {
	bucket := stack.ThumbnailsBucket
	pages := s3.NewListObjectsV2Paginator(objects, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, object := range page.Contents {
			if _, err := objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: object.Key}); err != nil {
				return err
			}
		}
	}
	return nil
}

// answerTimeout is longer than any answer of the stack takes.
const answerTimeout = time.Minute

// send sends a case's request and gives what is wrong with the answer.
func send(ctx context.Context, base string, c testCase) []string {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base, nil)
	if err != nil {
		return []string{err.Error()}
	}
	// As it is: no parser of URLs would keep every path.
	request.URL.Opaque = "//" + request.URL.Host + "/" + strings.TrimPrefix(c.Path, "/")
	query := url.Values{}
	for name, value := range c.Query {
		query.Set(name, value)
	}
	request.URL.RawQuery = query.Encode()
	for name, value := range c.Headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return []string{err.Error()}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return []string{"the answer was broken off: " + err.Error()}
	}
	return compare(c.Expect, response, body)
}

// codeOf is the code of an error answer.
func codeOf(body []byte) (string, error) {
	var e struct {
		Status  int
		Code    string
		Message string
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return "", errors.New("the body is no error")
	}
	return e.Code, nil
}
