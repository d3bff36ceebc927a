//go:build !linux

package app

// forgetCode leaves it to the system what stays in memory.
func forgetCode() {}
