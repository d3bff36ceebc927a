package e2e

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// solve finds what an answer 428 asks for.
func solve(t testing.TB, asked obj) string {
	t.Helper()
	for n := 0; ; n++ {
		work := fmt.Sprintf("%s.%d", str(t, asked, "challenge"), n)
		if sum := sha256.Sum256([]byte(work)); int64(bits.LeadingZeros32(uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3]))) >= num(t, asked, "difficulty") {
			return work
		}
	}
}

// mustWork asks for a new session and wants to be given a challenge.
func (v *visitor) mustWork(t testing.TB, claims obj) obj {
	t.Helper()
	asked := v.do(t, "POST", "/session", claims).refused(t, http.StatusPreconditionRequired, "Proof of work required")
	is(t, asked, "code", "work_required")
	return asked
}

// rushed is a token of an account in which far more sessions begin than people would begin.
func rushed(t testing.TB, s *server) (*account, supportToken) {
	t.Helper()
	a := newAccount(t, s)
	tok := a.newToken(t, shop, allScopes...)
	for range 3 {
		started(t, s, tok, obj{})
	}
	return a, tok
}

func TestWorkInARush(t *testing.T) {
	t.Parallel()
	const metricsToken = "metrics-token-of-a-rush"
	s := startServer(t, withEnv("DESKBELL_LIMIT_SESSIONS_WITHOUT_WORK", "3/min"), withEnv("DESKBELL_LIMIT_SESSIONS_PER_IP", "4/h"),
		withEnv("DESKBELL_METRICS_TOKEN", metricsToken))
	s.keepOut(metricsToken)
	a, tok := rushed(t, s)
	others := newAccount(t, s)
	calm := started(t, s, others.newToken(t, shop), obj{})
	desk := a.console(t)
	desk.get(t, "/settings/blocks").shows(t, http.StatusOK, "!Far more chats", "!Rush of new chats")
	claims := func() obj { return obj{"email": unique("rush") + "@customer.example"} }
	with := func(claims obj, work string) obj { claims["work"] = work; return claims }

	t.Run("the solution opens a session", func(t *testing.T) {
		v := newVisitor(s, tok)
		asked := v.mustWork(t, obj{})
		if n := s.count(t, "SELECT count(*) FROM support_sessions WHERE device_id = ?", v.device); n != 0 {
			t.Errorf("the asked one has %d sessions", n)
		}
		v.start(t, obj{"work": solve(t, asked)}, http.StatusCreated)
		v.post(t, "I have worked for this")
		v.start(t, obj{}, http.StatusOK)
	})
	t.Run("the limit of an address comes first", func(t *testing.T) {
		ip := nextIP()
		at := func() *visitor { v := newVisitor(s, tok); v.ip = ip; return v }
		for range 4 {
			v := at()
			v.start(t, obj{"work": solve(t, v.mustWork(t, obj{}))}, http.StatusCreated)
		}
		tooMany(t, at().do(t, "POST", "/session", obj{}), "Too many sessions")
	})
	t.Run("a solution counts once", func(t *testing.T) {
		v := newVisitor(s, tok)
		work := solve(t, v.mustWork(t, claims()))
		var made atomic.Int32
		var crowd sync.WaitGroup
		for range 8 {
			crowd.Go(func() {
				if v.again().do(t, "POST", "/session", with(claims(), work)).status == http.StatusCreated {
					made.Add(1)
				}
			})
		}
		crowd.Wait()
		if made.Load() != 1 {
			t.Errorf("%d sessions with one solution", made.Load())
		}
		v.again().mustWork(t, with(claims(), work))
	})
	t.Run("only what was asked of this visitor", func(t *testing.T) {
		v := newVisitor(s, tok)
		asked := v.mustWork(t, obj{})
		work := solve(t, asked)
		other := newVisitor(s, tok)
		other.mustWork(t, obj{"work": work})
		elsewhere := newVisitor(s, a.newToken(t, "https://other.example"))
		elsewhere.device = v.device
		elsewhere.mustWork(t, obj{"work": work})
		parts := strings.Split(str(t, asked, "challenge"), ".")
		later := strings.Join([]string{"9999999999", parts[1], parts[2]}, ".")
		made := strings.Join([]string{parts[0], parts[1], strings.Repeat("0", 64)}, ".")
		for _, forged := range []string{
			"", ".", "...", "0", str(t, asked, "challenge"), str(t, asked, "challenge") + ".nothing", work + "0", work + ".0",
			solve(t, obj{"challenge": later, "difficulty": float64(16)}), solve(t, obj{"challenge": made, "difficulty": float64(16)}), strings.Repeat("9", 5000),
		} {
			v.mustWork(t, obj{"work": forged})
			attempt("forged proof of work", true)
		}
		v.start(t, obj{"work": work}, http.StatusCreated)
	})
	t.Run("others are asked nothing", func(t *testing.T) {
		again := calm.again()
		again.device, again.ip = unique("device_"), nextIP()
		again.start(t, obj{}, http.StatusCreated)
	})
	t.Run("admins see it", func(t *testing.T) {
		asked := scrape(t, string(s.do(t, "GET", "/metrics", nil, "Authorization", "Bearer "+metricsToken).body))[`deskbell_refused_total{code="work_required"}`]
		if asked < 20 {
			t.Errorf("%v were asked, by the metrics", asked)
		}
		desk.get(t, "/settings/blocks").shows(t, http.StatusOK, "Far more chats than usual are beginning", fmt.Sprintf("asked for %v times", asked), "Rush of new chats")
		desk.get(t, "/inbox").shows(t, http.StatusOK, "Rush of new chats", `href="/settings/blocks" data-test="rushing"`)
		a.join(t, s, "agent").console(t).get(t, "/inbox").shows(t, http.StatusOK, "!Rush of new chats")
		others.console(t).get(t, "/settings/blocks").shows(t, http.StatusOK, "!Far more chats", "!Rush of new chats")
	})
}

// As many people as a busy team can talk with are never asked to work, and neither is anybody where the
// limit of an address is switched off.
func TestNoWorkAtOrdinaryLoad(t *testing.T) {
	t.Parallel()
	t.Run("as delivered", func(t *testing.T) {
		t.Parallel()
		s := startServer(t)
		tok := newAccount(t, s).newToken(t, shop)
		for range 250 {
			started(t, s, tok, obj{})
		}
	})
	t.Run("without a limit for addresses", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, manySessions(), withEnv("DESKBELL_LIMIT_SESSIONS_WITHOUT_WORK", "3/min"))
		_, tok := rushed(t, s)
		started(t, s, tok, obj{})
	})
}
