package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"deskbell/web"
)

// walker is somebody who goes through all routes.
type walker struct {
	name    string
	headers []string
	cookie  string
}

func (r route) full() string {
	method, path, _ := strings.Cut(r.name, " ")
	if r.who == visitors || r.who == team || r.who == admins {
		path = api + path
	}
	return method + " " + path
}

// Whoever adds a route says in the table who may use it; the walks below then hold it to that.
func TestEveryRouteSaysWhoMayUseIt(t *testing.T) {
	t.Parallel()
	srv, _ := web.NewServer(web.Deps{Metrics: &web.Metrics{}, BaseURL: &url.URL{Scheme: "https", Host: "chat.example"}, Log: slog.New(slog.DiscardHandler)})
	served, known := map[string]bool{}, map[string]bool{}
	for _, r := range srv.Handler.(*echo.Echo).Routes() {
		// Preflights are in TestPreflight; the other two names stand for "not found".
		if r.Method != http.MethodOptions && !strings.HasPrefix(r.Method, "echo_route_not_found") {
			served[r.Method+" "+r.Path] = true
		}
	}
	for _, r := range routes {
		if known[r.full()] {
			t.Errorf("%s has two rows", r.full())
		}
		known[r.full()] = true
		if !served[r.full()] {
			t.Errorf("%s has a row, but is not served", r.full())
		}
	}
	for name := range served {
		if !known[name] {
			t.Errorf("%s has no row in roles_table_test.go: say there who may use it", name)
		}
	}
}

// ask sends a row's request; of a stream it reads the beginning alone.
func (s *server) ask(t testing.TB, r route, ids map[string]string, headers ...string) reply {
	t.Helper()
	method, path, body, contentType := r.request(t, ids)
	req, err := s.request(method, path, body, append([]string{"Content-Type", contentType}, headers...)...)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer := reply{status: resp.StatusCode, header: resp.Header, what: method + " " + path}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		// Some have nothing to say until something happens.
		silence := time.AfterFunc(time.Second, func() { _ = resp.Body.Close() })
		defer silence.Stop()
		answer.body = make([]byte, 4096)
		n, _ := resp.Body.Read(answer.body)
		answer.body = answer.body[:n]
		return answer
	}
	if answer.body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	checkExchange(req, answer)
	s.keepExchangeOut(req, answer)
	return answer
}

// safe asserts what holds for every answer, whoever asked: nothing in it runs that is not ours,
// nobody frames it, no other site reads it.
func (r route) safe(t testing.TB, who string, a reply, tok supportToken) {
	t.Helper()
	policy := a.header.Get("Content-Security-Policy")
	frames := "frame-ancestors 'none'"
	if r.name == "GET /chat/:token_id" && a.status == http.StatusOK {
		frames = "frame-ancestors " + tok.domain
	}
	if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy+";", frames+";") || strings.Contains(policy, "unsafe-") || strings.Contains(policy, "*") {
		t.Errorf("%s, %s: Content-Security-Policy %q", r.full(), who, policy)
	}
	if a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s, %s: types may be guessed", r.full(), who)
	}
	if p := a.header.Get("Referrer-Policy"); p != "same-origin" && p != "origin" {
		t.Errorf("%s, %s: Referrer-Policy %q", r.full(), who, p)
	}
	readable := a.header.Get("Access-Control-Allow-Origin") != ""
	forPages := r.name == "GET /support-widget.js" || r.name == "GET /widget/:name"
	if (readable && !forPages) || a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%s, %s: another site may read it", r.full(), who)
	}
	if kept := a.header.Get("Cache-Control"); r.who >= team && kept != "no-store" && !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		t.Errorf("%s, %s: Cache-Control %q", r.full(), who, kept)
	}
}

// leads reports whether an answer sends somebody to the sign-in page.
func (a reply) leads() bool {
	return a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/login")
}

