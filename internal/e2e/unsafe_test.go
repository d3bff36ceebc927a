package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Who claims an address learns nothing of whether somebody has it.
func TestAMatchTellsNothing(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	known := unique("known") + "@customer.example"
	owner := verified(t, a.srv, tok, known, 1)
	a.do(t, "PATCH", "/contact/"+str(t, a.do(t, "GET", "/conversation/"+owner.conversation, nil).ok(t, http.StatusOK), "contact_id"),
		obj{"name": "Known Person", "phone": "+4930" + digits(8)}).ok(t, http.StatusOK)
	answers := map[string]string{}
	for _, email := range []string{known, unique("never") + "@customer.example"} {
		v := newVisitor(a.srv, tok)
		r := v.do(t, "POST", "/session", obj{"email": email})
		r.ok(t, http.StatusCreated)
		text := strings.NewReplacer(email, "EMAIL", v.device, "DEVICE").Replace(string(r.body))
		text = anyID.ReplaceAllString(text, "ID")
		text = regexp.MustCompile(`"session_token":"[^"]+"|\d{4}-\d\d-\d\dT[0-9:.]+Z`).ReplaceAllString(text, "NEW")
		answers[text] = email
	}
	if len(answers) != 1 {
		t.Errorf("answers differ: %v", answers)
	}
}

// However many sessions a conversation has had, the team is shown the newest fifty.
func TestNewestFiftySessions(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	var columns string
	s.scan(t, &columns, `SELECT group_concat(name) FROM pragma_table_info('support_sessions') WHERE name NOT IN ('_id', 'created_at')`)
	s.edit(t, `INSERT INTO support_sessions (_id, created_at, `+columns+`) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70)
		SELECT printf('%024x', i), created_at - i, `+columns+` FROM support_sessions, n WHERE _id = ?`, v.sessionID)
	sessions := list(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "sessions")
	if len(sessions) != 50 {
		t.Fatalf("%d sessions", len(sessions))
	}
	is(t, sessions[0], "session_id", v.sessionID)
	is(t, sessions[49], "session_id", fmt.Sprintf("%024x", 49))
}

// A mail server that comes back after an hour is not given codes that are over.
func TestCodesAreNotSentLate(t *testing.T) {
	t.Parallel()
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtp://"+addr))
	email, other := unique("late")+"@customer.example", unique("later")+"@customer.example"
	v := started(t, s, newAccount(t, s).newToken(t, shop), obj{"email": email})
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	if n := s.count(t, "SELECT count(*) FROM jobs WHERE kind = 'otp.send' AND give_up_at BETWEEN created_at + 590000 AND created_at + 600000"); n != 1 {
		t.Error("it is not tried for as long as a code lives")
	}
	s.edit(t, "UPDATE jobs SET give_up_at = ?, run_at = 0 WHERE kind = 'otp.send'", time.Now().UnixMilli())
	eventually(t, 20*time.Second, "it is given up", func() bool {
		return s.count(t, "SELECT count(*) FROM jobs WHERE kind = 'otp.send' AND status = 'dead'") == 1
	})
	sink := mustListen(t, addr)
	defer sink.close()
	s.restart(t)
	if r := s.do(t, "GET", "/readyz", nil); r.status != http.StatusOK {
		t.Fatal(r)
	}
	v.start(t, obj{"email": other}, http.StatusCreated)
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	sink.nth(t, other, 1) // what came later has been sent, so the queue was gone through
	if found, _ := sink.box.matching(sink.to(email)); len(found) != 0 {
		t.Errorf("sent all the same: %v", found)
	}
}

