package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// onDisk writes files that a visitor may choose, each name followed by its content.
func onDisk(t testing.TB, files map[string][]byte) func(names ...string) []string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(names ...string) (paths []string) {
		for _, name := range names {
			paths = append(paths, filepath.Join(dir, name))
		}
		return paths
	}
}

// chooseFiles clicks what opens the dialog for files and chooses these.
func (p *person) chooseFiles(selector string, paths []string) {
	p.t.Helper()
	p.chooseFilesAfter(func() { p.click(selector) }, paths)
}

// chooseFilesAfter does what opens the dialog for files and chooses these.
func (p *person) chooseFilesAfter(open func(), paths []string) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
		return err
	}))
	p.mu.Lock()
	p.chooser = 0
	p.mu.Unlock()
	open()
	var field cdp.BackendNodeID
	p.wait("the dialog for files", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		field = p.chooser
		return field != 0
	}, func() string { return "" })
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, BackendNodeID: field})
		return err
	}))
}

// drag does one thing with files over the middle of an element.
func (p *person) drag(kind input.DispatchDragEventType, selector string, paths []string) {
	p.t.Helper()
	x, y := p.spot(selector)
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, input.DispatchDragEvent, input.DispatchDragEventParams{
			Type: kind, X: x, Y: y, Data: &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}})
		return err
	}))
}

// withFiles gives the shop a token that lets visitors send files.
func (s *shopPage) withFiles(t testing.TB) *shopPage {
	t.Helper()
	s.widget = s.newToken(t, s.site.url, "chat", "file_upload")
	s.url = s.site.set("/", hostPage{body: snippet(s.srv, s.widget.token)})
	return s
}

const allUploaded = "$$('@file').length > 0 && !$$('@file progress').some(shown) && !$$('@file [role=alert]').some(shown)"

// attachments are the names of the files of each message that the visitor has sent.
func (s *shopPage) attachments(t testing.TB) (names []string) {
	t.Helper()
	for _, m := range list(t, s.do(t, "GET", "/conversation/"+s.newest(t)+"/messages", nil).ok(t, http.StatusOK), "messages") {
		var of []string
		for _, f := range list(t, m, "attachments") {
			of = append(of, str(t, f, "name"))
		}
		names = append(names, str(t, m, "text")+": "+strings.Join(of, ", "))
	}
	return names
}

