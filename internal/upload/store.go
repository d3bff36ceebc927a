// Package upload keeps people's files on disk: it tells what a file is from its bytes, lets only
// harmless types in, takes the metadata out of pictures, and stays within a size and a quota.
// Whose file it is and who may have it, the domain knows; this package knows no HTTP.
package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/sync/semaphore"

	"deskbell/internal/atomicfile"
	"deskbell/internal/fault"
	"deskbell/internal/id"
)

// thumbnailSuffix turns a file's name on disk into that of its thumbnail.
const thumbnailSuffix = "t"

// largePicture is the memory in bytes from which on it is handed back to the system at once.
const largePicture = 32 << 20

var (
	errEmpty   = fault.Field("file", "The file is empty")
	errNoRoom  = fault.New(fault.Unavailable, "files_full", "There is no room for files right now, please try again later")
	errStorage = fault.New(fault.Unavailable, "storage_unavailable", "Can't store this right now, please try again")
)

// Store is a folder of files. One process at a time may use a folder.
type Store struct {
	dir            string
	maxSize, quota int64
	// decoding is the memory that open pictures share: one of the largest, or at most two.
	decoding *semaphore.Weighted

	mu sync.Mutex
	// used is how many bytes the folder holds, counted when the first file arrives.
	used    int64
	counted bool
}

// NewStore makes the folder when needed. maxSize bounds one file in bytes, quota all of them
// together; a quota of 0 is none.
func NewStore(dir string, maxSize, quota int64) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	mimetype.SetLimit(sniffSize) // the library has it for the whole process, which is this store
	return &Store{dir: dir, maxSize: maxSize, quota: quota, decoding: semaphore.NewWeighted(maxMemory)}, nil
}

// MaxSize is the size of the largest file in bytes.
func (s *Store) MaxSize() int64 { return s.maxSize }

// Stored describes a file as it was stored, which for a picture is not how it was sent.
type Stored struct {
	// Name is safe to show and to save under; its ending fits the type.
	Name        string
	ContentType string
	// Size is in bytes.
	Size int64
	// Width and Height are a picture's in pixels, as it is shown; else 0.
	Width, Height int
	// ThumbnailType is the content type of the thumbnail; empty when there is none, because the
	// file is no picture or is small itself.
	ThumbnailType string
}

// Receive stores what r gives under an id of ours. When it returns without an error the file is
// on disk to stay; after an error nothing of it is left. An error of r is returned as it is.
// Kinds: Invalid (type, damaged or oversized picture, empty), TooLarge, Unavailable.
func (s *Store) Receive(ctx context.Context, fileID, name string, r io.Reader) (Stored, error) {
	raw, err := s.draft(fileID, s.maxSize)
	if err != nil {
		return Stored{}, err
	}
	defer raw.discard()
	if _, err := io.Copy(raw, r); err != nil {
		return Stored{}, err
	}
	if raw.size == 0 {
		return Stored{}, errEmpty
	}
	t, err := sniff(raw.file)
	if err != nil {
		return Stored{}, err
	}
	if t.picture {
		return s.receivePicture(ctx, fileID, name, raw, t)
	}
	if err := s.place(raw); err != nil {
		return Stored{}, err
	}
	return Stored{Name: cleanName(name, t), ContentType: t.name, Size: raw.size}, nil
}

// receivePicture stores a picture anew without its metadata, and a thumbnail of it.
func (s *Store) receivePicture(ctx context.Context, fileID, name string, raw *draft, t fileType) (Stored, error) {
	head, err := check(raw.file, t)
	if err != nil {
		return Stored{}, err
	}
	release, err := s.openable(ctx, head)
	if err != nil {
		return Stored{}, err
	}
	defer release()
	// Compressing again may make a picture somewhat larger than it came.
	clean, err := s.draft(fileID, 2*s.maxSize)
	if err != nil {
		return Stored{}, err
	}
	defer clean.discard()
	p, err := rewrite(clean, raw.file, t, head.orientation)
	if err != nil {
		return Stored{}, err
	}
	out := Stored{Name: cleanName(name, p.fileType), ContentType: p.fileType.name, Size: clean.size, Width: p.width, Height: p.height}
	drafts := []*draft{clean}
	if thumb := p.thumbnail(); thumb != nil {
		small, err := s.draft(fileID+thumbnailSuffix, s.maxSize)
		if err != nil {
			return Stored{}, err
		}
		defer small.discard()
		thumbType, err := encode(small, thumb)
		if err != nil {
			return Stored{}, err
		}
		out.ThumbnailType = thumbType.name
		drafts = append(drafts, small)
	}
	if err := s.place(drafts...); err != nil {
		return Stored{}, err
	}
	return out, nil
}

