package edge_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/thumbfront/thumbfront/scripts/local/edge"
)

func TestFailoverByStatus(t *testing.T) {
	for status, fails := range map[int]bool{
		200: false, 301: false, 400: true, 401: false, 403: true, 404: true, 409: false, 416: false,
		429: false, 500: true, 501: false, 502: true, 503: true, 504: true,
	} {
		s := newStack(t)
		s.s3.serves(status, "from S3")
		s.fn.serves(200, "rendered")
		if fails {
			s.get("/a").want(t, 200, "rendered", "Miss")
			continue
		}
		if a := s.get("/a"); a.status != status || a.body != "from S3" {
			t.Errorf("%d: got %d %q", status, a.status, a.body)
		}
		wantCount(t, "the function", s.fn, 0)
	}
}

func TestFailoverWithoutACode(t *testing.T) {
	s := newStack(t, func(o *edge.Options) {
		o.Distribution.OriginGroups.Items[0].FailoverCriteria.StatusCodes = edge.StatusCodes{Quantity: 1, Items: []int{404}}
	})
	s.s3.serves(403, "from S3")
	s.get("/a").want(t, 403, "from S3", "Error")
}

func TestFailoverKeepsMethodAndPath(t *testing.T) {
	s := newStack(t)
	s.fn.serves(200, "")
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		if a := s.ask(method, "/1/payload.signature/avif?q=1"); a.status != 200 {
			t.Fatalf("%s: %d", method, a.status)
		}
		if r := s.s3.last(t); r.Method != method || r.RequestURI != "/bucket/1/payload.signature/avif" {
			t.Errorf("S3 got %s %s", r.Method, r.RequestURI)
		}
		if r := s.fn.last(t); r.Method != method || r.RequestURI != "/1/payload.signature/avif" {
			t.Errorf("the function got %s %s", r.Method, r.RequestURI)
		}
		s.Clear()
	}
}

func TestSecondarysErrorIsTheAnswer(t *testing.T) {
	s := newStack(t)
	s.s3.serves(403, "S3's error")
	s.fn.serves(422, "no picture")
	s.get("/a").want(t, 422, "no picture", "Error")
}

// nowhere is the base URL of a port that nobody listens on.
func nowhere(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func TestFailedConnection(t *testing.T) {
	primary := func(codes ...int) func(*edge.Options) {
		return func(o *edge.Options) {
			o.Endpoints["thumbnails.s3.amazonaws.com"] = nowhere(t)
			o.Distribution.OriginGroups.Items[0].FailoverCriteria.StatusCodes = edge.StatusCodes{Quantity: len(codes), Items: codes}
		}
	}
	s := newStack(t, primary(503))
	s.fn.serves(200, "rendered")
	s.get("/a").want(t, 200, "rendered", "Miss")

	s = newStack(t, primary(500, 502, 504))
	s.fn.serves(200, "rendered")
	if a := s.get("/a"); a.status != 502 || a.header.Get("X-Cache") != "Error from cloudfront" {
		t.Errorf("without code 503: %d %v", a.status, a.header)
	}
	wantCount(t, "the function", s.fn, 0)
}

// silent is an origin that takes requests and never answers.
func silent(t *testing.T, s3 *origin) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	s3.answers(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
}

func TestReadTimeout(t *testing.T) {
	t.Parallel()
	primary := func(codes ...int) func(*edge.Options) {
		return func(o *edge.Options) {
			o.Distribution.Origins[0].S3OriginConfig.OriginReadTimeout = aws.Int(1)
			o.Distribution.OriginGroups.Items[0].FailoverCriteria.StatusCodes = edge.StatusCodes{Quantity: len(codes), Items: codes}
		}
	}
	t.Run("fails over with 504", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, primary(504))
		silent(t, s.s3)
		s.fn.serves(200, "rendered")
		s.get("/a").want(t, 200, "rendered", "Miss")
		wantCount(t, "S3", s.s3, 1) // a bucket is not asked again
	})
	t.Run("is a 504 without", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, primary(503))
		silent(t, s.s3)
		if a := s.get("/a"); a.status != 504 || a.header.Get("X-Cache") != "Error from cloudfront" {
			t.Errorf("%d %v", a.status, a.header)
		}
		wantCount(t, "the function", s.fn, 0)
	})
	t.Run("asks a custom origin again", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, func(o *edge.Options) {
			o.Distribution.DefaultCacheBehavior.TargetOriginId = "function"
			o.Distribution.Origins[1].CustomOriginConfig.OriginReadTimeout = aws.Int(1)
			o.Distribution.Origins[1].ConnectionAttempts = aws.Int(2)
		})
		silent(t, s.fn)
		if a := s.get("/a"); a.status != 504 {
			t.Errorf("got %d", a.status)
		}
		wantCount(t, "the function", s.fn, 2)
	})
	t.Run("between two parts of a body", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, primary(504))
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
			write(w, 200, "first part", "Cache-Control", "max-age=60")
			w.(http.Flusher).Flush()
			<-release
		})
		if a := s.get("/a"); a.err == nil || a.body != "first part" {
			t.Errorf("%+v", a)
		}
	})
}

