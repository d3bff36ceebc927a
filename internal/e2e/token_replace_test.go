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
