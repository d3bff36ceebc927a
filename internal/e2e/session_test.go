package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func (s *server) expireSession(t testing.TB, sessionID string) {
	t.Helper()
	s.edit(t, "UPDATE support_sessions SET last_activity = ? WHERE _id = ?", time.Now().Add(-24*time.Hour-time.Second).UnixMilli(), sessionID)
}

func TestContactMatching(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	email, phone := unique("ann")+"@customer.example", "+4930"+digits(7)
	first := started(t, a.srv, tok, obj{"email": email, "name": "Ann", "phone": phone})

	t.Run("e-mail, whatever its case", func(t *testing.T) {
		v := newVisitor(a.srv, tok)
		s := v.start(t, obj{"email": strings.ToUpper(email)}, http.StatusCreated)
		if v.contact != first.contact {
			t.Error("another contact for the same address")
		}
		if v.conversation == first.conversation || v.sessionID == first.sessionID {
			t.Error("an unverified device shares the conversation")
		}
		if s["contact"].(obj)["name"] != nil || s["contact"].(obj)["phone"] != nil {
			t.Errorf("the answer reveals the stored contact: %v", s["contact"])
		}
	})
	t.Run("then phone", func(t *testing.T) {
		v := newVisitor(a.srv, tok)
		s := v.start(t, obj{"email": unique("other") + "@customer.example", "phone": phone, "name": "Mallory"}, http.StatusCreated)
		if v.contact != first.contact {
			t.Error("another contact for the same phone")
		}
		is(t, s, "contact.name", "Mallory")
	})
	t.Run("e-mail before phone", func(t *testing.T) {
		byMail := started(t, a.srv, tok, obj{"email": unique("bob") + "@customer.example"})
		var address string
		a.srv.scan(t, &address, "SELECT email FROM support_sessions WHERE _id = ?", byMail.sessionID)
		if v := started(t, a.srv, tok, obj{"email": address, "phone": phone}); v.contact != byMail.contact {
			t.Error("the phone won")
		}
	})
	t.Run("claims change nothing that is stored", func(t *testing.T) {
		var name, mail, tel string
		row := a.srv.database(t).QueryRow("SELECT name, email, phone FROM contacts WHERE _id = ?", first.contact)
		if err := row.Scan(&name, &mail, &tel); err != nil || name != "Ann" || mail != email || tel != phone {
			t.Errorf("the contact is now %q %q %q (%v)", name, mail, tel, err)
		}
	})
	t.Run("anonymous ones are different people", func(t *testing.T) {
		v, w := newVisitor(a.srv, tok), started(t, a.srv, tok, obj{})
		s := v.start(t, obj{}, http.StatusCreated)
		for _, key := range []string{"name", "email", "phone"} {
			if value, found := s["contact"].(obj)[key]; !found || value != nil {
				t.Errorf("contact.%s is %v (present: %v)", key, value, found)
			}
		}
		if v.contact == w.contact || v.contact == first.contact {
			t.Error("one contact for two anonymous visitors")
		}
	})
	t.Run("accounts have contacts of their own", func(t *testing.T) {
		b := newAccount(t, a.srv)
		if v := started(t, b.srv, b.newToken(t, shop), obj{"email": email, "phone": phone}); v.contact == first.contact {
			t.Error("the contact of another account")
		}
	})
	t.Run("a contact's id tells no time", func(t *testing.T) {
		if second := started(t, a.srv, tok, obj{}); second.contact[:6] == first.contact[:6] {
			t.Errorf("ids %s and %s begin alike", first.contact, second.contact)
		}
	})
}

func digits(n int) string {
	out := make([]byte, n)
	for i, c := range unique("")[:n] {
		out[i] = '0' + byte(c)%10
	}
	return string(out)
}

