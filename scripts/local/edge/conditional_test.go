package edge_test

import (
	"net/http"
	"testing"
)

const modified = "Mon, 04 May 2026 10:00:00 GMT"

func TestConditionalRequests(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		status  int
	}{
		{"If-None-Match", []string{"If-None-Match", `"e"`}, 304},
		{"weak", []string{"If-None-Match", `W/"e"`}, 304},
		{"one of several", []string{"If-None-Match", `"x", "e"`}, 304},
		{"any", []string{"If-None-Match", "*"}, 304},
		{"another", []string{"If-None-Match", `"x"`}, 200},
		{"If-Modified-Since, the same", []string{"If-Modified-Since", modified}, 304},
		{"If-Modified-Since, later", []string{"If-Modified-Since", "Mon, 04 May 2026 10:00:01 GMT"}, 304},
		{"If-Modified-Since, earlier", []string{"If-Modified-Since", "Mon, 04 May 2026 09:59:59 GMT"}, 200},
		{"If-Modified-Since, junk", []string{"If-Modified-Since", "yesterday"}, 200},
		{"If-None-Match goes first", []string{"If-None-Match", `"x"`, "If-Modified-Since", modified}, 200},
		{"a condition goes before a range", []string{"If-None-Match", `"e"`, "Range", "bytes=0-1"}, 304},
	}
	for _, cached := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				s := newStack(t)
				s.s3.serves(200, "picture", "Cache-Control", "max-age=60", "Etag", `"e"`, "Last-Modified", modified, "Content-Type", "image/png")
				xcache := "Miss"
				if cached {
					s.get("/a")
					xcache = "Hit"
				}
				a := s.get("/a", tt.headers...)
				if tt.status == 200 {
					a.want(t, 200, "picture", xcache)
					return
				}
				a.want(t, 304, "", xcache)
				a.wantHeader(t, "Etag", `"e"`)
				a.wantHeader(t, "Cache-Control", "max-age=60")
				a.wantHeader(t, "Content-Type", "")
				s.get("/a").want(t, 200, "picture", "Hit") // a 304 leaves the whole in the cache
				wantCount(t, "S3", s.s3, 1)
			})
		}
	}
}

func TestConditionsDoNotHideErrors(t *testing.T) {
	s := newStack(t)
	s.fn.serves(404, "none", "Etag", `"e"`)
	s.get("/a", "If-None-Match", `"e"`).want(t, 404, "none", "Error")
	s.get("/a", "Range", "bytes=0-1").want(t, 404, "none", "Error")
}

func TestObjectWithoutValidators(t *testing.T) {
	s := newStack(t)
	s.s3.serves(200, "picture")
	s.get("/a", "If-None-Match", "*", "If-Modified-Since", modified).want(t, 200, "picture", "Miss")
}

func TestRanges(t *testing.T) {
	tests := []struct {
		headers      []string
		status       int
		body         string
		contentRange string
	}{
		{[]string{"Range", "bytes=0-0"}, 206, "0", "bytes 0-0/10"},
		{[]string{"Range", "bytes=2-4"}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range", "bytes=7-"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=-3"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=-30"}, 206, "0123456789", "bytes 0-9/10"},
		{[]string{"Range", "bytes=5-999999999999999999999"}, 206, "56789", "bytes 5-9/10"},
		{[]string{"Range", "bytes=10-"}, 416, "", "bytes */10"},
		{[]string{"Range", "bytes=999999999999999999999-"}, 416, "", "bytes */10"},
		{[]string{"Range", "bytes=-0"}, 416, "", "bytes */10"},
		{[]string{"Range", "bytes=4-2"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=-"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=a-b"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=+1-2"}, 200, "0123456789", ""},
		{[]string{"Range", "bits=0-1"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=0-1,4-5"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=0-1", "If-Range", `"e"`}, 206, "01", "bytes 0-1/10"},
		{[]string{"Range", "bytes=0-1", "If-Range", `"x"`}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=0-1", "If-Range", `W/"e"`}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=0-1", "If-Range", modified}, 206, "01", "bytes 0-1/10"},
		{[]string{"Range", "bytes=0-1", "If-Range", "Mon, 04 May 2026 10:00:01 GMT"}, 200, "0123456789", ""},
		{[]string{"Range", "bytes=0-1", "If-Range", "junk"}, 200, "0123456789", ""},
	}
	s := newStack(t)
	s.s3.serves(200, "0123456789", "Cache-Control", "max-age=60", "Etag", `"e"`, "Last-Modified", modified)
	xcache := "Miss"
	for range 2 {
		for _, tt := range tests {
			a := s.get("/a", tt.headers...)
			a.want(t, tt.status, tt.body, xcache)
			a.wantHeader(t, "Content-Range", tt.contentRange)
			if xcache == "Miss" {
				s.Clear()
			}
		}
		s.get("/a")
		xcache = "Hit"
	}
	s.ask(http.MethodHead, "/a", "Range", "bytes=0-1").want(t, 200, "", "Hit")
}