// refusedTo asserts that a request is refused to somebody without the right credential.
func (r route) refusedTo(t testing.TB, who string, a reply, status int) {
	t.Helper()
	login := status == http.StatusUnauthorized && r.who >= desk
	attempt("a route, as "+who, a.status == status || (login && a.leads()))
	if login {
		if !a.leads() {
			t.Errorf("%s: %s gets %.200v", r.full(), who, a)
		}
		return
	}
	if a.status != status {
		t.Errorf("%s: %s gets %.200v, want %d", r.full(), who, a, status)
	}
}

func (r route) allowedTo(t testing.TB, who string, a reply, status int) {
	t.Helper()
	if status == 0 && a.status < 400 && !(a.leads() && r.name != "POST /logout" && r.name != "GET /inbox") {
		return
	}
	if a.status != status {
		t.Errorf("%s: %s gets %.300v", r.full(), who, a)
	}
}

// rows is every row of the database that no limiter, clock, queue or count changes by itself.
func (s *server) rows(t testing.TB) map[string]bool {
	t.Helper()
	var tables string
	s.scan(t, &tables, `SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table'
		AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_search%' AND name NOT LIKE '%_words' AND name NOT LIKE 'report_%' AND name NOT IN ('rate_limits', 'jobs', 'kept_mails', 'readiness', 'search_progress')`)
	all := map[string]bool{}
	for table := range strings.SplitSeq(tables, ",") {
		found, err := s.database(t).Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		names, _ := found.Columns()
		for found.Next() {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			if err := found.Scan(into...); err != nil {
				t.Fatal(err)
			}
			row := obj{}
			for i, name := range names {
				if !slices.Contains([]string{"last_seen", "last_used", "seen_at", "last_activity", "last_login", "flash",
					"attempts", "answer", "error", "next_at", "failing_since"}, name) {
					row[name] = values[i]
				}
			}
			text, _ := json.Marshal(row)
			all[table+" "+string(text)] = true
		}
		if err := found.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// changed lists the rows that came or went.
func changed(before, after map[string]bool) (rows []string) {
	for row := range before {
		if !after[row] {
			rows = append(rows, "gone: "+row)
		}
	}
	for row := range after {
		if !before[row] {
			rows = append(rows, "new: "+row)
		}
	}
	return rows
}

// TestRoles walks every route as everybody: as nobody, as visitor, agent and admin of the account
// whose things the addresses name, and as those of another account.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	w := newWorld(t, s)
	agent, admin := w.join(t, s, "agent"), w.join(t, s, "admin")
	agentIDs, adminIDs := w.of(t, agent), w.of(t, admin)
	agentCookie, adminCookie := []string{"Cookie", agent.console(t).cookie}, []string{"Cookie", admin.console(t).cookie}
	theirs := everyID(s.rows(t))
	v := w.visitor

	// walk sends each row that a kind of somebody may try, and asserts what they get. What is refused
	// changes nothing, what is another's is neither changed nor shown.
	walk := func(who string, kinds []access, want func(r route, a reply), headers func(r route) []string, foreign bool) {
		t.Helper()
		before := s.rows(t)
		for _, r := range routes {
			if !slices.Contains(kinds, r.who) {
				continue
			}
			a := s.ask(t, r, adminIDs, append(headers(r), "X-Forwarded-For", nextIP())...)
			want(r, a)
			r.safe(t, who, a, w.token)
			if bytes.Contains(a.body, []byte(ours+" ")) || bytes.Contains(a.body, []byte(internal)) {
				t.Errorf("%s shows %s what belongs to others: %.300v", r.full(), who, a)
			}
		}
		for _, row := range changed(before, s.rows(t)) {
			if !foreign || slices.ContainsFunc(theirs, func(id string) bool { return strings.Contains(row, id) }) {
				t.Errorf("%s changed something: %.400s", who, row)
			}
		}
	}
	// refuse is walk for somebody who gets nowhere.
	refuse := func(who string, status int, kinds []access, headers ...string) {
		t.Helper()
		walk(who, kinds, func(r route, a reply) { t.Helper(); r.refusedTo(t, who, a, status) }, func(route) []string { return headers }, false)
	}
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token, "X-Device-ID", "d"} }
	members := []access{team, admins, desk, deskAdmin}

	walk("nobody", []access{open, keyed}, func(r route, a reply) { t.Helper(); r.allowedTo(t, "nobody", a, r.ok) },
		func(route) []string { return []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "none"} }, false)
	for _, r := range []route{{name: "GET /nothing", ok: 404}, {name: "GET /api/nothing", ok: 404}, {name: "DELETE /inbox", ok: 405}, {name: "PUT /api/auth/login", ok: 405}} {
		a := s.ask(t, r, nil)
		r.allowedTo(t, "nobody", a, r.ok)
		r.safe(t, "nobody", a, w.token)
	}
	refuse("nobody", http.StatusUnauthorized, append(members, visitors))
	refuse("a visitor", http.StatusUnauthorized, members, v.headers()...)
	refuse("a visitor on another site's page", http.StatusForbidden, []access{visitors}, v.headers("Origin", "https://evil.example")...)
	refuse("an admin's JWT as a visitor's", http.StatusUnauthorized, []access{visitors}, append(bearer(admin.token), "X-Session-Token", v.session)...)
	refuse("an admin's JWT as a cookie", http.StatusUnauthorized, []access{desk, deskAdmin}, append(bearer(admin.token), "Cookie", "deskbell="+admin.token)...)
	refuse("an admin's cookie as a JWT", http.StatusUnauthorized, []access{visitors, team, admins},
		append(adminCookie, bearer(strings.TrimPrefix(adminCookie[1], "deskbell="))...)...)
	refuse("an agent", http.StatusForbidden, []access{admins}, bearer(agent.token)...)
	refuse("an agent", http.StatusForbidden, []access{deskAdmin}, agentCookie...)

	t.Run("another account", func(t *testing.T) {
		other := newAccount(t, s)
		token := other.newToken(t, shop, "chat", "support", "history", "file_upload")
		stranger := started(t, s, token, obj{"email": unique("else") + "@customer.example"})
		wantTheirs := func(who string) func(r route, a reply) {
			return func(r route, a reply) {
				t.Helper()
				switch {
				case r.foreign != 0:
					r.allowedTo(t, who, a, r.foreign)
				case r.namesIDs():
					r.refusedTo(t, who, a, http.StatusNotFound)
				default:
					r.allowedTo(t, who, a, r.ok)
				}
			}
		}
		for _, m := range []*member{other.member, other.join(t, s, "agent")} {
			api, pages := []access{team, admins}, []access{desk, deskAdmin}
			if m != other.member {
				api, pages = api[:1], pages[:1]
			}
			walk("another account's", api, wantTheirs("another account's"), func(route) []string { return bearer(m.token) }, true)
			cookie := []string{"Cookie", m.console(t).cookie}
			walk("another account's", pages, wantTheirs("another account's"), func(route) []string { return cookie }, true)
		}
		walk("another account's visitor", []access{visitors}, func(r route, a reply) {
			t.Helper()
			if r.namesIDs() {
				r.refusedTo(t, "another account's visitor", a, http.StatusNotFound)
			}
		}, func(route) []string { return stranger.headers() }, true)
		for who, mixed := range map[string]visitor{
			"another account's token with this session":   {token: token.token, device: v.device, session: v.session},
			"this account's token with another's session": {token: v.token, device: stranger.device, session: stranger.session},
			"this session on another device":              {token: v.token, device: unique("device_"), session: v.session},
		} {
			walk(who, []access{visitors}, func(r route, a reply) {
				t.Helper()
				if !slices.Contains([]string{"POST /session", "GET /config", "GET /availability"}, r.name) {
					r.refusedTo(t, who, a, http.StatusUnauthorized)
				}
			}, func(r route) []string {
				if r.name == "POST /session" { // begins a session of its own
					return []string{"Authorization", "-"}
				}
				return mixed.headers()
			}, false)
		}
	})
	t.Run("a scope too few", func(t *testing.T) {
		all := []string{"chat", "support", "history", "file_upload"}
		for _, missing := range all {
			tok := w.newToken(t, shop, slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == missing })...)
			limited := started(t, s, tok, obj{})
			for _, r := range routes {
				if r.scope == missing {
					s.ask(t, r, adminIDs, limited.headers()...).refused(t, http.StatusForbidden, "Missing scope: "+missing)
				}
			}
		}
	})
	t.Run("from another site", func(t *testing.T) {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-site", "Origin", "http://sister.example"},
			{"Origin", "https://evil.example"}, {"Origin", "null"}} {
			walk("another site", []access{open, keyed, desk, deskAdmin}, func(r route, a reply) {
				t.Helper()
				// The page that asks for the widget's token and files with a signature have rules of their own.
				// Mail programs stop mails from anywhere, as RFC 8058 has them do.
				changes := strings.HasPrefix(r.name, "POST ") && r.full() != "POST /api/auth/login" && r.name != "POST /resume/stop"
				if changes || (deskStream(r) && headers[0] == "Sec-Fetch-Site") {
					r.refusedTo(t, "another site", a, http.StatusForbidden)
				}
			}, func(r route) []string {
				if strings.HasPrefix(r.name, "GET ") && !deskStream(r) {
					return headers // SameSite keeps the cookie back
				}
				return append(headers, adminCookie...)
			}, false)
		}
	})
	t.Run("those who may", func(t *testing.T) {
		for _, r := range routes {
			switch r.who {
			case team:
				r.allowedTo(t, "an agent", s.ask(t, r, agentIDs, bearer(agent.token)...), r.ok)
			case desk:
				a := s.ask(t, r, agentIDs, agentCookie...)
				r.safe(t, "an agent", a, w.token)
				r.allowedTo(t, "an agent", a, r.ok)
			}
		}
		for _, r := range routes {
			switch r.who {
			case team, admins:
				r.allowedTo(t, "an admin", s.ask(t, r, adminIDs, bearer(admin.token)...), r.ok)
			case desk, deskAdmin:
				a := s.ask(t, r, adminIDs, adminCookie...)
				r.safe(t, "an admin", a, w.token)
				r.allowedTo(t, "an admin", a, r.ok)
			case visitors:
				a := s.ask(t, r, map[string]string{"own": v.conversation}, v.headers()...)
				r.allowedTo(t, "a visitor", a, r.ok)
				if bytes.Contains(a.body, []byte(internal)) {
					t.Errorf("%s shows a visitor what is the team's: %.300v", r.full(), a)
				}
			}
		}
	})
}

