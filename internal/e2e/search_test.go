package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// search returns the texts found, newest first.
func (m *member) search(t testing.TB, query string) []string {
	t.Helper()
	texts := []string{}
	for _, r := range list(t, m.do(t, "GET", "/search"+query, nil).ok(t, http.StatusOK), "results") {
		texts = append(texts, str(t, r, "message.text"))
		if str(t, r, "message.conversation_id") != str(t, r, "conversation._id") {
			t.Fatalf("message and conversation don't belong together: %v", r)
		}
	}
	return texts
}

// oddQueries are what an index of words could take for more than words, and what only looks odd.
var oddQueries = []string{
	`"`, `"""`, `*`, `delivery"*`, `late OR courier`, `NOT late`, `(`, `)`, `a:b`, `text:delivery`, `{account_id}:x`, `^late`, `-late`, `+`, `late NEAR courier`, `NEAR(late courier, 5)`,
	"\x00", "late\x00", "\xff\xfe", "\xed\xa0\x80", "\ufeff", `\`, `'`, `''; DROP TABLE contacts; --`, `%`, `_`, "ß", "日本", "😀", "👩‍👩‍👧‍👦 🏳️‍🌈", "שלום עולם", "\u202elate", "e\u0301\u0301\u0301\u0301",
	"?!…—«»·", ". . .", "--", `" AND "`, strings.Repeat("a ", 100), strings.Repeat("\"", 200), strings.Repeat("😀", 200), "\t\n\v", `<script>alert(1)</script>`, `" autofocus onfocus="alert(1)`, "{{.}}${x}",
}

// longQueries are longer than a search may be.
var longQueries = []string{strings.Repeat("a", 201), strings.Repeat("late ", 1500), strings.Repeat("\x00", 300), strings.Repeat("שלום ", 300), strings.Repeat(`"(*`, 500)}

