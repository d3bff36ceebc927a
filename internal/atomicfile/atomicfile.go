// Package atomicfile writes files that are there as a whole or not at all, also after a crash.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// File is written under a hidden name beside its own one, with mode 0600.
type File struct {
	*os.File
	path string
}

// Create begins the file that will be at path. Commit or Discard must follow.
func Create(path string) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"*")
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path}, nil
}

// Commit gives the file its name, in place of one that has it already; its bytes are on disk, its name is
// once SyncDir has returned. After an error nothing is left of it.
func (f *File) Commit() error {
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Discard forgets a file that was not committed.
func (f *File) Discard() { _ = errors.Join(f.Close(), os.Remove(f.Name())) }

// Write makes a file with this content.
func Write(path string, content []byte) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	if _, err := f.File.Write(content); err != nil {
		f.Discard()
		return err
	}
	return f.Commit()
}

// SyncDir has the names in a directory on disk when it returns. Windows sees to that by itself, and can't be asked.
func SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path) //nolint:gosec // the caller chooses
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
