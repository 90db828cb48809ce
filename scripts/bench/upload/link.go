package main

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// link is a line of one rate and delay, both ways, that all connections over it
// share. It needs no privileges: it is a proxy. What it leaves out is TCP's slow
// start and loss, which would be the same for all.
type link struct {
	up, down direction
	oneWay   time.Duration

	mu        sync.Mutex
	listeners []net.Listener
	conns     map[net.Conn]struct{}
}

func newLink(mbits float64, roundTrip time.Duration) *link {
	perByte := time.Duration(8 * 1e3 / mbits) // nanoseconds
	return &link{up: direction{perByte: perByte}, down: direction{perByte: perByte}, oneWay: roundTrip / 2, conns: map[net.Conn]struct{}{}}
}

// direction is one way of the line: a byte takes its time, whoever sends it.
type direction struct {
	perByte time.Duration
	mu      sync.Mutex
	free    time.Time // when the line has sent what it was given
}

// take gives the time at which n bytes have left, if they are given to it at a time.
func (d *direction) take(n int, at time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.free.Before(at) {
		d.free = at
	}
	d.free = d.free.Add(time.Duration(n) * d.perByte)
	return d.free
}

// segment is what is handed to the line at once, in bytes: connections take turns.
const segment = 4 << 10

// inFlight bounds what of a connection is on the line and behind it, in segments.
const inFlight = 256

// to gives the address of the near end of the line to a server.
func (l *link) to(server string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	l.mu.Lock()
	l.listeners = append(l.listeners, listener)
	l.mu.Unlock()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go l.connect(near, server)
		}
	}()
	return listener.Addr().String(), nil
}

// connect carries one connection. Its client may send when the handshake, one round
// trip, is over.
func (l *link) connect(near net.Conn, server string) {
	defer near.Close()
	open := time.Now().Add(2 * l.oneWay)
	far, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.keep(near, far) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.carry(far, near, &l.up, open) })
	both.Go(func() { l.carry(near, far, &l.down, open) })
	both.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, near)
	delete(l.conns, far)
}

func (l *link) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		return false
	}
	for _, c := range conns {
		l.conns[c] = struct{}{}
	}
	return true
}

type packet struct {
	bytes  []byte
	arrive time.Time
}

// carry moves bytes one way until the sender is done.
func (l *link) carry(to, from net.Conn, d *direction, open time.Time) {
	packets := make(chan packet, inFlight)
	go func() {
		defer close(packets)
		for {
			bytes := make([]byte, segment)
			n, err := from.Read(bytes)
			if n > 0 {
				at := time.Now()
				if at.Before(open) {
					at = open
				}
				packets <- packet{bytes[:n], d.take(n, at).Add(l.oneWay)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range packets {
		time.Sleep(time.Until(p.arrive)) // this is the line
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	for range packets { // of a receiver that is gone
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
			return
		}
	}
}

func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, listener := range l.listeners {
		_ = listener.Close()
	}
	for c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}
