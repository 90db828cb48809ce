package lambda

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// hopByHop are the headers that are about one connection: they pass neither
// way.
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

var errTooLarge = errors.New("lambda: the event is larger than 6 MB")

// newEvent is the request as a function URL tells it to its function (payload
// format 2.0), in JSON. The error is errTooLarge, or about reading the body.
func newEvent(r *http.Request, id, traceID string, at time.Time) ([]byte, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBuffered+1)); err != nil {
			return nil, fmt.Errorf("lambda: read the request: %w", err)
		}
	}
	if len(body) > maxBuffered {
		return nil, errTooLarge
	}
	sourceIP, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		sourceIP = r.RemoteAddr // a test's request may have none
	}
	urlID, _, _ := strings.Cut(r.Host, ".")
	path := receivedPath(r.URL)
	event := events.LambdaFunctionURLRequest{
		Version:               "2.0",
		RawPath:               path,
		RawQueryString:        r.URL.RawQuery,
		Cookies:               cookies(r.Header),
		Headers:               eventHeaders(r, sourceIP, traceID),
		QueryStringParameters: queryParameters(r.URL.RawQuery),
		RequestContext: events.LambdaFunctionURLRequestContext{
			AccountID:    accountID,
			APIID:        urlID,
			DomainName:   r.Host,
			DomainPrefix: urlID,
			RequestID:    id,
			Time:         at.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			TimeEpoch:    at.UnixMilli(),
			HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{
				Method:    r.Method,
				Path:      path,
				Protocol:  r.Proto,
				SourceIP:  sourceIP,
				UserAgent: r.UserAgent(),
			},
		},
	}
	if utf8.Valid(body) {
		event.Body = string(body)
	} else {
		event.Body = base64.StdEncoding.EncodeToString(body)
		event.IsBase64Encoded = true
	}
	text, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("lambda: event: %w", err)
	}
	if len(text) > maxBuffered {
		return nil, errTooLarge
	}
	return text, nil
}

// receivedPath is the path byte for byte, dots and doubled slashes and all.
func receivedPath(u *url.URL) string {
	// RawPath counts only while it says the same as Path: a handler in front
	// may have changed that.
	if decoded, err := url.PathUnescape(u.RawPath); err == nil && u.RawPath != "" && decoded == u.Path && utf8.ValidString(u.RawPath) {
		return u.RawPath
	}
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}

func eventHeaders(r *http.Request, sourceIP, traceID string) map[string]string {
	headers := make(map[string]string, len(r.Header)+5)
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for _, name := range hopByHop {
		delete(headers, strings.ToLower(name))
	}
	delete(headers, "cookie") // they have a field of their own
	headers["host"] = r.Host
	headers["x-amzn-trace-id"] = traceID
	// Behind a function URL all is HTTPS.
	headers["x-forwarded-for"] = sourceIP
	headers["x-forwarded-port"] = "443"
	headers["x-forwarded-proto"] = "https"
	return headers
}

func cookies(header http.Header) []string {
	var list []string
	for _, line := range header.Values("Cookie") {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				list = append(list, cookie)
			}
		}
	}
	return list
}

func queryParameters(rawQuery string) map[string]string {
	// What can't be decoded is left out here and is still in rawQueryString.
	query, _ := url.ParseQuery(rawQuery)
	parameters := make(map[string]string, len(query))
	for name, values := range query {
		parameters[name] = strings.Join(values, ",")
	}
	return parameters
}

// newRequestID is a random UUID.
func newRequestID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newTraceID is the caller's X-Ray trace, or a new one that is not sampled.
func newTraceID(header http.Header, at time.Time) string {
	if given := header.Get("X-Amzn-Trace-Id"); given != "" {
		return given
	}
	var b [20]byte
	rand.Read(b[:]) // never fails
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", at.Unix(), b[:12], b[12:])
}
