package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// backup writes one by the command line.
func (s *server) backup(t testing.TB, file string) {
	t.Helper()
	if r := s.cli(t, "", "backup", file, "--data-dir", s.dir); r.code != 0 {
		t.Fatalf("code %d: %s", r.code, r.stderr)
	}
}

// restored is a server on a new directory into which a backup was brought.
func (s *server) restored(t testing.TB, file string, args ...string) *server {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "restored")
	if r := s.cli(t, "", append([]string{"restore", file, "--data-dir", dir}, args...)...); r.code != 0 {
		t.Fatalf("code %d: %s", r.code, r.stderr)
	}
	return startServer(t, withDir(dir), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
}

// Everything that was acknowledged before a backup began is in it, though people go on writing.
func TestBackupOfABusyServerHoldsAllThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "warn"))
	a := newAccount(t, s)
	tok := a.newToken(t, shop, "chat", "file_upload")
	v := started(t, s, tok, obj{"name": "Ann"})
	content := []byte("the words of a file\n")
	file := str(t, v.upload(t, "words.txt", content).ok(t, http.StatusCreated), "file._id")
	v.do(t, "POST", "/session/messages", obj{"client_id": "with-file", "text": "findable zebra", "attachments": []string{file}}).ok(t, http.StatusCreated)

	all := scribes(t, s, tok, 8)
	answers, stop := make(chan int, 1<<16), make(chan struct{})
	wait := writeUntil(t, all, stop, func(status int) { answers <- status })
	tally(t, answers, 300)
	before := make([]int, len(all))
	for i, w := range all {
		before[i] = int(num(t, w.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "conversation.last_seq"))
	}
	path := filepath.Join(t.TempDir(), "all.backup")
	s.backup(t, path)
	close(stop)
	wait()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}

	r := s.restored(t, path)
	for i, w := range all {
		w.srv = r
		texts := len(w.visitor.texts(t))
		last := int(num(t, w.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "conversation.last_seq"))
		if last < before[i] || last > len(w.acked)+1 || texts != min(last, 100) {
			t.Errorf("writer %d: %d messages restored, %d acknowledged before the backup", i, last, before[i])
		}
	}
	r.undamaged(t)
	v.srv = r
	m := list(t, v.do(t, "GET", "/session/messages", nil).ok(t, http.StatusOK), "messages")[0]
	answer, err := r.client.Get(str(t, m, "attachments.0.url"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file: %s %q", answer.Status, got)
	}
	a.srv = r
	if found := a.search(t, "?q=zebra"); !slices.Equal(found, []string{"findable zebra"}) {
		t.Errorf("search after restoring: %v", found)
	}
	v.post(t, "life goes on")
	if found := a.search(t, "?q=goes"); len(found) != 1 {
		t.Errorf("search for what came later: %v", found)
	}
}

func TestRestoreCanEndTokensAndLogins(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	started(t, s, tok, obj{})
	path := filepath.Join(t.TempDir(), "b")
	s.backup(t, path)
	r := s.restored(t, path, "--revoke-tokens")
	v := newVisitor(r, tok)
	v.do(t, "GET", "/config", nil).refused(t, http.StatusUnauthorized, "Invalid support token")
	a.srv = r
	a.do(t, "GET", "/token", nil).refused(t, http.StatusUnauthorized, "")
	a.login(t)
	if status := str(t, a.do(t, "GET", "/token", nil).ok(t, http.StatusOK), "token.0.status"); status != "revoked" {
		t.Errorf("status %q", status)
	}
	again := a.do(t, "POST", "/token/regenerate", obj{"id": tok.id}).ok(t, http.StatusOK)
	tok.token = str(t, again, "token.token")
	newVisitor(r, tok).do(t, "GET", "/config", nil).ok(t, http.StatusOK)
}