// TestNoQueryIsAnError types what is odd into every place that searches: each answers with what it finds, or
// says that it is too long, and none takes a sign for an order.
func TestNoQueryIsAnError(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{"name": "Found Person"})
	v.post(t, "The delivery is late")
	c := a.console(t)
	pages := []string{"/search", "/inbox", "/inbox/" + v.conversation, "/contacts", "/contacts/" + v.contact + "/merge", "/contacts/export.csv", "/settings/replies", "/jump"}
	ask := func(page, raw string) {
		t.Helper()
		headers := []string{}
		if page == "/jump" {
			headers = []string{"HX-Request", "true", "HX-Target", "jump-found"}
		}
		r := c.get(t, page+"?"+raw, headers...)
		if r.status != http.StatusOK || bytes.Contains(r.body, []byte("<script>alert")) || bytes.Contains(r.body, []byte(`onfocus="alert`)) {
			t.Errorf("%s?%.60s: %.300v", page, raw, r)
		}
	}
	for _, path := range []string{"/search", "/conversations", "/contacts", "/canned-replies"} {
		for _, odd := range oddQueries {
			want := http.StatusOK
			if path == "/search" && strings.TrimSpace(odd) == "" {
				want = http.StatusBadRequest // nothing to look for
			}
			if r := a.do(t, "GET", path+"?q="+url.QueryEscape(odd), nil); r.status != want {
				t.Errorf("%s, %.60q: %.300v", path, odd, r)
			}
		}
		want := http.StatusBadRequest
		if path == "/canned-replies" {
			want = http.StatusOK // compared with a few short names, so that no length is too long
		}
		for _, long := range longQueries {
			if r := a.do(t, "GET", path+"?q="+url.QueryEscape(long), nil); r.status != want {
				t.Errorf("%s, %.60q: %.300v", path, long, r)
			}
		}
	}
	for _, page := range pages {
		for _, odd := range append(oddQueries, longQueries...) {
			ask(page, "q="+url.QueryEscape(odd))
		}
		for _, raw := range []string{"q=%", "q=%zz&x", "q=a;b", "q", "q=a&q=%22", "%00=x&q=late", "q[]=x", "cursor=&q=late", "&&&"} {
			ask(page, raw)
		}
	}
	for _, odd := range []string{"late OR courier", "NOT late", "{account_id} : x", `x" OR text : "delivery`, "late NEAR x"} {
		ids, _ := a.conversations(t, "?q="+url.QueryEscape(odd))
		equal(t, odd, ids, []string{})
		c.get(t, "/inbox?q="+url.QueryEscape(odd)).shows(t, http.StatusOK, "!data-conversation=\""+v.conversation)
		c.get(t, "/contacts?q="+url.QueryEscape(odd)).shows(t, http.StatusOK, "!/contacts/"+v.contact)
	}
	for _, odd := range []string{`"`, "NOT late", "\x00"} {
		st := a.srv.stream(t, "/inbox/events?q="+url.QueryEscape(odd), "Cookie", c.cookie)
		if _, open := <-st.events; !open { // its first is the list
			t.Errorf("the stream of the inbox ends for %q", odd)
		}
		st.close()
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v := started(t, a.srv, tok, obj{"name": "Searched Person"})
	v.post(t, "The delivery of my café table is late")
	a.reply(t, v.conversation, "Which delivery, please?", false)
	a.reply(t, v.conversation, "note: courier lost it", true)
	w := started(t, a.srv, tok, obj{})
	w.post(t, "Delivery to jane@customer.example failed with error-42")
	other := newAccount(t, a.srv)
	foreign := started(t, other.srv, other.newToken(t, shop), obj{})
	foreign.post(t, "delivery for somebody else")

	table, which, note, jane := "The delivery of my café table is late", "Which delivery, please?", "note: courier lost it",
		"Delivery to jane@customer.example failed with error-42"
	for query, want := range map[string][]string{
		"delivery": {jane, which, table}, "DELIV": {jane, which, table}, "delivery late": {table}, "late delivery": {table},
		"cafe": {table}, "café tab": {table}, "courier": {note}, "jane@customer.example": {jane}, "error-42": {jane}, "error 42": {jane},
		"please?": {which}, "somebody": {}, "x": {},
	} {
		equal(t, query, a.search(t, "?q="+url.QueryEscape(query)), want)
	}
	first := a.do(t, "GET", "/search?q=delivery&limit=2", nil).ok(t, http.StatusOK)
	is(t, first, "results.0.message.text", jane)
	second := a.do(t, "GET", "/search?q=delivery&limit=2&cursor="+url.QueryEscape(str(t, first, "next_cursor")), nil).ok(t, http.StatusOK)
	is(t, second, "results.0.message.text", table)
	is(t, second, "next_cursor", nil)

	t.Run("no sign has a meaning", func(t *testing.T) {
		for _, odd := range []string{"late OR courier", "NOT late", "{account_id} : x", `x" OR text : "delivery`} {
			equal(t, odd, a.search(t, "?q="+url.QueryEscape(odd)), []string{})
		}
		for _, bad := range []string{"", "?q=", "?q=+", "?q=" + strings.Repeat("a", 201), "?q=a&cursor=nonsense", "?q=a&limit=0", "?q=a&limit=-1"} {
			a.do(t, "GET", "/search"+bad, nil).refused(t, http.StatusBadRequest, "")
		}
	})
	t.Run("conversations", func(t *testing.T) {
		for query, want := range map[string][]string{
			"delivery": {w.conversation, v.conversation}, "searched": {v.conversation}, "courier": {v.conversation}, "somebody": {},
		} {
			ids, _ := a.conversations(t, "?q="+url.QueryEscape(query))
			equal(t, query, ids, want)
		}
	})
	t.Run("what was edited or deleted", func(t *testing.T) {
		m := a.reply(t, v.conversation, "wrong wording", false)
		path := "/conversation/" + v.conversation + "/messages/" + str(t, m, "_id")
		a.do(t, "PATCH", path, obj{"text": "better phrase"}).ok(t, http.StatusOK)
		equal(t, "old text", a.search(t, "?q=wording"), []string{})
		equal(t, "new text", a.search(t, "?q=phrase"), []string{"better phrase"})
		a.do(t, "DELETE", path, nil).ok(t, http.StatusOK)
		equal(t, "deleted text", a.search(t, "?q=phrase"), []string{})
	})
}

