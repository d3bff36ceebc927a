package db

import (
	"context"
	"encoding/binary"
	"os"
	"sync"
	"sync/atomic"
)

// Memo keeps values that were read from one table until the table changes: by a write of this
// process, or by anybody else who opens the database's file. A value is shared by all who get it
// and must not be changed.
type Memo[V any] struct {
	db      *DB
	version *atomic.Uint64

	mu     sync.RWMutex
	of     uint64 // the version that values belong to
	values map[string]V
}

// memoLimit bounds how many values are kept; more start over.
const memoLimit = 10_000

// NewMemo returns an empty memo over a table.
func NewMemo[V any](d *DB, table string) *Memo[V] {
	return &Memo[V]{db: d, version: d.writer.versions.of(table)}
}

// Get returns the value of a key, from load when it is not known. A failure of load is not kept.
func (m *Memo[V]) Get(ctx context.Context, key string, load func(context.Context) (V, error)) (V, error) {
	// Both are looked at before reading: what is read is at least as new as they say.
	version, current := m.version.Load(), m.db.writer.shared.current()
	if !current {
		return load(ctx)
	}
	m.mu.RLock()
	value, known := m.values[key]
	known = known && m.of == version
	m.mu.RUnlock()
	if known {
		return value, nil
	}
	value, err := load(ctx)
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil || m.of < version || len(m.values) >= memoLimit {
		m.values, m.of = map[string]V{}, version
	}
	if m.of == version {
		m.values[key] = value
	}
	return value, nil
}

// versions counts the changes of each table.
type versions struct{ byTable sync.Map }

func (v *versions) of(table string) *atomic.Uint64 {
	n, _ := v.byTable.LoadOrStore(table, new(atomic.Uint64))
	return n.(*atomic.Uint64)
}

func (v *versions) bumpAll() {
	v.byTable.Range(func(_, n any) bool {
		n.(*atomic.Uint64).Add(1)
		return true
	})
}

// sharedIndex watches the number that SQLite counts up with each transaction of any process, in
// the header of the index of the write-ahead log (https://sqlite.org/walformat.html, iChange).
// Somebody may repair a row by hand while the server runs; it must hold at once.
type sharedIndex struct {
	file *os.File // nil when there is none: then nothing is ever current
	own  atomic.Uint32
}

const changeOffset = 8 // of iChange in the header, in bytes

func (s *sharedIndex) open(databasePath string) {
	if file, err := os.Open(databasePath + "-shm"); err == nil { //nolint:gosec // beside the database
		s.file = file
		if n, ok := s.read(); ok {
			s.own.Store(n)
		}
	}
}

func (s *sharedIndex) read() (uint32, bool) {
	var number [4]byte
	if s.file == nil {
		return 0, false
	}
	if _, err := s.file.ReadAt(number[:], changeOffset); err != nil {
		return 0, false
	}
	return binary.NativeEndian.Uint32(number[:]), true
}

// current reports whether the last transaction was this process's own.
func (s *sharedIndex) current() bool {
	n, ok := s.read()
	return ok && n == s.own.Load()
}

// settle counts a transaction of this process, one that wrote or an empty one, and reports whether
// somebody else has written too since the last time.
func (s *sharedIndex) settle(wrote bool) (foreign bool) {
	n, ok := s.read()
	if !ok {
		return true
	}
	expected := s.own.Load()
	if wrote {
		expected++
	}
	s.own.Store(n)
	return n != expected
}

func (s *sharedIndex) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
