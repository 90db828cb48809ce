// Package lambda stands in for AWS Lambda on one machine: it runs a real
// bootstrap as a subprocess over the Runtime API, and serves the function's URL
// (AuthType AWS_IAM, InvokeMode RESPONSE_STREAM) in front of it.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	// closeGrace is how long Close leaves the processes after SIGTERM.
	closeGrace = 2 * time.Second
	// killGrace is how long a killed process may take to be gone: only one
	// that hangs in the kernel takes longer.
	killGrace = 5 * time.Second

	// A function has a moment between the end of its answer and its request
	// for the next invocation. A caller's next request waits for that moment
	// to pass, longer where the alternative is 429 and not a new environment.
	settleWithRoom = 100 * time.Millisecond
	settleWhenFull = 2 * time.Second
)

var (
	errClosed    = errors.New("lambda: closed")
	errThrottled = errors.New("lambda: all environments are busy")
)

// Options is what New needs. Only Function is required.
type Options struct {
	Function Function
	// Authorize refuses a request of the function URL with 403 by returning an
	// error; sigv4.Verify for the service "lambda" is the real check. Nil: the
	// URL is open.
	Authorize func(*http.Request) error
	// Logger gets what the runtime itself has to tell: a line per invocation,
	// and the deaths of processes. Nil: nowhere.
	Logger *slog.Logger
	// LogWriter gets what the function writes to stdout and stderr, in whole
	// lines, one Write at a time. Nil: nowhere.
	LogWriter io.Writer
}

// Runtime runs one function. As an http.Handler it is the function's URL. Make
// it with New.
type Runtime struct {
	function  Function
	authorize func(*http.Request) error
	logger    *slog.Logger
	logMu     sync.Mutex // one line at a time
	logWriter io.Writer

	mu           sync.Mutex
	environments map[*environment]struct{}
	idle         []*environment // the most recently used is the last
	waiting      int            // requests that wait for an environment to settle
	changed      chan struct{}  // closed and replaced when an environment is idle or gone
	started      int
	closed       bool
}

// New checks the function and returns its runtime. Nothing is started until
// the first request. The error names all that is wrong with the function.
func New(options Options) (*Runtime, error) {
	function, err := options.Function.normalized()
	if err != nil {
		return nil, fmt.Errorf("lambda: function %q: %w", options.Function.Name, err)
	}
	rt := &Runtime{
		function:     function,
		authorize:    options.Authorize,
		logger:       options.Logger,
		logWriter:    options.LogWriter,
		environments: map[*environment]struct{}{},
		changed:      make(chan struct{}),
	}
	if rt.logger == nil {
		rt.logger = slog.New(slog.DiscardHandler)
	}
	if rt.logWriter == nil {
		rt.logWriter = io.Discard
	}
	return rt, nil
}

// Close ends all environments: SIGTERM, then SIGKILL after 2 s or at the end of
// ctx. Running invocations fail and later requests are refused, both with 503
// where no answer has begun. It returns when no process is left; the error says
// that one outlived SIGKILL by 5 s. It may be called again.
func (rt *Runtime) Close(ctx context.Context) error {
	rt.mu.Lock()
	rt.closed = true
	for e := range rt.environments {
		e.end(errClosed, syscall.SIGTERM)
	}
	rt.notify()
	rt.mu.Unlock()

	polite, cancel := context.WithTimeout(ctx, closeGrace)
	defer cancel()
	if rt.gone(polite) {
		return nil
	}
	rt.mu.Lock()
	for e := range rt.environments {
		e.end(errClosed, syscall.SIGKILL)
	}
	rt.mu.Unlock()
	killed, cancel := context.WithTimeout(context.WithoutCancel(ctx), killGrace)
	defer cancel()
	if rt.gone(killed) {
		return nil
	}
	return fmt.Errorf("lambda: function %q: a process outlived SIGKILL by %v", rt.function.Name, killGrace)
}

// gone waits until no environment is left.
func (rt *Runtime) gone(ctx context.Context) bool {
	for {
		rt.mu.Lock()
		left, changed := len(rt.environments), rt.changed
		rt.mu.Unlock()
		if left == 0 {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// Processes are the ids of the function's processes as far as the runtime knows. One that was
// killed from outside is among them, and may be handed an invocation, until the runtime has
// noticed.
func (rt *Runtime) Processes() []int {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	var pids []int
	for e := range rt.environments {
		if e.process != 0 {
			pids = append(pids, e.process)
		}
	}
	return pids
}

// dispatch hands the invocation to an environment: the idle one that was used
// last, else a new one. The errors are errThrottled, errClosed, and ctx's.
func (rt *Runtime) dispatch(ctx context.Context, inv *invocation) error {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	for arrived := time.Now(); ; {
		if rt.closed {
			return errClosed
		}
		if n := len(rt.idle); n > 0 {
			e := rt.idle[n-1]
			rt.idle = rt.idle[:n-1]
			e.state = busy
			e.assigned <- inv
			return nil
		}
		full := len(rt.environments) >= rt.function.ReservedConcurrentExecutions
		patience := settleWithRoom
		if full {
			patience = settleWhenFull
		}
		left := time.Until(arrived.Add(patience))
		if left <= 0 || rt.waiting >= rt.settling() {
			if full {
				return errThrottled
			}
			rt.start(inv)
			return nil
		}
		if err := rt.await(ctx, left); err != nil {
			return err
		}
	}
}

// await lets go of rt.mu until an environment changed or the time is over.
func (rt *Runtime) await(ctx context.Context, atMost time.Duration) error {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	changed := rt.changed
	rt.waiting++
	rt.mu.Unlock()
	defer func() {
		rt.mu.Lock()
		rt.waiting--
	}()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// settling counts the environments that will soon be idle or gone. The caller
// holds rt.mu.
func (rt *Runtime) settling() int {
	n := 0
	for e := range rt.environments {
		if e.state == settling {
			n++
		}
	}
	return n
}

// start begins an environment whose first invocation is inv. The caller holds
// rt.mu.
func (rt *Runtime) start(inv *invocation) {
	rt.started++
	e := &environment{
		rt:       rt,
		number:   rt.started,
		assigned: make(chan *invocation, 1),
		gone:     make(chan struct{}),
	}
	e.assigned <- inv
	rt.environments[e] = struct{}{}
	go e.run()
}

// leaveIdle takes the environment out of the idle ones, if it is one of them.
// The caller holds rt.mu.
func (rt *Runtime) leaveIdle(e *environment) {
	rt.idle = slices.DeleteFunc(rt.idle, func(other *environment) bool { return other == e })
}

// notify wakes those who wait for a change. The caller holds rt.mu.
func (rt *Runtime) notify() {
	close(rt.changed)
	rt.changed = make(chan struct{})
}
