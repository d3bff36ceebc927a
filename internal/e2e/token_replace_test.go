package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"
)

var shownToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// Replacing a token makes a second one with its settings; both work until the first is deleted.
func TestTokenReplace(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	admin := a.console(t)
	tok := a.newToken(t, shop, "chat", "history")
	s.edit(t, "UPDATE support_tokens SET require_origin = TRUE WHERE _id = ?", tok.id)
	old := newVisitor(s, tok)
	old.origin = shop
	path := "/settings/tokens/" + tok.id
	admin.get(t, path+"/replace").shows(t, http.StatusOK, "Replace the token for "+shop)
	for _, wrong := range []string{"", "0", "2", "-1", "x", "100000000000"} {
		if r := admin.send(t, path+"/replace", url.Values{"hours": {wrong}}); r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
			t.Errorf("a grace of %q: %d", wrong, r.status)
		}
	}
	before := time.Now()
	page := admin.send(t, path+"/replace", url.Values{"hours": {"24"}}).shows(t, http.StatusOK, "supportConfig")
	fresh := *old
	fresh.token = shownToken.FindString(string(page.body))
	s.keepOut(fresh.token)
	old.config(t).ok(t, http.StatusOK)
	equal(t, "scopes of the new one", strs(t, fresh.config(t).ok(t, http.StatusOK), "config.scopes"), []string{"chat", "history"})
	fresh.origin = ""
	fresh.config(t).refused(t, http.StatusForbidden, "Domain not whitelisted")
	fresh.origin = shop

	// A second press makes no third token.
	if r := admin.send(t, path+"/replace", url.Values{"hours": {"1"}}); r.status != http.StatusSeeOther {
		t.Errorf("the form sent twice: %d", r.status)
	}
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "This token is being replaced already", "Replaced", "Deleted on")
	if n := len(a.tokens(t)); n != 2 {
		t.Fatalf("%d tokens, want 2", n)
	}
	var at int64
	s.scan(t, &at, "SELECT delete_at FROM support_tokens WHERE _id = ?", tok.id)
	if due := time.UnixMilli(at).Sub(before); due < 23*time.Hour || due > 25*time.Hour {
		t.Errorf("deleted in %v, want a day", due)
	}
	passTime := func() {
		t.Helper()
		s.edit(t, "UPDATE support_tokens SET delete_at = delete_at - 90000000 WHERE _id = ?", tok.id)
		s.edit(t, "UPDATE jobs SET run_at = run_at - 90000000, payload = json_set(payload, '$.at', json_extract(payload, '$.at') - 90000000) WHERE kind = 'token.delete'")
	}
	noJob := func() bool { return s.count(t, "SELECT COUNT(*) FROM jobs WHERE kind = 'token.delete'") == 0 }

	// Called off, the old one stays when its time comes.
	if r := admin.send(t, path+"/keep", nil); r.status != http.StatusSeeOther {
		t.Errorf("keep: %d", r.status)
	}
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "The token stays.", "!Deleted on")
	passTime()
	eventually(t, 10*time.Second, "the job to end", noJob)
	old.config(t).ok(t, http.StatusOK)

	admin.send(t, path+"/replace", url.Values{"hours": {"24"}}).shows(t, http.StatusOK, "supportConfig")
	passTime()
	eventually(t, 10*time.Second, "the old one to be deleted", func() bool { return a.tokenRow(t, tok.id) == nil })
	old.config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
	fresh.config(t).ok(t, http.StatusOK)
	admin.get(t, "/settings/audit").shows(t, http.StatusOK, "replaced the token for", "kept the replaced token for", "deleted the token for")

	// One that was regenerated is wanted: it stays too.
	other := a.newToken(t, "https://other.example")
	admin.send(t, "/settings/tokens/"+other.id+"/replace", url.Values{"hours": {"24"}}).shows(t, http.StatusOK, "supportConfig")
	admin.send(t, "/settings/tokens/"+other.id+"/regenerate", nil).shows(t, http.StatusOK, "supportConfig")
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "!Deleted on")
	s.edit(t, "UPDATE support_tokens SET expires_at = 1 WHERE _id = ?", other.id)
	if r := admin.send(t, "/settings/tokens/"+other.id+"/replace", url.Values{"hours": {"24"}}); r.status != http.StatusSeeOther {
		t.Errorf("replacing an expired token: %d", r.status)
	}
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "This token works no more. Regenerate it instead.")
}