// Files by button, drop and paste; what is uploaded waits for its message, also over a reload.
func sendingFiles(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv).withFiles(t)
	v := b.newVisitor(t, shop)
	files := onDisk(t, map[string][]byte{
		"desk.jpg": jpegOf(t, photo(900, 600)), "lamp.png": pngOf(t, photo(300, 500)), "terms.pdf": []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"),
		"notes.txt": []byte("Legs wobble."), "more.txt": []byte("More."),
	})
	v.openChat()
	if see[bool](v, "$('@send').disabled === false") {
		t.Error("an empty message can be sent")
	}

	// Nothing was written yet: the session begins with the first file.
	v.chooseFiles("@files", files("desk.jpg", "terms.pdf"))
	v.until("both uploaded, with a small picture", allUploaded+" && $$('@file').length === 2 && $('@file canvas')")
	v.calm()
	v.shot("files-tray")
	v.click("@send")
	v.until("a message of files alone", "$$('@message[data-sender=visitor][data-state=sent]').length === 1 && $('@picture img')?.naturalWidth > 0 && text('@file-card').includes('terms.pdf') && !shown('@tray')")
	equal(t, "the server's messages", shop.attachments(t), []string{": desk.jpg, terms.pdf"})
	v.until("the picture with the place it needs", "(r => Math.abs(r.width / r.height - 1.5) < 0.03)($('@picture img').getBoundingClientRect())")

	v.drag(input.DispatchDragEventTypeDragEnter, "@composer-input", files("lamp.png"))
	v.drag(input.DispatchDragEventTypeDragOver, "@composer-input", files("lamp.png"))
	v.until("where to drop", "shown('@drop')")
	v.shot("files-drop")
	v.drag(input.DispatchDragEventTypeDragCancel, "@composer-input", files("lamp.png"))
	v.until("no such place once the file is carried away", "!shown('@drop')")
	v.drag(input.DispatchDragEventTypeDragEnter, "@composer-input", files("lamp.png"))
	v.drag(input.DispatchDragEventTypeDragOver, "@composer-input", files("lamp.png"))
	v.drag(input.DispatchDragEventTypeDrop, "@composer-input", files("lamp.png"))
	v.until("the dropped file", allUploaded+" && !shown('@drop')")
	v.reload()
	v.openChat()
	v.until("it, after a reload", "text('@tray').includes('lamp.png') && !$('@send').disabled")
	v.fill("@composer-input", "Like this one")
	see[bool](v, `(() => { const d = new DataTransfer(); d.items.add(new File(['pasted'], 'pasted.txt', {type: 'text/plain'}));
		return $('@composer-input').dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true, cancelable: true, composed: true})) || true })()`)
	v.until("the pasted file", allUploaded+" && $$('@file').length === 2")
	v.click("@file:last-child @file-cancel")
	v.until("it gone, and the focus on the next", "$$('@file').length === 1 && active() === $('@file-cancel')")
	v.click("@composer-input")
	v.keys("\r")
	v.until("the message with its picture", "$$('@message[data-sender=visitor][data-state=sent]').length === 2 && $$('@picture').length === 2")
	equal(t, "the server's messages", shop.attachments(t), []string{": desk.jpg, terms.pdf", "Like this one: lamp.png"})
	v.calm()
	v.shot("files-sent")

	agent := b.newAgent(t, shop.member, "/inbox")
	agent.openConversation("Like this one")
	v.reload()
	v.openChat()
	v.until("them after a reload", "$$('@picture img').filter(i => i.naturalWidth > 0).length === 2 && $$('@file-card').length === 1")
	v.until("the newest message in sight", "(l => l.scrollHeight - l.scrollTop - l.clientHeight < 2)($('@messages'))")

	// A message holds ten.
	var many []string
	for i := range 11 {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("f%d.txt", i))
		if err := os.WriteFile(path, []byte{byte('a' + i)}, 0o600); err != nil {
			t.Fatal(err)
		}
		many = append(many, path)
	}
	v.chooseFiles("@files", many)
	v.until("that ten is the most", "$$('@file').length === 10 && $$('.composer [role=alert]').some(e => shown(e) && /10/.test(e.innerText))")
	v.until("ten uploaded", "!$$('@file progress').some(shown)")
	v.shot("files-many")

	shop.configure(t, obj{"features": obj{"file_upload": false, "emoji_picker": false}})
	other := b.newPerson(t, "another visitor", b.srv.url, shop.site.url)
	other.open(shop.url)
	other.openChat()
	if see[bool](other, "shown('@files') || shown('@emoji')") {
		t.Error("buttons for what is switched off")
	}
}

// The strictest page there is lets all of it work: no address of a blob, no style, no markup.
func filesOnAStrictHost(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv).withFiles(t)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/strict", hostPage{body: strictSnippet(b.srv, shop.widget.token), headers: map[string]string{
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Content-Security-Policy":      fmt.Sprintf("default-src 'none'; script-src %[1]s; connect-src %[1]s; img-src %[1]s; require-trusted-types-for 'script'; trusted-types 'none'", b.srv.url),
	}}))
	files := onDisk(t, map[string][]byte{"desk.jpg": jpegOf(t, photo(900, 600))})
	v.openChat()
	v.chooseFiles("@files", files("desk.jpg"))
	v.until("a small picture", allUploaded+" && $('@file canvas')")
	v.click("@emoji")
	v.until("the grid", "$$('.emoji').length > 1800")
	v.keys("party popper\r")
	v.until("the emoji", "$('@composer-input').value === '🎉'")
	v.keys("\r")
	v.until("the message", "$('@message[data-sender=visitor][data-state=sent]') && $('@picture img')?.naturalWidth > 0")
	v.click("@picture")
	v.until("the viewer", "$('@viewer img')?.naturalWidth === 900")
	v.calm()
	v.shot("files-strict-host")
	v.keys(kb.Escape)
	v.click("@close")
	shop.reply(t, shop.newest(t), "Nice", false)
	v.until("the preview", "text('@preview-text') === 'Nice'")
}

