package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/thumbfront/thumbfront/pkg/storage"
)

// answer is what a viewer is sent.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// errAborted is an answer that the handler broke off: the original changed meanwhile.
var errAborted = errors.New("the original was deleted or changed meanwhile")

// Function is the function's handler: it takes paths as the edge hands them on.
type Function interface {
	http.Handler
	// Spoiled reports whether the process should end, for a render could not be stopped.
	Spoiled() bool
}

// Stored is where thumbnails lie.
type Stored interface {
	// Get gives a thumbnail; storage.ErrNotFound is none. Before its body is read, room is
	// asked for it, whose error ends it.
	Get(ctx context.Context, key string, room func(bytes int64) error) (storage.Thumbnail, error)
}

// Bounds are what a server does at once, and what waits; beyond them it says that it is
// busy.
type Bounds struct {
	Renders, RenderQueue int
	Lookups, LookupQueue int
	Connections          int           // of viewers, whether they ask or not
	AnswerBytes          int64         // of the answers that are in memory
	Timeout              time.Duration // of a lookup and of a render, each beside the time that it waits
}

// The longest that somebody waits for a place. A lookup takes milliseconds, and a viewer who
// waits for a render has gone by then.
const (
	maxRenderWait = 10 * time.Second
	maxLookupWait = time.Second
	maxBytesWait  = time.Second
)

// maxStoredBytes of a thumbnail: what 16 megapixels take at most, and more.
const maxStoredBytes = 128 << 20

// flights answer requests: by what is stored, else by the function. Of equal ones that
// come together only one is on its way.
type flights struct {
	function Function
	stored   Stored
	log      *slog.Logger
	// spoiled is closed when the function says that it is.
	spoiled     chan struct{}
	spoiledOnce sync.Once
	timeout     time.Duration

	renders, lookups *places
	answerBytes      int64
	bytes            *semaphore.Weighted // of answerBytes

	mu       sync.Mutex
	underWay map[string]*flight // by path
}

// flight is one path on its way to those who ask for it.
type flight struct {
	path   string
	landed chan struct{} // closed when answer and err are set
	answer answer
	err    error
	// users are the flight itself and the viewers who wait for the answer or are being sent
	// it; after the last one the bytes that it holds are free. Guarded by flights.mu.
	users int
	held  int64
}

func newFlights(function Function, stored Stored, b Bounds, log *slog.Logger) *flights {
	return &flights{function: function, stored: stored, log: log, spoiled: make(chan struct{}), timeout: b.Timeout,
		renders: newPlaces(b.Renders, b.RenderQueue, maxRenderWait), lookups: newPlaces(b.Lookups, b.LookupQueue, maxLookupWait),
		answerBytes: b.AnswerBytes, bytes: semaphore.NewWeighted(b.AnswerBytes), underWay: map[string]*flight{}}
}

// do answers a request for a path, and says by done when the answer is not needed any more.
// Looking is part of what equal requests share, or one that has looked in vain just before
// another's answer was stored would be rendered once more. A flight whose viewer goes away
// is carried through for the next one, and for those who wait for the same.
func (f *flights) do(ctx context.Context, path string, isStored bool) (a answer, done func(), err error) {
	f.mu.Lock()
	shared := f.underWay[path]
	if shared == nil {
		shared = &flight{path: path, landed: make(chan struct{}), users: 1}
		f.underWay[path] = shared
		go f.fly(shared, isStored)
	}
	shared.users++
	f.mu.Unlock()
	done = func() { f.leave(shared) }
	select {
	case <-shared.landed:
		return shared.answer, done, shared.err
	case <-ctx.Done():
		return answer{}, done, ctx.Err()
	}
}

// leave is what each user of a flight does in the end.
func (f *flights) leave(shared *flight) {
	f.mu.Lock()
	shared.users--
	last := shared.users == 0
	f.mu.Unlock()
	if last && shared.held > 0 {
		f.bytes.Release(shared.held)
	}
}