// repack writes a backup's entries anew, each as change has it; nil leaves one out.
func repack(t testing.TB, from, to string, change func(h *tar.Header, content []byte) []byte) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	zip, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	outZip := gzip.NewWriter(&out)
	archive := tar.NewWriter(outZip)
	for entries := tar.NewReader(zip); ; {
		head, err := entries.Next()
		if err != nil {
			break
		}
		var content bytes.Buffer
		if _, err := content.ReadFrom(entries); err != nil {
			t.Fatal(err)
		}
		changed := change(head, content.Bytes())
		if changed == nil {
			continue
		}
		head.Size = int64(len(changed))
		if err := archive.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(changed); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := outZip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRestoreTakesAllOrNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	started(t, s, a.newToken(t, shop), obj{}).post(t, "hello")
	good := filepath.Join(t.TempDir(), "good")
	s.backup(t, good)
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	file := func(content []byte) string {
		path := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	changed := func(change func(h *tar.Header, content []byte) []byte) string {
		path := filepath.Join(t.TempDir(), "bad")
		repack(t, good, path, change)
		return path
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, bad := range map[string]string{
		"no such file":  filepath.Join(t.TempDir(), "none"),
		"empty":         file(nil),
		"not a backup":  file([]byte("something else")),
		"cut short":     file(whole[:len(whole)-100]),
		"half of it":    file(whole[:len(whole)/2]),
		"a bit flipped": file(flipped),
		"without the key": changed(func(h *tar.Header, content []byte) []byte {
			if h.Name == "root.key" {
				return nil
			}
			return content
		}),
		"another key": changed(func(h *tar.Header, content []byte) []byte {
			if h.Name == "root.key" {
				return bytes.Repeat([]byte("0"), len(content))
			}
			return content
		}),
		"a path outside": changed(func(h *tar.Header, content []byte) []byte {
			if h.Name == "root.key" {
				h.Name = "files/../../escaped"
			}
			return content
		}),
		"a link": changed(func(h *tar.Header, content []byte) []byte {
			if h.Name == "root.key" {
				h.Typeflag, h.Linkname = tar.TypeSymlink, "/etc/passwd"
				return []byte{}
			}
			return content
		}),
		"of a newer version": changed(func(h *tar.Header, content []byte) []byte {
			if h.Name == "manifest.json" {
				return bytes.Replace(content, []byte(`"format":1`), []byte(`"format":2`), 1)
			}
			return content
		}),
	} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "data")
		r := s.cli(t, "", "restore", bad, "--data-dir", dir)
		if r.code != 1 || !strings.HasPrefix(r.stderr, "deskbell: ") || strings.Contains(r.stderr, "goroutine") {
			t.Errorf("%s: code %d %q", name, r.code, r.stderr)
		}
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if left = slices.DeleteFunc(left, func(path string) bool { return strings.HasSuffix(path, ".lock") }); err != nil || len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
		if _, err := os.Stat(filepath.Join(parent, "escaped")); err == nil {
			t.Errorf("%s: a file was made outside", name)
		}
	}
	if r := s.cli(t, "", "restore", good, "--data-dir", s.dir); r.code != 1 || !strings.Contains(r.stderr, "already serving") {
		t.Errorf("into a served directory: code %d %q", r.code, r.stderr)
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := s.cli(t, "", "restore", good, "--data-dir", full); r.code != 1 || !strings.Contains(r.stderr, "not empty") {
		t.Errorf("into a full directory: code %d %q", r.code, r.stderr)
	}
}

func TestBackupOverwritesNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	path := filepath.Join(t.TempDir(), "b")
	s.backup(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.cli(t, "", "backup", path, "--data-dir", s.dir); r.code != 1 || !strings.Contains(r.stderr, "never overwritten") {
		t.Errorf("code %d %q", r.code, r.stderr)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Error("the first backup was changed")
	}
	if r := s.cli(t, "", "backup", "--data-dir", t.TempDir(), path+"2"); r.code != 1 || !strings.Contains(r.stderr, "holds no database") {
		t.Errorf("of nothing: code %d %q", r.code, r.stderr)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v is left", left)
	}
}

func TestScheduledBackups(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "backups")
	s := startServer(t, withEnv("DESKBELL_BACKUP_DIR", dir), withEnv("DESKBELL_BACKUP_EVERY", "1s"), withEnv("DESKBELL_BACKUP_KEEP", "2"))
	a := newAccount(t, s)
	started(t, s, a.newToken(t, shop), obj{}).post(t, "hello")
	var seen []string
	for deadline := time.Now().Add(30 * time.Second); len(seen) < 4; {
		if time.Now().After(deadline) {
			t.Fatalf("in half a minute: %v", seen)
		}
		<-time.After(50 * time.Millisecond)
		list, err := filepath.Glob(filepath.Join(dir, "*.backup"))
		if err != nil || len(list) > 3 {
			t.Fatalf("%v %v", list, err)
		}
		for _, path := range list {
			if !slices.Contains(seen, path) {
				seen = append(seen, path)
			}
		}
	}
	s.kill()
	list, err := filepath.Glob(filepath.Join(dir, "*.backup"))
	if err != nil || len(list) < 2 {
		t.Fatalf("%v %v", list, err)
	}
	newest := list[len(list)-1]
	a.srv = s.restored(t, newest)
	a.login(t)
}
