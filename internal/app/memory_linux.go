package app

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// forgetCode lets go of what is in memory of the program's file: its code and its constants. What is used again comes
// back from the system's cache, in pieces of 64 KiB. Starting runs most of the program once, which would otherwise
// count as used for as long as the server lives: half of what an idle one has. Only what nothing was ever
// written to is let go, which the kernel tells: proc_pid_smaps(5).
func forgetCode() {
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	program, err := os.Executable()
	if err != nil {
		return
	}
	var from, to string
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		switch fields := strings.Fields(lines.Text()); {
		case !strings.HasSuffix(fields[0], ":"):
			// Range, permissions, offset, device, inode, path.
			if from, to, _ = strings.Cut(fields[0], "-"); fields[1] != "r-xp" && fields[1] != "r--p" || !strings.HasSuffix(lines.Text(), " "+program) {
				from = ""
			}
		case (fields[0] == "Anonymous:" || fields[0] == "Swap:") && fields[1] != "0":
			from = ""
		case fields[0] == "VmFlags:" && from != "": // the last of a range
			start, err1 := strconv.ParseUint(from, 16, 64)
			end, err2 := strconv.ParseUint(to, 16, 64)
			if err1 == nil && err2 == nil {
				_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(start), uintptr(end-start), syscall.MADV_DONTNEED)
			}
		}
	}
}
