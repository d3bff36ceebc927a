package e2e

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shortest is the length from which on a text is told from chance.
const shortest = 6

// keepOut registers what must never appear in the server's output. Every server's whole output is
// searched for all of it when the server's test ends.
func (s *server) keepOut(secret string) {
	if len(secret) < shortest {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[secret] = true
}

var (
	secretNames = `password|old_password|confirm_password|token|session_token|identity_token|identity_secret|secret|otp_secret|signature|held|sealed`
	inJSON      = regexp.MustCompile(`"(?:` + secretNames + `)"\s*:\s*"([^"\\]+)"`)
	inForm      = regexp.MustCompile(`(?:^|[?&;])(?:` + secretNames + `)=([^&;"'<> ]+)`)
	// Questions of the form before a chat have keys too; those of links are long.
	inLink = regexp.MustCompile(`(?:^|[?&;])key=([\w-]{40,})`)
	inText = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+|whsec_[\w+/=]+|code is: \d{6}`)
	// Recovery codes come in a list, and on a page.
	recoveryCode = regexp.MustCompile(`\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b`)
)

// keepExchangeOut registers what a request and its answer hold of secrets, whichever test sent it.
func (s *server) keepExchangeOut(req *http.Request, r reply) {
	// The set-up link is the one secret that standard error shows; it works once.
	if req.URL.Path == "/setup" {
		return
	}
	for _, name := range []string{"Authorization", "X-Session-Token", "X-Device-ID"} {
		for _, value := range req.Header.Values(name) {
			s.keepOut(strings.TrimPrefix(value, "Bearer "))
		}
	}
	for _, c := range append(req.Cookies(), (&http.Response{Header: r.header}).Cookies()...) {
		if strings.HasSuffix(c.Name, "deskbell") {
			s.keepOut(c.Value)
		}
	}
	texts := []string{"?" + req.URL.RawQuery}
	if req.GetBody != nil && req.ContentLength < 64<<10 {
		if body, err := req.GetBody(); err == nil {
			content, _ := io.ReadAll(body)
			texts = append(texts, string(content))
		}
	}
	if r.status < 400 && len(r.body) < 256<<10 {
		texts = append(texts, string(r.body))
	}
	for _, text := range texts {
		s.keepTextOut(text)
	}
}

// keepTextOut registers the secrets that a text shows.
func (s *server) keepTextOut(texts ...string) {
	for _, text := range texts {
		for _, found := range inJSON.FindAllStringSubmatch(text, -1) {
			s.keepOut(found[1])
		}
		for _, found := range inForm.FindAllStringSubmatch(text, -1) {
			if value, err := url.QueryUnescape(found[1]); err == nil {
				s.keepOut(value)
			}
		}
		for _, found := range inLink.FindAllStringSubmatch(text, -1) {
			s.keepOut(found[1])
		}
		for _, found := range append(inText.FindAllString(text, -1), recoveryCode.FindAllString(text, -1)...) {
			s.keepOut(found)
		}
	}
}

// keepRestOut registers what no request showed: the root key, and the codes and links of every mail, those
// that stop mails too.
func (s *server) keepRestOut() error {
	key, err := os.ReadFile(filepath.Join(s.dir, "root.key"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.keepOut(strings.TrimSpace(string(key)))
	if s.mails != nil {
		sent, _ := s.mails.box.matching(func(sentMail) bool { return true })
		for _, m := range sent {
			s.keepTextOut(m.text, m.header.Get("List-Unsubscribe"))
		}
	}
	return nil
}

// leaks finds a secret in the server's output.
func (s *server) leaks() error {
	if err := s.keepRestOut(); err != nil {
		return err
	}
	output := s.stdout.String() + s.stderr.String()
	s.mu.Lock()
	defer s.mu.Unlock()
	byStart := map[string][]string{}
	for secret := range s.secrets {
		byStart[secret[:shortest]] = append(byStart[secret[:shortest]], secret)
	}
	for i := 0; i+shortest <= len(output); i++ {
		for _, secret := range byStart[output[i:i+shortest]] {
			if strings.HasPrefix(output[i:], secret) {
				return fmt.Errorf("the log shows %q: …%s…", secret, output[max(0, i-200):min(len(output), i+len(secret)+50)])
			}
		}
	}
	return nil
}

// Were the search itself blind, no test would ever see a secret in a log.
func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	email := unique("leak") + "@customer.example"
	v := started(t, s, a.newToken(t, shop), obj{"email": email})
	c := a.console(t)
	c.get(t, "/inbox")
	secrets := map[string]string{"a password": a.password, "a team token": a.token, "a support token": v.token, "a session's secret": v.session,
		"a cookie": strings.TrimPrefix(c.cookie, "deskbell="), "a device id": v.device}

	made := func(what, path string, body any, field string) obj {
		answer := a.do(t, "POST", path, body).ok(t, http.StatusCreated)
		secrets[what] = str(t, answer, field)
		return answer
	}
	tok := a.newToken(t, "https://other.example")
	made("an identity secret", "/token/"+tok.id+"/identity-secret", nil, "identity_secret")
	made("a webhook's secret", "/webhooks", obj{"url": "https://hooks.example", "events": []string{"message.created"}}, "webhook.secret")
	made("an invite", "/people/invites", obj{"email": unique("new") + "@team.example", "role": "agent"}, "link")
	_, secrets["an invite"], _ = strings.Cut(secrets["an invite"], "key=")
	begun := a.do(t, "POST", "/me/two-step/begin", nil).ok(t, http.StatusOK)
	secrets["an authenticator's secret"] = str(t, begun, "authenticator.secret")
	recovery := list(t, a.do(t, "POST", "/me/two-step", obj{"sealed": str(t, begun, "authenticator.sealed"), "otp_code": otp(t, secrets["an authenticator's secret"], 0),
		"confirm_password": a.password}).ok(t, http.StatusOK), "recovery_codes")
	secrets["a recovery code"] = recovery[9].(string)
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	secrets["a code by mail"] = "code is: " + s.mails.nth(t, email, 1).code(t)
	root, err := os.ReadFile(filepath.Join(s.dir, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets["the root key"] = strings.TrimSpace(string(root))
	if err := s.keepRestOut(); err != nil {
		t.Fatal(err)
	}
	for what, secret := range secrets {
		if len(secret) < shortest {
			t.Fatalf("%s is %q", what, secret)
		}
		other := &server{}
		_, _ = io.WriteString(&other.stderr, `{"level":"INFO","msg":"x"`+secret+`"}`)
		s.mu.Lock()
		other.secrets = maps.Clone(s.secrets)
		s.mu.Unlock()
		if other.leaks() == nil {
			t.Errorf("%s in the log is not found", what)
		}
	}
}
