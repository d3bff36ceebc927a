package e2e

import (
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestUserCommands(t *testing.T) {
	t.Parallel()
	s, err := newServer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	user := func(stdin, verb string, args ...string) cliResult {
		t.Helper()
		return s.cli(t, stdin, append([]string{"user", verb, "--data-dir", s.dir}, args...)...)
	}
	works := func(r cliResult) string {
		t.Helper()
		if r.code != 0 {
			t.Fatalf("code %d: %s", r.code, r.stderr)
		}
		return r.stdout
	}
	a := &account{member: &member{srv: s, email: "owner@team.example", password: "a long enough password"}}
	works(user(a.password+"\n", "create", "--email", a.email, "--name", "Owner", "--role", "agent", "--password-stdin"))
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	a.login(t)
	a.do(t, "GET", "/token", nil).ok(t, http.StatusOK) // the first user owns the account and is an admin
	if strings.Contains(s.stderr.String(), "/setup?key=") {
		t.Error("a set-up link though there is a user")
	}
	agent := &member{srv: s, email: "Agent@Team.example", password: "another long password"}
	works(user(agent.password+"\n", "create", "--email", agent.email, "--name", "Agent", "--role", "agent", "--password-stdin"))
	agent.login(t)
	agent.do(t, "GET", "/token", nil).refused(t, http.StatusForbidden, "")

	out := works(user("", "list"))
	if !strings.Contains(out, a.email) || !strings.Contains(strings.ToLower(out), strings.ToLower(agent.email)) || !strings.Contains(out, "agent") || strings.Contains(out, "$argon") {
		t.Errorf("list: %q", out)
	}
	for name, args := range map[string][]string{
		"the address is taken":         {"--email", a.email, "--name", "X", "--role", "agent", "--password-stdin"},
		"the address is taken (case)":  {"--email", "AGENT@team.example", "--name", "X", "--role", "agent", "--password-stdin"},
		"taken by another account too": {"--email", a.email, "--name", "X", "--role", "agent", "--account", "Elsewhere", "--password-stdin"},
		"no address":                   {"--email", "nobody", "--name", "X", "--role", "agent", "--password-stdin"},
		"no such role":                 {"--email", "x@team.example", "--name", "X", "--role", "king", "--password-stdin"},
		"no name":                      {"--email", "x@team.example", "--name", "", "--role", "agent", "--password-stdin"},
	} {
		if r := user("a long enough password\n", "create", args...); r.code == 0 || r.stderr == "" || strings.Contains(r.stderr, "goroutine") {
			t.Errorf("%s: code %d %q", name, r.code, r.stderr)
		}
	}
	for _, password := range []string{"", "short", "\n"} {
		if r := user(password, "create", "--email", "y@team.example", "--name", "Y", "--role", "agent", "--password-stdin"); r.code == 0 {
			t.Errorf("password %q is accepted", password)
		}
	}
	if r := user("", "set", "--email", "nobody@team.example", "--disabled=true"); r.code == 0 {
		t.Error("sets somebody who does not exist")
	}
	if again := works(user("", "list")); again != out {
		t.Errorf("refused commands changed the list:\n%s\n%s", out, again)
	}
	b := &member{srv: s, email: "b@other.example", password: "a long enough password"}
	works(user(b.password, "create", "--email", b.email, "--name", "B", "--role", "admin", "--account", "Elsewhere", "--password-stdin"))
	b.login(t)
	v := started(t, s, a.newToken(t, shop), obj{})
	b.do(t, "GET", "/conversation/"+v.conversation, nil).refused(t, http.StatusNotFound, "")
	if err := s.leaks(); err != nil {
		t.Error(err)
	}
}

var (
	setupLink = regexp.MustCompile(`https?://[^\s"]+/setup\?key=[^\s"]+`)
	formField = regexp.MustCompile(`<(?:input|select|textarea)[^>]*>`)
	attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

// fillIn answers every field of a page's form by its name.
func fillIn(page, email, password string) url.Values {
	form := url.Values{}
	for _, tag := range formField.FindAllString(page, -1) {
		attr := map[string]string{}
		for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
			attr[m[1]] = html.UnescapeString(m[2])
		}
		name := attr["name"]
		switch {
		case name == "":
		case attr["type"] == "hidden":
			form.Set(name, attr["value"])
		case strings.Contains(name, "mail"):
			form.Set(name, email)
		case strings.Contains(name, "password"):
			form.Set(name, password)
		default:
			form.Set(name, "Founders "+email)
		}
	}
	return form
}

// setupLinks waits until the server has printed that many set-up links since its first start.
func (s *server) setupLinks(t testing.TB, n int) (links []string) {
	t.Helper()
	eventually(t, 5*time.Second, "a set-up link on standard error", func() bool {
		links = setupLink.FindAllString(s.stderr.String(), -1)
		return len(links) >= n
	})
	return links
}

func TestSetup(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	links := s.setupLinks(t, 1)
	if len(links) != 1 || strings.Contains(s.stdout.String(), "/setup?key=") {
		t.Fatalf("want the link once on standard error, have %q", links)
	}
	path := strings.TrimPrefix(links[0], s.url)
	if r := s.do(t, "GET", "/demo", nil); r.status >= 500 || strings.Contains(string(r.body), "eyJ") {
		t.Errorf("/demo before set-up: %.200v", r)
	}
	for _, wrong := range []string{"/setup", "/setup?key=", "/setup?key=wrong", path + "x", path[:len(path)-1]} {
		if r := s.do(t, "GET", wrong, nil); r.status < 400 {
			t.Errorf("%s: %d", wrong, r.status)
		}
	}
	page := s.do(t, "GET", path, nil)
	if page.status != http.StatusOK {
		t.Fatalf("%.300v", page)
	}
	post := func(email string) (reply, error) {
		return s.try("POST", path, fillIn(string(page.body), email, "a long enough password").Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	emails := []string{"one@team.example", "two@team.example", "three@team.example", "four@team.example"}
	replies, _ := together(t, len(emails), func(i int) (reply, error) { return post(emails[i]) })
	if n := s.count(t, "SELECT count(*) FROM users"); n != 1 {
		t.Errorf("%d users from one link: %.500v", n, replies)
	}
	if n := s.count(t, "SELECT count(*) FROM accounts"); n != 1 {
		t.Errorf("%d accounts from one link", n)
	}
	var email string
	s.scan(t, &email, "SELECT email FROM users")
	first := &member{srv: s, email: email, password: "a long enough password"}
	first.login(t)
	first.do(t, "GET", "/token", nil).ok(t, http.StatusOK)
	if r := s.do(t, "GET", path, nil); r.status < 300 {
		t.Errorf("the link still works: %d", r.status)
	}
	if r, err := post("late@team.example"); err != nil || r.status < 300 {
		t.Errorf("%.200v %v", r, err)
	}
	if n := s.count(t, "SELECT count(*) FROM users"); n != 1 {
		t.Errorf("%d users", n)
	}
	seen := len(s.stderr.String())
	s.restart(t)
	if strings.Contains(s.stderr.String()[seen:], "/setup?key=") {
		t.Error("a set-up link though there is a user")
	}
}

// Before anybody has used the link it survives restarts as a link that works.
func TestSetupLinkAfterRestart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.setupLinks(t, 1)
	s.restart(t)
	link := s.setupLinks(t, 2)[1]
	if r := s.do(t, "GET", strings.TrimPrefix(link, s.url), nil); r.status != http.StatusOK {
		t.Errorf("%.200v", r)
	}
	a := newAccount(t, s)
	a.do(t, "GET", "/token", nil).ok(t, http.StatusOK)
	if r := s.do(t, "GET", strings.TrimPrefix(link, s.url), nil); r.status < 300 {
		t.Errorf("the link works though the command line has made an account: %d", r.status)
	}
}

func TestDataDirectoryIsPrivate(t *testing.T) {
	t.Parallel()
	s, err := newServer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.dir += "/made/by/deskbell"
	cmd := s.cliIn(t, t.TempDir(), "a long enough password", "user", "create", "--data-dir", s.dir, "--email", "a@team.example", "--name", "A", "--role", "admin", "--password-stdin")
	if cmd.code != 0 {
		t.Fatal(cmd.stderr)
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the data directory is open to others: %v", info.Mode())
	}
}
