package packagetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// function is the package in its empty root, within the whole local stack, with
// the settings and the grants of a deployment.
type function struct {
	*stack.Stack
	t      *testing.T
	starts string
	log    *log
}

// log keeps what the function printed besides its lines about requests, to be
// shown when a test fails: what the Go runtime or libc say at a death.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(p) {
		if !json.Valid(line) && l.b.Len() < 16<<10 {
			l.b.Write(line)
		}
	}
	return len(p), nil
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start starts one process of the package, and no second one beside it.
func start(t *testing.T) *function {
	t.Helper()
	zipped := os.Getenv("PACKAGE_TEST_ZIP")
	if zipped == "" {
		t.Skip("PACKAGE_TEST_ZIP names no package: make package-test builds one and tests it")
	}
	f := &function{t: t, log: &log{}}
	template, err := stack.GoldenTemplate()
	if err != nil {
		t.Fatal(err)
	}
	var wrapper string
	wrapper, f.starts = emptyRoot(t, zipped)
	f.Stack, err = stack.Start(t.Context(), stack.Options{
		Bootstrap: wrapper, DataDir: t.TempDir(), Template: template, Concurrency: 1, FunctionLog: f.log,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, f.log)
	}
	t.Cleanup(func() {
		f.Close()
		if t.Failed() {
			t.Logf("the function printed:\n%s", f.log)
		}
	})
	return f
}

// in is the function for a subtest.
func (f function) in(t *testing.T) *function {
	f.t = t
	return &f
}

// lives fails the test where the process is not the first one any more.
func (f *function) lives(after string) {
	f.t.Helper()
	if n := startsIn(f.t, f.starts); n != 1 {
		f.t.Fatalf("after %s the function has been started %d times, want the first process to live", after, n)
	}
}

func (f *function) put(key string, body []byte) {
	f.t.Helper()
	if _, err := f.Objects.PutObject(f.t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(stack.OriginalsBucket), Key: &key, Body: bytes.NewReader(body)}); err != nil {
		f.t.Fatal(err)
	}
}

type answer struct {
	status      int
	contentType string
	body        []byte
}

// code is that of an error, empty where the answer is none of ours.
func (a answer) code() string {
	var e struct {
		Status  int
		Code    string
		Message string
	}
	if json.Unmarshal(a.body, &e) != nil || e.Status != a.status || e.Message == "" {
		return ""
	}
	return e.Code
}

// render uploads an original and asks for a thumbnail of it, by a signed URL.
func (f *function) render(key string, original []byte, width, height int, format thumburl.Format) answer {
	f.t.Helper()
	f.put(key, original)
	path, err := f.URLs.URL(thumburl.Request{
		Key: key, Edits: thumburl.Edits{thumburl.Resize{Width: width, Height: height}}, OutputFormat: format})
	if err != nil {
		f.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, strings.TrimSuffix(f.URL, "/")+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		f.t.Fatalf("%s: %v", key, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatalf("%s: %v", key, err)
	}
	return answer{response.StatusCode, response.Header.Get("Content-Type"), body}
}
