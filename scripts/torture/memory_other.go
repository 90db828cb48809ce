//go:build !linux

package main

import "syscall"

// limitMemory ends the process: there is no bound that could be set from outside.
func limitMemory(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }
