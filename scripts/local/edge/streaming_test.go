package edge_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// chunk is larger than any buffer on the way.
var chunk = strings.Repeat("0123456789abcdef", 64<<10)

func TestStreamsWhileItArrives(t *testing.T) {
	s := newStack(t)
	release := make(chan struct{})
	s.s3.answers(func(w http.ResponseWriter, r *http.Request) {
		write(w, 200, chunk, "Cache-Control", "max-age=60")
		w.(http.Flusher).Flush()
		<-release
		_, _ = io.WriteString(w, chunk)
	})
	open := func() *http.Response {
		t.Helper()
		resp, err := s.viewer.Get(s.url + "/a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, resp.Body, int64(len(chunk))); err != nil {
			t.Fatal(err)
		}
		return resp
	}
	first := open()
	defer first.Body.Close()
	second := open() // joins what is on its way
	defer second.Body.Close()
	close(release)
	for _, resp := range []*http.Response{first, second} {
		rest, err := io.ReadAll(resp.Body)
		if err != nil || string(rest) != chunk {
			t.Errorf("%d bytes, %v", len(rest), err)
		}
	}
	if x := second.Header.Get("X-Cache"); x != "Hit from cloudfront" {
		t.Errorf("the second viewer's X-Cache is %q", x)
	}
	s.get("/a").want(t, 200, chunk+chunk, "Hit")
	wantCount(t, "S3", s.s3, 1)
}

// endsEarly serves part of a body and breaks the connection.
func endsEarly(length, part string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		if length != "" {
			w.Header().Set("Content-Length", length)
		}
		_, _ = io.WriteString(w, part)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestTruncatedAnswer(t *testing.T) {
	for name, length := range map[string]string{"shorter than Content-Length": "10000000", "aborted chunks": ""} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t)
			s.s3.answers(endsEarly(length, chunk))
			if a := s.get("/a"); !errors.Is(a.err, io.ErrUnexpectedEOF) || a.status != 200 {
				t.Errorf("status %d, error %v; want a broken connection", a.status, a.err)
			}
			s.s3.serves(200, "whole", "Cache-Control", "max-age=60")
			s.get("/a").want(t, 200, "whole", "Miss")
		})
	}
}

func TestTruncatedBeforeTheFirstByte(t *testing.T) {
	for name, length := range map[string]string{"Content-Length": "10", "chunks": ""} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t)
			s.s3.answers(endsEarly(length, ""))
			for range 2 {
				if a := s.get("/a"); a.status != 502 || a.err != nil || a.header.Get("X-Cache") != "Error from cloudfront" {
					t.Errorf("%+v", a)
				}
			}
			wantCount(t, "S3", s.s3, 2)
		})
	}
}

func TestTruncatedRange(t *testing.T) {
	s := newStack(t)
	s.s3.answers(endsEarly("10000000", chunk))
	a := s.get("/a", "Range", "bytes=0-3")
	if a.status != 502 || a.err != nil || a.header.Get("X-Cache") != "Error from cloudfront" {
		t.Errorf("%+v", a)
	}
	a.wantHeader(t, "Cache-Control", "")
	a.wantHeader(t, "Content-Range", "")
}

// Half an answer does not push out the stale object, which serves on.
func TestTruncatedRevalidation(t *testing.T) {
	s := newStack(t)
	s.s3.answers(revalidating("picture", `"e"`))
	s.get("/a").want(t, 200, "picture", "Miss")
	s.clock.advance(61e9)
	s.s3.answers(endsEarly("10000000", chunk))
	if a := s.get("/a"); a.err == nil {
		t.Errorf("got %d with %d bytes", a.status, len(a.body))
	}
	s.s3.answers(endsEarly("10", ""))
	s.get("/a").want(t, 200, "picture", "Hit")
}
