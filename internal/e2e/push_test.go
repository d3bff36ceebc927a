package e2e

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	signing "github.com/golang-jwt/jwt/v5"
)

// pushService stands in for a browser and for the service that reaches it: it decrypts what it is given.
type pushService struct {
	url    string
	key    *ecdh.PrivateKey
	auth   []byte
	status atomic.Int32
	box    inbox[sentPush]
}

type sentPush struct {
	path   string
	header http.Header
	data   obj
}

func newPushService(t testing.TB) *pushService {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &pushService{key: key, auth: []byte("0123456789abcdef")}
	p.status.Store(http.StatusCreated)
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			sent := sentPush{path: r.URL.Path, header: r.Header}
			if err := json.Unmarshal(p.decrypt(t, body), &sent.data); err != nil {
				t.Errorf("what was pushed: %v", err)
			}
			w.WriteHeader(int(p.status.Load()))
			p.box.add(sent)
		}
	}))
	service.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	service.StartTLS()
	t.Cleanup(service.Close)
	p.url = service.URL
	return p
}

// form is what a browser tells of itself.
func (p *pushService) form(path string) url.Values {
	encode := base64.RawURLEncoding.EncodeToString
	return url.Values{"endpoint": {p.url + path}, "p256dh": {encode(p.key.PublicKey().Bytes())}, "auth": {encode(p.auth)}}
}