// injections are statements, operators of the search and patterns, for places that take words.
var injections = []string{
	`'`, `"`, `''`, `' OR '1'='1`, `" OR ""="`, `'; DROP TABLE contacts; --`, `') UNION SELECT password_hash FROM users --`, `1 OR 1=1`, `\`, `%`, `_`, `*`, `**`, `a*b`, `^a`, `-a`, `+a`,
	`NEAR(a b)`, `a AND b`, `NOT a`, `a OR`, `name:a`, `text : a`, `{name email} : a`, `(a`, `a)`, `"a`, `a"b`, `:`, `{`, `account_id:a`, `part:a`, "a\x00b", `$1`, `?1`, `@x`, "\xff\xfe", "\u202e", `/*`, `--`,
	strings.Repeat("a ", 2000), strings.Repeat("(", 2000), strings.Repeat(`"`, 2001),
}

// What is typed into a search or sent as a filter is words: it is no statement and no operator, fails
// nothing, and finds nothing of another account.
func TestInjection(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	theirs := newAccount(t, s)
	written(t, theirs, theirs.newToken(t, shop), "tourmaline a b users contacts").do(t, "PATCH", "/session", obj{"name": "tourmaline a"}).ok(t, http.StatusOK)
	a := newAccount(t, s)
	mine := written(t, a, a.newToken(t, shop, allScopes...), "jasper")
	c := a.console(t)
	tables := s.count(t, "SELECT count(*) FROM sqlite_schema")
	paths := []string{"/search?q=", "/contacts?q=", "/contacts?show=", "/contacts?cursor=", "/conversations?q=", "/conversations?tag=", "/conversations?sort=", "/conversations?view=",
		"/conversations?cursor=", "/conversations?site=", "/conversations?assignee=", "/audit?action=", "/audit?user_id=", "/canned-replies?q="}
	pages := []string{"/search?q=", "/jump?q=", "/contacts?q=", "/inbox?q=", "/inbox?tag=", "/inbox?sort=", "/inbox?view=", "/settings/audit?user=", "/settings/audit?action=", "/contacts/export.csv?q="}
	check := func(r reply, text string) {
		leaked := bytes.Contains(r.body, []byte("tourmaline")) || bytes.Contains(r.body, []byte("argon2id"))
		attempt("injection into a search or filter", r.status < 500 && !leaked)
		if r.status >= 500 || leaked {
			t.Errorf("%q: %.300v", text, r)
		}
	}
	for _, text := range injections {
		for _, path := range paths {
			check(a.do(t, "GET", path+url.QueryEscape(text), nil), text)
		}
		for _, path := range pages {
			check(c.get(t, path+url.QueryEscape(text)), text)
		}
		for _, path := range []string{"/session/messages?after_seq=", "/session/messages?limit=", "/session/conversations?cursor=", "/config?lang=", "/config?locale=", "/session/events?once=1&after_seq="} {
			r := mine.do(t, "GET", path+url.QueryEscape(text), nil)
			check(r, text)
		}
	}
	if got := a.search(t, "?q=jasper"); len(got) != 1 {
		t.Errorf("the search finds %v", got)
	}
	if n := s.count(t, "SELECT count(*) FROM sqlite_schema"); n != tables {
		t.Errorf("%d tables and indexes, there were %d", n, tables)
	}
}

// A body that would have to be unpacked first, and a credential that comes twice, are refused: nobody
// can say how large the one is, or which of the others counts.
func TestPackedBodiesAndDoubledHeaders(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, allScopes...), obj{})
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, _ = w.Write([]byte(`{"name":"` + strings.Repeat(" ", 10<<20) + `"}`))
	_ = w.Close()
	body, kind := form(t, "a.txt", []byte("hello"))
	for _, encoding := range []string{"gzip", "identity", "deflate, gzip", "br", "x"} {
		for _, r := range []reply{v.do(t, "POST", "/session", bomb.Bytes(), "Content-Encoding", encoding), v.do(t, "POST", "/session/files", body, "Content-Type", kind, "Content-Encoding", encoding),
			a.do(t, "PUT", "/config/settings", bomb.Bytes(), "Content-Encoding", encoding)} {
			attempt("packed body", r.status == http.StatusBadRequest)
			r.refused(t, http.StatusBadRequest, "Send the body without Content-Encoding")
		}
	}
	for _, name := range []string{"Authorization", "X-Session-Token", "X-Device-ID"} {
		headers := v.headers()
		for _, second := range []string{headers[slices.Index(headers, name)+1], "Bearer other"} {
			for _, order := range [][]string{append(v.headers(), name, second), append([]string{name, second}, headers...)} {
				r := s.do(t, "GET", api+"/session/messages", nil, order...)
				attempt("doubled credential", r.status == http.StatusUnauthorized || r.status == http.StatusBadRequest)
				if r.status != http.StatusUnauthorized && r.status != http.StatusBadRequest {
					t.Errorf("%s twice: %v", name, r)
				}
			}
		}
	}
	if r := s.do(t, "GET", api+"/token", nil, "Authorization", "Bearer "+a.token, "Authorization", "Bearer "+a.token); r.status != http.StatusUnauthorized {
		t.Errorf("a JWT twice: %v", r)
	}
}
