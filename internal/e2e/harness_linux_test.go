package e2e

import (
	"os/exec"
	"syscall"
)

// dieWithTests ends a server also when the tests end without their clean-up, as by a panic.
func dieWithTests(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
