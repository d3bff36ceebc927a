package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Who proves an address in one tab goes on under a new token in the other one too, which is not
// refused under the old one, even when its line ends before the answer with the new one has arrived.
func verifiedInTwoTabs(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, "")
	email := unique("both") + "@customer.example"
	b.srv.keepOut(email)
	leader := b.newVisitorBehind(t, shop, proxy)
	leader.openChat()
	leader.write("Please remember this")
	v := leader.another()
	v.open(shop.url)
	v.openChat()
	v.hears("visitor: Please remember this")
	// A transcript is refused until the address is proven.
	v.expectRefusals()
	v.choose("mail")
	v.fill("@mail-email", email)
	v.click("@mail-send")
	v.until("the step for the code", "active() === $('@otp-input')")
	code := b.srv.mails.nth(t, email, 1).code(t)
	b.srv.keepOut("code is: " + code)
	lost := make(chan bool, 1)
	proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/otp/verify") || r.Method != http.MethodPost {
			return false
		}
		answer := httptest.NewRecorder()
		proxy.inner.ServeHTTP(answer, r)
		tick, late := time.NewTicker(10*time.Millisecond), time.After(patience)
		defer tick.Stop()
		for waiting := true; waiting && proxy.open() > 0; {
			select {
			case <-tick.C:
			case <-late:
				waiting = false
			}
		}
		lost <- proxy.open() == 0
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
		return true
	})
	v.keys(code)
	v.until("that the transcript is on its way", "text('@mail-sent').includes("+js(email)+")")
	if !<-lost {
		t.Error("the line of the other tab did not end with its token")
	}
	proxy.heal()
	leader.write("I'm still here")
	if asked := leader.asked(proxy.url); strings.Count(strings.Join(asked, "\n"), "POST "+api+"/session\n") > 1 {
		t.Errorf("the other tab has begun a session of its own: %q", asked)
	}
	shop.reply(t, shop.newest(t), "And so are we", false)
	for _, p := range []*person{leader, v} {
		p.hears("visitor: Please remember this", "visitor: I'm still here", "agent: And so are we")
		p.mu.Lock()
		for _, refusal := range p.refusals {
			if strings.Contains(refusal, "401") {
				t.Errorf("%s's browser: %s", p.name, refusal)
			}
		}
		p.mu.Unlock()
	}
}
