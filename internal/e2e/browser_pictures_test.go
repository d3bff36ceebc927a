package e2e

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// sendFiles lets an agent send files by the API.
func (m *member) sendFiles(t testing.TB, conversation, text string, files map[string][]byte, names ...string) obj {
	t.Helper()
	var ids []string
	for _, name := range names {
		ids = append(ids, str(t, m.upload(t, conversation, name, files[name]).ok(t, http.StatusCreated), "file._id"))
	}
	return at(t, m.do(t, "POST", "/conversation/"+conversation+"/messages", obj{"client_id": unique("c"), "text": text, "attachments": ids}).ok(t, http.StatusCreated), "message").(obj)
}

// Pictures stand in the chat as they are and open in a viewer that the keyboard can walk.
func lookingAtPictures(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv, "theme: 'auto'")
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Show me")
	id := shop.newest(t)
	files := map[string][]byte{
		"one.jpg": jpegOf(t, photo(1600, 1000)), "two.png": pngOf(t, photo(400, 900)), "three.png": pngOf(t, photo(20, 20)),
		"a very long name of a contract that nobody will ever read to its end.pdf": []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"),
	}
	shop.sendFiles(t, id, "", files, "one.jpg")
	shop.sendFiles(t, id, "Two more", files, "two.png", "three.png", "a very long name of a contract that nobody will ever read to its end.pdf")
	v.until("three pictures", "$$('@picture img').filter(i => i.naturalWidth > 0).length === 3 && $$('@file-card').length === 1")
	v.until("the newest in sight", "(l => l.scrollHeight - l.scrollTop - l.clientHeight < 2)($('@messages'))")
	v.inspect("widget-pictures")
	v.until("no message wider than its place", "$$('.files').every(e => e.scrollWidth <= e.clientWidth + 1 && e.getBoundingClientRect().right <= $('@panel').getBoundingClientRect().right)")

	see[bool](v, "$('@picture').focus() || true")
	v.keys("\r")
	v.until("the viewer with the large picture", "shown('@viewer') && $('@viewer img').naturalWidth === 1600 && text('.caption') === 'one.jpg' && text('.place') === '1 / 3'")
	v.inspect("widget-viewer")
	v.keys(kb.ArrowRight)
	v.until("the next", "text('.caption') === 'two.png' && $('@viewer img').naturalHeight === 900")
	v.keys(kb.ArrowLeft + kb.ArrowLeft)
	v.until("the first again", "text('.caption') === 'one.jpg' && $('@viewer-previous').disabled")
	for range 12 {
		v.keys("\t")
		v.until("the focus within the viewer", "$('@viewer').contains(active()) || active() === document.body")
	}
	v.click("@viewer-zoom")
	v.until("it larger than the screen", "$('@viewer-zoom').getAttribute('aria-pressed') === 'true' && $('@viewer img').getBoundingClientRect().width >= 1600")
	v.calm()
	v.shot("widget-viewer-zoomed")
	v.keys("\r")
	v.until("it within the screen", "$('@viewer img').getBoundingClientRect().width <= innerWidth")
	link := see[string](v, "$('@viewer-download').href")
	if disposition := b.srv.link(t, "GET", link).header.Get("Content-Disposition"); !strings.HasPrefix(disposition, "attachment") {
		t.Errorf("the download shows the picture: %s", disposition)
	}
	v.keys(kb.Escape)
	v.until("the panel, with the focus where it was", "!$('@viewer') && shown('@panel') && active() === $('@picture')")
	v.keys(kb.Escape)
	v.until("the panel closed", "!shown('@panel') && active() === $('@launcher')")

	v.do(chromedp.EmulateViewport(390, 844))
	v.click("@launcher")
	v.until("the panel", "shown('@panel')")
	v.click("@message:nth-last-child(2) @picture")
	v.until("the viewer", "shown('@viewer') && $('@viewer img').naturalWidth > 0")
	v.calm()
	v.shot("widget-viewer-phone-tall")
	v.click("@viewer-close")
	v.until("it closed", "!$('@viewer')")
}

// Addresses of files end after an hour. Nobody notices: they are asked for anew.
func linksThatEnd(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions(), watched(t))
	shop := newShop(t, srv)
	p := newProxy(t, srv)
	v := b.newPerson(t, "visitor", p.url, srv.url, shop.site.url)
	v.expectRefusals()
	v.open(shop.site.set("/proxied", hostPage{body: strings.ReplaceAll(snippet(srv, shop.widget.token), srv.url, p.url)}))
	v.openChat()
	v.write("Show me")
	shop.sendFiles(t, shop.newest(t), "", map[string][]byte{"one.jpg": jpegOf(t, photo(300, 200))}, "one.jpg")
	v.until("the picture", "$('@picture img')?.naturalWidth > 0")

	// The first history that is read has links that have ended.
	var histories atomic.Int32
	spoil := func(ended int32) {
		histories.Store(0)
		p.set(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/session/messages") || histories.Add(1) > ended {
				return false
			}
			r.Header.Del("Accept-Encoding")
			whole := httptest.NewRecorder()
			p.inner.ServeHTTP(whole, r)
			maps.Copy(w.Header(), whole.Header())
			w.Header().Del("Content-Length")
			w.WriteHeader(whole.Code)
			_, _ = io.WriteString(w, strings.ReplaceAll(whole.Body.String(), "signature=", "signature=ended"))
			return true
		})
	}
	spoil(1)
	v.reload()
	v.openChat()
	v.until("the picture by a fresh link", "$('@picture img')?.naturalWidth > 0")
	if n := histories.Load(); n != 2 {
		t.Errorf("the messages were read %d times", n)
	}

	// An hour later, a click on a file asks for a fresh link first.
	shop.sendFiles(t, shop.newest(t), "", map[string][]byte{"terms.txt": []byte("Terms")}, "terms.txt")
	v.until("the file", "shown('@file-card')")
	see[bool](v, "window.followed = [], addEventListener('click', e => { const a = e.composedPath()[0].closest?.('a'); if (a && !e.defaultPrevented) { e.preventDefault(); followed.push(a.href) } }), true")
	before := see[string](v, "(n => { Date.now = () => n() + 51 * 60000; const a = $('@file-card'); a.href = a.href.replace('signature=', 'signature=old'); a.click(); return a.href })(Date.now.bind(Date))")
	v.until("a fresh one followed", "followed.length === 1 && followed[0] !== "+js(before)+" && followed[0] === $('@file-card').href")
	srv.link(t, "GET", see[string](v, "followed[0]"))

	// A picture that can't be had any more is a file with a name.
	spoil(1 << 20)
	v.reload()
	v.openChat()
	v.until("its card", "!$('@picture') && $$('@file-card').some(c => c.innerText.includes('one.jpg'))")
	if n := histories.Load(); n > 5 {
		t.Errorf("the messages were read %d times", n)
	}
}
