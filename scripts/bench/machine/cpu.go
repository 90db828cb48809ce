package machine

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// CPU is the time, user and system, that a process and all its threads have used
// so far, those that have ended included. Its clock counts nanoseconds, where
// /proc/PID/stat counts ticks of 10 ms. Children are not in it: a contender that
// has any is an error.
func CPU(pid int) (time.Duration, error) {
	if children := children(pid); len(children) > 0 {
		return 0, fmt.Errorf("process %d has children, whose CPU would be missed", pid)
	}
	// What clock_getcpuclockid makes of a process (linux/posix-timers_types.h):
	// its number inverted, then CPUCLOCK_SCHED.
	const scheduled = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}
