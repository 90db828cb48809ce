package runtimeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// timeout is the deployed function's.
const timeout = 28 * time.Second

// Answer is a function's answer in the form that Lambda takes from a function URL
// in RESPONSE_STREAM mode: status and headers as JSON, 8 NUL bytes, the body.
type Answer struct {
	Status     int
	Header     map[string]string
	Body       []byte
	Sent, Done time.Time // the event went out, the answer's last byte came in
	err        error
}

// Took is what a caller would have waited.
func (a Answer) Took() time.Duration { return a.Done.Sub(a.Sent) }

func (p *Process) api() http.Handler {
	const root = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"invocation/next", p.serveNext)
	mux.HandleFunc("POST "+root+"invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		done := time.Now()
		a, parseErr := parse(body)
		a.Done, a.err = done, errors.Join(err, parseErr, trailerError(r.Trailer))
		w.WriteHeader(http.StatusAccepted)
		p.answers <- a
	})
	failed := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what there is of it
		w.WriteHeader(http.StatusAccepted)
		p.answers <- Answer{err: fmt.Errorf("the function failed: %s", body)}
	}
	mux.HandleFunc("POST "+root+"invocation/{id}/error", failed)
	mux.HandleFunc("POST "+root+"init/error", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&p.output, r.Body) // the process ends next: that is the error
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}

func (p *Process) serveNext(w http.ResponseWriter, r *http.Request) {
	asked := poll{at: time.Now(), event: make(chan []byte, 1)}
	p.polls <- asked
	select {
	case event := <-asked.event:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", strconv.FormatInt(asked.at.UnixNano(), 10))
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(timeout).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
		_, _ = w.Write(event) // a process that is gone is noticed by its end
	case <-r.Context().Done():
	}
}

func parse(text []byte) (Answer, error) {
	head, body, found := bytes.Cut(text, make([]byte, 8))
	if !found {
		return Answer{}, fmt.Errorf("the answer is not streamed: %.200q", text)
	}
	var prelude struct {
		StatusCode int
		Headers    map[string]string
	}
	if err := json.Unmarshal(head, &prelude); err != nil {
		return Answer{}, fmt.Errorf("the answer's prelude: %w", err)
	}
	return Answer{Status: prelude.StatusCode, Header: prelude.Headers, Body: body}, nil
}

func trailerError(trailer http.Header) error {
	if kind := trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		return fmt.Errorf("the function broke its answer off: %s", kind)
	}
	return nil
}
