package edge

import (
	"errors"
	"io"
	"sync"
)

// body is an answer's body while it arrives: one writer, any number of
// readers, each at its own place.
type body struct {
	mu    sync.Mutex
	grew  *sync.Cond
	data  []byte // only ever appended to, so readers keep slices of it
	rest  []byte // the last part, held back until finish
	done  bool
	err   error // of a body that ended early
	total int64 // bytes read so far, for the writer
}

func newBody() *body {
	b := &body{}
	b.grew = sync.NewCond(&b.mu)
	return b
}

// completeBody is a body that is all there.
func completeBody(data []byte) *body {
	b := newBody()
	b.data, b.done = data, true
	return b
}

// readSome takes what one read of src gives. It reports whether that was the
// end, and the error if it came early. Readers see the end only after finish:
// until then the object can be put where the next request finds it. length is
// the Content-Length, or -1.
func (b *body) readSome(src io.Reader, buf []byte, length int64) (end bool, err error) {
	n, err := src.Read(buf)
	b.total += int64(n)
	if err == nil && b.total == length {
		// Viewers know the length too: these bytes are their end.
		_, err = src.Read(make([]byte, 1))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.data = append(b.data, buf[:n]...)
		b.grew.Broadcast()
		return false, nil
	}
	b.rest = append([]byte(nil), buf[:n]...)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return true, err
}

// finish lets readers see the end, or the error in its place.
func (b *body) finish(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = append(b.data, b.rest...)
	b.rest, b.done, b.err = nil, true, err
	b.grew.Broadcast()
}

// size is the number of bytes that have come.
func (b *body) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.data) + len(b.rest)
}

// from waits for bytes after offset and returns them, or io.EOF at the end, or
// the error that ended the body early.
func (b *body) from(offset int) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.data) <= offset && !b.done {
		b.grew.Wait()
	}
	if len(b.data) > offset {
		return b.data[offset:], nil
	}
	if b.err != nil {
		return nil, b.err
	}
	return nil, io.EOF
}

// all waits for the end and returns the whole body.
func (b *body) all() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.done {
		b.grew.Wait()
	}
	return b.data, b.err
}

// complete returns the body's length if all of it is there.
func (b *body) complete() (length int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.data), b.done && b.err == nil
}
