package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// answer is what the function's handler wrote.
type answer struct {
	status int
	header http.Header
	body   []byte
}

var (
	// errBusy is a queue that is full, or one that was waited in for too long.
	errBusy = errors.New("all renders are taken, and the queue is full")
	// errAborted is an answer that the handler broke off: the original changed meanwhile.
	errAborted = errors.New("the original was deleted or changed meanwhile")
)

// Function is the function's handler: it takes paths as the edge hands them on.
type Function interface {
	http.Handler
	// Spoiled reports whether the process should end, for a render could not be stopped.
	Spoiled() bool
}

// flights hands requests to a handler: a few at once, some more in a queue, and of equal
// ones that come together only one.
type flights struct {
	function Function
	// spoiled is closed when the function says that it is.
	spoiled     chan struct{}
	spoiledOnce sync.Once
	// timeout bounds one request, after the time that it waits.
	timeout time.Duration
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
	group   singleflight.Group
}

func newFlights(function Function, atOnce, queue int, timeout time.Duration) *flights {
	return &flights{function: function, spoiled: make(chan struct{}), timeout: timeout, slots: make(chan struct{}, atOnce), queue: int64(queue)}
}

// do answers a request for a path: by what lookUp finds, else by the handler. Looking is part
// of what equal requests share, or one that has looked in vain just before another's answer
// was stored would be rendered once more. One whose viewer goes away is carried through for
// the next one, and for those who wait for the same.
func (f *flights) do(ctx context.Context, path string, lookUp func(context.Context) (answer, bool)) (answer, error) {
	result := f.group.DoChan(path, func() (any, error) {
		ctx := context.WithoutCancel(ctx)
		looking, cancel := context.WithTimeout(ctx, f.timeout)
		found, ok := lookUp(looking)
		cancel()
		if ok {
			return found, nil
		}
		if err := f.acquire(); err != nil {
			return nil, err
		}
		defer func() { <-f.slots }()
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
		return f.serve(ctx, path)
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return answer{}, r.Err
		}
		return r.Val.(answer), nil
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// maxWait in the queue.
const maxWait = 10 * time.Second

func (f *flights) acquire() error {
	select {
	case f.slots <- struct{}{}:
		return nil
	default:
	}
	if f.waiting.Add(1) > f.queue {
		f.waiting.Add(-1)
		return errBusy
	}
	defer f.waiting.Add(-1)
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	select {
	case f.slots <- struct{}{}:
		return nil
	case <-patience.C:
		return errBusy
	}
}

// serve runs the handler and keeps what it writes. Nothing of a viewer's headers is
// handed on: the path says all.
func (f *flights) serve(ctx context.Context, path string) (a any, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			a, err = nil, errAborted
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

// drain waits for what is still under way without a viewer: it takes all slots, for good.
func (f *flights) drain(ctx context.Context) error {
	for range cap(f.slots) {
		select {
		case f.slots <- struct{}{}:
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
	if !r.begun {
		r.begun, r.status = true, status
		r.header = r.header.Clone() // what is set later is not sent
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