// What is wrong with a file is said at the file, in words, and can be tried again.
func filesThatFail(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions(), watched(t))
	slow := newProxy(t, srv)
	shop := newShop(t, srv).withFiles(t)
	v := b.newPerson(t, "visitor", slow.url, shop.site.url, srv.url)
	v.expectRefusals()
	v.open(shop.site.set("/slow", hostPage{body: strings.ReplaceAll(snippet(srv, shop.widget.token), srv.url, slow.url)}))
	files := onDisk(t, map[string][]byte{
		"big.txt": bytes.Repeat([]byte("big "), 3<<20), "page.html": []byte("<!doctype html><script>1</script>"), "none.txt": nil,
		"good.txt": []byte("good"), "late.txt": bytes.Repeat([]byte("late "), 1<<20), "off.txt": []byte("off"),
	})
	v.openChat()
	v.write("Here it comes")

	v.chooseFiles("@files", files("big.txt", "page.html", "none.txt", "good.txt"))
	v.until("what is wrong with each", `$$('@file').map(f => [...f.querySelectorAll('[role=alert]')].filter(shown).map(e => e.innerText).join()).join('|') ===
		'Too large: a file may have at most 10 MB.|Files of this type can’t be sent.|This file is empty.|' && !$$('@file-retry').some(shown)`)
	v.calm()
	v.shot("files-wrong")
	v.accessible("files-wrong")
	v.fill("@composer-input", "One is good")
	v.keys("\r")
	v.until("the good one sent, the others still there", "$$('@message[data-sender=visitor][data-state=sent]').length === 2 && $$('@file').length === 3")
	equal(t, "the server's messages", shop.attachments(t), []string{"Here it comes: ", "One is good: good.txt"})
	for range 3 {
		v.click("@file @file-cancel")
	}
	v.until("an empty tray", "!shown('@tray') && $('@send').disabled")

	// A slow one shows how far it is; sending waits for it, and it can be given up.
	var once sync.Once
	gate := make(chan struct{})
	release := func() { once.Do(func() { close(gate) }) }
	defer release()
	slow.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/session/files") {
			<-gate
		}
		return false
	})
	v.chooseFiles("@files", files("late.txt", "good.txt"))
	v.until("how far it is", "shown('@file progress') && $('@file progress').getAttribute('aria-label') === 'Uploading late.txt'")
	v.shot("files-progress")
	v.click("@file:last-child @file-cancel")
	v.fill("@composer-input", "It is long")
	v.keys("\r")
	v.until("that it waits", "$$('[role=status]').some(e => e.textContent.includes('Goes out'))")
	if n := see[int](v, "$$('@message').filter(m => m.innerText.includes('It is long')).length"); n != 0 {
		t.Error("the message went before its file")
	}
	release()
	v.until("it sent by itself", "$$('@message[data-sender=visitor][data-state=sent]').length === 3 && !shown('@tray')")
	equal(t, "the server's messages", shop.attachments(t)[2:], []string{"It is long: late.txt"})

	// One that is on its way is given up: the request ends, and nothing is left of it.
	ended := make(chan struct{}, 1)
	slow.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/session/files") {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		ended <- struct{}{}
		panic(http.ErrAbortHandler)
	})
	v.chooseFiles("@files", files("late.txt"))
	v.until("it leave", "$('@file progress')?.value > 0")
	v.click("@file @file-cancel")
	v.until("an empty tray", "!shown('@tray') && $('@send').disabled && active() !== document.body")
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the upload goes on")
	}

	// Offline it waits for the visitor or the network.
	slow.cut()
	v.chooseFiles("@files", files("off.txt"))
	v.until("that there is no connection", "$$('@file [role=alert]').some(e => shown(e) && /connection/.test(e.innerText)) && shown('@file-retry')")
	slow.heal()
	v.click("@file-retry")
	v.until("it uploaded", allUploaded)
	v.chooseFiles("@files", files("good.txt"))
	const said = "$$('[role=status]').some(e => e.textContent.includes('good.txt'))"
	v.until("that it is there", said)
	v.click("@file:last-child @file-cancel")
	v.until("nothing said of what was given up", "!"+said)
	// The message itself may fail and is kept with its file.
	slow.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/session/messages") {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	v.click("@send")
	v.until("it not sent", "$('@message[data-state=failed]') && text('@message[data-state=failed]').includes('off.txt')")
	slow.heal()
	v.reload()
	v.openChat()
	v.until("it sent after a reload", "$$('@message[data-sender=visitor][data-state=sent]').length === 4")
	equal(t, "the server's messages", shop.attachments(t)[3:], []string{": off.txt"})

	slow.answer("/session/files", http.StatusTooManyRequests, `{"error":"Too many files","statusCode":429}`, "Retry-After", "7200")
	v.chooseFiles("@files", files("good.txt"))
	v.until("when to try again", "$$('@file [role=alert]').some(e => shown(e) && /2 hours/.test(e.innerText))")
	slow.heal()
	v.click("@file-retry")
	v.until("it uploaded", allUploaded)
}