// Every route of visitors may be called from a token's own site, and no other route from any.
func TestPreflightOfEveryRoute(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	site := "https://" + unique("site") + ".example"
	a.newToken(t, site)
	for _, r := range routes {
		method, path, _ := strings.Cut(r.full(), " ")
		if method == http.MethodHead || strings.Contains(path, ":name") {
			continue
		}
		path = regexp.MustCompile(`:\w+`).ReplaceAllString(path, "507f1f77bcf86cd799439011")
		for _, origin := range []string{site, "https://evil.example", "null"} {
			got := s.do(t, "OPTIONS", path, nil, "Origin", origin, "Access-Control-Request-Method", method,
				"Access-Control-Request-Headers", "authorization").header.Get("Access-Control-Allow-Origin")
			want := ""
			if r.who == visitors && origin == site {
				want = site
			}
			// The public reference has the path of its own, and says nothing that is anybody's.
			if got != want && r.name != "GET /support-widget.js" {
				t.Errorf("%s from %s: allows %q, want %q", r.full(), origin, got, want)
			}
		}
	}
}

var anyID = regexp.MustCompile(`\b[0-9a-f]{24}\b`)

// everyID is every id in these rows.
func everyID(rows map[string]bool) (ids []string) {
	for row := range rows {
		ids = append(ids, anyID.FindAllString(row, -1)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// deskStream reports whether a route is a stream of the console, which no other site may open.
func deskStream(r route) bool { return r.name == "GET /inbox/events" || r.name == "GET /alerts/events" }
