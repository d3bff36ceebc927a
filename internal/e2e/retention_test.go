package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

func daysAgo(n int) int64 {
	return time.Now().Add(-time.Duration(n)*24*time.Hour - time.Minute).UnixMilli()
}

// aged lets nothing have happened in a visitor's conversation for some days.
func (v *visitor) aged(t testing.TB, days int) {
	t.Helper()
	v.srv.edit(t, "UPDATE support_conversations SET updated_at = ? WHERE _id = ?", daysAgo(days), v.conversation)
	v.srv.edit(t, "UPDATE support_sessions SET created_at = ?, last_activity = ? WHERE _id = ?", daysAgo(days), daysAgo(days), v.sessionID)
}

func (a *account) retain(t testing.TB, conversations, files, addresses int) {
	t.Helper()
	version := num(t, a.do(t, "GET", "/retention", nil).ok(t, http.StatusOK), "retention.version")
	a.do(t, "PUT", "/retention", obj{"conversation_days": conversations, "file_days": files, "address_days": addresses, "version": version}).ok(t, http.StatusOK)
}

func (a *account) erasedEntries(t testing.TB) (details []string) {
	t.Helper()
	for _, e := range list(t, a.do(t, "GET", "/audit?action=retention.erase", nil).ok(t, http.StatusOK), "audit") {
		details = append(details, str(t, e, "detail"))
	}
	return details
}

func (a *account) untilErased(t testing.TB, want string) {
	t.Helper()
	eventually(t, 20*time.Second, "the audit log's "+want, func() bool {
		all := a.erasedEntries(t)
		return len(all) > 0 && all[0] == want
	})
}

func (s *server) gone(t testing.TB, conversation string) bool {
	t.Helper()
	left := 0
	for _, table := range []string{"support_messages", "support_files", "support_sessions", "conversation_events"} {
		n := 0
		s.scan(t, &n, "SELECT COUNT(*) FROM "+table+" WHERE conversation_id = ?", conversation)
		left += n
	}
	n := 0
	s.scan(t, &n, "SELECT COUNT(*) FROM support_conversations WHERE _id = ?", conversation)
	return left+n == 0
}

