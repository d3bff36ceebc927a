package e2e

import "testing"

// What a page pays before its visitors open the chat: one element with a button in it, and nothing
// that goes on working.
func startsSmall(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.before(`window.work = { timers: 0, frames: 0 };
		const { setInterval: every, requestAnimationFrame: frame } = window;
		window.setInterval = (...args) => { work.timers++; return every(...args) };
		window.requestAnimationFrame = (...args) => { work.frames++; return frame(...args) }`)
	v.open(shop.site.set("/bare", hostPage{}))
	bare := see[int](v, "document.querySelectorAll('*').length")
	v.open(shop.site.set("/with", hostPage{body: snippet(b.srv, shop.widget.token)}))
	v.until("the launcher", "shown('@launcher')")
	if added := see[int](v, "document.querySelectorAll('*').length - document.querySelectorAll('script').length") - bare; added != 1 {
		t.Errorf("the page has %d new elements besides scripts, want 1", added)
	}
	if inside := see[int](v, "document.querySelector('deskbell-widget').shadowRoot.querySelectorAll('*').length"); inside > 10 {
		t.Errorf("the launcher has %d elements, want at most 10", inside)
	}
	if working := see[int](v, "work.timers + work.frames"); working != 0 {
		t.Errorf("%d repeating timers or frames, want none", working)
	}
}
