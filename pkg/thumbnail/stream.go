package thumbnail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// errAborted ends the stream of an answer that was broken off; the runtime
// client reports it in the trailer of its response to Lambda.
var errAborted = errors.New("the answer was broken off")

// Stream makes a Lambda handler for a function URL in RESPONSE_STREAM mode out
// of a [Handler]. It adds what lambdaurl does not do: a handler that panics with
// http.ErrAbortHandler breaks the answer off (lambdaurl would end it as if it
// were whole and lose the process).
func Stream(h *Handler) func(context.Context, *events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
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
		aborted := new(atomic.Bool)
		response, err := serve(context.WithValue(ctx, abortedKey{}, aborted), request)
		if err != nil {
			return nil, err
		}
		response.Body = &stream{body: response.Body, aborted: aborted}
		return response, nil
	}
}

// Retire makes the process end, by exit, after a render that could not be
// stopped: when the answer is out and before the next request is asked for. The
// runtime client offers no hook for that moment, but it clones this transport,
// which is http.DefaultTransport.
func Retire(h *Handler, transport *http.Transport, exit func(code int)) {
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &retiringConn{Conn: conn, handler: h, exit: exit}, nil
	}
}

// retiringConn sees the request for the next invocation before it is sent.
type retiringConn struct {
	net.Conn
	handler *Handler
	exit    func(code int)
}

func (c *retiringConn) Write(p []byte) (int, error) {
	line, _, _ := bytes.Cut(p, []byte("\r\n"))
	if c.handler.Spoiled() && bytes.HasPrefix(line, []byte("GET ")) && bytes.Contains(line, []byte("/runtime/invocation/next ")) {
		c.exit(1)
	}
	return c.Conn.Write(p)
}

type abortedKey struct{}

// stream ends with an error where the handler broke the answer off.
type stream struct {
	body    io.Reader
	aborted *atomic.Bool
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	if errors.Is(err, io.EOF) && s.aborted.Load() {
		err = errAborted
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
