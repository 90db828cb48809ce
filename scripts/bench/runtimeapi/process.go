// Package runtimeapi times the process of a Lambda function, which it runs over a
// Runtime API of its own. scripts/local/lambda serves viewers and
// hides those moments; this one has nothing between the clock and the process.
package runtimeapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"
)

// pipeGrace is how long a dead process's output is still read when a process that
// it left behind holds the pipe open.
const pipeGrace = 500 * time.Millisecond

// Process is one running process of a function. It is used by one goroutine.
type Process struct {
	PID     int
	Started time.Time // just before the exec

	polls   chan poll
	answers chan Answer
	waiting *poll         // taken from polls, not yet given an event
	exited  chan struct{} // closed when exitErr is set
	exitErr error
	cancel  context.CancelFunc
	server  *http.Server
	output  tail
}

// poll is a request for the next invocation.
type poll struct {
	at    time.Time
	event chan []byte // holds one
}

// Start starts the command with AWS_LAMBDA_RUNTIME_API added to the environment.
func Start(ctx context.Context, env []string, dir, name string, args ...string) (*Process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Process{polls: make(chan poll, 1), answers: make(chan Answer, 1), exited: make(chan struct{})}
	p.server = &http.Server{Handler: p.api()}
	go func() { _ = p.server.Serve(listener) }() // ends with Close

	ctx, p.cancel = context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(env, "AWS_LAMBDA_RUNTIME_API="+listener.Addr().String())
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	cmd.WaitDelay = pipeGrace
	p.Started = time.Now()
	if err := cmd.Start(); err != nil {
		p.cancel()
		_ = p.server.Close()
		return nil, err
	}
	p.PID = cmd.Process.Pid
	go func() {
		p.exitErr = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Idle waits until the process asks for an invocation and tells when it did.
func (p *Process) Idle(ctx context.Context) (time.Time, error) {
	if p.waiting == nil {
		select {
		case next := <-p.polls:
			p.waiting = &next
		case <-p.exited:
			return time.Time{}, p.ended()
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
	return p.waiting.at, nil
}

// Invoke waits until the process is idle, sends the event and returns the answer
// when its last byte is here. A failure that the function reports is an error.
func (p *Process) Invoke(ctx context.Context, event []byte) (Answer, error) {
	if _, err := p.Idle(ctx); err != nil {
		return Answer{}, err
	}
	sent := time.Now()
	p.waiting.event <- event
	p.waiting = nil
	select {
	case a := <-p.answers:
		a.Sent = sent
		if a.err != nil {
			return Answer{}, fmt.Errorf("%w\n%s", a.err, &p.output)
		}
		return a, nil
	case <-p.exited:
		return Answer{}, p.ended()
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

// Close kills the process and returns when it is gone. It may be called again.
func (p *Process) Close() {
	p.cancel()
	<-p.exited
	_ = p.server.Close()
}

func (p *Process) ended() error {
	return fmt.Errorf("the process ended: %w\n%s", p.exitErr, &p.output)
}

// tail keeps the end of what a process printed, for errors.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailBytes; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
