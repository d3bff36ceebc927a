package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// markup would be an element, an attribute or an address of its own wherever it is not escaped; its
// end would be a header or a line of a log.
const markup = `garnet"><garnet-tag onload=x> ' ongarnet='1 " ongarnet="1 </title></textarea></script><garnet {{7*7}} javascript:garnet`

// asMarkup finds what of it has become markup, an attribute or an address that runs.
var asMarkup = regexp.MustCompile(`(?i)<garnet|['"]\s*ongarnet=|(?:href|src|action|formaction)=["']?\s*javascript:|\b49 javascript`)

// harmless asserts that an answer shows nothing of what strangers wrote as anything but text. It
// reports whether the answer shows it at all.
func (r reply) harmless(t testing.TB) bool {
	t.Helper()
	kind := r.header.Get("Content-Type")
	if r.header.Get("X-Garnet") != "" || len(r.header.Values("Set-Cookie")) > 1 {
		t.Errorf("%s: a header of a stranger's: %v", r.what, r.header)
	}
	bad := strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "text/event-stream")
	if bad && asMarkup.Match(r.body) {
		at := asMarkup.FindIndex(r.body)[0]
		t.Errorf("%s shows markup: …%s…", r.what, r.body[max(0, at-150):min(len(r.body), at+100)])
	}
	if strings.HasPrefix(kind, "text/csv") {
		for _, row := range r.rows(t) {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s: a cell that runs: %q", r.what, cell)
				}
			}
		}
	}
	for _, known := range []string{"text/html", "text/event-stream", "text/csv", "application/json", "text/plain"} {
		if strings.HasPrefix(kind, known) {
			shown := bytes.Contains(r.body, []byte("garnet"))
			attempt("markup in a page, stream, file or answer", !bad || !asMarkup.Match(r.body))
			return shown
		}
	}
	return false
}

// markedWorld is an account in which every field of a stranger's holds markup.
func markedWorld(t testing.TB, s *server) *world {
	t.Helper()
	w := newWorld(t, s)
	v := newVisitor(s, w.token)
	v.device = "=garnet\"><garnet-tag>"
	agent := []string{"User-Agent", "Mozilla/5.0 " + markup, "Referer", "https://shop.example/" + url.PathEscape(markup), "Accept-Language", "garnet;" + markup}
	claims := obj{"name": markup, "email": "=garnet" + unique("") + "@customer.example", "auth_attr": obj{markup: markup, "=1+1": obj{"<garnet": "=2+2"}}}
	session := at(t, v.do(t, "POST", "/session", claims, agent...).ok(t, http.StatusCreated), "session")
	v.session, v.conversation, v.contact = str(t, session, "session_token"), str(t, session, "conversation_id"), str(t, session, "contact._id")
	file := str(t, v.file(t, markup+".txt", []byte("garnet in a file")), "_id")
	for _, text := range []string{markup, "=cmd|garnet", "\t=garnet", "+garnet\r\nX-Garnet: 1", "garnet\x1b[31m"} {
		v.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": text}).ok(t, http.StatusCreated)
	}
	v.do(t, "POST", "/session/messages", obj{"client_id": "files", "text": "", "attachments": []string{file}}).ok(t, http.StatusCreated)
	v.do(t, "POST", "/session/rating", obj{"score": 1, "comment": markup}).ok(t, http.StatusOK)
	w.visitor = v
	w.ids["conv"], w.ids["own"], w.ids["contact"], w.ids["file"] = v.conversation, v.conversation, v.contact, file
	return w
}

// newestMail waits for so many kept mails and reads the last of them.
func (w *world) newestMail(t testing.TB, n int) (text string) {
	t.Helper()
	eventually(t, 10*time.Second, "a kept mail", func() bool {
		mails := list(t, w.do(t, "GET", "/outbox", nil).ok(t, http.StatusOK), "mails")
		if len(mails) < n {
			return false
		}
		text = str(t, w.do(t, "GET", "/outbox/"+str(t, mails[0], "_id"), nil).ok(t, http.StatusOK), "mail.text")
		return true
	})
	return text
}

