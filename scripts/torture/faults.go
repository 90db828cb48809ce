package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// fault is what happens to the next requests to S3 of a kind.
type fault struct {
	name string
	// role and what: of which requests; empty is any.
	role, what string
	left       int // so many requests
	do         func(f *faults, w http.ResponseWriter, r *http.Request, s3 http.Handler)
}

// What the requests to S3 are for.
const (
	getOriginal  = "GET " + stack.OriginalsBucket
	headOriginal = "HEAD " + stack.OriginalsBucket
	getThumbnail = "GET " + stack.ThumbnailsBucket
	putThumbnail = "PUT " + stack.ThumbnailsBucket
	purging      = "POST " + stack.ThumbnailsBucket
)

// Roles as their access keys have them.
const (
	thumbnailRole = "thumbfront-local-thumbnail/"
	ingestRole    = "thumbfront-local-ingest/"
	edgeRole      = "thumbfront-local-edge/"
)

const slowness = 150 * time.Millisecond

// refuse answers as S3 does when it can't.
func refuse(status int, code string) func(*faults, http.ResponseWriter, *http.Request, http.Handler) {
	return func(_ *faults, w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/xml")
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			fmt.Fprintf(w, `<Error><Code>%s</Code><Message>on purpose</Message></Error>`, code)
		}
	}
}

func hang(_ *faults, _ http.ResponseWriter, r *http.Request, _ http.Handler) { gone(r) }

// gone returns when the client has gone, which the server learns of only once it has read
// the request.
func gone(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // it may break off
	<-r.Context().Done()
}

