package e2e

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var inMail = regexp.MustCompile(`/resume(/stop)?\?key=([\w-]{40,})`)

// resumeKey is the key in a mail about replies.
func resumeKey(t testing.TB, s *server, m sentMail) string {
	t.Helper()
	found := inMail.FindAllStringSubmatch(m.text, -1)
	if len(found) != 2 || found[0][1] != "" || found[1][1] != "/stop" || found[0][2] != found[1][2] {
		t.Fatalf("the mail's links: %q in %s", found, m.text)
	}
	s.keepOut(found[0][2])
	return found[0][2]
}

// lookNow has the server look at once whether replies were read, and waits until it has.
func (s *server) lookNow(t testing.TB) {
	t.Helper()
	s.edit(t, "UPDATE jobs SET run_at = 0 WHERE kind = 'reply.mails'")
	eventually(t, 15*time.Second, "replies looked at", func() bool {
		return s.count(t, "SELECT count(*) FROM jobs WHERE kind LIKE 'reply.%' AND (run_at = 0 OR kind = 'reply.mail')") == 0
	})
}

// submit sends one of the forms behind a mail's link.
func (s *server) submit(t testing.TB, path string, form url.Values, headers ...string) reply {
	t.Helper()
	return s.do(t, "POST", path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", s.url}, headers...)...)
}

func (a *account) mailReplies(t testing.TB) {
	t.Helper()
	is(t, a.do(t, "PUT", "/delivery/reply-mails", obj{"minutes": 10, "version": 0}).ok(t, http.StatusOK), "reply_mails.minutes", 10)
}

var kept = regexp.MustCompile(`data-keep="([^"]+)"`)

// takeUp is who the page that opens after the code talks as.
func takeUp(t testing.TB, s *server, tok supportToken, answer reply) *visitor {
	t.Helper()
	answer.shows(t, http.StatusOK, `content="0;url=/chat/`)
	found := kept.FindSubmatch(answer.body)
	if found == nil {
		t.Fatalf("no session: %v", answer)
	}
	var all map[string]string
	var session struct {
		Token        string `json:"token"`
		ID           string `json:"session_id"`
		Conversation string `json:"conversation_id"`
	}
	v := newVisitor(s, tok)
	if err := json.Unmarshal([]byte(html.UnescapeString(string(found[1]))), &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range all {
		var err error
		switch {
		case strings.HasSuffix(name, ":session"):
			err = json.Unmarshal([]byte(value), &session)
		case strings.HasSuffix(name, ":device"):
			err = json.Unmarshal([]byte(value), &v.device)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	v.session, v.sessionID, v.conversation = session.Token, session.ID, session.Conversation
	s.keepOut(v.session)
	return v
}

// Somebody who left gets one mail about all that they have not read, and goes on with the same conversation by its link
// and a code. The link alone opens nothing, to nobody, and what was opened without a proof before ends.
func TestRepliesAreMailedToWhoLeft(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions())
	a := newAccount(t, s)
	site := a.newToken(t, shop)
	a.mailReplies(t)
	email := unique("left") + "@customer.example"
	s.keepOut(email)
	v := started(t, s, site, obj{"email": email, "name": "Ann"})
	v.post(t, "Where is my parcel?")
	a.reply(t, v.conversation, "It left us yesterday", false)
	a.reply(t, v.conversation, "A note for us", true)
	a.reply(t, v.conversation, "It arrives tomorrow", false)
	if n := s.count(t, "SELECT count(*) FROM jobs WHERE kind = 'reply.mails' AND run_at > ?", time.Now().Add(8*time.Minute).UnixMilli()); n != 2 {
		t.Errorf("%d replies wait for their reader, want 2", n)
	}
	s.lookNow(t)
	m := s.mails.nth(t, email, 1)
	if m.subject != "You have replies from "+strings.TrimPrefix(shop, "https://") || !strings.Contains(m.text, "There are 2 new replies") || strings.Contains(m.text, "yesterday") || strings.Contains(m.text, "parcel") {
		t.Errorf("the mail: %s\n%s", m.subject, m.text)
	}
	key := resumeKey(t, s, m)
	if got := m.header.Get("List-Unsubscribe"); got != "<"+s.url+"/resume/stop?key="+key+">" || m.header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe: %s", got)
	}
	if n := s.mails.countTo(email); n != 1 {
		t.Fatalf("%d mails, want 1", n)
	}
	is(t, a.do(t, "GET", "/delivery", nil).ok(t, http.StatusOK), "today.mails", 1)

	// Looking at the link does nothing, a key that nobody has given opens nothing, nor does a form of another site.
	page := s.do(t, "GET", "/resume?key="+key, nil)
	page.shows(t, http.StatusOK, "Send code", "l•••@customer.example", "!"+email, "!yesterday")
	if page.header.Get("Cache-Control") != "no-store" || !strings.Contains(page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("headers of the page: %v", page.header)
	}
	for _, wrong := range []string{"", key[1:], key + "x", strings.Repeat("a", 43)} {
		s.do(t, "GET", "/resume?key="+wrong, nil).shows(t, http.StatusNotFound, "does not work any more")
		s.submit(t, "/resume/code", url.Values{"key": {wrong}}).shows(t, http.StatusNotFound)
		s.submit(t, "/resume", url.Values{"key": {wrong}, "code": {"123456"}}).shows(t, http.StatusNotFound)
		s.submit(t, "/resume/stop", url.Values{"key": {wrong}}).shows(t, http.StatusNotFound)
	}
	s.submit(t, "/resume", url.Values{"key": {key}, "code": {"123456"}}).shows(t, http.StatusUnprocessableEntity, "Please ask for a new one")
	for _, path := range []string{"/resume/code", "/resume"} {
		if r := s.do(t, "POST", path, url.Values{"key": {key}}.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example"); r.status != http.StatusForbidden {
			t.Errorf("a form of another site: %v", r)
		}
	}
	if n := s.mails.countTo(email); n != 1 {
		t.Errorf("%d mails before anybody has asked for a code", n)
	}

	s.submit(t, "/resume/code", url.Values{"key": {key}}).leadsTo(t, "/resume?key="+key+"&sent=1")
	code := s.mails.nth(t, email, 2).code(t)
	s.keepOut("code is: " + code)
	s.submit(t, "/resume", url.Values{"key": {key}, "code": {wrongCode(code)}}).shows(t, http.StatusUnprocessableEntity, "That code is not right")
	back := takeUp(t, s, site, s.submit(t, "/resume", url.Values{"key": {key}, "code": {code}}))
	if back.conversation != v.conversation {
		t.Fatalf("back in %s, want %s", back.conversation, v.conversation)
	}
	equal(t, "what they read", back.texts(t), []string{"Where is my parcel?", "It left us yesterday", "It arrives tomorrow"})
	back.post(t, "Thank you")
	c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	is(t, c, "contact.email_verified", true)
	is(t, c, "contact.name", "Ann")

	// Once; whoever has pressed the button twice can ask for another code. Whoever has read it before without a proof reads no more.
	s.submit(t, "/resume", url.Values{"key": {key}, "code": {code}}).shows(t, http.StatusUnprocessableEntity, "Send a new code")
	s.edit(t, "UPDATE resume_links SET used_at = used_at - 600000")
	s.do(t, "GET", "/resume?key="+key, nil).shows(t, http.StatusNotFound)
	s.submit(t, "/resume", url.Values{"key": {key}, "code": {code}}).shows(t, http.StatusNotFound)
	v.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
}

// A link leads to the conversation it was about, also when its reader has a newer one; the mail of a conversation that
// is somebody's by now goes to them; and a link ends after three days.
func TestResumeLeadsToTheConversationOfTheMail(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions(), withEnv("DESKBELL_LIMIT_OTP_SENDS", "0"))
	a := newAccount(t, s)
	site := a.newToken(t, shop)
	a.mailReplies(t)
	email := unique("two") + "@customer.example"
	v := verified(t, s, site, email, 1)
	v.post(t, "First question")
	first := v.conversation
	a.reply(t, first, "First answer", false)
	a.do(t, "PATCH", "/conversation/"+first, obj{"status": "closed"}).ok(t, http.StatusOK)
	// The address that the session claims by now is not the one that was proven.
	s.edit(t, "UPDATE support_sessions SET email = 'other@customer.example' WHERE conversation_id = ?", first)
	s.lookNow(t)
	key := resumeKey(t, s, s.mails.nth(t, email, 2))
	s.edit(t, "UPDATE support_sessions SET email = ? WHERE conversation_id = ?", email, first)
	again := verified(t, s, site, email, 3)
	again.post(t, "Second question")
	if again.conversation == first {
		t.Fatal("the second question is in the first conversation")
	}
	s.submit(t, "/resume/code", url.Values{"key": {key}}).leadsTo(t, "/resume?key="+key+"&sent=1")
	code := s.mails.nth(t, email, 4).code(t)
	s.edit(t, "UPDATE resume_links SET created_at = created_at - 86400000 * 3")
	s.submit(t, "/resume", url.Values{"key": {key}, "code": {code}}).shows(t, http.StatusNotFound)
	s.edit(t, "UPDATE resume_links SET created_at = created_at + 86400000 * 3")
	back := takeUp(t, s, site, s.submit(t, "/resume", url.Values{"key": {key}, "code": {code}}))
	if back.conversation != first {
		t.Errorf("back in %s, want %s", back.conversation, first)
	}
	equal(t, "what they read", back.texts(t), []string{"First question", "First answer"})
}

// No mail about what was read, to whom is still there, to nobody, or from spam; none when the admins want none; five a
// day at most; and none to whoever has stopped them.
func TestRepliesAreNotMailed(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions())
	a := newAccount(t, s)
	site := a.newToken(t, shop)
	write := func(claims obj) *visitor {
		t.Helper()
		v := started(t, s, site, claims)
		v.post(t, "Hello")
		return v
	}
	before := unique("before") + "@customer.example"
	a.reply(t, write(obj{"email": before}).conversation, "Not mailed: nobody has turned it on", false)
	if n := s.count(t, "SELECT count(*) FROM jobs"); n != 0 {
		t.Errorf("%d jobs while it is off", n)
	}
	a.mailReplies(t)

	reader := unique("reader") + "@customer.example"
	v := write(obj{"email": reader})
	m := a.reply(t, v.conversation, "Read at once", false)
	v.do(t, "POST", "/session/read", obj{"up_to_seq": num(t, m, "seq")}).ok(t, http.StatusNoContent)
	a.reply(t, write(obj{}).conversation, "To nobody", false)
	junk := unique("junk") + "@customer.example"
	v = write(obj{"email": junk})
	a.reply(t, v.conversation, "To a spammer", false)
	a.change(t, v.conversation, obj{"spam": true})
	s.lookNow(t)

	// Whoever has the chat open gets a mail once they have left.
	there := unique("there") + "@customer.example"
	v = write(obj{"email": there})
	line := v.stream(t, "")
	a.reply(t, v.conversation, "Are you there?", false)
	s.edit(t, "UPDATE jobs SET run_at = 0 WHERE kind = 'reply.mails'")
	eventually(t, 15*time.Second, "looked at, to be looked at again", func() bool {
		return s.count(t, "SELECT count(*) FROM jobs WHERE kind = 'reply.mails' AND run_at > ?", time.Now().Add(8*time.Minute).UnixMilli()) == 1
	})
	line.close()
	eventually(t, 15*time.Second, "a mail after they left", func() bool {
		// The server hears that the line is gone when it has something to say.
		a.do(t, "POST", "/conversation/"+v.conversation+"/typing", obj{"typing": true})
		if _, err := s.database(t).Exec("UPDATE jobs SET run_at = 0 WHERE kind = 'reply.mails'"); err != nil {
			t.Fatal(err)
		}
		return s.mails.countTo(there) == 1
	})
	for _, nobody := range []string{before, reader, junk} {
		if n := s.mails.countTo(nobody); n != 0 {
			t.Errorf("%d mails to %s", n, nobody)
		}
	}

	// Five a day, whatever is written.
	flooded := unique("flooded") + "@customer.example"
	v = write(obj{"email": flooded})
	for n := range 7 {
		a.reply(t, v.conversation, "Reply "+strconv.Itoa(n), false)
		s.lookNow(t)
	}
	key := resumeKey(t, s, s.mails.nth(t, flooded, 5))
	if n := s.mails.countTo(flooded); n != 5 {
		t.Errorf("%d mails in a day, want 5", n)
	}

	// The mail program's own button works without a visit; asking about it changes nothing.
	s.edit(t, "DELETE FROM rate_limits")
	s.do(t, "GET", "/resume/stop?key="+key, nil).shows(t, http.StatusOK, "Stop these mails")
	a.reply(t, v.conversation, "One more", false)
	s.lookNow(t)
	resumeKey(t, s, s.mails.nth(t, flooded, 6))
	s.do(t, "POST", "/resume/stop?key="+key, "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded").shows(t, http.StatusOK, "no more mails")
	a.reply(t, v.conversation, "And another", false)
	s.lookNow(t)
	if n := s.mails.countTo(flooded); n != 6 {
		t.Errorf("%d mails to whoever has stopped them, want 6", n)
	}
}

