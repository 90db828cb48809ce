//go:build !linux

package lambda

import "syscall"

// sysProcAttr puts the process into a group of its own.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