func slow(_ *faults, w http.ResponseWriter, r *http.Request, s3 http.Handler) {
	select {
	case <-time.After(slowness):
		s3.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}

// cut sends half of the body of the length that was promised.
func cut(_ *faults, w http.ResponseWriter, r *http.Request, s3 http.Handler) {
	whole := httptest.NewRecorder()
	s3.ServeHTTP(whole, r)
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
	w.WriteHeader(whole.Code)
	if body := whole.Body.Bytes(); len(body) > 1 && r.Method != http.MethodHead {
		_, _ = w.Write(body[:len(body)/2])
	}
	panic(http.ErrAbortHandler)
}

// killBefore ends the functions before S3 has the request, killAfter when it has done it.
func killBefore(f *faults, _ http.ResponseWriter, r *http.Request, _ http.Handler) {
	f.kill()
	gone(r)
}

func killAfter(f *faults, _ http.ResponseWriter, r *http.Request, s3 http.Handler) {
	s3.ServeHTTP(httptest.NewRecorder(), r)
	f.kill()
	gone(r)
}

// killAnswering lets the function go on, and ends it a little later: in the middle of what it
// does with the answer.
func killAnswering(f *faults, w http.ResponseWriter, r *http.Request, s3 http.Handler) {
	s3.ServeHTTP(w, r)
	f.underway.Add(1)
	time.AfterFunc(2*time.Millisecond, func() {
		defer f.underway.Done()
		f.kill()
	})
}

// starve leaves the functions no more memory while they have an original.
func starve(f *faults, w http.ResponseWriter, r *http.Request, s3 http.Handler) {
	f.starve()
	s3.ServeHTTP(w, r)
}

// kinds of faults between the functions, the edge and S3.
var kinds = []fault{
	{"S3 fails to read", thumbnailRole, getOriginal, 1, refuse(500, "InternalError")},
	{"S3 fails to read for long", thumbnailRole, getOriginal, 5, refuse(500, "InternalError")},
	{"S3 asks to slow down", thumbnailRole, "", 3, refuse(503, "SlowDown")},
	{"S3 fails to write", thumbnailRole, putThumbnail, 1, refuse(500, "InternalError")},
	{"S3's disk is full", thumbnailRole, putThumbnail, 6, refuse(500, "InternalError")},
	{"S3 fails to say whether the original is there", thumbnailRole, headOriginal, 4, refuse(500, "InternalError")},
	{"S3 hangs while it is read", thumbnailRole, getOriginal, 4, hang},
	{"S3 hangs while it is written", thumbnailRole, putThumbnail, 4, hang},
	{"S3 is slow to read", thumbnailRole, getOriginal, 2, slow},
	{"S3 is slow to write", thumbnailRole, putThumbnail, 2, slow},
	{"an original is cut off", thumbnailRole, getOriginal, 1, cut},
	{"originals are cut off", thumbnailRole, getOriginal, 6, cut},
	{"a stored thumbnail is cut off", edgeRole, getThumbnail, 1, cut},
	{"the edge gets 500 of S3", edgeRole, getThumbnail, 3, refuse(500, "InternalError")},
	{"the edge gets 503 of S3", edgeRole, getThumbnail, 3, refuse(503, "SlowDown")},
	{"S3 is slow to the edge", edgeRole, getThumbnail, 2, slow},
	{"killed while it fetches", thumbnailRole, getOriginal, 1, killBefore},
	{"killed in the middle of a render", thumbnailRole, getOriginal, 1, killAnswering},
	{"killed in the middle of a write-back", thumbnailRole, putThumbnail, 1, killBefore},
	{"killed behind a write-back", thumbnailRole, putThumbnail, 1, killAfter},
	{"killed in the middle of an answer", thumbnailRole, headOriginal, 1, killAnswering},
	{"out of memory", thumbnailRole, getOriginal, 1, starve},
	{"ingest can't read", ingestRole, getOriginal, 3, refuse(500, "InternalError")},
	{"ingest can't purge", ingestRole, purging, 5, refuse(503, "SlowDown")},
	{"ingest is killed while it looks", ingestRole, getOriginal, 1, killBefore},
	{"ingest is killed behind a purge", ingestRole, purging, 1, killAfter},
	{"ingest reads a half", ingestRole, getOriginal, 2, cut},
	{"ingest is out of memory", ingestRole, getOriginal, 1, starve},
}

// rareness of faults that are waited for by a whole timeout: they come once in so many times.
const rareness = 12

func (f fault) isRare() bool { return strings.Contains(f.name, "hangs") }

// faults stand before S3.
type faults struct {
	kill, starve func()

	// underway are faults that happen to requests, and those who kill a little later.
	underway sync.WaitGroup

	mu    sync.Mutex
	armed *fault
	met   bool // the armed one has happened
}

func (f *faults) arm(one fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed, f.met = &one, false
}

// disarm ends the fault, and waits for what it still does: a process that is killed later
// would be missed by a request that has no fault.
func (f *faults) disarm() {
	f.mu.Lock()
	f.armed = nil
	f.mu.Unlock()
	f.underway.Wait()
}

// hasMet tells whether the last fault that was armed happened to a request at all, and
// whether it has happened to all that it is for.
func (f *faults) hasMet() (one, all bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.met, f.armed != nil && f.armed.left == 0
}

// take gives the fault that happens to a request, which is under way then; nil is none.
func (f *faults) take(r *http.Request) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.armed
	if a == nil || a.left == 0 || !strings.Contains(r.Header.Get("Authorization"), a.role) {
		return nil
	}
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if a.what != "" && a.what != r.Method+" "+bucket {
		return nil
	}
	a.left--
	f.met = true
	f.underway.Add(1)
	return a
}

// before is [stack.Options.BeforeS3].
func (f *faults) before(s3 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if one := f.take(r); one != nil {
			defer f.underway.Done()
			one.do(f, w, r, s3)
			return
		}
		s3.ServeHTTP(w, r)
	})
}

// events is what becomes of S3's events on their way.
type events struct {
	mu   sync.Mutex
	next string // lost, doubled, held: what happens to the next one
	held [][]byte
}

func (e *events) do(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next = what
}

func (e *events) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next, e.held = "", nil
}

// pass is [stack.Options.Events]. What is held back arrives behind the next one.
func (e *events) pass(message []byte) [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	what := e.next
	e.next = ""
	switch what {
	case "lost":
		return nil
	case "doubled":
		return [][]byte{message, message}
	case "held":
		e.held = append(e.held, message)
		return nil
	}
	all := append([][]byte{message}, e.held...)
	e.held = nil
	return all
}
