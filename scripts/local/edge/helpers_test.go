package edge_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

// passOn is a viewer-request function that changes nothing.
const passOn = `function handler(event) { return event.request; }`

// clock is the time of a test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// origin is an origin under the test's control, which counts.
type origin struct {
	*httptest.Server
	mu       sync.Mutex
	handler  http.HandlerFunc
	requests []*http.Request
}

func newOrigin(t *testing.T) *origin {
	o := &origin{}
	o.answers(http.NotFound)
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.requests = append(o.requests, r)
		h := o.handler
		o.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) answers(h http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.handler = h
}

// serves answers everything with one status and body; headers are pairs.
func (o *origin) serves(status int, body string, headers ...string) {
	o.answers(func(w http.ResponseWriter, _ *http.Request) { write(w, status, body, headers...) })
}

func write(w http.ResponseWriter, status int, body string, headers ...string) {
	for i := 0; i < len(headers); i += 2 {
		w.Header().Add(headers[i], headers[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the edge may be gone
}

func (o *origin) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.requests)
}

func (o *origin) last(t *testing.T) *http.Request {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.requests) == 0 {
		t.Fatal("the origin was not asked")
	}
	return o.requests[len(o.requests)-1]
}

// stack is thumbfront's distribution between a viewer and two origins.
type stack struct {
	*edge.Edge
	t      *testing.T
	s3, fn *origin
	clock  *clock
	viewer *http.Client
	url    string
}

func newStack(t *testing.T, changes ...func(*edge.Options)) *stack {
	t.Helper()
	s := &stack{t: t, s3: newOrigin(t), fn: newOrigin(t), clock: &clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}}
	opts := edge.ThumbfrontOptions(edge.Deployment{
		ViewerRequest: passOn,
		Thumbnails:    s.s3.URL + "/bucket",
		Function:      s.fn.URL,
		Credentials:   aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"},
		Region:        "eu-central-1",
		Clock:         s.clock.Now,
	})
	for _, change := range changes {
		change(&opts)
	}
	var err error
	if s.Edge, err = edge.New(opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Edge.Close)
	server := httptest.NewServer(s.Edge)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.viewer = &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(s.viewer.CloseIdleConnections)
	return s
}

// answer is what a viewer got.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

// ask sends a request; headers are pairs.
func (s *stack) ask(method, path string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return s.do(req)
}

func (s *stack) do(req *http.Request) answer {
	resp, err := s.viewer.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body), err}
}

func (s *stack) get(path string, headers ...string) answer {
	s.t.Helper()
	return s.ask(http.MethodGet, path, headers...)
}

// want checks status, body and X-Cache ("Hit" for "Hit from cloudfront").
func (a answer) want(t *testing.T, status int, body, xcache string) {
	t.Helper()
	if a.err != nil {
		t.Fatal(a.err)
	}
	if got := a.header.Get("X-Cache"); a.status != status || a.body != body || got != xcache+" from cloudfront" {
		t.Fatalf("got %d %q, X-Cache %q; want %d %q, %q", a.status, a.body, got, status, body, xcache)
	}
}

func (a answer) wantHeader(t *testing.T, name, value string) {
	t.Helper()
	if got := a.header.Get(name); got != value {
		t.Errorf("%s is %q, want %q", name, got, value)
	}
}

func wantCount(t *testing.T, name string, o *origin, n int) {
	t.Helper()
	if got := o.count(); got != n {
		t.Fatalf("%s was asked %d times, want %d", name, got, n)
	}
}
