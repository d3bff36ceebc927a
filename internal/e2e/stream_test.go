package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestStreamStartsWithState(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	v.post(t, "said before")
	st := v.stream(t, "")
	first := st.next(t)
	if first.name != "state" {
		t.Fatalf("first event %q", first.name)
	}
	if strings.Contains(string(mustJSON(t, first.data)), "said before") {
		t.Errorf("the snapshot holds messages: %v", first.data)
	}
	if cc := st.header.Get("Cache-Control"); !strings.Contains(cc, "no-store") && !strings.Contains(cc, "no-cache") {
		t.Errorf("Cache-Control %q", cc)
	}
	own := v.post(t, "one's own message comes too")
	e := st.await(t, "message")
	if e.id != strconv.FormatInt(num(t, own, "seq"), 10) {
		t.Errorf("id %q of seq %v", e.id, own["seq"])
	}
	is(t, e.data, "message._id", own["_id"])
	is(t, e.data, "message.text", "one's own message comes too")
	if _, found := at(t, e.data, "message").(obj)["private"]; found {
		t.Error("the visitor's stream shows private")
	}
	if team := a.stream(t).next(t); team.name != "state" {
		t.Errorf("the team's first event is %q", team.name)
	}
}

func TestStreamResumes(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	for n := range 5 {
		v.post(t, fmt.Sprint("text ", n+1))
	}
	want := []string{"text 3", "text 4", "text 5"}
	equal(t, "Last-Event-ID", messageTexts(t, v.stream(t, "", "Last-Event-ID", "2").until(t, "text 5")), want)
	equal(t, "after_seq", messageTexts(t, v.stream(t, "?after_seq=2").until(t, "text 5")), want)
	st := v.stream(t, "?after_seq=5")
	st.await(t, "state")
	v.post(t, "text 6")
	equal(t, "nothing missed, nothing twice", messageTexts(t, st.until(t, "text 6")), []string{"text 6"})
}

