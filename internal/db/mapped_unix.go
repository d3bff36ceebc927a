//go:build unix

package db

import (
	"os"
	"syscall"
)

// mapped is the first page of a file in memory, or nil. SQLite maps the same file for as long as it is
// open, and shortens it only when nobody else has it open.
func mapped(file *os.File) []byte {
	if info, err := file.Stat(); err != nil || info.Size() < int64(os.Getpagesize()) {
		return nil
	}
	head, err := syscall.Mmap(int(file.Fd()), 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	return head
}

func unmap(head []byte) {
	if head != nil {
		_ = syscall.Munmap(head)
	}
}