func TestSessionReuse(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	email, phone := unique("re")+"@customer.example", "+4930"+digits(7)
	v := started(t, a.srv, tok, obj{"email": email, "phone": phone, "name": "First"})
	v.post(t, "written before")

	t.Run("with its token", func(t *testing.T) {
		same := *v
		s := same.start(t, obj{"email": flipCase(email), "phone": phone[:3] + " (" + phone[3:5] + ") " + phone[5:7] + "-" + phone[7:],
			"name": "Second", "auth_attr": obj{"plan": "pro"}}, http.StatusOK)
		if same.sessionID != v.sessionID || same.conversation != v.conversation || same.session != v.session {
			t.Errorf("not the same session: %v", s)
		}
		is(t, s, "contact.name", "Second")
		equal(t, "full view", same.texts(t), []string{"written before"})
		c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
		is(t, c, "auth_attr.plan", "pro")
		if len(list(t, c, "sessions")) != 1 {
			t.Error("reuse made another session")
		}
	})
	t.Run("with its token from another device", func(t *testing.T) {
		thief := *v
		thief.device, thief.ip = unique("device_"), nextIP()
		thief.start(t, obj{"email": email, "phone": phone}, http.StatusCreated)
		if thief.sessionID == v.sessionID || thief.conversation == v.conversation || len(thief.texts(t)) != 0 {
			t.Error("the secret works without its device")
		}
	})
	t.Run("without it: only what is written from now on", func(t *testing.T) {
		a.reply(t, v.conversation, "answered before", false)
		joined := v.again()
		is(t, joined.start(t, obj{"email": email, "phone": phone}, http.StatusOK), "contact.name", nil)
		if joined.sessionID != v.sessionID || joined.conversation != v.conversation {
			t.Fatal("not the documented same session")
		}
		if joined.session == v.session {
			t.Fatal("the secret of the first token was given away")
		}
		equal(t, "at first", joined.texts(t), nil)
		is(t, joined.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "conversation.unread_count", 0)
		for _, query := range []string{"?after_seq=0", "?before_seq=99", "?after_seq=0&limit=100"} {
			equal(t, query, textsOf(t, joined.do(t, "GET", "/session/messages"+query, nil).ok(t, http.StatusOK)), nil)
		}
		st := joined.stream(t, "?after_seq=0")
		st.await(t, "state")
		v.post(t, "written after")
		if got := messageTexts(t, st.until(t, "written after")); len(got) != 1 {
			t.Errorf("the stream shows %q", got)
		}
		equal(t, "later", joined.texts(t), []string{"written after"})
		equal(t, "the first token goes on", v.texts(t), []string{"written before", "answered before", "written after"})
		joined.post(t, "from the joined one")
	})
	t.Run("anything else is another session", func(t *testing.T) {
		for name, change := range map[string]func(*visitor) obj{
			"other e-mail":  func(*visitor) obj { return obj{"email": "x" + email, "phone": phone} },
			"other phone":   func(*visitor) obj { return obj{"email": email, "phone": phone[:len(phone)-1] + "x"} },
			"without phone": func(*visitor) obj { return obj{"email": email} },
			"anonymous":     func(*visitor) obj { return obj{} },
			"other device":  func(w *visitor) obj { w.device = unique("device_"); return obj{"email": email, "phone": phone} },
			"other token":   func(w *visitor) obj { w.token = a.newToken(t, shop).token; return obj{"email": email, "phone": phone} },
		} {
			w := v.again()
			w.ip = nextIP()
			claims := change(w)
			if p, ok := claims["phone"].(string); ok && strings.HasSuffix(p, "x") {
				claims["phone"] = phone[:len(phone)-1] + string('0'+(phone[len(phone)-1]-'0'+1)%10)
			}
			w.start(t, claims, http.StatusCreated)
			if w.sessionID == v.sessionID || w.conversation == v.conversation {
				t.Errorf("%s: the same session or conversation", name)
			}
			a.srv.edit(t, "DELETE FROM support_session_tokens WHERE session_id = ?", w.sessionID)
			a.srv.edit(t, "UPDATE support_sessions SET status = 'inactive' WHERE _id = ?", w.sessionID)
		}
	})
}

