// Package backup writes a whole installation into one file and brings it back: the database, the root
// key, people's files and kept mails. A backup is made while the server runs.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"deskbell/internal/atomicfile"
	"deskbell/internal/db"
	"deskbell/internal/keys"
)

// manifestName is the last entry of the archive: a file that was cut short has none.
const manifestName = "manifest.json"

// maxManifest bounds in bytes what is read as a manifest: 100 bytes for each of a million files.
const maxManifest = 128 << 20

// folders are those of a data directory that belong to an installation.
var folders = []string{"files", "mail"}

// Manifest says what a backup holds.
type Manifest struct {
	// Format counts up when an older deskbell could not read the archive any more.
	Format    int       `json:"format"`
	Deskbell  string    `json:"deskbell"`
	CreatedAt time.Time `json:"created_at"`
	// Schema is the database's version.
	Schema  int64   `json:"schema"`
	Entries []Entry `json:"entries"`
}

// Entry is one file of the data directory.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // in bytes
	SHA256 string `json:"sha256"`
}

const format = 1

// Write makes a backup of a data directory, mode 0600, in which every write is that was durable when it
// was called. It never overwrites: file must not exist. When it returns without an error, the file is
// complete, on disk, and has been read again and compared. It takes room for the database twice.
func Write(ctx context.Context, dir, file, version string, now time.Time) (m Manifest, err error) {
	if !db.Exists(dir) {
		return m, fmt.Errorf("%s holds no database; give the --data-dir that deskbell serves", dir)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s exists already; backups are never overwritten", file)
	}
	partial := file + ".partial"
	out, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrExist) {
		return m, fmt.Errorf("%s is there: another backup is being written, or one was cut short; then remove it", partial)
	}
	if err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	defer func() {
		_ = out.Close()
		_ = os.Remove(partial) // after the rename there is none
	}()
	m = Manifest{Format: format, Deskbell: version, CreatedAt: now}
	if err := m.fill(ctx, dir, file, out); err != nil {
		return m, err
	}
	if err := out.Sync(); err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return m, fmt.Errorf("read backup: %w", err)
	}
	if _, err := read(ctx, out, func(Entry, io.Reader) error { return nil }); err != nil {
		return m, fmt.Errorf("the backup can't be read again: %w", err)
	}
	if err := os.Rename(partial, file); err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	return m, atomicfile.SyncDir(filepath.Dir(file))
}

// fill writes the archive. The database comes first: whatever it names was on disk before.
func (m *Manifest) fill(ctx context.Context, dir, file string, out io.Writer) error {
	zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zip)
	snapshot := file + ".database"
	_ = os.Remove(snapshot) // what one that was cut short has left
	defer func() { _ = os.Remove(snapshot) }()
	if err := db.Snapshot(ctx, dir, snapshot); err != nil {
		return err
	}
	if m.Schema, err = db.Version(ctx, snapshot); err != nil {
		return err
	}
	if err := m.add(archive, db.FileName, snapshot); err != nil {
		return err
	}
	_ = os.Remove(snapshot) // what follows may need the room
	if err := m.add(archive, keys.FileName, filepath.Join(dir, keys.FileName)); err != nil {
		return err
	}
	for _, folder := range folders {
		list, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("read %s: %w", folder, err)
		}
		for _, e := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !e.Type().IsRegular() || !entryName.MatchString(folder+"/"+e.Name()) {
				continue
			}
			err := m.add(archive, folder+"/"+e.Name(), filepath.Join(dir, folder, e.Name()))
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // else it was deleted meanwhile
				return err
			}
		}
	}
	text, err := json.Marshal(m)
	if err == nil {
		err = archive.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(text)), ModTime: m.CreatedAt})
	}
	if err == nil {
		_, err = archive.Write(text)
	}
	if err = errors.Join(err, archive.Close(), zip.Close()); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// add copies a file as large as it is when it is opened: a name of ours never changes its content.
func (m *Manifest) add(archive *tar.Writer, name, path string) error {
	f, err := os.Open(path) //nolint:gosec // inside the data directory
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(archive, sum), f, info.Size()); err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	m.Entries = append(m.Entries, Entry{Name: name, Size: info.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}
