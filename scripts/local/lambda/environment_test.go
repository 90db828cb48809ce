package lambda

import (
	"errors"
	"testing"
	"time"
)

// A process may die so soon after it asked for an invocation that the runtime reads the
// request when all of it is gone. It was idle from then on, and the invocation that it was
// handed waited for ever.
func TestTheDeadAreNotIdle(t *testing.T) {
	rt, err := New(Options{Function: Function{Name: "test", Bootstrap: "/bin/true"}})
	if err != nil {
		t.Fatal(err)
	}
	e := &environment{rt: rt, assigned: make(chan *invocation, 1), gone: make(chan struct{}), timer: time.NewTimer(time.Hour)}
	rt.environments[e] = struct{}{}
	e.reap(errors.New("killed"))
	if inv, err := e.next(t.Context()); inv != nil || err != errClosed {
		t.Errorf("it got %v, %v, want %v", inv, err, errClosed)
	}
	if len(rt.idle) != 0 {
		t.Errorf("%d are idle", len(rt.idle))
	}
}