// decrypt follows RFC 8291 from the browser's side.
func (p *pushService) decrypt(t testing.TB, body []byte) []byte {
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			t.Error(err)
		}
		return key
	}
	if len(body) < 86 || body[20] != 65 {
		t.Errorf("no encrypted body: %x", body)
		return nil
	}
	salt, sender := body[:16], body[21:86]
	from, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		t.Error(err)
		return nil
	}
	shared, err := p.key.ECDH(from)
	if err != nil {
		t.Error(err)
		return nil
	}
	seed := derive(shared, p.auth, "WebPush: info\x00"+string(p.key.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(derive(seed, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		t.Error(err)
		return nil
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Error(err)
		return nil
	}
	plain, err := aead.Open(nil, derive(seed, salt, "Content-Encoding: nonce\x00", 12), body[86:], nil)
	if err != nil {
		t.Errorf("decrypt: %v", err)
	}
	return []byte(strings.TrimSuffix(string(plain), "\x02"))
}

// nth waits for a push to a browser.
func (p *pushService) nth(t testing.TB, path string, nth int) sentPush {
	t.Helper()
	return p.box.wait(t, 15*time.Second, "push", nth, func(s sentPush) bool { return s.path == path })
}

func TestWebPush(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions(), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8"), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	ben, eve := a.joinNamed(t, s, "agent", "Ben").console(t), a.joinNamed(t, s, "agent", "Eve").console(t)
	service := newPushService(t)
	for _, bad := range []url.Values{
		{}, {"endpoint": {"https://push.example/x"}}, {"endpoint": {"http://push.example/x"}, "p256dh": service.form("")["p256dh"], "auth": service.form("")["auth"]},
		{"endpoint": {"ftp://localhost/x"}, "p256dh": service.form("")["p256dh"], "auth": service.form("")["auth"]},
		{"endpoint": {"https://push.example/x"}, "p256dh": {"AAAA"}, "auth": service.form("")["auth"]},
	} {
		ben.send(t, "/settings/alerts/push", bad).shows(t, http.StatusBadRequest)
	}
	for range 2 {
		ben.send(t, "/settings/alerts/push", service.form("/ben"), "User-Agent", "Firefox/140").leadsTo(t, "/settings/alerts")
	}
	eve.send(t, "/settings/alerts/push", service.form("/eve")).leadsTo(t, "/settings/alerts")
	eve.send(t, "/settings/alerts", url.Values{"scope": {"mine"}, "push_text": {"true"}}).leadsTo(t, "/settings/alerts")
	page := ben.get(t, "/settings/alerts").shows(t, http.StatusOK, "/remove", "data-push=")
	if n := strings.Count(string(page.body), "/remove"); n != 1 {
		t.Errorf("%d browsers of one", n)
	}

	v := started(t, s, tok, obj{"name": "Vera Visitor"})
	v.post(t, "my secret question")
	sent := service.nth(t, "/ben", 1)
	is(t, sent.data, "title", "Vera Visitor")
	is(t, sent.data, "text", "New message")
	is(t, sent.data, "url", "/inbox/"+v.conversation)
	checkVAPID(t, sent.header, service.url)

	// Whoever has a page open is told there.
	stream := ben.alerts(t)
	v.post(t, "while a page is open")
	stream.told(t, v.conversation, "while a page is open")
	a.change(t, v.conversation, obj{"assignee_id": eve.id})
	is(t, service.nth(t, "/eve", 1).data, "text", "Given to you: while a page is open")
	v.post(t, "for Eve")
	is(t, service.nth(t, "/eve", 2).data, "text", "for Eve")
	if found, _ := service.box.matching(func(s sentPush) bool { return s.path == "/ben" }); len(found) != 1 {
		t.Errorf("%d pushes beside an open page", len(found)-1)
	}
	stream.close()
	a.change(t, v.conversation, obj{"assignee_id": ""})
	eventually(t, 10*time.Second, "a push once the page is closed", func() bool {
		v.post(t, "and now?")
		found, _ := service.box.matching(func(s sentPush) bool { return s.path == "/ben" })
		return len(found) > 1
	})
	a.change(t, v.conversation, obj{"assignee_id": eve.id})
	service.nth(t, "/eve", 3)

	// A browser that is gone is forgotten, one that can't be reached is not.
	browsers := func(m *member) int {
		return s.count(t, "SELECT count(*) FROM push_subscriptions WHERE user_id = ?", m.id)
	}
	service.status.Store(http.StatusServiceUnavailable)
	v.post(t, "once more for Eve")
	service.nth(t, "/eve", 4)
	service.status.Store(http.StatusGone)
	v.post(t, "and once more")
	eventually(t, 10*time.Second, "the browser is forgotten", func() bool { return browsers(eve.member) == 0 })
	service.nth(t, "/eve", 5)
	service.status.Store(http.StatusCreated)

	// Nobody ends another's; signing out ends one's own, a new password all.
	id := strings.Split(strings.SplitAfter(string(page.body), "/settings/alerts/push/")[1], "/")[0]
	eve.send(t, "/settings/alerts/push/"+id+"/remove", nil).shows(t, http.StatusNotFound)
	phone := ben.member.console(t)
	phone.send(t, "/settings/alerts/push", service.form("/phone")).leadsTo(t, "/settings/alerts")
	ben.send(t, "/logout", nil)
	if n := browsers(ben.member); n != 1 {
		t.Errorf("%d browsers after signing out on one of two", n)
	}
	s.edit(t, "UPDATE users SET token_version = token_version + 1 WHERE _id = ?", ben.id)
	a.change(t, v.conversation, obj{"assignee_id": ben.id})
	v.post(t, "after a new password")
	a.console(t).send(t, "/settings/alerts/push", service.form("/admin")).leadsTo(t, "/settings/alerts")
	a.change(t, v.conversation, obj{"assignee_id": a.id})
	v.post(t, "for the admin")
	service.nth(t, "/admin", 1)
	if found, _ := service.box.matching(func(s sentPush) bool { return s.path == "/phone" }); len(found) != 0 {
		t.Error("a push after the password was changed")
	}
}

// checkVAPID checks that a push shows who has sent it.
func checkVAPID(t testing.TB, header http.Header, service string) {
	t.Helper()
	signed, key, found := strings.Cut(strings.TrimPrefix(header.Get("Authorization"), "vapid t="), ", k=")
	point, err := base64.RawURLEncoding.DecodeString(key)
	if !found || err != nil {
		t.Fatalf("Authorization: %s", header.Get("Authorization"))
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	claims := signing.MapClaims{}
	if _, err := signing.ParseWithClaims(signed, claims, func(*signing.Token) (any, error) { return public, nil },
		signing.WithValidMethods([]string{"ES256"}), signing.WithAudience(service), signing.WithExpirationRequired()); err != nil {
		t.Errorf("signature: %v", err)
	}
	if subject, _ := claims.GetSubject(); !strings.HasPrefix(subject, "mailto:") {
		t.Errorf("subject %q", subject)
	}
}

// Without the operator's word no push leads to an address that is not public.
func TestWebPushStaysOutside(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	service := newPushService(t)
	a.console(t).send(t, "/settings/alerts/push", service.form("/inside")).leadsTo(t, "/settings/alerts")
	written(t, a, a.newToken(t, shop), "hello")
	eventually(t, 10*time.Second, "the log says so", func() bool { return strings.Contains(s.stderr.String(), "browser not reached by push") })
	if found, _ := service.box.matching(func(sentPush) bool { return true }); len(found) != 0 {
		t.Error("a push went to the server's own network")
	}
}
