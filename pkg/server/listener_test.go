package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

// pipes is a listener of connections in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (pipes) Close() error   { return nil }
func (pipes) Addr() net.Addr { return nil }

func (p pipes) dial() (viewer net.Conn) {
	viewer, server := net.Pipe()
	p <- server
	return viewer
}

// Connections were bounded by nothing, and each takes memory, whether it asks or not.
func TestConnectionsAreBounded(t *testing.T) {
	p := make(pipes, 9)
	l := boundedListener{p, &connections{most: 2}}
	accept := func() net.Conn {
		t.Helper()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	p.dial()
	first := accept()
	p.dial()
	accept()
	beyond := p.dial()
	close(p)
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a third connection is handed on: %v", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(beyond), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") != "1" || !answer.Close || string(body) != refusalBody {
		t.Errorf("it is told %v %q, %v", answer, body, err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	_ = first.Close() // again, as servers do: it counts once
	if n := l.open.Load(); n != 1 {
		t.Errorf("%d are open, want 1", n)
	}
}

// Where few connections are left, who was answered leaves.
func TestScarceConnectionsAreNotKept(t *testing.T) {
	h := newTestHandler(bucket{}, echo, 2, 2)
	h.connections.most = 1
	r := runHandler(t, h, 0)
	answer, err := http.Get(r.url + plainPath)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if !answer.Close || answer.StatusCode != http.StatusOK {
		t.Errorf("the last connection is kept: %v", answer)
	}
	if w := get(newTestHandler(bucket{}, echo, 1, 0), plainPath); w.Header().Get("Connection") != "" {
		t.Errorf("one of a hundred is closed: %v", w.Header())
	}
}
