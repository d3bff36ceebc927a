//go:build !linux

package e2e

import "os/exec"

// dieWithTests needs Linux; elsewhere a server outlives tests that panic.
func dieWithTests(*exec.Cmd) {}
