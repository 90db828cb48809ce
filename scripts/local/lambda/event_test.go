package lambda

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// What a client writes as its path is what the function sees, byte for byte.
func TestPathAsReceived(t *testing.T) {
	tests := map[string]string{
		"/":                       "/",
		"/a//b/../c/./":           "/a//b/../c/./",
		"//host/path":             "//host/path",
		"/%2e%2E/%41%2fb":         "/%2e%2E/%41%2fb",
		"/a%20b%00":               "/a%20b%00",
		"/" + `^|"{}`:             "/" + `^|"{}`,
		"/é":                      "/é",
		"/\xff":                   "/%FF", // JSON can't say it
		"/payload.signature/jpeg": "/payload.signature/jpeg",
	}
	for target, want := range tests {
		received := make(chan *http.Request, 1)
		// Through a server: how net/http reads a request line is part of it.
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received <- r.Clone(r.Context()) }))
		send(t, server.Listener.Addr().String(), "GET "+target+" HTTP/1.1\r\nHost: abc.lambda-url.local\r\nConnection: close\r\n\r\n")
		server.Close()
		r := <-received
		text, err := newEvent(r, "id", "trace", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var event events.LambdaFunctionURLRequest
		if err := json.Unmarshal(text, &event); err != nil {
			t.Fatal(err)
		}
		if event.RawPath != want {
			t.Errorf("%q: rawPath is %q, want %q", target, event.RawPath, want)
		}
		if event.RequestContext.DomainPrefix != "abc" || event.RequestContext.DomainName != "abc.lambda-url.local" {
			t.Errorf("domain is %q of %q", event.RequestContext.DomainPrefix, event.RequestContext.DomainName)
		}
	}
}

// send writes a request that no client of ours would write, and waits for the
// end of the answer.
func send(t *testing.T, address, request string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Fatal(err)
	}
}
