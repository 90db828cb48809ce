package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
)

const (
	// maxFunctionBytes is CloudFront's quota for a function's source.
	maxFunctionBytes = 10 * 1024
	// functionTimeout only keeps a runaway loop from holding its request;
	// CloudFront stops a function after about a millisecond of computing.
	functionTimeout = 2 * time.Second
)

// Function is a CloudFront Function, ready to run. It is safe for concurrent
// use. An async handler is not honoured: its answer is refused.
type Function struct {
	program *goja.Program
	clock   func() time.Time
	idle    sync.Pool // of *instance: a goja runtime serves one call at a time
}

type instance struct {
	runtime *goja.Runtime
	call    goja.Callable
}

// CompileFunction compiles the source of a CloudFront Function of runtime 2.0,
// at most 10 KB, whose Date tells the clock's time; nil is time.Now. The
// engine accepts more of the language than CloudFront does.
func CompileFunction(source string, clock func() time.Time) (*Function, error) {
	if len(source) > maxFunctionBytes {
		return nil, fmt.Errorf("the source has %d bytes, CloudFront allows %d", len(source), maxFunctionBytes)
	}
	if clock == nil {
		clock = time.Now
	}
	// CloudFront runs functions in strict mode.
	program, err := goja.Compile("function.js",
		source+"\n;(function (event) { return JSON.stringify(handler(JSON.parse(event))); })", true)
	if err != nil {
		return nil, fmt.Errorf("compiling the function: %w", err)
	}
	f := &Function{program: program, clock: clock}
	first, err := f.instance()
	if err != nil {
		return nil, err
	}
	f.idle.Put(first)
	return f, nil
}

func (f *Function) instance() (*instance, error) {
	if i, ok := f.idle.Get().(*instance); ok {
		return i, nil
	}
	rt := goja.New()
	rt.SetTimeSource(f.clock)
	if err := errors.Join(
		rt.Set("Buffer", map[string]any{"from": bufferFrom(rt)}),
		rt.Set("console", map[string]any{"log": func(...any) {}}),
	); err != nil {
		return nil, fmt.Errorf("preparing the function's globals: %w", err)
	}
	v, err := rt.RunProgram(f.program)
	if err != nil {
		return nil, fmt.Errorf("starting the function: %w", err)
	}
	call, ok := goja.AssertFunction(v)
	if !ok {
		return nil, errors.New("starting the function: no callable result")
	}
	return &instance{rt, call}, nil
}

// Run calls the handler with an event and returns what it returns, both as
// JSON.
func (f *Function) Run(event []byte) ([]byte, error) {
	i, err := f.instance()
	if err != nil {
		return nil, err
	}
	timer := time.AfterFunc(functionTimeout, func() { i.runtime.Interrupt("the function takes too long") })
	v, err := i.call(goja.Undefined(), i.runtime.ToValue(string(event)))
	if timer.Stop() && err == nil {
		f.idle.Put(i)
	}
	if err != nil {
		return nil, fmt.Errorf("running the function: %w", err)
	}
	result, ok := v.Export().(string)
	if !ok {
		return nil, errors.New("the handler returned nothing that JSON can hold")
	}
	return []byte(result), nil
}

// The event of a viewer request, version 1.0 (documented: CloudFront Functions
// event structure).
type functionEvent struct {
	Version string          `json:"version"`
	Context functionContext `json:"context"`
	Viewer  functionViewer  `json:"viewer"`
	Request functionRequest `json:"request"`
}

type functionContext struct {
	EventType string `json:"eventType"`
	RequestID string `json:"requestId"`
}

type functionViewer struct {
	IP string `json:"ip"`
}

type functionRequest struct {
	Method      string                   `json:"method"`
	URI         string                   `json:"uri"`
	Querystring map[string]functionValue `json:"querystring"`
	Headers     map[string]functionValue `json:"headers"`
	Cookies     map[string]functionValue `json:"cookies"`
}

// functionValue holds the last value of a name, and all of them where there
// are several.
type functionValue struct {
	Value      string          `json:"value"`
	MultiValue []functionValue `json:"multiValue,omitempty"`
}

