package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// The function, built once for all tests, and the template that is deployed.
var (
	bootstrap    string
	functionsDir string // where the others are built
	golden       []byte
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "thumbfront-test-")
	if err != nil {
		panic(err)
	}
	functionsDir = dir
	if bootstrap, err = stack.BuildFunction(context.Background(), "thumbnail", dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if golden, err = stack.GoldenTemplate(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// local is a stack under test and what its function logged.
type local struct {
	*stack.Stack
	t   *testing.T
	log *logLines
}

// logLines collects the function's log, which tells renders from S3 hits.
type logLines struct {
	mu    sync.Mutex
	more  chan struct{} // closed and made anew with each write
	lines []map[string]any
	other []string
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	for line := range bytes.Lines(p) {
		var entry map[string]any
		if json.Unmarshal(line, &entry) == nil {
			l.lines = append(l.lines, entry)
		} else {
			l.other = append(l.other, string(line))
		}
	}
	return len(p), nil
}

// count sums a metric over all lines.
func (l *logLines) count(metric string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := 0
	for _, line := range l.lines {
		n, _ := line[metric].(float64)
		sum += int(n)
	}
	return sum
}

// reaches waits until a metric's sum is at least n, for the log comes by a pipe,
// a little after the answer; it gives what the sum is then.
func (l *logLines) reaches(metric string, n int) int {
	patience := time.After(10 * time.Second)
	for l.count(metric) < n {
		l.mu.Lock()
		if l.more == nil {
			l.more = make(chan struct{})
		}
		more := l.more
		l.mu.Unlock()
		if l.count(metric) >= n {
			break
		}
		select {
		case <-more:
		case <-patience:
			return l.count(metric)
		}
	}
	return l.count(metric)
}

func start(t *testing.T, o stack.Options) *local {
	t.Helper()
	l := &local{t: t, log: &logLines{}}
	o.Bootstrap, o.FunctionLog = bootstrap, l.log
	if o.DataDir == "" {
		o.DataDir = t.TempDir()
	}
	if o.Template == nil {
		o.Template = golden
	}
	if o.Access == "" {
		o.Access = thumburl.PresetsOrSigned // as make run has it
	}
	var err error
	if l.Stack, err = stack.Start(t.Context(), o); err != nil {
		t.Fatalf("%v\n%v", err, l.log.other)
	}
	t.Cleanup(func() {
		l.Close()
		if calls := l.UnknownCalls(); len(calls) > 0 {
			t.Errorf("AWS calls that nothing answers: %v", calls)
		}
	})
	return l
}

// response is an answer, read to its end.
type response struct {
	*http.Response
	body []byte
}

func (r response) code() string {
	var e struct{ Code string }
	_ = json.Unmarshal(r.body, &e)
	return e.Code
}

// trip says where an answer came from, as the page does.
func (r response) trip() string {
	switch {
	case strings.HasPrefix(r.Header.Get("X-Cache"), "Hit"):
		return "edge"
	case r.Header.Get("Server-Timing") != "":
		return "rendered"
	}
	return "S3"
}

func (l *local) do(method, path string, header ...string) response {
	l.t.Helper()
	request, err := http.NewRequestWithContext(l.t.Context(), method, l.URL, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	// As it is: tests send paths that no URL parser would keep.
	request.URL.Opaque = "//" + request.URL.Host + path
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		l.t.Fatalf("%s %.100s: %v", method, path, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		l.t.Fatalf("%s %.100s: %v", method, path, err)
	}
	return response{answer, body}
}

func (l *local) get(path string, header ...string) response {
	l.t.Helper()
	return l.do(http.MethodGet, path, header...)
}

func (l *local) signed(r thumburl.Request) string {
	l.t.Helper()
	path, err := l.URLs.URL(r)
	if err != nil {
		l.t.Fatal(err)
	}
	return path
}

func (l *local) put(key string, body []byte) {
	l.t.Helper()
	if _, err := l.Objects.PutObject(l.t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(stack.OriginalsBucket), Key: &key, Body: bytes.NewReader(body)}); err != nil {
		l.t.Fatal(err)
	}
}

// stored lists the keys of the thumbnails bucket.
func (l *local) stored() []string {
	l.t.Helper()
	var keys []string
	pages := s3.NewListObjectsV2Paginator(l.Objects, &s3.ListObjectsV2Input{Bucket: aws.String(stack.ThumbnailsBucket)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
	}
	return keys
}

func (l *local) deleteThumbnails() {
	l.t.Helper()
	for _, key := range l.stored() {
		if _, err := l.Objects.DeleteObject(l.t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(stack.ThumbnailsBucket), Key: &key}); err != nil {
			l.t.Fatal(err)
		}
	}
}
