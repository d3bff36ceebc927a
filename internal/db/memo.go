package db

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Memo keeps values that were read from tables until a table changes: by a write of this process,
// or by anybody else who opens the database's file. What a trigger or a cascade changes elsewhere
// is not seen. A value is shared by all who get it and must not be changed.
type Memo[V any] struct {
	db       *DB
	limit    int
	versions []*atomic.Uint64

	mu     sync.RWMutex
	of     uint64 // the version that values belong to
	values map[string]V
}

// NewMemo returns an empty memo over tables that keeps up to limit values; more start over.
func NewMemo[V any](d *DB, limit int, tables ...string) *Memo[V] {
	m := NewRowMemo[V](d, limit, tables...)
	for _, table := range tables {
		m.versions = append(m.versions, d.writer.versions.of(table, true))
	}
	return m
}

// NewRowMemo is NewMemo for values that depend on rows which are there: a new row changes none of
// them. Its load has to fail when a row is missing.
func NewRowMemo[V any](d *DB, limit int, tables ...string) *Memo[V] {
	m := &Memo[V]{db: d, limit: limit}
	for _, table := range tables {
		m.versions = append(m.versions, d.writer.versions.of(table, false))
	}
	return m
}

// version only ever grows.
func (m *Memo[V]) version() (sum uint64) {
	for _, version := range m.versions {
		sum += version.Load()
	}
	return sum
}

// Get returns the value of a key, from load when it is not known. A failure of load is not kept.
func (m *Memo[V]) Get(ctx context.Context, key string, load func(context.Context) (V, error)) (V, error) {
	// Both are looked at before reading: what is read is at least as new as they say.
	version, current := m.version(), m.db.writer.shared.current()
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
	if m.values == nil || m.of < version || len(m.values) >= m.limit {
		m.values, m.of = map[string]V{}, version
	}
	if m.of == version {
		m.values[key] = value
	}
	return value, nil
}

// Added counts the writes of this process that have added rows to a table.
func (d *DB) Added(table string) uint64 { return d.writer.versions.of(table, true).Load() }

// versions counts the changes of each table, and apart from them the rows added to it.
type versions struct{ byTable sync.Map }

type versionKey struct {
	table string
	added bool
}

func (v *versions) of(table string, added bool) *atomic.Uint64 {
	n, _ := v.byTable.LoadOrStore(versionKey{table, added}, new(atomic.Uint64))
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
// Somebody may repair a row by hand while the server runs; it must hold at once. The same header
// tells how long the log is (mxFrame).
type sharedIndex struct {
	file *os.File // nil when there is none: then nothing is ever current
	head []byte   // its beginning in this process's memory, nil where that can't be: every request looks at it
	own  atomic.Uint32
	// Only the writer uses these: the number when its transaction began, whether that was news, and
	// how many pages the log had after its last transaction, or more than any when unknown.
	begun   uint32
	foreign bool
	pages   uint32
}

// In the header, in bytes: where iChange stands, and how far after it mxFrame.
const (
	changeOffset = 8
	pagesAfter   = 8
)

func (s *sharedIndex) open(databasePath string) {
	if file, err := os.Open(databasePath + "-shm"); err == nil { //nolint:gosec // beside the database
		s.file, s.head = file, mapped(file)
		// Not on close: a request that is late would read what is no longer there.
		runtime.AddCleanup(s, unmap, s.head)
		if n, _, ok := s.read(); ok {
			s.own.Store(n)
		}
	}
}

func (s *sharedIndex) read() (change, pages uint32, ok bool) {
	var head [pagesAfter + 4]byte
	if s.head != nil {
		return atomic.LoadUint32((*uint32)(unsafe.Pointer(&s.head[changeOffset]))),
			atomic.LoadUint32((*uint32)(unsafe.Pointer(&s.head[changeOffset+pagesAfter]))), true
	}
	if s.file == nil {
		return 0, math.MaxUint32, false
	}
	if _, err := s.file.ReadAt(head[:], changeOffset); err != nil {
		return 0, math.MaxUint32, false
	}
	return binary.NativeEndian.Uint32(head[:]), binary.NativeEndian.Uint32(head[pagesAfter:]), true
}

// current reports whether the last transaction was this process's own.
func (s *sharedIndex) current() bool {
	n, _, ok := s.read()
	return ok && n == s.own.Load()
}

// begin looks whether somebody else has written since the last settle. The transaction that has just
// begun keeps others from writing, so whatever comes between is not taken for its own.
func (s *sharedIndex) begin() {
	n, _, ok := s.read()
	s.begun, s.foreign = n, !ok || n != s.own.Load()
}

// settle counts a transaction of this process, one that may have written or not. When somebody else
// has written too since the last time, it calls forget first: once the number counts as this
// process's own, a memo trusts what it holds.
func (s *sharedIndex) settle(wrote bool, forget func()) {
	n, pages, ok := s.read()
	s.pages = pages
	if !ok || s.foreign || (n != s.begun && !(wrote && n == s.begun+1)) {
		forget()
	}
	if ok {
		s.own.Store(n)
	}
}

// close comes after the last connection: on Unix, closing any descriptor of a file gives up all locks
// that the process has on it, and another process would begin the index anew under those connections.
func (s *sharedIndex) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