// Admins are warned 30, 7 and 1 days before a token ends, on every page.
func TestTokenExpiryWarnings(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	admin, agent := a.console(t), a.join(t, a.srv, "agent").console(t)
	tok, short := a.newToken(t, shop), a.newToken(t, "https://short.example")
	a.srv.edit(t, "UPDATE support_tokens SET expiry_time = ? WHERE _id = ?", 30*dayMillis, short.id)
	ends := func(id string, days int64) {
		a.srv.edit(t, "UPDATE support_tokens SET expires_at = ? WHERE _id = ?", time.Now().UnixMilli()+days*dayMillis-60_000, id)
	}
	const line = " loses its chat on "
	ends(tok.id, 32)
	ends(short.id, 29) // of 30: it has only begun
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "!Ends within", "!"+line)
	for days, text := range map[int64]string{30: "Ends within 30 days", 7: "Ends within 7 days", 1: "Ends within a day"} {
		ends(tok.id, days)
		admin.get(t, "/settings/tokens").shows(t, http.StatusOK, text)
		admin.get(t, "/inbox").shows(t, http.StatusOK, shop+line)
	}
	agent.get(t, "/inbox").shows(t, http.StatusOK, "!"+line)
	ends(tok.id, 20)
	ends(short.id, 6)
	admin.get(t, "/inbox").shows(t, http.StatusOK, "https://short.example"+line, "!"+shop+line)
	ends(short.id, -1)
	admin.get(t, "/inbox").shows(t, http.StatusOK, shop+line)
	a.do(t, "POST", "/token/regenerate", obj{"id": tok.id}).ok(t, http.StatusOK)
	admin.get(t, "/inbox").shows(t, http.StatusOK, "!"+line)
}

// replaceToken gives a token a successor and returns it.
func (m *member) replaceToken(t testing.TB, tokenID string) supportToken {
	t.Helper()
	made := at(t, m.do(t, "POST", "/token/"+tokenID+"/replace", obj{"grace": 3600000}).ok(t, http.StatusCreated), "token")
	m.srv.keepOut(str(t, made, "token"))
	return supportToken{id: str(t, made, "_id"), token: str(t, made, "token")}
}

// Nobody loses a conversation because a site's token was replaced: sessions go on with every token of the
// chain, before and after those before it are deleted, and with no other one.
func TestSessionsOutliveAReplacedToken(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	first := a.newToken(t, shop, "chat", "history")
	v := started(t, s, first, obj{"name": "Vera"})
	v.post(t, "Where is my parcel?")
	second := a.replaceToken(t, first.id)

	with := func(tok supportToken) *visitor {
		moved := *v
		moved.token = tok.token
		return &moved
	}
	goesOn := func(tok supportToken) {
		t.Helper()
		moved := with(tok)
		if read := moved.texts(t); len(read) == 0 || read[0] != "Where is my parcel?" {
			t.Errorf("reads %v", read)
		}
		moved.start(t, obj{}, http.StatusOK)
		if moved.sessionID != v.sessionID || moved.conversation != v.conversation || moved.session != v.session {
			t.Errorf("another session: %s in %s", moved.sessionID, moved.conversation)
		}
		// Without its secret the device finds its session too, as with one token.
		lost := moved.again()
		if lost.start(t, obj{}, http.StatusOK); lost.sessionID != v.sessionID {
			t.Errorf("found session %s by the device", lost.sessionID)
		}
		moved.post(t, unique("on"))
	}
	goesOn(second)
	fresh := started(t, s, second, obj{})
	fresh.post(t, "from a page with the new snippet")
	fresh.token = first.token // and then on one that still has the old one
	equal(t, "what is read", fresh.texts(t), []string{"from a page with the new snippet"})

	stream := with(second).stream(t, "")
	a.do(t, "DELETE", "/token/"+first.id, nil).ok(t, http.StatusOK)
	with(first).do(t, "GET", "/session", nil).refused(t, http.StatusUnauthorized, "Invalid support token")
	goesOn(second)
	third := a.replaceToken(t, second.id)
	a.do(t, "DELETE", "/token/"+second.id, nil).ok(t, http.StatusOK)
	goesOn(third)
	stream.ends(t, 10*time.Second)
	regenerated := str(t, a.do(t, "POST", "/token/regenerate", obj{"id": third.id}).ok(t, http.StatusOK), "token.token")
	s.keepOut(regenerated)
	goesOn(supportToken{token: regenerated})
	with(third).do(t, "GET", "/session", nil).refused(t, http.StatusUnauthorized, "Invalid support token")
}

// A token of another site, of another account or just of the same domain takes over nothing.
func TestOtherTokensTakeNoSessionsOver(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a, b := newAccount(t, s), newAccount(t, s)
	tok := a.newToken(t, shop)
	a.replaceToken(t, tok.id)
	v := started(t, s, tok, obj{})
	v.post(t, "mine")
	for name, other := range map[string]supportToken{
		"another site": a.replaceToken(t, a.newToken(t, "https://other.example").id), "a second token of the site": a.newToken(t, shop),
		"another account": b.replaceToken(t, b.newToken(t, shop).id),
	} {
		w := *v
		w.token = other.token
		w.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
		if w.start(t, obj{}, http.StatusCreated); w.conversation == v.conversation || w.sessionID == v.sessionID {
			t.Errorf("%s goes on with the conversation", name)
		}
	}
}
