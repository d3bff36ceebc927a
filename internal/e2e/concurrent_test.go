package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
)

// together sends n requests at once and counts the answers by status.
func together(t testing.TB, n int, send func(i int) (reply, error)) ([]reply, map[int]int) {
	t.Helper()
	replies, errs := make([]reply, n), make([]error, n)
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			replies[i], errs[i] = send(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
	counts := map[int]int{}
	for i, r := range replies {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		counts[r.status]++
	}
	return replies, counts
}

func wantCounts(t testing.TB, got map[int]int, pairs ...int) {
	t.Helper()
	want, total := map[int]int{}, 0
	for i := 0; i < len(pairs); i += 2 {
		want[pairs[i]], total = pairs[i+1], total+pairs[i+1]
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
}

func (v *visitor) send(method, path string, body any) (reply, error) {
	return v.srv.try(method, api+path, body, v.headers()...)
}

func TestConcurrentSessions(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)

	t.Run("ten per address", func(t *testing.T) {
		ip := nextIP()
		_, counts := together(t, 20, func(int) (reply, error) {
			v := newVisitor(s, tok)
			v.ip = ip
			return v.send("POST", "/session", obj{})
		})
		wantCounts(t, counts, 201, 10, 429, 10)
		if n := s.count(t, "SELECT count(*) FROM support_sessions WHERE ip = ?", ip); n != 10 {
			t.Errorf("%d sessions stored", n)
		}
	})
	t.Run("five per device", func(t *testing.T) {
		device := unique("device_")
		_, counts := together(t, 12, func(i int) (reply, error) {
			v := newVisitor(s, tok)
			v.device = device
			return v.send("POST", "/session", obj{"email": fmt.Sprintf("c%d@%s.example", i, device[7:])})
		})
		wantCounts(t, counts, 201, 5, 429, 7)
		if n := s.count(t, "SELECT count(*) FROM support_sessions WHERE device_id = ?", device); n != 5 {
			t.Errorf("%d sessions stored", n)
		}
	})
	t.Run("one session for one device and address", func(t *testing.T) {
		v := newVisitor(s, tok)
		claims := obj{"email": unique("same") + "@customer.example"}
		replies, counts := together(t, 10, func(int) (reply, error) { return v.send("POST", "/session", claims) })
		wantCounts(t, counts, 201, 1, 200, 9)
		secrets := map[string]bool{}
		first := replies[0].ok(t, replies[0].status)
		for _, r := range replies {
			answer := r.ok(t, r.status)
			is(t, answer, "session.session_id", at(t, first, "session.session_id"))
			is(t, answer, "session.conversation_id", at(t, first, "session.conversation_id"))
			secrets[str(t, answer, "session.session_token")] = true
		}
		if len(secrets) != 10 {
			t.Errorf("%d session tokens for ten who proved nothing", len(secrets))
		}
		for secret := range secrets {
			v.session = secret
			v.do(t, "GET", "/session/messages", nil).ok(t, http.StatusOK)
		}
	})
	t.Run("one contact for one address", func(t *testing.T) {
		claims := obj{"email": unique("one") + "@customer.example"}
		replies, counts := together(t, 10, func(int) (reply, error) { return newVisitor(s, tok).send("POST", "/session", claims) })
		wantCounts(t, counts, 201, 10)
		contacts := map[string]bool{}
		for _, r := range replies {
			contacts[str(t, r.ok(t, http.StatusCreated), "session.contact._id")] = true
		}
		if len(contacts) != 1 {
			t.Errorf("%d contacts", len(contacts))
		}
	})
}

func TestConcurrentCodes(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)

	t.Run("three sends", func(t *testing.T) {
		v, email := customer(t, a, tok)
		_, counts := together(t, 10, func(int) (reply, error) { return v.send("POST", "/otp/send", nil) })
		wantCounts(t, counts, 200, 3, 429, 7)
		s.mails.nth(t, email, 3)
	})
	t.Run("three sends to one destination from many sessions", func(t *testing.T) {
		email := unique("dest") + "@customer.example"
		var visitors []*visitor
		for range 8 {
			visitors = append(visitors, started(t, s, tok, obj{"email": email}))
		}
		_, counts := together(t, 8, func(i int) (reply, error) { return visitors[i].send("POST", "/otp/send", nil) })
		wantCounts(t, counts, 200, 3, 429, 5)
	})
	t.Run("three attempts", func(t *testing.T) {
		v, email := customer(t, a, tok)
		code := v.sendCode(t, email, 1)
		_, counts := together(t, 12, func(int) (reply, error) { return v.send("POST", "/otp/verify", obj{"code": wrongCode(code)}) })
		wantCounts(t, counts, 400, 2, 429, 10)
		v.try(t, code).refused(t, http.StatusTooManyRequests, lockedText)
	})
	t.Run("a code is spent once", func(t *testing.T) {
		v, email := customer(t, a, tok)
		code := v.sendCode(t, email, 1)
		replies, counts := together(t, 8, func(int) (reply, error) { return v.send("POST", "/otp/verify", obj{"code": code}) })
		if counts[200] != 1 {
			t.Errorf("spent %d times: %v", counts[200], counts)
		}
		for _, r := range replies {
			if r.status == http.StatusOK {
				v.session = str(t, r.ok(t, http.StatusOK), "session_token")
			}
		}
		v.do(t, "GET", "/session/messages", nil).ok(t, http.StatusOK)
	})
	t.Run("two devices verify one address", func(t *testing.T) {
		email := unique("pair") + "@customer.example"
		v, w := started(t, s, tok, obj{"email": email}), started(t, s, tok, obj{"email": email})
		codes := []string{v.sendCode(t, email, 1), w.sendCode(t, email, 2)}
		pair := []*visitor{v, w}
		replies, counts := together(t, 2, func(i int) (reply, error) {
			return pair[i].send("POST", "/otp/verify", obj{"code": codes[i]})
		})
		wantCounts(t, counts, 200, 2)
		for i, r := range replies {
			pair[i].session = str(t, r.ok(t, http.StatusOK), "session_token")
		}
		if n := s.count(t, "SELECT count(*) FROM contacts WHERE email = ? AND email_verified = true", email); n != 1 {
			t.Errorf("%d verified contacts", n)
		}
		v.post(t, "do we share one?")
		if got := w.texts(t); !slices.Equal(got, []string{"do we share one?"}) {
			// Whoever was second has moved; the first one's conversation is the shared one.
			t.Errorf("the other device reads %q", got)
		}
	})
}