func TestSessionExpires(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	claims := obj{"email": unique("old") + "@customer.example"}
	v := started(t, a.srv, tok, claims)
	v.post(t, "yesterday's question")
	a.srv.edit(t, "UPDATE support_sessions SET last_activity = ? WHERE _id = ?", time.Now().Add(-24*time.Hour+time.Minute).UnixMilli(), v.sessionID)
	equal(t, "one minute before the end", v.texts(t), []string{"yesterday's question"})

	a.srv.expireSession(t, v.sessionID)
	v.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Session expired")
	v.do(t, "POST", "/session/messages", obj{"client_id": "c", "text": "too late"}).refused(t, http.StatusUnauthorized, "Session expired")
	v.do(t, "GET", "/session/events", nil).refused(t, http.StatusUnauthorized, "Session expired")
	v.do(t, "POST", "/otp/send", nil).refused(t, http.StatusUnauthorized, "Session expired")

	t.Run("without the old token: a new conversation", func(t *testing.T) {
		w := v.again()
		w.start(t, claims, http.StatusCreated)
		if w.sessionID == v.sessionID || w.conversation == v.conversation {
			t.Error("the past opened without its token")
		}
		equal(t, "messages", w.texts(t), nil)
	})
	t.Run("with the old token: the same conversation", func(t *testing.T) {
		w := *v
		w.start(t, claims, http.StatusCreated)
		if w.sessionID == v.sessionID || w.conversation != v.conversation {
			t.Errorf("session %s of conversation %s", w.sessionID, w.conversation)
		}
		equal(t, "messages", w.texts(t), []string{"yesterday's question"})
		w.post(t, "today's question")
		c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
		if n := len(list(t, c, "sessions")); n != 2 {
			t.Errorf("%d sessions in the history", n)
		}
	})
}

func TestSessionTokens(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v, w := started(t, a.srv, tok, obj{}), started(t, a.srv, tok, obj{})
	secret := "the visitor's own words"
	v.post(t, secret)
	other := newAccount(t, a.srv)
	foreign := started(t, other.srv, other.newToken(t, shop), obj{})
	for name, change := range map[string]func(*visitor){
		"none":                     func(x *visitor) { x.session = "" },
		"nonsense":                 func(x *visitor) { x.session = "nonsense" },
		"the session's id":         func(x *visitor) { x.session = x.sessionID },
		"the conversation's id":    func(x *visitor) { x.session = x.conversation },
		"the contact's id":         func(x *visitor) { x.session = x.contact },
		"the support token":        func(x *visitor) { x.session = x.token },
		"upper case":               func(x *visitor) { x.session = strings.ToUpper(x.session) + "A" },
		"another device":           func(x *visitor) { x.device = unique("device_") },
		"somebody else's device":   func(x *visitor) { x.device = w.device },
		"another token's row":      func(x *visitor) { x.token = a.newToken(t, shop).token },
		"another account's token":  func(x *visitor) { x.token = foreign.token },
		"another account's secret": func(x *visitor) { x.session = foreign.session },
		"very long":                func(x *visitor) { x.session = strings.Repeat("a", 5000) },
	} {
		x := *v
		change(&x)
		for _, r := range []reply{x.do(t, "GET", "/session/messages", nil), x.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": "forged"}),
			x.do(t, "GET", "/session/events", nil), x.do(t, "POST", "/otp/send", nil), x.do(t, "POST", "/otp/verify", obj{"code": "123456"}),
			x.do(t, "POST", "/session/read", obj{"up_to_seq": 1}), x.do(t, "POST", "/session/typing", obj{"typing": true})} {
			if r.status != http.StatusUnauthorized {
				t.Errorf("%s: %v", name, r)
				continue
			}
			r.refused(t, http.StatusUnauthorized, "Invalid session")
		}
	}
	equal(t, "after all that", v.texts(t), []string{secret})
}

