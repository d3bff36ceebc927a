package metrics

import (
	"fmt"
	"os"
	"syscall"
)

func processUsage() (u usage) {
	var size, resident uint64
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(text), &size, &resident); err == nil {
			u.resident = float64(resident) * float64(os.Getpagesize())
		}
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = float64(len(open))
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		u.maxFiles = float64(limit.Cur)
	}
	var times syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &times) == nil {
		u.cpu = float64(times.Utime.Nano()+times.Stime.Nano()) / 1e9
	}
	return u
}
