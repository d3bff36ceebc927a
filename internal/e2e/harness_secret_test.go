package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
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
	inText = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)
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
		for _, found := range inText.FindAllString(text, -1) {
			s.keepOut(found)
		}
	}
}

// leaks finds a secret in the server's output.
func (s *server) leaks() error {
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
	v := started(t, s, a.newToken(t, shop), obj{})
	c := a.console(t)
	c.get(t, "/inbox")
	for what, secret := range map[string]string{"a password": a.password, "a team token": a.token, "a support token": v.token, "a session's secret": v.session,
		"a cookie": strings.TrimPrefix(c.cookie, "deskbell="), "a device id": v.device} {
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
