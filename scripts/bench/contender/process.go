package contender

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/machine"
)

// Process is one running contender. It is used by one goroutine.
type Process interface {
	Render(Job) (bytes int, err error)
	// CPU is what the process has used so far.
	CPU() (time.Duration, error)
	// PeakMB is its largest resident set so far.
	PeakMB() (float64, error)
	Close()
}

// ErrUnable is a job that a contender cannot do.
var ErrUnable = errors.New("cannot")

type lineProcess struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// Start starts a contender that speaks the protocol of [Serve]. Its standard
// error is dropped unless BENCH_VERBOSE is set.
func Start(env []string, dir, name string, args ...string) (Process, error) {
	c := exec.Command(name, args...)
	c.Env, c.Dir = env, dir
	if os.Getenv("BENCH_VERBOSE") != "" {
		c.Stderr = os.Stderr
	}
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	return &lineProcess{c, in, bufio.NewReader(out)}, nil
}

func (p *lineProcess) Render(j Job) (int, error) {
	line, err := json.Marshal(j)
	if err != nil {
		return 0, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return 0, err
	}
	if line, err = p.out.ReadBytes('\n'); err != nil {
		return 0, fmt.Errorf("the contender ended: %w", err)
	}
	var a Answer
	if err := json.Unmarshal(line, &a); err != nil {
		return 0, fmt.Errorf("%q: %w", line, err)
	}
	if a.Error != "" {
		return 0, fmt.Errorf("%w: %s", ErrUnable, a.Error)
	}
	return a.Bytes, nil
}

func (p *lineProcess) CPU() (time.Duration, error) { return machine.CPU(p.command.Process.Pid) }
func (p *lineProcess) PeakMB() (float64, error)    { return machine.PeakMB(p.command.Process.Pid) }

// Close ends the process and returns when it is gone.
func (p *lineProcess) Close() {
	_ = p.in.Close()
	_ = p.command.Process.Kill()
	_ = p.command.Wait() // it was killed
}
