package contender

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/thumbfront/thumbfront/scripts/bench/machine"
)

// httpProcess is imaginary, which is a program and no library: its own server,
// reading its sources from a mounted folder, which costs it less than an upload.
type httpProcess struct {
	command *exec.Cmd
	base    string
	folder  string
}

const imaginaryStarts = 10 * time.Second // at most

// StartImaginary starts imaginary's server over a folder of sources. The caller
// has locked its thread.
func StartImaginary(env []string, program, folder string) (Process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close() // imaginary wants a number, not a listener
	c := exec.Command(program, "-a", "127.0.0.1", "-p", strconv.Itoa(port), "-mount", folder, "-log-level", "error")
	c.Env = env
	// The others end with their input; a server would live on after a bench that was
	// stopped. The signal comes when the starting thread ends, so callers lock theirs.
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getenv("BENCH_VERBOSE") != "" {
		c.Stderr = os.Stderr
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	p := &httpProcess{c, fmt.Sprintf("http://127.0.0.1:%d", port), folder}
	ctx, cancel := context.WithTimeout(context.Background(), imaginaryStarts)
	defer cancel()
	for {
		answer, err := http.Get(p.base + "/health")
		if err == nil {
			_ = answer.Body.Close()
			return p, nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			p.Close()
			return nil, fmt.Errorf("imaginary does not answer: %w", err)
		}
	}
}

// BaseOf is the URL of a server that was started here, for those who ask it themselves.
func BaseOf(p Process) string { return p.(*httpProcess).base }

func (p *httpProcess) Render(j Job) (int, error) {
	name, err := filepath.Rel(p.folder, j.Source)
	if err != nil {
		return 0, err
	}
	query := url.Values{"file": {name}, "width": {strconv.Itoa(j.Width)}, "type": {j.Format}}
	operation := "resize"
	if j.Height != 0 {
		operation = "crop"
		query.Set("height", strconv.Itoa(j.Height))
	}
	if j.Quality != 0 {
		query.Set("quality", strconv.Itoa(j.Quality))
	}
	answer, err := http.Get(p.base + "/" + operation + "?" + query.Encode())
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(answer.Body)
	if err := cmp.Or(err, answer.Body.Close()); err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%w: %s", ErrUnable, strings.TrimSpace(string(body)))
	}
	// A format that it does not know it answers in the source's.
	if got := answer.Header.Get("Content-Type"); got != "image/"+j.Format {
		return 0, fmt.Errorf("%w: it answers %s", ErrUnable, got)
	}
	if j.Out != "" {
		err = os.WriteFile(j.Out, body, 0o600)
	}
	return len(body), err
}

func (p *httpProcess) CPU() (time.Duration, error) { return machine.CPU(p.command.Process.Pid) }
func (p *httpProcess) PeakMB() (float64, error)    { return machine.PeakMB(p.command.Process.Pid) }

func (p *httpProcess) Close() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait() // it was killed
}
