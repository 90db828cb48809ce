package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thumbfront/thumbfront/pkg/thumburl"
)

// TestStartsAndStops runs the program as a user does: it builds its function,
// says ready with the real address, serves, and on SIGTERM leaves nothing.
func TestStartsAndStops(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("children are found in /proc")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "local")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	images := filepath.Join(dir, "images", "holiday")
	if err := os.MkdirAll(images, 0o755); err != nil {
		t.Fatal(err)
	}
	gif := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b")
	if err := os.WriteFile(filepath.Join(images, "dot.gif"), gif, 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-listen", "127.0.0.1:0", "-s3", "127.0.0.1:0", "-data", filepath.Join(dir, "data"), "-images", filepath.Dir(images))
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	defer func() { _ = command.Process.Kill() }()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready http://127.0.0.1:") {
		t.Fatalf("%q %v", line, err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "ready "))
	path, err := thumburl.Client{Base: url, Secret: []byte(thumburl.DevelopmentSecret)}.URL(
		thumburl.Request{Key: "uploads/holiday/dot.gif", Edits: thumburl.Edits{thumburl.Resize{Width: 5}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{path, url + "/"} {
		answer, err := http.Get(u)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", u, answer.StatusCode)
		}
	}
	children := childrenOf(t, command.Process.Pid)
	if len(children) == 0 {
		t.Error("no process of the function is running")
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still there 5 s after SIGTERM")
	}
	for _, pid := range children {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is left", pid)
		}
	}
}

// childrenOf lists the processes whose parent is pid.
func childrenOf(t *testing.T, pid int) (children []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stats {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		// pid (name) state parent; the name may hold anything.
		fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			child, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
	}
	return children
}