// openable waits for the memory that opening a picture takes, until release is called.
func (s *Store) openable(ctx context.Context, head pictureHead) (release func(), err error) {
	memory := max(head.memory, maxMemory/2)
	if err := s.decoding.Acquire(ctx, memory); err != nil {
		return nil, err
	}
	return func() {
		if head.memory >= largePicture {
			debug.FreeOSMemory()
		}
		s.decoding.Release(memory)
	}, nil
}

// Open opens a file or its thumbnail. Kinds: NotFound.
func (s *Store) Open(fileID string, thumbnail bool) (*os.File, error) {
	f, err := os.Open(s.path(fileID, thumbnail))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, "not_found", "Not found", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	return f, nil
}

// Remove deletes a file and its thumbnail; one that is gone already is no error.
func (s *Store) Remove(fileID string) error {
	return errors.Join(s.remove(s.path(fileID, false)), s.remove(s.path(fileID, true)))
}

func (s *Store) remove(path string) error {
	info, err := os.Stat(path)
	if err == nil {
		err = os.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove file: %w", err)
	}
	s.release(info.Size())
	return nil
}

// Sweep removes what is older than before and of which known says that nobody has it: what a
// crash left between the disk and the database.
func (s *Store) Sweep(before time.Time, known func(fileID string) (bool, error)) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("sweep files: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // removed meanwhile, or young
		}
		fileID := strings.TrimSuffix(entry.Name(), thumbnailSuffix)
		kept := false
		if id.Valid(fileID) {
			if kept, err = known(fileID); err != nil {
				return err
			}
		}
		if !kept {
			if err := s.remove(filepath.Join(s.dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) path(fileID string, thumbnail bool) string {
	if thumbnail {
		fileID += thumbnailSuffix
	}
	return filepath.Join(s.dir, fileID)
}

// reserve takes room for n more bytes.
func (s *Store) reserve(n int64) error {
	if s.quota == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.counted {
		if err := s.count(); err != nil {
			return fault.Wrap(errStorage.Kind, errStorage.Code, errStorage.Message, err)
		}
	}
	if s.used+n > s.quota {
		return errNoRoom
	}
	s.used += n
	return nil
}

func (s *Store) release(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted {
		s.used -= n
	}
}

// count adds up the folder, with the lock held. Drafts that are being written are empty until
// they have reserved, so none is counted twice.
func (s *Store) count() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			s.used += info.Size()
		}
	}
	s.counted = true
	return nil
}

// draft is a file that is being written under a temporary name. The file is no embedded one:
// its own methods would write past limit and quota.
type draft struct {
	file        *atomicfile.File
	store       *Store
	path        string
	size, limit int64
	placed      bool
}

func (s *Store) draft(name string, limit int64) (*draft, error) {
	path := filepath.Join(s.dir, name)
	f, err := atomicfile.Create(path)
	if err != nil {
		return nil, storageFault(err)
	}
	return &draft{file: f, store: s, path: path, limit: limit}, nil
}

// Write refuses what passes the limit or the quota.
func (d *draft) Write(p []byte) (int, error) {
	if d.size+int64(len(p)) > d.limit {
		return 0, fault.New(fault.TooLarge, "file_too_large", "Files may have at most "+sizeText(d.store.maxSize))
	}
	if err := d.store.reserve(int64(len(p))); err != nil {
		return 0, err
	}
	d.size += int64(len(p))
	n, err := d.file.Write(p)
	if err != nil {
		return n, storageFault(err)
	}
	return n, nil
}

// discard gives up a draft that was not placed.
func (d *draft) discard() {
	if d.placed {
		return
	}
	d.file.Discard()
	d.store.release(d.size)
}

// place makes drafts permanent: their bytes and their names are on disk when it returns.
func (s *Store) place(drafts ...*draft) error {
	for i, d := range drafts {
		if err := d.file.Commit(); err != nil {
			for _, done := range drafts[:i] {
				_ = s.remove(done.path)
			}
			return storageFault(err)
		}
		d.placed = true
	}
	if err := atomicfile.SyncDir(s.dir); err != nil {
		return storageFault(err)
	}
	return nil
}

func storageFault(err error) error {
	f := *errStorage
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		f = *errNoRoom
	}
	f.Err = err
	return &f
}

// sizeText says a size as people do.
func sizeText(n int64) string {
	switch {
	case n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
