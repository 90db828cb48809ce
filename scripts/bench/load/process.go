package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
	"github.com/thumbfront/thumbfront/scripts/local/stack"
)

// What is loaded runs in a process of its own: in the one that loads it, viewers and
// servers would take turns.

// loadedVariable has this program be that process; it says what of, as JSON.
const loadedVariable = "THUMBFRONT_LOADED"

// loaded is what the process is to start.
type loaded struct{ Dir, Bootstrap, Picture string }

// The two that are loaded.
const (
	edgeName   = "edge stand-in and function"
	serverName = "server"
)

// line is what the process tells: first where everything is, then each render.
type line struct {
	EdgeURL, ServerURL, S3URL string
	ServerPID                 int
	Server                    string // that has rendered
	Renders                   int
}

// isLoaded runs the process, if this is it, until its input ends.
func isLoaded() bool {
	text := os.Getenv(loadedVariable)
	if text == "" {
		return false
	}
	var l loaded
	err := json.Unmarshal([]byte(text), &l)
	if err == nil {
		err = l.run(context.Background(), os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load: what is loaded:", err)
		os.Exit(1)
	}
	return true
}

func (l loaded) run(ctx context.Context, in io.Reader, out io.Writer) error {
	body, err := os.ReadFile(l.Picture)
	if err != nil {
		return err
	}
	template, err := stack.GoldenTemplate()
	if err != nil {
		return err
	}
	told := json.NewEncoder(out)
	var mu sync.Mutex
	rendered := func(server string) *renderLines {
		return &renderLines{rendered: func(n int) {
			mu.Lock()
			defer mu.Unlock()
			_ = told.Encode(line{Server: server, Renders: n}) // nobody listens any more
		}}
	}
	s, err := stack.Start(ctx, stack.Options{DataDir: l.Dir, Bootstrap: l.Bootstrap, Template: template, Reserved: reserved,
		Access: thumburl.PresetsOrSigned, FunctionLog: rendered(edgeName), Environment: map[string]string{"PROFILE": "fast"}})
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(stack.OriginalsBucket), Key: aws.String(key), Body: bytes.NewReader(body)}); err != nil {
		return err
	}
	server, err := stack.Listen(l.Bootstrap, s.S3URL, rendered(serverName), "PROFILE=fast", fmt.Sprintf("RENDERS=%d", reserved), fmt.Sprintf("MEMORY_MB=%d", memoryMB))
	if err != nil {
		return err
	}
	defer server.Kill()
	mu.Lock()
	err = told.Encode(line{EdgeURL: s.URL, ServerURL: server.URL, S3URL: s.S3URL, ServerPID: server.PID})
	mu.Unlock()
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// renderLines finds renders in a log.
type renderLines struct {
	rendered func(n int)
	mu       sync.Mutex
	rest     []byte
}

func (r *renderLines) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest = append(r.rest, p...)
	for {
		line, rest, ok := bytes.Cut(r.rest, []byte{'\n'})
		if !ok {
			return len(p), nil
		}
		r.rest = rest
		var entry struct{ Renders int }
		if json.Unmarshal(line, &entry) == nil && entry.Renders > 0 {
			r.rendered(entry.Renders)
		}
	}
}

// process is what is loaded, seen from outside.
type process struct {
	line    // where everything is
	command *exec.Cmd
	in      io.Closer
	mu      sync.Mutex
	renders map[string]int
}

// start starts it and returns when it is there.
func start(l loaded) (*process, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(program), renders: map[string]int{}}
	p.command.Env = append(os.Environ(), loadedVariable+"="+string(text))
	p.command.Stderr = os.Stderr
	// It gets no signal of a terminal: it ends with its input.
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	lines := json.NewDecoder(bufio.NewReader(out))
	for p.EdgeURL == "" { // renders may come first
		var l line
		if err := lines.Decode(&l); err != nil {
			p.close()
			return nil, fmt.Errorf("what is loaded does not start: %w", err)
		}
		p.take(l)
	}
	go func() {
		for {
			var l line
			if lines.Decode(&l) != nil {
				return
			}
			p.take(l)
		}
	}()
	return p, nil
}

func (p *process) take(l line) {
	if l.EdgeURL != "" {
		p.line = l
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renders[l.Server] += l.Renders
}

// rendered is how many pictures a server has rendered so far, by its log.
func (p *process) rendered(server string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.renders[server]
}

func (p *process) close() {
	_ = p.in.Close()
	_ = p.command.Wait() // what it has to tell is told
}
