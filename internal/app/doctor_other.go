//go:build !linux && !darwin

package app

func diskFree(string) (bytes int64, known bool) { return 0, false }

func openFilesLimit() (n uint64, known bool) { return 0, false }
