package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// What a function URL answers in the function's place.
var (
	bodyForbidden   = map[string]string{"Message": "Forbidden"}
	bodyFailed      = map[string]string{"Message": "Internal Server Error"}
	bodyTooLarge    = map[string]string{"Message": "Request Entity Too Large"}
	bodyUnavailable = map[string]string{"Message": "Service Unavailable"}
	bodyThrottled   = map[string]string{
		"Reason":  "ReservedFunctionConcurrentInvocationLimitExceeded",
		"Type":    "User",
		"message": "Rate Exceeded.",
	}
)

// retryAfter is what Lambda says to those whom it has no environment for, in seconds.
const retryAfter = "1"

// ServeHTTP is the function URL. The function's answer goes out as it arrives.
// A failure before that is 502, all environments busy 429, a refused caller
// 403, an event over 6 MB 413, a closed runtime 503, all with a JSON body and
// no-store. A failure within the answer, and a body that is not as long as the
// function's own Content-Length, end with http.ErrAbortHandler: the connection
// breaks off and the caller can't take the answer for whole.
func (rt *Runtime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	if rt.authorize != nil {
		if err := rt.authorize(r); err != nil {
			rt.logger.Info("a request of the function URL is refused", "function", rt.function.Name, "error", err)
			refuse(w, http.StatusForbidden, "AccessDeniedException", bodyForbidden)
			return
		}
	}
	id, traceID := newRequestID(), newTraceID(r.Header, begun)
	event, err := newEvent(r, id, traceID, begun)
	if errors.Is(err, errTooLarge) {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", bodyTooLarge)
		return
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the caller broke off its request
	}

	inv := newInvocation(id, traceID, event)
	// From then on the function writes to nobody, undisturbed.
	defer inv.body.Close()
	err = rt.dispatch(r.Context(), inv)
	var status int
	if err == nil {
		status, err = rt.answer(w, r, inv)
	}
	logger := rt.logger.With("function", rt.function.Name, "requestId", id, "method", r.Method, "path", r.URL.Path, "status", status, "duration", time.Since(begun))
	if err == nil {
		logger.Info("an invocation is answered")
	} else {
		logger.Warn("an invocation is not answered, or not to its end", "error", err)
	}
	switch {
	case err == nil:
	case status != 0:
		panic(http.ErrAbortHandler)
	case r.Context().Err() != nil: // nobody is there to be told
	case errors.Is(err, errThrottled):
		w.Header().Set("Retry-After", retryAfter)
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", bodyThrottled)
	case errors.Is(err, errClosed):
		refuse(w, http.StatusServiceUnavailable, "ServiceUnavailableException", bodyUnavailable)
	default:
		refuse(w, http.StatusBadGateway, "InternalServerErrorException", bodyFailed)
	}
}

// answer passes the function's answer on. The status is 0 if there is none.
func (rt *Runtime) answer(w http.ResponseWriter, r *http.Request, inv *invocation) (status int, err error) {
	var h head
	select {
	case h = <-inv.head:
	case <-r.Context().Done():
		return 0, r.Context().Err()
	}
	if h.err != nil {
		return 0, h.err
	}

	length, err := strconv.ParseInt(h.header.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	for name, values := range h.header {
		w.Header()[name] = values
	}
	if declared := h.header["Content-Length"]; declared != nil {
		// As a function URL does: its answers are chunked.
		w.Header()["X-Amzn-Remapped-Content-Length"] = declared
		w.Header().Del("Content-Length")
	}
	w.Header().Set("X-Amzn-Requestid", inv.id)
	w.Header().Set("X-Amzn-Trace-Id", inv.traceID)
	w.WriteHeader(h.status)

	// A caller that goes away ends a wait for the next bytes.
	stop := context.AfterFunc(r.Context(), func() { inv.body.CloseWithError(r.Context().Err()) })
	defer stop()
	if r.Method == http.MethodHead || h.status == http.StatusNoContent || h.status == http.StatusNotModified {
		// What the function says beyond the headers has nowhere to go, nor has
		// its failure.
		_, _ = io.Copy(io.Discard, inv.body)
		return h.status, nil
	}
	n, err := copyFlushing(w, inv.body)
	if err != nil {
		return h.status, err
	}
	if length >= 0 && n != length {
		return h.status, fmt.Errorf("the body is %d bytes long and its Content-Length %d", n, length)
	}
	return h.status, nil
}

// copyFlushing sends each chunk before it waits for the next, and the headers
// before the first.
func copyFlushing(w http.ResponseWriter, body io.Reader) (int64, error) {
	flusher := http.NewResponseController(w)
	chunk := make([]byte, 32<<10)
	for total := int64(0); ; {
		// A writer that can't flush, such as a recorder's, gets all in the end.
		if err := flusher.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return total, fmt.Errorf("send the answer: %w", err)
		}
		n, err := body.Read(chunk)
		if n > 0 {
			total += int64(n)
			if _, err := w.Write(chunk[:n]); err != nil {
				return total, fmt.Errorf("send the answer: %w", err)
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

func refuse(w http.ResponseWriter, status int, errorType string, body any) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Amzn-Errortype", errorType)
	writeJSON(w, status, body)
}

// writeJSON answers with JSON. It leaves out what a broken connection may say.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