func filesOnDisk(t testing.TB, s *server) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.dir, "files"), func(_ string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRetentionErasesIdleConversations(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	a, other := newAccount(t, srv), newAccount(t, srv)
	tok := a.newToken(t, shop, "chat", "support", "file_upload")
	write := func() *visitor {
		v := written(t, a, tok, "marmalade")
		file := str(t, v.upload(t, "note.txt", []byte("marmalade")).ok(t, http.StatusCreated), "file._id")
		v.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": "with a file", "attachments": []string{file}}).ok(t, http.StatusCreated)
		return v
	}
	open, closed, fresh, read, snoozed := write(), write(), write(), write(), write()
	foreign := written(t, other, other.newToken(t, shop), "marmalade")
	a.do(t, "PATCH", "/conversation/"+closed.conversation, obj{"status": "closed"}).ok(t, http.StatusOK)
	a.do(t, "PATCH", "/conversation/"+snoozed.conversation, obj{"snooze": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}).ok(t, http.StatusOK)
	empty := started(t, srv, tok, obj{})
	for _, v := range []*visitor{open, closed, read, snoozed, foreign, empty} {
		v.aged(t, 31)
	}
	fresh.aged(t, 29)
	// Nobody wrote, but the visitor still looks at it.
	srv.edit(t, "UPDATE support_sessions SET last_activity = ? WHERE _id = ?", time.Now().UnixMilli(), read.sessionID)
	before := filesOnDisk(t, srv)
	reported := fmt.Sprint(at(t, a.report(t, "volume"), "total"))

	preview := a.do(t, "GET", "/retention/preview?conversation_days=30", nil).ok(t, http.StatusOK)
	is(t, preview, "conversations", 3.0)
	is(t, preview, "files", 0.0)
	a.retain(t, 30, 0, 0)
	a.untilErased(t, "3 conversations, 0 files, addresses of 0 sessions")
	for _, v := range []*visitor{open, closed, empty} {
		if !srv.gone(t, v.conversation) {
			t.Errorf("something of %s is left", v.conversation)
		}
		a.do(t, "GET", "/conversation/"+v.conversation, nil).refused(t, http.StatusNotFound, "")
		v.do(t, "GET", "/session", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	}
	for _, v := range []*visitor{fresh, read, snoozed} {
		a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	}
	other.do(t, "GET", "/conversation/"+foreign.conversation, nil).ok(t, http.StatusOK)
	if n := filesOnDisk(t, srv); n != before-2 {
		t.Errorf("%d files on disk of %d", n, before)
	}
	equal(t, "what search finds", a.search(t, "?q=marmalade"), []string{"marmalade", "marmalade", "marmalade"})
	if again := fmt.Sprint(at(t, a.report(t, "volume"), "total")); again != reported {
		t.Errorf("reports: %s, then %s", reported, again)
	}
	var contacts int
	srv.scan(t, &contacts, "SELECT COUNT(*) FROM contacts WHERE _id IN (?, ?, ?)", open.contact, closed.contact, empty.contact)
	if contacts != 0 {
		t.Errorf("%d contacts of whom nothing is known are left", contacts)
	}
}

func TestRetentionErasesFilesAndAddresses(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	a := newAccount(t, srv)
	tok := a.newToken(t, shop, "chat", "support", "file_upload")
	v, now := written(t, a, tok, "hello"), written(t, a, tok, "hello")
	for i, text := range []string{"look", ""} {
		file := str(t, v.upload(t, "note.txt", []byte("note")).ok(t, http.StatusCreated), "file._id")
		v.do(t, "POST", "/session/messages", obj{"client_id": fmt.Sprint(i), "text": text, "attachments": []string{file}}).ok(t, http.StatusCreated)
	}
	srv.edit(t, "UPDATE support_files SET created_at = ?", daysAgo(3))
	v.aged(t, 3)
	a.retain(t, 0, 2, 2)
	a.untilErased(t, "0 conversations, 2 files, addresses of 1 sessions")
	if n := filesOnDisk(t, srv); n != 0 {
		t.Errorf("%d files on disk", n)
	}
	messages := list(t, a.do(t, "GET", "/conversation/"+v.conversation+"/messages", nil).ok(t, http.StatusOK), "messages")
	equal(t, "what was said", textsOf(t, obj{"messages": messages}), []string{"hello", "look", ""})
	if at(t, messages[1], "deleted_at") != nil || at(t, messages[2], "deleted_at") == nil {
		t.Errorf("messages: %v", messages)
	}
	for _, w := range []struct {
		v    *visitor
		kept bool
	}{{v, false}, {now, true}} {
		var ip, agent string
		srv.scan(t, &ip, "SELECT ip FROM support_sessions WHERE _id = ?", w.v.sessionID)
		srv.scan(t, &agent, "SELECT user_agent FROM support_sessions WHERE _id = ?", w.v.sessionID)
		if (ip != "") != w.kept || (agent != "") != w.kept {
			t.Errorf("address %q, browser %q", ip, agent)
		}
	}
	a.console(t).get(t, "/inbox/"+v.conversation).shows(t, http.StatusOK, "look")
}

func TestRetentionRules(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	put := func(days any, version int) reply {
		return a.do(t, "PUT", "/retention", obj{"conversation_days": days, "file_days": 0, "address_days": 0, "version": version})
	}
	is(t, a.do(t, "GET", "/retention", nil).ok(t, http.StatusOK), "retention.conversation_days", 0.0)
	put(-1, 0).refused(t, http.StatusBadRequest, "")
	put(3651, 0).refused(t, http.StatusBadRequest, "")
	put("ten", 0).refused(t, http.StatusBadRequest, "")
	is(t, put(30, 0).ok(t, http.StatusOK), "retention.version", 1.0)
	is(t, put(60, 0).refused(t, http.StatusConflict, "Somebody has changed these rules meanwhile"), "code", "retention_changed")
	a.do(t, "GET", "/retention/preview?conversation_days=x", nil).refused(t, http.StatusBadRequest, "")
	is(t, a.do(t, "GET", "/retention", nil).ok(t, http.StatusOK), "retention.conversation_days", 30.0)
	is(t, newAccount(t, a.srv).do(t, "GET", "/retention", nil).ok(t, http.StatusOK), "retention.conversation_days", 0.0)
	is(t, a.do(t, "GET", "/audit?action=retention.change", nil).ok(t, http.StatusOK), "audit.0.detail", "conversations for 30 days, files kept, addresses kept")
}

func TestRetentionPage(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := written(t, a, a.newToken(t, shop), "old")
	v.aged(t, 12)
	c := a.console(t)
	c.get(t, "/settings/retention").shows(t, http.StatusOK, `name="version" value="0"`)
	send := func(days, version, seen string) reply {
		return c.send(t, "/settings/retention", url.Values{"conversation_days": {days}, "file_days": {""}, "address_days": {""}, "version": {version}, "seen": {seen}})
	}
	for _, wrong := range []string{"0", "-3", "soon", "1.5", "99999"} {
		send(wrong, "0", "").shows(t, http.StatusUnprocessableEntity, `value="`+wrong+`"`, `id="conversation_days-error"`)
	}
	// What would go is shown first, and again when the number was changed since.
	send("10", "0", "").shows(t, http.StatusOK, "This would erase 1 conversation now", `name="seen" value="10//"`)
	send("20", "0", "10//").shows(t, http.StatusOK, "This would erase 0 conversations now")
	a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	is(t, a.do(t, "GET", "/retention", nil).ok(t, http.StatusOK), "retention.version", 0.0)
	send("20", "0", "20//").leadsTo(t, "/settings/retention")
	send("20", "0", "20//").leadsTo(t, "/settings/retention") // a double click
	// Somebody who began earlier is told, and may then save knowingly.
	told := send("10", "0", "10//").shows(t, http.StatusConflict, "Somebody has changed these rules meanwhile", "days without activity: 20 days")
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindSubmatch(told.body)
	send("10", string(version[1]), "10//").leadsTo(t, "/settings/retention")
	a.untilErased(t, "1 conversations, 0 files, addresses of 0 sessions")
	c.get(t, "/settings/audit").shows(t, http.StatusOK, "Retention", "erased 1 conversations")
}

// A message never waits for what is erased, and a restart in the middle loses nothing.
func TestRetentionOfMuch(t *testing.T) {
	t.Parallel()
	srv := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	a := newAccount(t, srv)
	tok := a.newToken(t, shop)
	old, now := written(t, a, tok, "old"), written(t, a, tok, "new")
	const many = 20_000
	var accountID string
	srv.scan(t, &accountID, "SELECT account_id FROM support_conversations WHERE _id = ?", old.conversation)
	srv.edit(t, `INSERT INTO support_messages (_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, private, text, created_at)
		WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT printf('%024x', i), ?, ?, i, 'c' || i, 'visitor', ?, false, 'words of long ago ' || i, ? FROM n`, many, accountID, old.conversation, old.sessionID, daysAgo(9))
	old.aged(t, 9)
	left := func() (n int) {
		srv.scan(t, &n, "SELECT COUNT(*) FROM support_messages WHERE conversation_id = ?", old.conversation)
		return n
	}
	a.retain(t, 7, 0, 0)
	eventually(t, 20*time.Second, "that it has begun", func() bool { return left() < many })
	var slowest time.Duration
	posted := 0
	for left() > many/2 {
		began := time.Now()
		now.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": "meanwhile"}).ok(t, http.StatusCreated)
		slowest = max(slowest, time.Since(began))
		posted++
	}
	if posted == 0 || slowest > 2*time.Second {
		t.Errorf("the slowest of %d messages took %s", posted, slowest)
	}
	t.Logf("slowest of %d messages while %d were erased: %s", posted, many, slowest)
	srv.restart(t)
	a.untilErased(t, "1 conversations, 0 files, addresses of 0 sessions")
	if !srv.gone(t, old.conversation) {
		t.Error("something is left")
	}
	equal(t, "entries of the log", a.erasedEntries(t), []string{"1 conversations, 0 files, addresses of 0 sessions"})
}