// Guessing many passwords at once gets no further than guessing them one after another.
func TestConcurrentLogins(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	ip := nextIP()
	guess := func(email string) (reply, error) {
		return s.try("POST", "/api/auth/login", obj{"email": email, "password": "guess number one"}, "X-Forwarded-For", ip)
	}
	allowed, email := 0, unique("nobody")+"@team.example"
	for ; ; allowed++ {
		r, err := guess(email)
		if err != nil || allowed > 30 {
			t.Fatalf("no end after %d guesses (%v)", allowed, err)
		}
		if r.status == http.StatusTooManyRequests {
			r.refused(t, http.StatusTooManyRequests, "")
			break
		}
		r.refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	}
	email, ip = unique("nobody")+"@team.example", nextIP()
	_, counts := together(t, 3*allowed, func(int) (reply, error) { return guess(email) })
	wantCounts(t, counts, http.StatusUnauthorized, allowed, http.StatusTooManyRequests, 2*allowed)
	a.login(t)
}

func TestConcurrentTokens(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	auth := []string{"Authorization", "Bearer " + a.token}

	t.Run("regenerate", func(t *testing.T) {
		tok := a.newToken(t, shop)
		replies, counts := together(t, 8, func(int) (reply, error) {
			return s.try("POST", api+"/token/regenerate", obj{"id": tok.id, "domain": shop}, auth...)
		})
		if counts[200] < 1 || counts[200]+counts[409] != 8 {
			t.Errorf("statuses %v", counts)
		}
		alive := 0
		for _, r := range replies {
			if r.status == http.StatusOK && newVisitor(s, supportToken{token: str(t, r.ok(t, http.StatusOK), "token.token")}).config(t).status == http.StatusOK {
				alive++
			}
		}
		if alive != 1 {
			t.Errorf("%d of the new strings live", alive)
		}
		newVisitor(s, tok).config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
	})
	t.Run("delete", func(t *testing.T) {
		tok := a.newToken(t, shop)
		_, counts := together(t, 6, func(int) (reply, error) { return s.try("DELETE", api+"/token/"+tok.id, nil, auth...) })
		wantCounts(t, counts, 200, 1, 404, 5)
	})
	t.Run("delete against regenerate", func(t *testing.T) {
		tok := a.newToken(t, shop)
		replies, _ := together(t, 6, func(i int) (reply, error) {
			if i%2 == 0 {
				return s.try("DELETE", api+"/token/"+tok.id, nil, auth...)
			}
			return s.try("POST", api+"/token/regenerate", obj{"id": tok.id}, auth...)
		})
		for i, r := range replies {
			if i%2 == 1 && r.status == http.StatusOK {
				newVisitor(s, supportToken{token: str(t, r.ok(t, http.StatusOK), "token.token")}).config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
			}
		}
	})
}

