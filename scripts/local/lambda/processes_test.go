package lambda_test

import (
	"syscall"
	"testing"
	"time"
)

// A process that was killed from outside is given no invocation once the runtime does not
// name it any more: make torture asked a little earlier, and got 502 of one that had ended.
func TestProcessesNamesTheKilledUntilTheyAreGone(t *testing.T) {
	f := start(t, nil)
	if pids := f.runtime.Processes(); len(pids) != 0 {
		t.Errorf("before the first request there are %v", pids)
	}
	for range 5 {
		pid := f.pid()
		if pids := f.runtime.Processes(); len(pids) != 1 || pids[0] != pid {
			t.Fatalf("there are %v, want %d", pids, pid)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(patience); len(f.runtime.Processes()) > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%v is there %v after it was killed", pid, patience)
			}
		}
	}
}