type functionResponse struct {
	StatusCode        int                      `json:"statusCode"`
	StatusDescription string                   `json:"statusDescription"`
	Headers           map[string]functionValue `json:"headers"`
	Body              *struct {
		Encoding string `json:"encoding"`
		Data     string `json:"data"`
	} `json:"body"`
}

func newValue(values []string) functionValue {
	v := functionValue{Value: values[len(values)-1]}
	if len(values) > 1 {
		for _, s := range values {
			v.MultiValue = append(v.MultiValue, functionValue{Value: s})
		}
	}
	return v
}

func (v functionValue) all() []string {
	if len(v.MultiValue) == 0 {
		return []string{v.Value}
	}
	values := make([]string, len(v.MultiValue))
	for i, m := range v.MultiValue {
		values[i] = m.Value
	}
	return values
}

func newFunctionEvent(r *http.Request, uri, requestID string) functionEvent {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	req := functionRequest{
		Method:      r.Method,
		URI:         uri,
		Querystring: map[string]functionValue{},
		Headers:     map[string]functionValue{"host": {Value: r.Host}},
		Cookies:     map[string]functionValue{},
	}
	for name, values := range r.Header {
		if name != "Cookie" { // the event has them apart
			req.Headers[strings.ToLower(name)] = newValue(values)
		}
	}
	for name, values := range rawQuery(r.URL.RawQuery) {
		req.Querystring[name] = newValue(values)
	}
	for _, c := range r.Cookies() {
		req.Cookies[c.Name] = functionValue{Value: c.Value}
	}
	return functionEvent{
		Version: "1.0",
		Context: functionContext{EventType: "viewer-request", RequestID: requestID},
		Viewer:  functionViewer{IP: ip},
		Request: req,
	}
}

// rawQuery splits a query and leaves its escapes alone, as CloudFront does.
func rawQuery(query string) map[string][]string {
	values := map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); pair != "" {
			values[name] = append(values[name], value)
		}
	}
	return values
}

// viewerRequest runs the function on a viewer's request. It returns either the
// path and the headers to go on with, or the function's own response.
func (f *Function) viewerRequest(event functionEvent) (uri string, h http.Header, response *functionResponse, err error) {
	in, err := json.Marshal(event)
	if err != nil {
		return "", nil, nil, fmt.Errorf("encoding the event: %w", err)
	}
	out, err := f.Run(in)
	if err != nil {
		return "", nil, nil, err
	}
	var kind struct {
		StatusCode *int `json:"statusCode"`
	}
	if err := json.Unmarshal(out, &kind); err != nil {
		return "", nil, nil, fmt.Errorf("the handler returned no object: %w", err)
	}
	if kind.StatusCode != nil {
		response = &functionResponse{}
		return "", nil, response, decodeResponse(out, response)
	}
	var request functionRequest
	if err := decodeStrictly(out, &request); err != nil {
		return "", nil, nil, fmt.Errorf("the handler returned no request: %w", err)
	}
	if request.Method != event.Request.Method {
		return "", nil, nil, fmt.Errorf("the function changed the method to %q, which is read-only", request.Method)
	}
	if !validURI(request.URI) {
		return "", nil, nil, fmt.Errorf("the function returned %q, which is no path", request.URI)
	}
	h = http.Header{}
	for name, v := range request.Headers {
		h[http.CanonicalHeaderKey(name)] = v.all()
	}
	return request.URI, h, nil, nil
}

func decodeResponse(out []byte, response *functionResponse) error {
	if err := decodeStrictly(out, response); err != nil {
		return fmt.Errorf("the handler returned no response: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 599 {
		return fmt.Errorf("the function returned status %d", response.StatusCode)
	}
	if response.Body != nil && response.Body.Encoding != "text" {
		return fmt.Errorf("the function returned a body of encoding %q; only text is honoured", response.Body.Encoding)
	}
	return nil
}

func decodeStrictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func validURI(uri string) bool {
	if !strings.HasPrefix(uri, "/") || strings.ContainsAny(uri, "?#") {
		return false
	}
	for _, c := range uri {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	_, err := url.PathUnescape(uri)
	return err == nil
}