func TestConcurrentMessages(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	seqs := func(v *visitor) (out []int64) {
		t.Helper()
		for _, m := range list(t, v.do(t, "GET", "/session/messages?limit=100", nil).ok(t, http.StatusOK), "messages") {
			out = append(out, num(t, m, "seq"))
		}
		return out
	}

	t.Run("one client_id, twenty times", func(t *testing.T) {
		v := started(t, s, tok, obj{})
		replies, counts := together(t, 20, func(int) (reply, error) {
			return v.send("POST", "/session/messages", obj{"client_id": "same", "text": "once"})
		})
		wantCounts(t, counts, 201, 1, 200, 19)
		for _, r := range replies {
			answer := r.ok(t, r.status)
			is(t, answer, "message.seq", 1)
			if (r.status == http.StatusOK) != (answer["duplicate"] == true) {
				t.Errorf("%v", r)
			}
		}
		equal(t, "stored", v.texts(t), []string{"once"})
		v.post(t, "next")
		if got := seqs(v); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("repeats used up numbers: %v", got)
		}
	})
	t.Run("one client_id, two texts", func(t *testing.T) {
		v := started(t, s, tok, obj{})
		_, counts := together(t, 10, func(i int) (reply, error) {
			return v.send("POST", "/session/messages", obj{"client_id": "same", "text": fmt.Sprint("text ", i%2)})
		})
		wantCounts(t, counts, 201, 1, 200, 4, 409, 5)
	})
	t.Run("many writers, one order", func(t *testing.T) {
		v := started(t, s, tok, obj{})
		_, counts := together(t, 40, func(i int) (reply, error) {
			body := obj{"client_id": fmt.Sprint("c", i), "text": fmt.Sprint("text ", i)}
			if i%2 == 0 {
				return v.send("POST", "/session/messages", body)
			}
			return s.try("POST", api+"/conversation/"+v.conversation+"/messages", body, "Authorization", "Bearer "+a.token)
		})
		wantCounts(t, counts, 201, 40)
		got := seqs(v)
		for i, seq := range got {
			if seq != int64(i+1) {
				t.Fatalf("numbers %v", got)
			}
		}
		if len(got) != 40 {
			t.Errorf("%d messages", len(got))
		}
	})
	t.Run("thirty in a minute", func(t *testing.T) {
		v := started(t, s, tok, obj{})
		_, counts := together(t, 45, func(i int) (reply, error) {
			return v.send("POST", "/session/messages", obj{"client_id": fmt.Sprint("c", i), "text": fmt.Sprint("text ", i)})
		})
		wantCounts(t, counts, 201, 30, 429, 15)
		if n := len(seqs(v)); n != 30 {
			t.Errorf("%d stored", n)
		}
	})
}
