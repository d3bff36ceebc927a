package e2e

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// What a visitor writes leaves the browser before it is sent only where the admin has chosen so; then
// the agent with the conversation open reads along, and no trace stays.
func typingPreview(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, "")
	var mu sync.Mutex
	var bodies []string
	proxy.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/session/typing") && r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			mu.Lock()
			bodies = append(bodies, string(body))
			mu.Unlock()
		}
		return false
	})
	agent := b.newAgent(t, shop.member, "/inbox")
	begin := func(first string) *person {
		v := b.newVisitorBehind(t, shop, proxy)
		v.openChat()
		v.write(first)
		agent.openConversation(first)
		return v
	}

	v := begin("A first word")
	v.fill("@composer-input", "What I keep to myself")
	agent.until("that somebody writes, not what", "text('#typing').endsWith('is typing')")
	v.keys("\r")
	agent.until("the message", "said().length === 2 && text('#typing') === ''")
	mu.Lock()
	for _, body := range bodies {
		if strings.Contains(body, "text") {
			t.Errorf("told although nobody allowed it: %s", body)
		}
	}
	mu.Unlock()

	shop.configure(t, obj{"features": obj{"typing_preview": true}})
	secret := unique("unsent")
	b.srv.keepOut(secret)
	v = begin("A second matter")
	v.fill("@composer-input", "My number is "+secret)
	agent.until("what is being written", "text('@typed') === 'My number is "+secret+"'")
	v.insert(" and my code")
	agent.until("what has been added", "text('@typed').endsWith(' and my code')")
	agent.until("that no screen reader reads every letter", "text('#typing').startsWith('Visitor') && $('@typed').closest('[aria-live=off]')")
	agent.shot("inbox-typing-preview")
	agent.until("that nobody writes after a while", "text('#typing') === ''")
	v.fill("@composer-input", strings.Repeat("x", 600)+"the end")
	agent.until("the end of a long text, inside its place", "text('@typed').endsWith('xthe end') && $('@typed').clientHeight < 80 && $('#typing').scrollWidth <= $('.under').clientWidth")
	agent.shot("inbox-typing-preview-long")
	v.fill("@composer-input", "It does not work")
	v.keys("\r")
	agent.until("the message alone", "said().length === 2 && text('#typing') === ''")

	err := filepath.WalkDir(b.srv.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("%s holds what was never sent", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
