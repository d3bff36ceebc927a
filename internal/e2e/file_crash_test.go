package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFilesSurviveACrash kills the server while files arrive: what was answered is there, and
// what was not leaves nothing but bytes that are cleaned up a day later.
func TestFilesSurviveACrash(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop, allScopes...)
	stored := map[string][]byte{}
	for round := range 5 {
		visitors := []*visitor{started(t, s, tok, obj{}), started(t, s, tok, obj{}), started(t, s, tok, obj{})}
		var wg sync.WaitGroup
		var mu sync.Mutex
		enough := make(chan struct{})
		answered := 0
		for n, v := range visitors {
			wg.Go(func() {
				for i := range 20 {
					content := bytes.Repeat(fmt.Append(nil, round, n, i, " words "), 1+i*5000)
					body, contentType := form(t, "crash.txt", content)
					r, err := s.try("POST", api+"/session/files", body, v.headers("Content-Type", contentType)...)
					if err != nil {
						return
					}
					mu.Lock()
					stored[str(t, r.ok(t, http.StatusCreated), "file._id")] = content
					if answered++; answered == 5+7*round {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		s.kill()
		wg.Wait()
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
	}
	for fileID, content := range stored {
		if r := s.link(t, "GET", s.signed(t, fileID, time.Now().Add(time.Minute))); r.status != http.StatusOK || !bytes.Equal(r.body, content) {
			t.Fatalf("%s was answered and is not there: %d", fileID, r.status)
		}
	}

	// Left between disk and table, one in the middle of being written; a young one may yet get its row.
	folder := filepath.Join(s.dir, "files")
	old := time.Now().Add(-25 * time.Hour)
	for _, name := range []string{strings.Repeat("a", 24), strings.Repeat("a", 24) + "t", ".half.123", strings.Repeat("b", 24)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range s.filesOnDisk(t) {
		if !strings.HasPrefix(name, "b") {
			if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.restart(t)
	eventually(t, 10*time.Second, "only known files and the young one are left", func() bool { return len(s.filesOnDisk(t)) == 1+s.count(t, `SELECT COUNT(*) FROM support_files`) })
	if r := s.link(t, "GET", s.signed(t, first(stored), time.Now().Add(time.Minute))); r.status != http.StatusOK {
		t.Errorf("a file with a row was swept: %d", r.status)
	}
}

func first(m map[string][]byte) string {
	for key := range m {
		return key
	}
	return ""
}

func TestFilesWithoutAMessageAreDeletedAfterADay(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	v := started(t, s, newAccount(t, s).newToken(t, shop, allScopes...), obj{})
	sent, waiting := v.file(t, "sent.txt", []byte("sent")), v.file(t, "waiting.png", pngOf(t, photo(600, 600)))
	v.do(t, "POST", "/session/messages", obj{"client_id": "c", "text": "", "attachments": []string{str(t, sent, "_id")}}).ok(t, http.StatusCreated)
	s.edit(t, `UPDATE support_files SET created_at = created_at - 86400000`)
	young := v.file(t, "young.txt", []byte("young"))
	s.restart(t)
	eventually(t, 10*time.Second, "the file that no message has is gone", func() bool { return len(s.filesOnDisk(t)) == 2 })
	for _, f := range []obj{sent, young} {
		if r := s.link(t, "GET", str(t, f, "url")); r.status != http.StatusOK {
			t.Errorf("%v is gone too: %d", f["name"], r.status)
		}
	}
	if r := s.link(t, "GET", str(t, waiting, "url")); r.status != http.StatusNotFound {
		t.Errorf("still there: %d", r.status)
	}
	v.do(t, "POST", "/session/messages", obj{"client_id": "d", "text": "", "attachments": []string{str(t, waiting, "_id")}}).refused(t, http.StatusBadRequest, "")
}
