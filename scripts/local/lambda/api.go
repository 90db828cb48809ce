package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

const (
	headerRequestID = "Lambda-Runtime-Aws-Request-Id"
	headerDeadline  = "Lambda-Runtime-Deadline-Ms"
	headerARN       = "Lambda-Runtime-Invoked-Function-Arn"
	headerTraceID   = "Lambda-Runtime-Trace-Id"
)

// maxErrorReport bounds what is read of an error that a function reports.
const maxErrorReport = 256 << 10

// Why the process may not do what it asks for, with the status of the Runtime
// API.
var (
	errUnknownInvocation = errors.New("InvalidRequestID")
	errOutOfTurn         = errors.New("InvalidStateTransition")
)

// api is the Runtime API of one environment:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func (e *environment) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", e.serveResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", e.serveError)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", e.serveInitError)
	return mux
}

func (e *environment) serveNext(w http.ResponseWriter, r *http.Request) {
	inv, err := e.next(r.Context())
	switch {
	case errors.Is(err, errOutOfTurn):
		refuseRuntime(w, http.StatusForbidden, err)
		return
	case err != nil: // nobody is there to be told
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set(headerRequestID, inv.id)
	h.Set(headerTraceID, inv.traceID)
	h.Set(headerARN, e.rt.function.arn())
	h.Set(headerDeadline, strconv.FormatInt(inv.deadline.UnixMilli(), 10))
	// An event that doesn't arrive leaves a process that hung up: reap or the
	// timeout fails the invocation.
	_, _ = w.Write(inv.event)
}

// next finishes the invocation before and waits for one to come.
func (e *environment) next(ctx context.Context) (*invocation, error) {
	inv, err := e.settle()
	if err != nil {
		return nil, err
	}
	if inv == nil {
		select {
		case inv = <-e.assigned:
		case <-ctx.Done():
			e.rt.mu.Lock()
			defer e.rt.mu.Unlock()
			// A runtime that hangs up is dead or about to be. If it isn't, an
			// invocation in its hands would wait for ever. One that was told
			// to end already has its time for that.
			if e.doom == nil {
				e.end(errors.New("the process hung up on the Runtime API"), syscall.SIGKILL)
			}
			return nil, ctx.Err()
		case <-e.gone:
			return nil, errClosed
		}
	}

	e.rt.mu.Lock()
	defer e.rt.mu.Unlock()
	e.polling = false
	if e.dead {
		inv.end(errors.New("the process ended before it got the invocation"))
		return nil, errClosed
	}
	e.current = inv
	inv.deadline = time.Now().Add(e.rt.function.Timeout)
	e.timer = time.AfterFunc(e.rt.function.Timeout, func() { e.expire(inv) })
	return inv, nil
}

// settle ends the turn of the invocation before. It returns the next one if
// there is one already; else the environment is idle.
func (e *environment) settle() (*invocation, error) {
	e.rt.mu.Lock()
	defer e.rt.mu.Unlock()
	if e.dead { // it asked with its last breath
		return nil, errClosed
	}
	if e.polling || e.responding || e.doom != nil {
		return nil, errOutOfTurn
	}
	e.timer.Stop() // a process that asks was started, so there is one
	if e.current != nil {
		e.current.end(errors.New("the function asked for the next invocation without an answer to this one"))
		e.current = nil
	}
	e.polling = true
	select {
	case inv := <-e.assigned:
		e.state = busy
		return inv, nil
	default:
	}
	e.state = idle
	e.rt.idle = append(e.rt.idle, e)
	e.rt.notify()
	return nil, nil
}

// expire kills the environment if it is not done with the invocation.
func (e *environment) expire(inv *invocation) {
	e.rt.mu.Lock()
	defer e.rt.mu.Unlock()
	if e.current == inv {
		e.end(fmt.Errorf("the invocation timed out after %v", e.rt.function.Timeout), syscall.SIGKILL)
	}
}

func (e *environment) serveResponse(w http.ResponseWriter, r *http.Request) {
	inv, err := e.beginAnswer(r.PathValue("id"))
	if err != nil {
		refuseRuntime(w, http.StatusBadRequest, err)
		return
	}
	err = inv.relay(r)
	e.endAnswer(inv, err)
	accepted(w)
}

func (e *environment) serveError(w http.ResponseWriter, r *http.Request) {
	inv, err := e.beginAnswer(r.PathValue("id"))
	if err != nil {
		refuseRuntime(w, http.StatusBadRequest, err)
		return
	}
	e.endAnswer(inv, readError(r))
	accepted(w)
}

func (e *environment) serveInitError(w http.ResponseWriter, r *http.Request) {
	err := fmt.Errorf("init: %w", readError(r))
	accepted(w)
	e.rt.mu.Lock()
	defer e.rt.mu.Unlock()
	if e.state == starting {
		e.end(err, syscall.SIGKILL)
	}
}

// beginAnswer claims the current invocation for the one answer that it gets.
func (e *environment) beginAnswer(id string) (*invocation, error) {
	e.rt.mu.Lock()
	defer e.rt.mu.Unlock()
	if e.current == nil || e.current.id != id || e.responding || e.state != busy {
		return nil, errUnknownInvocation
	}
	e.responding = true
	return e.current, nil
}

// endAnswer ends the caller's answer, whole where err is nil.
func (e *environment) endAnswer(inv *invocation, err error) {
	e.rt.mu.Lock()
	e.responding = false
	e.state = settling
	if errors.Is(err, errHungUp) {
		// Only a process that ends breaks off. Waiting for it beats 429.
		e.end(err, syscall.SIGKILL)
		if e.doom != err {
			err = fmt.Errorf("%w (%w)", e.doom, err)
		}
	}
	e.rt.mu.Unlock()
	// After the state: the caller's next request comes at once.
	inv.end(err)
}

// functionError is what a function reports of its own failure.
type functionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (f *functionError) Error() string {
	return fmt.Sprintf("the function failed: %s: %s", f.Type, f.Message)
}

func readError(r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxErrorReport))
	if err != nil {
		return fmt.Errorf("%w in an error report: %w", errHungUp, err)
	}
	var reported functionError
	if err := json.Unmarshal(body, &reported); err != nil {
		// The type may come alone, in its header.
		reported.Message = string(body)
	}
	if reported.Type == "" {
		reported.Type = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	return &reported
}

func accepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuseRuntime(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, functionError{Type: err.Error(), Message: err.Error()})
}
