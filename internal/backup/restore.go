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
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"deskbell/internal/atomicfile"
	"deskbell/internal/db"
	"deskbell/internal/keys"
)

var (
	errNoBackup = errors.New("this is no backup of deskbell, or it was cut short")
	errDamaged  = errors.New("the backup is damaged")
)

// entryName is every name that a backup may bring: nothing else is ever created.
var entryName = regexp.MustCompile(`^(` + regexp.QuoteMeta(db.FileName) + `|` + regexp.QuoteMeta(keys.FileName) + `|(files|mail)/[A-Za-z0-9._-]+)$`)

// read hands every entry to take, in the order of the archive, and compares all with the manifest.
func read(ctx context.Context, file io.Reader, take func(Entry, io.Reader) error) (m Manifest, err error) {
	zip, err := gzip.NewReader(file)
	if err != nil {
		return m, errNoBackup
	}
	var found []Entry
	for archive := tar.NewReader(zip); ; {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		head, err := archive.Next()
		if err != nil {
			return m, errNoBackup
		}
		if head.Name == manifestName {
			if err := json.NewDecoder(io.LimitReader(archive, maxManifest)).Decode(&m); err != nil {
				return m, errNoBackup
			}
			break
		}
		if head.Typeflag != tar.TypeReg || !entryName.MatchString(head.Name) || strings.HasSuffix(head.Name, "/..") || strings.HasSuffix(head.Name, "/.") {
			return m, fmt.Errorf("%w: it holds %q", errDamaged, head.Name)
		}
		sum := sha256.New()
		content := io.TeeReader(archive, sum)
		if err := take(Entry{Name: head.Name, Size: head.Size}, content); err != nil {
			return m, err
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return m, fmt.Errorf("%w: %s: %w", errDamaged, head.Name, err)
		}
		found = append(found, Entry{Name: head.Name, Size: head.Size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	if m.Format > format {
		return m, fmt.Errorf("this backup is of a newer deskbell (%s); restore it with that version", m.Deskbell)
	}
	if !slices.Equal(m.Entries, found) {
		return m, fmt.Errorf("%w: what it holds is not what it lists", errDamaged)
	}
	// The checksum of the whole stands at its end.
	if _, err := io.Copy(io.Discard, zip); err != nil {
		return m, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return m, nil
}

// Restore brings a backup into a data directory, which must be empty but for locks and which the caller has
// locked. Either all of it is there afterwards, compared and looked through, or nothing.
func Restore(ctx context.Context, file, dir string) (m Manifest, err error) {
	if err := empty(dir); err != nil {
		return m, err
	}
	in, err := os.Open(file) //nolint:gosec // the operator names the file
	if err != nil {
		return m, fmt.Errorf("read backup: %w", err)
	}
	defer func() { _ = in.Close() }()
	draft := filepath.Join(dir, ".restore")
	if err := os.Mkdir(draft, 0o700); err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	defer func() { _ = os.RemoveAll(draft) }()
	m, err = read(ctx, in, func(e Entry, content io.Reader) error { return extract(draft, e, content) })
	if err != nil {
		return m, err
	}
	for _, name := range []string{db.FileName, keys.FileName} {
		if !slices.ContainsFunc(m.Entries, func(e Entry) bool { return e.Name == name }) {
			return m, fmt.Errorf("%w: it has no %s", errDamaged, name)
		}
	}
	if err := db.CheckFile(ctx, filepath.Join(draft, db.FileName)); err != nil {
		return m, err
	}
	// The database comes last: without it, a start would not take what is there for an installation.
	for _, name := range append(slices.Clone(folders), keys.FileName, db.FileName) {
		if err := os.Rename(filepath.Join(draft, name), filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return m, fmt.Errorf("restore: %w", err)
		}
	}
	return m, atomicfile.SyncDir(dir)
}

// empty refuses a directory with anything in it that a restore could mix with.
func empty(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), ".lock") {
			return fmt.Errorf("%s is not empty (%s); restore into a new directory", dir, e.Name())
		}
	}
	return nil
}

func extract(dir string, e Entry, content io.Reader) error {
	path := filepath.Join(dir, filepath.FromSlash(e.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the name was checked
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if _, err := io.Copy(f, content); err != nil {
		_ = f.Close()
		return fmt.Errorf("%w: %s: %w", errDamaged, e.Name, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}
