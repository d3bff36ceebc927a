package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

func TestBlocksPage(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	admin, ben := a.console(t), a.join(t, a.srv, "agent")
	admin.get(t, "/settings/blocks").shows(t, http.StatusOK, "Nobody is blocked")
	block := func(kind, value string) reply {
		return admin.send(t, "/settings/blocks", url.Values{"kind": {kind}, "value": {value}})
	}
	// What is wrong comes back as typed, and nothing is blocked: not everybody either.
	for _, wrong := range []string{"203.0.113.999", "0.0.0.0/0", "nonsense"} {
		block("network", wrong).shows(t, http.StatusUnprocessableEntity, `value="`+wrong+`"`, `id="value-error"`, "Nobody is blocked")
	}
	block("planet", "earth").shows(t, http.StatusUnprocessableEntity, `value="earth"`, `id="kind-error"`)

	v := started(t, a.srv, a.newToken(t, shop), obj{"name": "Rude Rudi"})
	v.post(t, "hi")
	ben.do(t, "POST", "/blocks", obj{"kind": "contact", "value": v.contact}).ok(t, http.StatusOK)
	block("network", " 203.0.113.77/24 ").leadsTo(t, "/settings/blocks")
	// A second click blocks nothing twice.
	block("network", "203.0.113.0/24").leadsTo(t, "/settings/blocks")
	page := admin.get(t, "/settings/blocks").shows(t, http.StatusOK, "203.0.113.0/24 is blocked", "Rude Rudi", `href="/contacts/`+v.contact+`"`, "Mem Ber", "Address")
	lifts := regexp.MustCompile(`/settings/blocks/[0-9a-f]{24}/lift`).FindAllString(string(page.body), -1)
	if len(lifts) != 2 {
		t.Fatalf("blocks: %v", lifts)
	}

	stranger := newAccount(t, a.srv).console(t)
	stranger.get(t, "/settings/blocks").shows(t, http.StatusOK, "Nobody is blocked")
	for _, lift := range lifts {
		stranger.send(t, lift, nil).leadsTo(t, "/settings/blocks")
		ben.console(t).send(t, lift, nil).shows(t, http.StatusForbidden)
	}
	v.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": "let me in"}).refused(t, http.StatusForbidden, "")
	for _, lift := range lifts {
		admin.send(t, lift, nil).leadsTo(t, "/settings/blocks")
		admin.send(t, lift, nil).leadsTo(t, "/settings/blocks")
	}
	admin.get(t, "/settings/blocks").shows(t, http.StatusOK, "is lifted", "Nobody is blocked")
	v.post(t, "thank you")
}