// While two people write, a visitor who loses the connection again and again gets everything
// once and in order.
func TestStreamHasNoGapAndNoDouble(t *testing.T) {
	t.Parallel()
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	const each = 60
	failed := make(chan error, 2)
	write := func(path string, headers []string) {
		for n := range each {
			r, err := s.try("POST", api+path, obj{"client_id": fmt.Sprint("c", n), "text": fmt.Sprint(path, " ", n), "private": n%5 == 4 && strings.HasPrefix(path, "/conv")}, headers...)
			if err != nil || r.status != http.StatusCreated {
				failed <- fmt.Errorf("%v %w", r, err)
				return
			}
		}
		failed <- nil
	}
	steady := v.stream(t, "?after_seq=0")
	go write("/session/messages", v.headers())
	go write("/conversation/"+v.conversation+"/messages", []string{"Authorization", "Bearer " + a.token})

	const visible = 2*each - each/5
	follow := func(st *stream, seen []int64, n int) []int64 {
		t.Helper()
		for len(seen) < visible && n > 0 {
			if e := st.await(t, "message"); true {
				seq := num(t, e.data, "message.seq")
				if len(seen) > 0 && seq <= seen[len(seen)-1] {
					t.Fatalf("seq %d after %d", seq, seen[len(seen)-1])
				}
				seen = append(seen, seq)
				n--
			}
		}
		return seen
	}
	var broken []int64
	for turn := 0; len(broken) < visible; turn++ {
		var st *stream
		if len(broken) == 0 {
			st = v.stream(t, "?after_seq=0")
		} else {
			st = v.stream(t, "", "Last-Event-ID", strconv.FormatInt(broken[len(broken)-1], 10))
		}
		broken = follow(st, broken, 1+turn%9)
		st.close()
	}
	whole := follow(steady, nil, visible)
	for range 2 {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(whole, broken) {
		t.Errorf("with interruptions %v, without %v", broken, whole)
	}
	var stored []int64
	for _, m := range list(t, v.do(t, "GET", "/session/messages?limit=100&after_seq=0", nil).ok(t, http.StatusOK), "messages") {
		stored = append(stored, num(t, m, "seq"))
	}
	if !slices.Equal(stored, whole[:len(stored)]) {
		t.Errorf("stored %v, streamed %v", stored, whole)
	}
}

func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	opened := func(t *testing.T, v *visitor) *stream {
		t.Helper()
		st := v.stream(t, "")
		st.await(t, "state")
		return st
	}
	const within = 5 * time.Second
	t.Run("token deleted", func(t *testing.T) {
		t.Parallel()
		tok := a.newToken(t, shop)
		st := opened(t, started(t, s, tok, obj{}))
		a.do(t, "DELETE", "/token/"+tok.id, nil).ok(t, http.StatusOK)
		st.ends(t, within)
	})
	t.Run("token regenerated", func(t *testing.T) {
		t.Parallel()
		tok := a.newToken(t, shop)
		v := started(t, s, tok, obj{})
		st := opened(t, v)
		r := a.do(t, "POST", "/token/regenerate", obj{"id": tok.id}).ok(t, http.StatusOK)
		st.ends(t, within)
		v.token = str(t, r, "token.token")
		opened(t, v)
	})
	t.Run("token expired", func(t *testing.T) {
		t.Parallel()
		r := a.do(t, "POST", "/token", obj{"domain": shop, "expiry_time": 3000}).ok(t, http.StatusCreated)
		st := opened(t, started(t, s, supportToken{token: str(t, r, "token.token")}, obj{}))
		st.ends(t, 3*time.Second+within)
	})
	t.Run("session ended", func(t *testing.T) {
		t.Parallel()
		v := started(t, s, a.newToken(t, shop), obj{})
		st := opened(t, v)
		v.do(t, "DELETE", "/session", nil).ok(t, http.StatusNoContent)
		st.ends(t, within)
		v.do(t, "GET", "/session/events", nil).refused(t, http.StatusUnauthorized, "Invalid session")
		v.do(t, "GET", "/session", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	})
	t.Run("session token rotated", func(t *testing.T) {
		t.Parallel()
		email := unique("rot") + "@customer.example"
		v := started(t, s, a.newToken(t, shop), obj{"email": email})
		st := opened(t, v)
		v.verify(t, v.sendCode(t, email, 1))
		st.ends(t, within)
		opened(t, v)
	})
	t.Run("verification switched on", func(t *testing.T) {
		t.Parallel()
		b := newAccount(t, s)
		v := started(t, s, b.newToken(t, shop), obj{"email": unique("sw") + "@customer.example"})
		st := opened(t, v)
		b.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})
		st.ends(t, within)
	})
	t.Run("user disabled", func(t *testing.T) {
		t.Parallel()
		agent := a.join(t, s, "agent")
		st := agent.stream(t)
		st.await(t, "state")
		if r := s.cli(t, "", "user", "set", "--data-dir", s.dir, "--email", agent.email, "--disabled=true"); r.code != 0 {
			t.Fatal(r.stderr)
		}
		st.ends(t, within)
	})
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	email := unique("end") + "@customer.example"
	v := started(t, a.srv, a.newToken(t, shop), obj{"email": email})
	v.post(t, "stays with the team")
	s := v.do(t, "GET", "/session", nil).ok(t, http.StatusOK)
	shape(t, s, map[string]string{"session": "object", "conversation": "object", "conversation.status": "string", "conversation.last_seq": "int", "conversation.unread_count": "int"})
	joined := v.again()
	joined.start(t, obj{"email": email}, http.StatusOK)
	joined.do(t, "DELETE", "/session", nil).ok(t, http.StatusNoContent)
	joined.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	equal(t, "the first token lives on", v.texts(t), []string{"stays with the team"})
	another := v.again()
	another.start(t, obj{"email": email}, http.StatusOK)
	v.do(t, "DELETE", "/session", nil).ok(t, http.StatusNoContent)
	v.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	another.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "")
	equal(t, "the team", a.texts(t, v.conversation), []string{"stays with the team"})
	fresh := v.again()
	fresh.start(t, obj{"email": email}, http.StatusCreated)
	if fresh.sessionID == v.sessionID {
		t.Error("a session that was ended came back")
	}
}

func TestTeamStream(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a, b := newAccount(t, s), newAccount(t, s)
	v, w := started(t, s, a.newToken(t, shop), obj{}), started(t, s, b.newToken(t, shop), obj{})
	agent := a.join(t, s, "agent")
	st := agent.stream(t)
	st.await(t, "state")
	w.post(t, "for the other account")
	v.post(t, "for this account")
	got := st.until(t, "for this account")
	equal(t, "messages", messageTexts(t, got), []string{"for this account"})
	is(t, got[len(got)-1].data, "message.conversation_id", v.conversation)
	is(t, got[len(got)-1].data, "message.private", false)
	a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"status": "closed"}).ok(t, http.StatusOK)
	for {
		if e := st.await(t, "conversation"); e.data["status"] == "closed" {
			is(t, e.data, "conversation_id", v.conversation)
			break
		}
	}
	for _, e := range got {
		if strings.Contains(string(mustJSON(t, e.data)), w.conversation) {
			t.Errorf("an event of another account: %v", e)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	visitors, team := v.stream(t, ""), a.stream(t)
	for name, st := range map[string]*stream{"visitor": visitors, "team": team} {
		st.await(t, "state")
		for len(st.comments) > 0 {
			<-st.comments
		}
		select {
		case <-st.comments:
		case <-time.After(26 * time.Second):
			t.Errorf("%s: no heartbeat within 25 s", name)
		}
	}
}
