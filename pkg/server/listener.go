package server

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// connections counts those of viewers. Each takes memory, whether it asks or not.
type connections struct {
	most      int64
	open      atomic.Int64
	lingering atomic.Int64
}

// areScarce is set where few are left: who is answered then is to leave, as one that is
// idle keeps others out.
func (c *connections) areScarce() bool { return c.open.Load() > c.most*3/4 }

// boundedListener hands on so many connections at once. What is beyond is refused without
// being read.
type boundedListener struct {
	net.Listener
	*connections
}

func (l boundedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= l.most {
			left := sync.OnceFunc(func() { l.open.Add(-1) })
			if tcp, ok := conn.(*net.TCPConn); ok { // with all that it can besides
				return countedTCP{tcp, left}, nil
			}
			return counted{conn, left}, nil
		}
		l.open.Add(-1)
		l.refuse(conn)
	}
}

// countedTCP and counted are connections that are counted until they are closed.
type countedTCP struct {
	*net.TCPConn
	left func()
}

func (c countedTCP) Close() error {
	defer c.left()
	return c.TCPConn.Close()
}

type counted struct {
	net.Conn
	left func()
}

func (c counted) Close() error {
	defer c.left()
	return c.Conn.Close()
}

// What a refused connection gets to send its request and to read the answer, and how many
// get it at once: to close a connection with something unread in it resets it, and the
// answer may be lost.
const (
	lingerTime    = time.Second
	mostLingering = 256
)

var refusal = fmt.Sprintf("HTTP/1.1 503 %s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
	http.StatusText(http.StatusServiceUnavailable), len(refusalBody), refusalBody)

const refusalBody = `{"status":503,"code":"Busy","message":"there are too many connections; try again in a second"}`

func (l boundedListener) refuse(conn net.Conn) {
	if l.lingering.Add(1) > mostLingering {
		l.lingering.Add(-1)
		_ = conn.Close()
		return
	}
	go func() {
		defer l.lingering.Add(-1)
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(lingerTime))
		if _, err := io.WriteString(conn, refusal); err != nil {
			return
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		_, _ = io.Copy(io.Discard, conn) // until the viewer closes it, or the time is over
	}()
}
