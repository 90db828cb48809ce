package edge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// reply writes the found object, whole, in part, or as 304. It returns the
// status and X-Cache.
func (e *Edge) reply(w http.ResponseWriter, r *http.Request, request http.Header, b *behavior, f found) (int, string) {
	o, h := f.object, w.Header()
	for name, values := range o.header {
		switch name {
		case "Via":
			h[name] = append(values[:len(values):len(values)], via)
		default:
			h[name] = values
		}
	}
	h.Set("X-Cache", f.xcache)
	if f.fromCache {
		h.Set("Age", strconv.FormatInt(o.age(e.clock()), 10))
	}
	if b.headers != nil {
		b.headers.apply(h, r.Method, request)
	}
	if o.status == http.StatusOK && r.Method != http.MethodOptions {
		switch {
		case notModified(request, o.header):
			h.Del("Content-Length")
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return http.StatusNotModified, f.xcache
		case r.Method == http.MethodGet && wantsRange(request, o.header):
			return e.replyRange(w, r, request, f)
		}
	}
	// An origin's answer to HEAD has no body whose length would mean anything.
	if n, ok := o.body.complete(); ok && n > 0 {
		h.Set("Content-Length", strconv.Itoa(n))
	}
	w.WriteHeader(o.status)
	if r.Method != http.MethodHead {
		copyBody(w, o.body)
	}
	return o.status, f.xcache
}

// copyBody writes a body as it arrives. One that ends early aborts the
// viewer's connection: what was sent must not pass for the whole.
func copyBody(w http.ResponseWriter, b *body) {
	flush := http.NewResponseController(w)
	for offset := 0; ; {
		chunk, err := b.from(offset)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if _, err := w.Write(chunk); err != nil {
			return // the viewer is gone
		}
		offset += len(chunk)
		if _, all := b.complete(); !all {
			_ = flush.Flush() // a writer that cannot flush is only slower
		}
	}
}

// replyRange waits for the whole object: a part of one that fails later would
// pass for good.
func (e *Edge) replyRange(w http.ResponseWriter, r *http.Request, request http.Header, f found) (int, string) {
	data, err := f.object.body.all()
	if err != nil {
		clear(w.Header())
		return e.replyError(w, r, failureStatus(err), xError, "The origin's answer ended early.")
	}
	h := w.Header()
	part, ok := parseRange(request.Get("Range"), len(data))
	if !ok {
		h.Del("Content-Length")
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", len(data)))
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return http.StatusRequestedRangeNotSatisfiable, f.xcache
	}
	h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.first, part.end-1, len(data)))
	h.Set("Content-Length", strconv.Itoa(part.end-part.first))
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(data[part.first:part.end]) // a viewer that is gone needs no answer
	return http.StatusPartialContent, f.xcache
}

// replyGenerated writes a function's own response; it is never cached.
func replyGenerated(w http.ResponseWriter, r *http.Request, response *functionResponse) (int, string) {
	h := w.Header()
	for name, v := range response.Headers {
		h[http.CanonicalHeaderKey(name)] = v.all()
	}
	h.Set("X-Cache", xGenerated)
	var data []byte
	if response.Body != nil {
		data = []byte(response.Body.Data)
		h.Set("Content-Length", strconv.Itoa(len(data)))
	}
	w.WriteHeader(response.StatusCode)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // a viewer that is gone needs no answer
	}
	return response.StatusCode, xGenerated
}

// replyError writes an error of the edge itself.
func (e *Edge) replyError(w http.ResponseWriter, r *http.Request, status int, xcache, message string) (int, string) {
	h := w.Header()
	page, b := errorPage(status, message)
	for name, values := range page {
		h[name] = values
	}
	h.Set("Via", via)
	h.Set("X-Cache", xcache)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		copyBody(w, b)
	}
	return status, xcache
}

// errorPage is a page like CloudFront's own.
func errorPage(status int, message string) (http.Header, *body) {
	page := fmt.Sprintf("<!DOCTYPE html>\n<title>ERROR: The request could not be satisfied</title>\n<h1>%d ERROR</h1>\n<p>%s</p>\n", status, message)
	h := http.Header{
		"Content-Type":   {"text/html"},
		"Content-Length": {strconv.Itoa(len(page))},
		"Server":         {"CloudFront"},
	}
	return h, completeBody([]byte(page))
}