func TestTags(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v, w := started(t, a.srv, tok, obj{}), started(t, a.srv, tok, obj{})
	v.post(t, "one")
	w.post(t, "two")
	path := "/conversation/" + v.conversation
	st := a.stream(t)
	answer := a.do(t, "PATCH", path, obj{"tags": []string{" VIP ", "refund", "VIP"}}).ok(t, http.StatusOK)
	is(t, answer, "conversation.tags.0", "VIP")
	is(t, answer, "conversation.tags.1", "refund")
	if n := len(list(t, answer, "conversation.tags")); n != 2 {
		t.Errorf("%d tags", n)
	}
	is(t, st.await(t, "conversation").data, "conversation_id", v.conversation)
	a.do(t, "PATCH", "/conversation/"+w.conversation, obj{"tags": []string{"refund"}}).ok(t, http.StatusOK)
	for query, want := range map[string][]string{
		"?tag=VIP": {v.conversation}, "?tag=refund": {w.conversation, v.conversation}, "?tag=vip": {}, "?tag=none": {},
		"?tag=refund&status=closed": {}, "?tag=refund&limit=1": {w.conversation},
	} {
		ids, _ := a.conversations(t, query)
		equal(t, query, ids, want)
	}
	a.do(t, "PATCH", path, obj{"status": "active"}).ok(t, http.StatusOK)
	if n := len(list(t, a.do(t, "GET", path, nil).ok(t, http.StatusOK), "tags")); n != 2 {
		t.Error("a change of something else took the tags away")
	}
	a.do(t, "PATCH", path, obj{"tags": []string{}}).ok(t, http.StatusOK)
	ids, _ := a.conversations(t, "?tag=VIP")
	equal(t, "taken away", ids, []string{})
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf("tag %d", i)
	}
	for _, bad := range []any{many, []string{""}, []string{strings.Repeat("x", 41)}, []string{"two\nlines"}, "vip", []int{1}} {
		a.do(t, "PATCH", path, obj{"tags": bad}).refused(t, http.StatusBadRequest, "")
	}
	a.do(t, "PATCH", path, obj{"tags": many[:20]}).ok(t, http.StatusOK)
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	a.do(t, "POST", "/token/regenerate", obj{"id": tok.id}).ok(t, http.StatusOK)
	a.do(t, "DELETE", "/token/"+tok.id, nil).ok(t, http.StatusOK)
	answer := a.do(t, "GET", "/audit?limit=2", nil).ok(t, http.StatusOK)
	is(t, answer, "audit.0.action", "token.delete")
	is(t, answer, "audit.0.target_id", tok.id)
	is(t, answer, "audit.0.user_id", a.id)
	is(t, answer, "audit.0.user_name", "Mem Ber")
	is(t, answer, "audit.1.action", "token.regenerate")
	answer = a.do(t, "GET", "/audit?cursor="+url.QueryEscape(str(t, answer, "next_cursor")), nil).ok(t, http.StatusOK)
	is(t, answer, "audit.0.action", "token.create")
	is(t, answer, "next_cursor", nil)
	a.join(t, a.srv, "agent").do(t, "GET", "/audit", nil).refused(t, http.StatusForbidden, "Only admins may do this")
	other := newAccount(t, a.srv)
	for _, entry := range list(t, other.do(t, "GET", "/audit", nil).ok(t, http.StatusOK), "audit") {
		is(t, entry, "user_id", other.id)
	}
}