func TestClaims(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	attr := func(n int) string { return `{"auth_attr":{"k":"` + strings.Repeat("v", n-len(`{"k":""}`)) + `"}}` }
	for _, bad := range []string{
		`{"email":"nobody"}`, `{"email":"@customer.example"}`, `{"email":"a@"}`, `{"email":"a b@customer.example"}`, `{"email":"a@b@customer.example"}`,
		`{"email":"Ann <ann@customer.example>"}`, `{"email":"ann@customer.example, bob@customer.example"}`, `{"email":"ann@customer.example\r\nBcc: x@evil.example"}`,
		`{"email":"ann@customer.example\u0000"}`, `{"email":"` + strings.Repeat("a", 250) + `@customer.example"}`, `{"email":123}`, `{"email":["a@customer.example"]}`, `{"email":{}}`, `{"email":true}`,
		`{"phone":"1234567890"}`, `{"phone":"+0123456789"}`, `{"phone":"+123456"}`, `{"phone":"+1234567890123456"}`, `{"phone":"+12345678x0"}`, `{"phone":"001234567890"}`,
		`{"phone":"+1+2345678901"}`, `{"phone":"++12345678901"}`, `{"phone":12345678901}`, `{"phone":"+"}`, `{"phone":"+１２３４５６７８９"}`, `{"phone":"+1234567890;ext=1"}`,
		`{"name":5}`, `{"name":["x"]}`, `{"name":"` + strings.Repeat("n", 5000) + `"}`,
		`{"auth_attr":[]}`, `{"auth_attr":"x"}`, `{"auth_attr":1}`, `{"auth_attr":true}`, attr(4097),
	} {
		v := newVisitor(a.srv, tok)
		r := v.do(t, "POST", "/session", bad)
		if r.status != http.StatusBadRequest {
			t.Errorf("%.120s: %v", bad, r)
			continue
		}
		r.refused(t, http.StatusBadRequest, "")
		if n := a.srv.count(t, "SELECT count(*) FROM support_sessions WHERE device_id = ?", v.device); n != 0 {
			t.Errorf("%.120s left a session", bad)
		}
	}
	if n := a.srv.count(t, "SELECT count(*) FROM contacts WHERE account_id = (SELECT account_id FROM users WHERE _id = ?)", a.id); n != 0 {
		t.Errorf("refused requests left %d contacts", n)
	}
	for _, good := range []string{`{}`, `{"email":null,"phone":null,"name":null,"auth_attr":null}`, `{"email":"a.b+c@sub.customer.example"}`, `{"phone":"+1234567"}`,
		`{"phone":"+123456789012345"}`, `{"phone":"+1 (234) 567-89.01"}`, `{"name":"Zoë Łuk 😀"}`, `{"unknown_field":1}`, `{"auth_attr":{}}`, attr(4096)} {
		if r := newVisitor(a.srv, tok).do(t, "POST", "/session", good); r.status != http.StatusCreated {
			t.Errorf("%.120s: %v", good, r)
		}
	}
	v := newVisitor(a.srv, tok)
	is(t, v.start(t, obj{"phone": "+49 (30) 123-45.67"}, http.StatusCreated), "contact.phone", "+49301234567")
}

func TestRequiredClaims(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	named := func(r reply, field string) {
		t.Helper()
		r.refused(t, http.StatusBadRequest, "")
		if !strings.Contains(string(r.body), field) {
			t.Errorf("does not name %s: %v", field, r)
		}
	}
	a.configure(t, obj{"requires_email": true})
	v := newVisitor(a.srv, tok)
	for _, claims := range []obj{{}, {"phone": "+12345678901"}, {"email": ""}, {"email": nil}, {"email": "   "}} {
		named(v.do(t, "POST", "/session", claims), "email")
	}
	v.start(t, obj{"email": unique("r") + "@customer.example"}, http.StatusCreated)
	a.configure(t, obj{"requires_email": false, "requires_phone": true})
	v = newVisitor(a.srv, tok)
	named(v.do(t, "POST", "/session", obj{"email": unique("r") + "@customer.example"}), "phone")
	v.start(t, obj{"phone": "+12345678901"}, http.StatusCreated)
}