// fly finds the answer.
func (f *flights) fly(shared *flight, isStored bool) {
	var ok bool
	if isStored {
		shared.answer, ok, shared.err = f.lookUp(shared)
	}
	if !ok && shared.err == nil {
		shared.answer, shared.err = f.render(shared)
	}
	f.mu.Lock()
	delete(f.underWay, shared.path)
	f.mu.Unlock()
	close(shared.landed)
	f.leave(shared)
}

// hold waits for room for an answer's bytes. One that is larger than all the room has it
// alone.
func (f *flights) hold(ctx context.Context, shared *flight, n int64) error {
	n = min(n, f.answerBytes)
	ctx, cancel := context.WithTimeout(ctx, maxBytesWait)
	defer cancel()
	if f.bytes.Acquire(ctx, n) != nil {
		return errBusy
	}
	shared.held += n
	return nil
}

// lookUp gives the answer that is stored; false is that there is none, or that the bucket
// can't be read: then it is rendered. The error is errBusy.
func (f *flights) lookUp(shared *flight) (a answer, ok bool, err error) {
	if err := f.lookups.take(); err != nil {
		return answer{}, false, err
	}
	defer f.lookups.leave()
	ctx, cancel := context.WithTimeout(context.Background(), f.timeout)
	defer cancel()
	largest := storage.AtMost(int(min(maxStoredBytes, f.answerBytes)))
	thumbnail, err := f.stored.Get(ctx, shared.path[1:], func(n int64) error {
		if err := largest(n); err != nil {
			return err
		}
		return f.hold(ctx, shared, n)
	})
	switch {
	case errors.Is(err, errBusy):
		return answer{}, false, errBusy
	case errors.Is(err, storage.ErrNotFound):
		return answer{}, false, nil
	case err != nil:
		f.bytes.Release(shared.held) // it broke off on the way
		shared.held = 0
		f.log.Warn("the thumbnails bucket can't be read", "error", err)
		return answer{}, false, nil
	}
	header := http.Header{}
	for name, values := range thumbnail.Headers {
		header[name] = values
	}
	header.Set("Content-Type", thumbnail.ContentType)
	header.Set("ETag", thumbnail.ETag)
	return answer{http.StatusOK, header, thumbnail.Body}, true, nil
}

// render has the function answer. It keeps its place until there is room for the answer:
// where viewers take their answers slowly, nothing more is rendered.
func (f *flights) render(shared *flight) (answer, error) {
	if err := f.renders.take(); err != nil {
		return answer{}, err
	}
	defer f.renders.leave()
	ctx, cancel := context.WithTimeout(context.Background(), f.timeout)
	defer cancel()
	a, err := f.serve(ctx, shared.path)
	if err != nil {
		return answer{}, err
	}
	return a, f.hold(context.Background(), shared, int64(len(a.body)))
}

// serve runs the handler and keeps what it writes. Nothing of a viewer's headers is
// handed on: the path says all.
func (f *flights) serve(ctx context.Context, path string) (a answer, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return answer{}, err
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			a, err = answer{}, errAborted
		default:
			panic(v)
		}
	}()
	f.function.ServeHTTP(w, request)
	if f.function.Spoiled() {
		f.spoiledOnce.Do(func() { close(f.spoiled) })
	}
	return answer{w.status, w.header, w.body.Bytes()}, nil
}

// drain waits for renders that are still under way without a viewer: it takes all their
// places, for good.
func (f *flights) drain(ctx context.Context) error {
	for range cap(f.renders.free) {
		select {
		case <-f.renders.free:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// recorder is a http.ResponseWriter in memory.
type recorder struct {
	header http.Header
	status int
	begun  bool
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.begun {
		return
	}
	r.begun, r.status = true, status
	r.header = r.header.Clone() // what is set later is not sent
	if length, err := strconv.Atoi(r.header.Get("Content-Length")); err == nil && length > 0 {
		r.body.Grow(length) // else it is copied as it grows
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
