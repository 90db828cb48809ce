package thumbnail

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// errAborted ends the stream of an answer that was broken off; the runtime
// client reports it in the trailer of its response to Lambda.
var errAborted = errors.New("the answer was broken off")

// exitDelay lets the runtime client finish the answer before the process ends.
const exitDelay = 50 * time.Millisecond

// Stream makes a Lambda handler for a function URL in RESPONSE_STREAM mode out
// of a [Handler]. It adds what lambdaurl does not do: a handler that panics with
// http.ErrAbortHandler breaks the answer off (lambdaurl would end it as if it
// were whole and lose the process), and after a render that could not be
// stopped the process ends, by exit, once the answer is out.
func Stream(h *Handler, exit func(code int)) func(context.Context, *events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
	serve := lambdaurl.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if v != http.ErrAbortHandler {
					panic(v)
				}
				r.Context().Value(abortedKey{}).(*atomic.Bool).Store(true)
			}
		}()
		h.ServeHTTP(w, r)
	}))
	return func(ctx context.Context, request *events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
		if h.spoiled.Load() {
			exit(1) // frozen before its time was up; the render may still run
		}
		aborted := new(atomic.Bool)
		response, err := serve(context.WithValue(ctx, abortedKey{}, aborted), request)
		if err != nil {
			return nil, err
		}
		response.Body = &stream{body: response.Body, aborted: aborted, done: func() {
			if h.spoiled.Load() {
				time.AfterFunc(exitDelay, func() { exit(1) })
			}
		}}
		return response, nil
	}
}

type abortedKey struct{}

// stream ends with an error where the handler broke the answer off.
type stream struct {
	body    io.Reader
	aborted *atomic.Bool
	done    func()
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	if errors.Is(err, io.EOF) {
		s.done()
		if s.aborted.Load() {
			err = errAborted
		}
	}
	return n, err
}

// Close unblocks a handler whose answer nobody takes any more.
func (s *stream) Close() error {
	if closer, ok := s.body.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
