package main

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// echo answers each connection with all that it was sent.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				body, _ := io.ReadAll(c)
				_, _ = c.Write(body)
			}()
		}
	}()
	return listener.Addr().String()
}

// there sends bytes and gives what came back and when.
func there(t *testing.T, address string, body []byte) ([]byte, time.Duration) {
	t.Helper()
	begun := time.Now()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return got, time.Since(begun)
}

// A line is never quicker than its rate and its delay, and loses nothing. How much
// slower it is depends on what else the machine does.
func TestLink(t *testing.T) {
	l := newLink(20, 50*time.Millisecond)
	t.Cleanup(l.close)
	near, err := l.to(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("0123456789abcdef"), 6250) // 100 KB: 40 ms each way
	got, took := there(t, near, body)
	if !bytes.Equal(got, body) {
		t.Errorf("%d of %d bytes came back, or others", len(got), len(body))
	}
	// A round trip for the handshake, one for the bytes, and the bytes both ways.
	if least := 2*50*time.Millisecond + 2*40*time.Millisecond; took < least {
		t.Errorf("it took %s, less than %s", took, least)
	}
}

func TestConnectionsShareTheLine(t *testing.T) {
	l := newLink(20, 0)
	t.Cleanup(l.close)
	address := echo(t)
	body := make([]byte, 100_000)
	begun := time.Now()
	var all sync.WaitGroup
	for range 3 {
		near, err := l.to(address)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() { there(t, near, body) })
	}
	all.Wait()
	if took, least := time.Since(begun), 3*40*time.Millisecond; took < least {
		t.Errorf("three times 100 KB took %s, less than %s", took, least)
	}
}
