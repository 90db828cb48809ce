package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// Renders in processes of their own, so that what each costs can be measured and
// what kills one kills nothing else.

// A rendering is what a child of the test binary is to do: a source in a file, a
// resize (none where its width is 0) or edits in JSON, and a format. A second picture
// that edits name is the source again.
type rendering struct {
	File          string
	Width, Height int
	Edits         string
	Format        thumburl.Format
	Limits        Limits
	// Warm renders this first, so that what the libraries keep for good is not counted.
	Warm string
}

// A measurement is what it took.
type measurement struct {
	Code          Code // "" for a good picture
	Detail        string
	Width, Height int           // of the answer
	CPU           time.Duration // of the render alone
	Peak          int           // bytes of resident memory above what was there before, source included
	Whole         int           // bytes of resident memory of the whole process at its peak
}

// raced is whether the race detector is in; see race_test.go.
var raced bool

// skipRaced is for tests that make test runs without the race detector: under it they take
// minutes, or measure its own memory.
func skipRaced(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("make test runs it without the race detector")
	}
}

const childVariable = "THUMBFRONT_RENDER_CHILD"

func TestMain(m *testing.M) {
	for variable, be := range map[string]func(string) error{childVariable: beChild, starvingVariable: beStarved} {
		if job := os.Getenv(variable); job != "" {
			if err := be(job); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

func beChild(encoded string) error {
	var r rendering
	if err := json.Unmarshal([]byte(encoded), &r); err != nil {
		return err
	}
	job := Job{Format: r.Format}
	if r.Width > 0 {
		job.Edits = thumburl.Edits{thumburl.Resize{Width: r.Width, Height: r.Height}}
	}
	if r.Edits != "" {
		request, err := thumburl.ParseJSON([]byte(`{"key":"k","edits":` + r.Edits + `}`))
		if err != nil {
			return err
		}
		job.Edits = request.Edits
		job.Original = func(context.Context, string, string) ([]byte, error) { return os.ReadFile(r.File) }
	}
	if r.Warm != "" {
		warm, err := os.ReadFile(r.Warm)
		if err != nil {
			return err
		}
		small := thumburl.Edits{thumburl.Resize{Width: 16, Height: 16}}
		if _, err := (Renderer{}).Render(context.Background(), warm, Job{Format: r.Format, Edits: small}); err != nil {
			return err
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	before := memory("VmRSS:")
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // forget the peak so far
		return err
	}
	source, err := os.ReadFile(r.File)
	if err != nil {
		return err
	}
	var m measurement
	began := cpu()
	p, err := Renderer{Limits: r.Limits}.Render(context.Background(), source, job)
	m.CPU = cpu() - began
	var failed *Error
	switch {
	case errors.As(err, &failed):
		m.Code, m.Detail = failed.Code, failed.Error()
	case err != nil:
		return err
	}
	m.Width, m.Height = p.Width, p.Height
	m.Whole = memory("VmHWM:")
	m.Peak = m.Whole - before
	return json.NewEncoder(os.Stdout).Encode(m)
}

// cpu time of the process so far.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// memory is a line of /proc/self/status, in bytes.
func memory(line string) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(string(status), line)
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		panic(err)
	}
	return kilobytes << 10
}

// inChild renders in a process of its own. That it ends well is checked here.
func inChild(t *testing.T, r rendering) measurement {
	t.Helper()
	job, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var stderr strings.Builder
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), childVariable+"="+string(job))
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("the process died: %v: %s", err, tail(stderr.String()))
	}
	var m measurement
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return m
}

func tail(s string) string { return s[max(0, len(s)-3000):] }
