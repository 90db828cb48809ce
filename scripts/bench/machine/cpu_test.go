package machine

import (
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// CPU must count all threads, and agree with what the kernel tells the process
// of itself.
func TestCPU(t *testing.T) {
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	for range 2 {
		busy.Go(func() {
			for began := time.Now(); time.Since(began) < 60*time.Millisecond; {
			}
		})
	}
	busy.Wait()
	after, err := CPU(os.Getpid())
	if err != nil || after-before < 20*time.Millisecond {
		t.Errorf("two busy threads cost %v (%v)", after-before, err)
	}
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	itself := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	if difference := (itself - after).Abs(); difference > 50*time.Millisecond {
		t.Errorf("getrusage says %v, the clock %v", itself, after)
	}
	if _, err := CPU(1 << 22); err == nil {
		t.Error("a process that does not exist has used CPU")
	}
}
