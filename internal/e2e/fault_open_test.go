package e2e

import (
	"bytes"
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRefusedDatabases starts on files that can't be used: it says in one sentence what to do, and
// leaves them as they were.
func TestRefusedDatabases(t *testing.T) {
	t.Parallel()
	whole := startServer(t)
	newAccount(t, whole)
	whole.stop(t)
	content, err := os.ReadFile(filepath.Join(whole.dir, "deskbell.db"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content[68:72], []byte("Desk")) {
		t.Errorf("the file is not marked as ours: %q", content[68:72])
	}
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	other, err := sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Exec("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('https://example.com')")
	if err = errors.Join(err, other.Close()); err != nil {
		t.Fatal(err)
	}
	strangers, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	marked := bytes.Clone(content)
	copy(marked[68:], "Else")
	for name, tt := range map[string]struct {
		content []byte
		says    string
	}{
		"empty":                    {nil, "restore it from your backup, or remove it"},
		"cut in the middle":        {content[:len(content)/2], "is damaged; restore it from your backup"},
		"cut in the first page":    {content[:1000], "is damaged; restore it from your backup"},
		"a few bytes":              {content[:10], "is no database; restore it from your backup, or choose another --data-dir"},
		"a text":                   {[]byte(strings.Repeat("not a database at all\n", 1000)), "is no database; restore it from your backup, or choose another --data-dir"},
		"first page overwritten":   {append(append(bytes.Clone(content[:100]), bytes.Repeat([]byte{0xa5}, 3996)...), content[4096:]...), "is damaged; restore it from your backup"},
		"of another program":       {strangers, "belongs to another program; move it away or choose another --data-dir"},
		"marked as somebody's own": {marked, "belongs to another program; move it away or choose another --data-dir"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "deskbell.db")
			key, err := os.ReadFile(keyFile(t, whole))
			if err = errors.Join(err, os.WriteFile(filepath.Join(dir, "root.key"), key, 0o600), os.WriteFile(file, tt.content, 0o600)); err != nil {
				t.Fatal(err)
			}
			r := whole.cli(t, "", "serve", "--addr", whole.addr, "--data-dir", dir)
			oneSentence(t, r)
			if !strings.Contains(r.stderr, tt.says) || !strings.Contains(r.stderr, file) {
				t.Errorf("%q", r.stderr)
			}
			if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, tt.content) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	t.Run("older, without a mark", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		old := bytes.Clone(content)
		copy(old[68:], []byte{0, 0, 0, 0})
		key, err := os.ReadFile(keyFile(t, whole))
		if err = errors.Join(err, os.WriteFile(filepath.Join(dir, "root.key"), key, 0o600), os.WriteFile(filepath.Join(dir, "deskbell.db"), old, 0o600)); err != nil {
			t.Fatal(err)
		}
		if r := whole.cli(t, "", "user", "list", "--data-dir", dir); r.code != 0 {
			t.Fatalf("%+v", r)
		}
		if now, err := os.ReadFile(filepath.Join(dir, "deskbell.db")); err != nil || !bytes.Equal(now[68:72], []byte("Desk")) {
			t.Errorf("not marked: %v", err)
		}
	})
}

// ruin overwrites the page of the database's file that holds a text.
func (s *server) ruin(t testing.TB, text string) {
	t.Helper()
	path := filepath.Join(s.dir, "deskbell.db")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	place := bytes.Index(content, []byte(text))
	if place < 0 {
		t.Fatal("the text is not in the file")
	}
	place -= place % page
	copy(content[place:], bytes.Repeat([]byte{0xa5}, page))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedPage damages one page of many messages. The check after the start finds it; from
// then on nothing is stored, and what is whole can still be read.
func TestDamagedPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	v, other := started(t, s, tok, obj{}), started(t, s, tok, obj{})
	v.post(t, "can be read")
	long := strings.Repeat("much to say ", 250)
	for range 20 {
		other.post(t, long)
	}
	other.post(t, "the damaged one "+long)
	for range 20 {
		other.post(t, long)
	}
	s.stop(t)
	s.ruin(t, "the damaged one ")
	if err := errors.Join(s.launch(), s.answers("/healthz")); err != nil {
		t.Fatal(err)
	}
	st := v.stream(t, "?after_seq=0")
	messageTexts(t, st.until(t, "can be read"))
	eventually(t, 10*time.Second, "the damage is found", func() bool { return s.do(t, "GET", "/readyz", nil).status == http.StatusServiceUnavailable })
	const text = "The database is damaged, so nothing is stored until it is restored"
	is(t, s.do(t, "GET", "/readyz", nil).refused(t, http.StatusServiceUnavailable, text), "code", "database_damaged")
	is(t, v.do(t, "POST", "/session/messages", obj{"client_id": "x", "text": "x"}).refused(t, http.StatusServiceUnavailable, text), "code", "database_damaged")
	equal(t, "reading", v.texts(t), []string{"can be read"})
	equal(t, "the team reads", a.texts(t, v.conversation), []string{"can be read"})
	if log := s.stderr.String(); !strings.Contains(log, `"level":"ERROR","msg":"the database is damaged`) || !strings.Contains(log, "restore a backup") {
		t.Errorf("the log does not say what to do: %s", log)
	}
	if d := s.stop(t); s.code != 0 || d > 10*time.Second {
		t.Errorf("code %d after %v", s.code, d)
	}
}
