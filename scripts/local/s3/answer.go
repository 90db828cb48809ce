package s3

import (
	"encoding/xml"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"time"
)

const requestIDHeader = "X-Amz-Request-Id"

// An answer is the response to one request. It puts the bucket's CORS headers in the place of those that
// gofakes3 sends with everything, and the right status on error codes that gofakes3 does not know.
type answer struct {
	http.ResponseWriter
	cors     http.Header
	override int // the status to send in place of a 500; 0 is none
	status   int // what was sent; 0 is nothing yet
}

// newAnswer starts an answer with a request ID, which gofakes3 replaces with its own if it gets to answer,
// and with the server's time, by which SDKs correct their clocks when they are told RequestTimeTooSkewed.
func newAnswer(w http.ResponseWriter, cors http.Header, now time.Time) *answer {
	w.Header().Set(requestIDHeader, fmt.Sprintf("%016X", rand.Uint64()))
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	return &answer{ResponseWriter: w, cors: cors}
}

// WriteHeader sends the headers.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	if status == http.StatusInternalServerError && a.override != 0 {
		status = a.override
	}
	a.status = status
	h := a.Header()
	for _, name := range []string{"Origin", "Methods", "Headers"} {
		h.Del("Access-Control-Allow-" + name)
	}
	h.Del("Access-Control-Expose-Headers")
	if etag := h.Get("Etag"); etag != "" {
		h.Set("Etag", toExternalETag(etag))
	}
	maps.Copy(h, a.cors)
	a.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body, after the headers.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// finish sends the headers of an answer without a body.
func (a *answer) finish() { a.WriteHeader(http.StatusOK) }

// A refusal is an error as S3 puts it.
type refusal struct {
	status        int
	code, message string
}

var (
	accessDenied   = refusal{http.StatusForbidden, "AccessDenied", "Access Denied"}
	noSuchBucket   = refusal{http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist"}
	notImplemented = refusal{http.StatusNotImplemented, "NotImplemented", "A header or query you provided implies functionality that is not implemented."}
	notAllowed     = refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource."}
	invalidURI     = refusal{http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI."}
	keyTooLong     = refusal{http.StatusBadRequest, "KeyTooLongError", "Your key is too long"}
	noLifecycle    = refusal{http.StatusNotFound, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"}
	wrongBody      = refusal{http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."}
)

// refuse answers with an error; one to a HEAD has no body.
func (a *answer) refuse(r *http.Request, why refusal) {
	if r.Method == http.MethodHead {
		a.WriteHeader(why.status)
		return
	}
	a.xml(why.status, struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		Resource  string
		RequestID string `xml:"RequestId"`
	}{Code: why.code, Message: why.message, Resource: r.URL.Path, RequestID: a.Header().Get(requestIDHeader)})
}

// xml answers with a document made of strings and numbers.
func (a *answer) xml(status int, document any) {
	body, err := xml.Marshal(document)
	if err != nil {
		panic(err) // these always marshal
	}
	a.Header().Set("Content-Type", "application/xml")
	a.WriteHeader(status)
	_, _ = fmt.Fprintf(a, "%s%s", xml.Header, body) // the client may be gone; nobody is left to tell
}
