package e2e

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// filesOnDisk lists what lies in the folder of files.
func (s *server) filesOnDisk(t testing.TB) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (s *server) nothingStored(t testing.TB) {
	t.Helper()
	if names := s.filesOnDisk(t); len(names) > 0 {
		t.Errorf("left on disk: %v", names)
	}
	if n := s.count(t, `SELECT COUNT(*) FROM support_files`); n != 0 {
		t.Errorf("%d rows left", n)
	}
}

func TestFileQuotas(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop, allScopes...)
	t.Run("bytes", func(t *testing.T) {
		v := started(t, s, tok, obj{})
		before := len(s.filesOnDisk(t))
		large := bytes.Repeat([]byte("text "), 2<<20)
		for range 5 {
			v.file(t, "large.txt", large)
		}
		v.upload(t, "large.txt", large).refused(t, http.StatusTooManyRequests, "Too many files")
		if n := len(s.filesOnDisk(t)) - before; n != 5 {
			t.Errorf("%d files on disk", n)
		}
		started(t, s, tok, obj{}).file(t, "large.txt", large)
	})
	// Last, because files that are dated back are soon cleaned up.
	t.Run("files", func(t *testing.T) {
		v := started(t, s, tok, obj{})
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[int]int{}
		for n := range 30 {
			wg.Go(func() {
				r := v.upload(t, "n.txt", fmt.Append(nil, "number ", n))
				mu.Lock()
				defer mu.Unlock()
				got[r.status]++
			})
		}
		wg.Wait()
		if got[http.StatusCreated] != 20 || got[http.StatusTooManyRequests] != 10 {
			t.Errorf("20 files and no more, got %v", got)
		}
		v.upload(t, "n.txt", []byte("one more")).refused(t, http.StatusTooManyRequests, "Too many files")
		a.upload(t, v.conversation, "n.txt", []byte("the team is not limited")).ok(t, http.StatusCreated)
		s.edit(t, `UPDATE support_files SET created_at = created_at - 86400000 WHERE uploader_id = ?`, v.sessionID)
		v.file(t, "n.txt", []byte("the next day"))
	})
}

func TestFileSettings(t *testing.T) {
	t.Parallel()
	s := startServer(t, withEnv("DESKBELL_MAX_FILE_SIZE", "2048"), withEnv("DESKBELL_FILES_QUOTA", "5000"))
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, allScopes...), obj{})
	words := bytes.Repeat([]byte("word "), 400)
	v.upload(t, "long.txt", bytes.Repeat([]byte("word "), 410)).refused(t, http.StatusRequestEntityTooLarge, "Files may have at most 2 KiB")
	v.file(t, "a.txt", words)
	kept := v.file(t, "b.txt", words)
	for range 3 { // a refused one takes no room
		v.upload(t, "c.txt", words).refused(t, http.StatusServiceUnavailable, "There is no room for files right now, please try again later")
	}
	v.post(t, "messages still go")
	v.file(t, "d.txt", words[:500])
	s.restart(t)
	v.upload(t, "c.txt", words).refused(t, http.StatusServiceUnavailable, "")
	if r := s.link(t, "GET", s.signed(t, str(t, kept, "_id"), time.Now().Add(time.Minute))); !bytes.Equal(r.body, words) {
		t.Errorf("%v", r)
	}
	if r := s.cli(t, "", "serve", "--data-dir", t.TempDir(), "--addr", "127.0.0.1:0", "--max-file-size", "0"); r.code == 0 || !strings.Contains(r.stderr, "--max-file-size") {
		t.Errorf("%+v", r)
	}
}

// slowBody hands out a piece at each tick.
type slowBody struct {
	pieces [][]byte
	tick   <-chan time.Time
}

func (b *slowBody) Read(p []byte) (int, error) {
	if len(b.pieces) == 0 {
		return 0, io.EOF
	}
	<-b.tick
	n := copy(p, b.pieces[0])
	b.pieces = b.pieces[1:]
	return n, nil
}

// TestSlowUpload takes longer than any other request may.
func TestSlowUpload(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	body, contentType := form(t, "slow.txt", []byte(strings.Repeat("slow words ", 40)))
	ticker := time.NewTicker(4 * time.Second)
	defer ticker.Stop()
	slow := &slowBody{tick: ticker.C}
	for part := range 9 {
		slow.pieces = append(slow.pieces, body[part*len(body)/9:(part+1)*len(body)/9])
	}
	req, err := s.request("POST", api+"/session/files", io.Reader(slow), v.headers("Content-Type", contentType)...)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusCreated {
		answer, _ := io.ReadAll(resp.Body)
		t.Errorf("%d %s", resp.StatusCode, answer)
	}
}

func TestAbortedUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	body, contentType := form(t, "half.txt", bytes.Repeat([]byte("words "), 200_000))
	raw := func(length int, sent []byte, close bool) string {
		t.Helper()
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		head := fmt.Sprintf("POST %s/session/files HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n", api, s.addr, contentType, length)
		h := v.headers()
		for i := 0; i < len(h); i += 2 {
			head += h[i] + ": " + h[i+1] + "\r\n"
		}
		if _, err := conn.Write(append([]byte(head+"\r\n"), sent...)); err != nil {
			t.Fatal(err)
		}
		if close {
			return ""
		}
		answer, _ := io.ReadAll(conn)
		return string(answer)
	}
	raw(len(body), body[:len(body)/2], true)
	raw(len(body)+1000, body[:len(body)-100], true)
	if answer := raw(len(body)-500, body[:len(body)-500], false); !strings.HasPrefix(answer, "HTTP/1.1 400") || !strings.Contains(answer, "arrived incomplete") {
		t.Errorf("a length that is too small: %.300s", answer)
	}
	eventually(t, 10*time.Second, "the halves are gone", func() bool { return len(s.filesOnDisk(t)) == 0 })
	s.nothingStored(t)
}

func TestFilesAreKeptFromOthersOnTheHost(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	v.file(t, "../../evil.php.txt", []byte("some words"))
	v.file(t, "big.png", pngOf(t, photo(1000, 1000)))
	err := filepath.WalkDir(filepath.Join(s.dir, "files"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 || strings.Contains(e.Name(), ".") {
			t.Errorf("%s %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.filesOnDisk(t)); n != 3 {
		t.Errorf("%d files", n)
	}
}
