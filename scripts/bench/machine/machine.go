// Package machine reads from /proc what a measurement depends on.
package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Name is the processor, its cores and the kernel.
func Name() string {
	model := "unknown processor"
	// arm64 has no model name: there the architecture has to do.
	if name, ok := field("/proc/cpuinfo", "model name"); ok {
		model = name
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // without it the line is shorter
	return fmt.Sprintf("%s, %d cores, %s, Linux %s", model, runtime.NumCPU(), runtime.GOARCH, strings.TrimSpace(string(kernel)))
}

// Load is the load average of the last minute: what else runs spoils a figure.
func Load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(text), " ")
	return load
}

// PeakMB is the largest resident set so far of a process, and of its children as
// far as they live, in MB of 10^6 bytes.
func PeakMB(pid int) (float64, error) {
	text, ok := field(fmt.Sprintf("/proc/%d/status", pid), "VmHWM")
	kib, err := strconv.Atoi(strings.TrimSuffix(text, " kB"))
	if !ok || err != nil {
		return 0, fmt.Errorf("no VmHWM of process %d: %q", pid, text)
	}
	sum := float64(kib) * 1024 / 1e6
	for _, child := range children(pid) {
		if mb, err := PeakMB(child); err == nil {
			sum += mb
		}
	}
	return sum, nil
}

// children of a process that live now.
func children(pid int) []int {
	var pids []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is right
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread is gone
		}
		for child := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(child); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// ResidentMB is what of a process is in memory now, in MB of 10^6 bytes.
func ResidentMB(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	var size, resident int
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0, err
	}
	return float64(resident*os.Getpagesize()) / 1e6, nil
}

// field is the value of the first line "name: value" of a file.
func field(file, name string) (string, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
