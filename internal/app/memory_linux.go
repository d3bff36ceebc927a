package app

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// forgetCode lets go of the program's code in memory; what is run again comes back from the system's
// cache, in pieces of 64 KiB. Starting runs most of the program once, which would otherwise count as
// used for as long as the server lives: a third of what an idle one has. Only code is let go,
// because nothing ever writes to it.
func forgetCode() {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	program, err := os.Executable()
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		// proc_pid_maps(5): range, permissions, offset, device, inode, path.
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[1] != "r-xp" || !strings.HasSuffix(lines.Text(), " "+program) {
			continue
		}
		from, to, _ := strings.Cut(fields[0], "-")
		start, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(start), uintptr(end-start), syscall.MADV_DONTNEED)
		}
	}
}
