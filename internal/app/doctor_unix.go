//go:build linux || darwin

package app

import "syscall"

// diskFree is how many bytes we may still write to the disk that dir is on.
func diskFree(dir string) (bytes int64, known bool) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true //nolint:gosec,unconvert // disks are smaller than that; Bsize differs by system
}

// openFilesLimit is how many files a process started here may open: Go raises the limit to the hard one.
func openFilesLimit() (n uint64, known bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return limit.Max, true
}