// TestMarkupIsNeverMarkup puts markup into every field of a stranger's, and reads every route there is.
func TestMarkupIsNeverMarkup(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions(), withEnv("DESKBELL_LOG_FORMAT", "json"))
	w := markedWorld(t, s)
	admin := w.join(t, s, "admin")
	ids, cookie := w.of(t, admin), admin.console(t).cookie
	headers := func(r route) []string {
		switch r.who {
		case visitors:
			return w.visitor.headers()
		case team, admins:
			return []string{"Authorization", "Bearer " + admin.token}
		}
		return []string{"Cookie", cookie, "X-Forwarded-For", nextIP()}
	}
	shown := map[string]bool{}
	show := func(r route, a reply) {
		if a.harmless(t) {
			shown[r.full()] = true
		}
	}
	t.Run("kept", func(t *testing.T) {
		for _, r := range routes {
			if strings.HasPrefix(r.name, "GET ") {
				show(r, s.ask(t, r, ids, headers(r)...))
			}
		}
		for _, name := range []string{"GET /inbox", "GET /inbox/events", "GET /inbox/:id", "GET /contacts", "GET /contacts/:id", "GET /contacts/:id/edit", "GET /contacts/:id/export.csv",
			"GET /contacts/:id/export.json", "GET /contacts/export.csv", "GET /contacts/:id/merge"} {
			if !shown[name] {
				t.Errorf("%s does not show what strangers wrote: nothing was tried there", name)
			}
		}
		for _, fragment := range []string{"pane", "list-body", "earlier", "contacts-body"} {
			for _, path := range []string{"/inbox/" + ids["conv"], "/inbox", "/contacts", "/search?q=garnet", "/jump?q=garnet"} {
				show(route{name: "GET " + path}, s.do(t, "GET", path, nil, "Cookie", cookie, "HX-Request", "true", "HX-Target", "div#"+fragment))
			}
		}
	})
	t.Run("from the address", func(t *testing.T) {
		names := []string{"q", "next", "key", "email", "locale", "lang", "view", "status", "tag", "cursor", "show", "from", "to", "user", "action", "sort", "m", "before", "after",
			"until", "with", "text", "reset", "welcome", "saved", "cancel", "assignee", "team", "site", "verified", "priority", "waiting", "form_id", "id", "size", "year"}
		for _, r := range routes {
			_, path, _ := strings.Cut(r.full(), " ")
			// The references take nothing, and the alerts say nothing until something happens.
			if strings.HasPrefix(r.name, "GET ") && !answersInJSON(path) && !strings.HasPrefix(path, "/docs") && path != "/alerts/events" {
				for _, name := range names {
					tried := r
					if tried.path == "" {
						_, tried.path, _ = strings.Cut(r.name, " ")
					}
					tried.path, _, _ = strings.Cut(tried.path, "?")
					tried.path += "?" + name + "=" + url.QueryEscape(strings.ReplaceAll(markup, "{{", "\r\nX-Garnet: 1\r\n")) + "&x=1"
					show(tried, s.ask(t, tried, ids, headers(r)...))
				}
			}
		}
		for _, path := range []string{"/" + url.PathEscape(markup), "/inbox/" + url.PathEscape(markup), "/chat/" + url.PathEscape(markup), "/static/" + url.PathEscape(markup)} {
			show(route{name: "GET " + path}, s.do(t, "GET", path, nil, "Cookie", cookie))
		}
	})
	t.Run("from a form", func(t *testing.T) {
		for _, r := range routes {
			form, isForm := r.body.(url.Values)
			if !isForm || r.name == "POST /logout" || slices.Contains([]string{"POST /settings/people/:id/disable", "POST /contacts/:id/erase"}, r.name) {
				continue
			}
			for name := range form {
				if name == "form_id" {
					continue
				}
				filled := fields("form_id", unique("f"))
				for other, values := range form {
					if other != "form_id" {
						filled.Set(other, values[0])
					}
				}
				filled.Set(name, strings.ReplaceAll(markup, "{{7*7}}", "garnet"))
				tried := r
				tried.body = filled
				show(r, s.ask(t, tried, ids, headers(r)...))
			}
		}
	})
	t.Run("in mails", func(t *testing.T) {
		v := w.visitor
		v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
		v.verify(t, sixDigits.FindString(w.newestMail(t, 2)))
		v.do(t, "POST", "/session/transcript", nil).ok(t, http.StatusOK)
		if text := w.newestMail(t, 3); !strings.Contains(text, markup) {
			t.Errorf("the transcript lacks what was written: %.300s", text)
		}
		for _, mail := range list(t, w.do(t, "GET", "/outbox", nil).ok(t, http.StatusOK), "mails") {
			s.do(t, "GET", "/settings/outbox/"+str(t, mail, "_id"), nil, "Cookie", cookie).harmless(t)
		}
		s.do(t, "GET", "/settings/outbox", nil, "Cookie", cookie).harmless(t)
		for _, file := range s.keptMails(t) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m, err := mail.ReadMessage(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			to, err := m.Header.AddressList("To")
			if err != nil || len(to) != 1 || len(m.Header["To"]) != 1 || m.Header.Get("Cc")+m.Header.Get("Bcc")+m.Header.Get("X-Garnet") != "" {
				t.Errorf("a mail to others, or with a header of a stranger's (%v): %v", err, m.Header)
			}
			if kind := m.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
				t.Errorf("a mail that is not plain text: %s", kind)
			}
			attempt("markup or headers in a mail", len(to) == 1)
		}
	})
	t.Run("in the log", func(t *testing.T) {
		for line := range strings.Lines(s.stdout.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("a line that is none of ours: %q", line)
			}
		}
		// Standard error bears what a person at the machine reads, and nothing of a stranger's.
		output := s.stdout.String() + s.stderr.String()
		attempt("a line or a text in the log", !strings.Contains(output, "garnet"))
		if i := strings.Index(output, "garnet"); i >= 0 {
			t.Errorf("the log shows what strangers write: …%s…", output[max(0, i-200):min(len(output), i+60)])
		}
	})
	t.Logf("shown by %d routes", len(shown))
}