// CloudFront's own error is kept for the error's time like an origin's.
func TestFailureIsCached(t *testing.T) {
	s := newStack(t, func(o *edge.Options) { o.Distribution.CustomErrorResponses = nil })
	s.fn.Close()
	s.s3.serves(404, "")
	if a := s.get("/a"); a.status != 502 {
		t.Fatalf("got %d", a.status)
	}
	s.get("/a")
	wantCount(t, "S3", s.s3, 1)
}

func TestOriginPathAndCustomHeaders(t *testing.T) {
	s := newStack(t, func(o *edge.Options) {
		o.Distribution.Origins[0].OriginPath = "/sub"
		o.Distribution.Origins[0].OriginCustomHeaders = []edge.OriginCustomHeader{{HeaderName: "X-Secret", HeaderValue: "s"}}
	})
	s.s3.serves(200, "")
	s.get("/a%20b/c")
	r := s.s3.last(t)
	if r.RequestURI != "/bucket/sub/a%20b/c" || r.Header.Get("X-Secret") != "s" {
		t.Errorf("got %s %v", r.RequestURI, r.Header)
	}
}

func TestBehaviorsByPath(t *testing.T) {
	s := newStack(t, func(o *edge.Options) {
		d := &o.Distribution
		for _, pattern := range []string{"/app/*.js", "demo/?"} {
			b := d.DefaultCacheBehavior
			b.PathPattern, b.TargetOriginId = pattern, "function"
			d.CacheBehaviors = append(d.CacheBehaviors, b)
		}
	})
	s.s3.serves(200, "S3")
	s.fn.serves(200, "function")
	for path, want := range map[string]string{
		"/app/a.js": "function", "/app/a/b.js": "function", "/app/.js": "function", "/app/a.css": "S3", "/App/a.js": "S3",
		"/demo/a": "function", "/demo/": "S3", "/demo/ab": "S3", "/x/app/a.js": "S3", "/": "S3",
	} {
		if a := s.get(path); a.body != want {
			t.Errorf("%s went to %s", path, a.body)
		}
	}
}

// Close ends what is under way.
func TestClose(t *testing.T) {
	s := newStack(t)
	silent(t, s.s3)
	got := make(chan answer)
	go func() { got <- s.get("/a") }()
	for s.s3.count() == 0 {
		select {
		case a := <-got:
			t.Fatalf("%+v", a)
		default:
		}
	}
	s.Edge.Close()
	if a := <-got; a.status != 502 {
		t.Errorf("%+v", a)
	}
}

var _ http.Handler = (*edge.Edge)(nil)

func TestRecorder(t *testing.T) {
	s := newStack(t)
	s.s3.serves(200, "picture")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/a", nil))
	if w.Code != 200 || w.Body.String() != "picture" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
