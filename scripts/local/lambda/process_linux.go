package lambda

import "syscall"

// sysProcAttr puts the process into a group of its own, and has the kernel
// kill it when this one is killed and can't.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