func TestReplyMailsInTheConsole(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	admin := a.console(t)
	form := func(version, minutes string) url.Values {
		return url.Values{"rule_version": {version}, "minutes": {minutes}}
	}
	admin.send(t, "/settings/mail/replies", form("0", "1441")).shows(t, http.StatusUnprocessableEntity, "Write 1 to 1440 minutes", `value="1441"`)
	admin.send(t, "/settings/mail/replies", form("0", "15")).leadsTo(t, "/settings/mail")
	is(t, a.do(t, "GET", "/delivery", nil).ok(t, http.StatusOK), "reply_mails.minutes", 15)
	admin.send(t, "/settings/mail/replies", form("0", "20")).shows(t, http.StatusConflict, "Somebody has changed these rules meanwhile", `value="20"`)
	a.do(t, "PUT", "/delivery/reply-mails", obj{"minutes": 5, "version": 0}).refused(t, http.StatusConflict, "Somebody has changed this meanwhile")
	a.do(t, "PUT", "/delivery/reply-mails", obj{"minutes": -1, "version": 1}).refused(t, http.StatusBadRequest, "")
	admin.send(t, "/settings/mail/replies", form("1", "")).leadsTo(t, "/settings/mail")
	admin.get(t, "/settings/audit").shows(t, http.StatusOK, "set mails about unread replies:")
}
