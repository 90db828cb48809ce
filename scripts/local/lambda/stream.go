package lambda

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"
)

const (
	integrationResponse = "application/vnd.awslambda.http-integration-response"

	// maxBuffered is Lambda's limit for an answer that is not streamed, and
	// for an event.
	maxBuffered = 6 << 20
	// maxPrelude bounds status and headers of a streamed answer.
	maxPrelude = 1 << 20
	// separatorLen is the number of NUL bytes between prelude and body.
	separatorLen = 8
)

// errHungUp says that the process broke off in the middle of an answer.
var errHungUp = errors.New("the process hung up")

// invocation is one event on its way to a process, and its answer on the way
// back. The answer is read from head first, from body then; the reader closes
// body, and what comes after that is dropped: the invocation goes on.
type invocation struct {
	id, traceID string
	event       []byte
	deadline    time.Time // set when the process fetches it
	raw         bool      // a whole answer is passed on as it is, not understood as an HTTP answer

	once sync.Once
	head chan head // holds one
	body *io.PipeReader
	sink *io.PipeWriter
}

// head begins an answer. With err there is nothing else.
type head struct {
	status int
	header http.Header
	err    error
}

func newInvocation(id, traceID string, event []byte) *invocation {
	inv := &invocation{id: id, traceID: traceID, event: event, head: make(chan head, 1)}
	inv.body, inv.sink = io.Pipe()
	return inv
}

func (inv *invocation) begin(h head) {
	inv.once.Do(func() { inv.head <- h })
}

// end ends the answer: the body with err, or with io.EOF where it is nil; the
// head with err as well if it has not begun. Only the first end counts.
func (inv *invocation) end(err error) {
	inv.begin(head{err: err})
	_ = inv.sink.CloseWithError(err) // never fails
}

// relay passes the answer in the request of a process on as it arrives. The
// error is errHungUp, a *functionError, or about an answer that Lambda does not
// understand.
func (inv *invocation) relay(r *http.Request) error {
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		contentType = ""
	}
	body := bufio.NewReaderSize(r.Body, 32<<10)
	switch {
	case contentType == integrationResponse:
		err = inv.relayStream(body, true)
	case r.Header.Get("Lambda-Runtime-Function-Response-Mode") == "streaming":
		err = inv.relayStream(body, false)
	default:
		err = inv.relayBuffered(body)
	}
	// The connection to the process stays usable, and the trailers come last.
	if _, drainErr := io.Copy(io.Discard, body); drainErr != nil && err == nil {
		err = fmt.Errorf("%w: %w", errHungUp, drainErr)
	}
	if err == nil {
		err = trailerError(r.Trailer)
	}
	return err
}

func (inv *invocation) relayStream(body *bufio.Reader, hasPrelude bool) error {
	h := head{status: http.StatusOK, header: http.Header{}}
	if hasPrelude {
		var err error
		if h, err = readPrelude(body); err != nil {
			return err
		}
	}
	if h.header.Get("Content-Type") == "" {
		h.header.Set("Content-Type", "application/octet-stream")
	}
	inv.begin(h)
	// A caller that is gone stops the copying, never the function: relay
	// reads the rest.
	chunk := make([]byte, 32<<10)
	for {
		n, err := body.Read(chunk)
		if n > 0 {
			if _, gone := inv.sink.Write(chunk[:n]); gone != nil {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errHungUp, err)
		}
	}
}

// readPrelude reads status and headers and the bytes that end them.
func readPrelude(body *bufio.Reader) (head, error) {
	var text []byte
	for nuls := 0; nuls < separatorLen; {
		b, err := body.ReadByte()
		switch {
		case err == io.EOF:
			return head{}, errors.New("the answer ends within its prelude")
		case err != nil:
			return head{}, fmt.Errorf("%w: %w", errHungUp, err)
		case b == 0: // JSON has none
			nuls++
		case nuls > 0:
			return head{}, fmt.Errorf("the answer's prelude does not end with %d NUL bytes", separatorLen)
		case len(text) == maxPrelude:
			return head{}, fmt.Errorf("the answer's prelude is longer than %d bytes", maxPrelude)
		default:
			text = append(text, b)
		}
	}
	var p prelude
	if err := json.Unmarshal(text, &p); err != nil {
		return head{}, fmt.Errorf("the answer's prelude: %w", err)
	}
	return p.head()
}

type prelude struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies"`
}

func (p prelude) head() (head, error) {
	h := head{status: p.StatusCode, header: http.Header{}}
	if h.status == 0 {
		h.status = http.StatusOK
	}
	if h.status < 200 || h.status > 599 {
		return head{}, fmt.Errorf("the answer's statusCode is %d, want 200 to 599", h.status)
	}
	for name, value := range p.Headers {
		h.header.Set(name, value)
	}
	for _, name := range hopByHop {
		h.header.Del(name)
	}
	for _, cookie := range p.Cookies {
		h.header.Add("Set-Cookie", cookie)
	}
	return h, nil
}

// relayBuffered takes a whole answer: JSON with a statusCode is the answer's
// description, any other JSON is its body.
func (inv *invocation) relayBuffered(body *bufio.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, maxBuffered+1))
	if err != nil {
		return fmt.Errorf("%w: %w", errHungUp, err)
	}
	if len(text) > maxBuffered {
		return &functionError{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf("an answer that is not streamed is at most %d bytes", maxBuffered)}
	}
	if !json.Valid(text) {
		return errors.New("the answer is neither streamed nor JSON")
	}
	if inv.raw {
		inv.begin(head{status: http.StatusOK})
		_, _ = inv.sink.Write(text) // the caller may be gone
		return nil
	}
	var described struct {
		prelude
		Body            string `json:"body"`
		IsBase64Encoded bool   `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(text, &described); err != nil || described.StatusCode == 0 {
		inv.begin(head{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}})
		_, _ = inv.sink.Write(text) // the caller may be gone
		return nil
	}
	content := []byte(described.Body)
	if described.IsBase64Encoded {
		if content, err = base64.StdEncoding.DecodeString(described.Body); err != nil {
			return fmt.Errorf("the answer's body: %w", err)
		}
	}
	h, err := described.head()
	if err != nil {
		return err
	}
	if h.header.Get("Content-Type") == "" {
		h.header.Set("Content-Type", "application/json")
	}
	inv.begin(h)
	_, _ = inv.sink.Write(content) // the caller may be gone
	return nil
}

// trailerError is the failure that a function reports after it began to answer.
func trailerError(trailer http.Header) error {
	kind := trailer.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		return nil
	}
	reported := &functionError{Type: kind}
	if body, err := base64.StdEncoding.DecodeString(trailer.Get("Lambda-Runtime-Function-Error-Body")); err == nil {
		// What can't be read leaves the type, which says enough.
		_ = json.Unmarshal(body, reported)
	}
	return reported
}
