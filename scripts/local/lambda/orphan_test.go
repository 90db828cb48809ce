package lambda_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/thumbfront/thumbfront/scripts/local/lambda"
)

// A parent that is killed can't close anything; its function must go with it.
func TestKilledParentLeavesNoChild(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a child of its parent's death")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "LAMBDA_TEST_PARENT="+bootstrap)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, readErr := bufio.NewReader(out).ReadString('\n')
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the parent says %q (%v)", line, readErr)
	}
	waitReaped(t, pid)
}

// parent runs a function, prints its process id, and waits to be killed.
func parent() {
	rt, err := lambda.New(lambda.Options{Function: lambda.Function{Name: "orphan", Bootstrap: os.Getenv("LAMBDA_TEST_PARENT")}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/pid", nil))
	fmt.Println(w.Body)
	select {}
}
