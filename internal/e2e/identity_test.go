package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
)

// identitySecret makes a token's secret, as an admin does for the site's backend.
func (a *account) identitySecret(t testing.TB, tok supportToken) string {
	t.Helper()
	secret := str(t, a.do(t, "POST", "/token/"+tok.id+"/identity-secret", nil).ok(t, http.StatusCreated), "identity_secret")
	a.srv.keepOut(secret)
	return secret
}

// signed is what the site's backend makes of these claims.
func signed(t testing.TB, secret string, claims golangjwt.MapClaims) string {
	t.Helper()
	s, err := golangjwt.NewWithClaims(golangjwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signedText signs claims as they are written.
func signedText(secret, claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return signText(encode([]byte(`{"alg":"HS256","typ":"JWT"}`))+"."+encode([]byte(claims)), []byte(secret), sha256.New)
}

func siteUser(tok supportToken, sub string, more obj) golangjwt.MapClaims {
	claims := golangjwt.MapClaims{"sub": sub, "aud": tok.id, "exp": time.Now().Add(10 * time.Minute).Unix()}
	for key, value := range more {
		if value == nil {
			delete(claims, key)
		} else {
			claims[key] = value
		}
	}
	return claims
}

// identify proves who the visitor is and goes on with the rotated token.
func (v *visitor) identify(t testing.TB, token string) obj {
	t.Helper()
	answer := v.do(t, "POST", "/session/identify", obj{"identity_token": token}).ok(t, http.StatusOK)
	is(t, answer, "success", true)
	v.session, v.conversation = str(t, answer, "session_token"), str(t, answer, "conversation_id")
	v.sessionID = str(t, answer, "session.session_id")
	v.srv.keepOut(v.session)
	return answer
}

func TestSignedIdentity(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "history")
	secret := a.identitySecret(t, tok)
	email := unique("signed") + "@customer.example"

	first := started(t, a.srv, tok, obj{})
	planted := first.session
	first.post(t, "from the laptop")
	first.identify(t, signed(t, secret, siteUser(tok, "user-1", obj{"email": email, "name": "Signed Name"})))
	is(t, first.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verified", true)
	equal(t, "reads on", first.texts(t), []string{"from the laptop"})
	old := *first
	old.session = planted
	old.do(t, "GET", "/session", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	c := a.do(t, "GET", "/conversation/"+first.conversation, nil).ok(t, http.StatusOK)
	is(t, c, "verified", true)
	is(t, c, "contact.external_id", "user-1")
	is(t, c, "contact.email", email)
	is(t, c, "contact.email_verified", true)
	is(t, c, "contact.name", "Signed Name")

	t.Run("found again after a reload", func(t *testing.T) {
		first.start(t, obj{}, http.StatusOK)
		equal(t, "reads", first.texts(t), []string{"from the laptop"})
	})
	t.Run("another device joins the conversation", func(t *testing.T) {
		second := started(t, a.srv, tok, obj{})
		second.identify(t, signed(t, secret, siteUser(tok, "user-1", nil)))
		equal(t, "reads", second.texts(t), []string{"from the laptop"})
	})
	t.Run("another person does not, though the address is the same", func(t *testing.T) {
		other := started(t, a.srv, tok, obj{})
		other.identify(t, signed(t, secret, siteUser(tok, "user-2", obj{"email": email})))
		equal(t, "reads", other.texts(t), []string{})
		c := a.do(t, "GET", "/conversation/"+other.conversation, nil).ok(t, http.StatusOK)
		is(t, c, "contact.external_id", "user-2")
		is(t, c, "contact.email_verified", false)
	})
	t.Run("the next person on the same device leaves the first one's conversation", func(t *testing.T) {
		next := started(t, a.srv, tok, obj{})
		next.identify(t, signed(t, secret, siteUser(tok, "user-3", nil)))
		next.post(t, "mine alone")
		theirs := next.conversation
		next.identify(t, signed(t, secret, siteUser(tok, "user-4", nil)))
		// The session proved both, so it may take its conversation along; nobody else's moves.
		is(t, a.do(t, "GET", "/conversation/"+first.conversation, nil).ok(t, http.StatusOK), "contact.external_id", "user-1")
		if next.conversation == first.conversation || theirs == first.conversation {
			t.Error("two persons share a conversation")
		}
	})
	t.Run("a code for the same address leads to the same contact", func(t *testing.T) {
		v := verified(t, a.srv, tok, email, 1)
		equal(t, "reads", v.texts(t), []string{"from the laptop"})
	})
}

func TestJoinedSessionIsNotTakenAlong(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	secret := a.identitySecret(t, tok)
	email := unique("owner") + "@customer.example"
	v := started(t, a.srv, tok, obj{"email": email})
	v.post(t, "before anybody joined")
	joined := v.again()
	joined.start(t, obj{"email": email}, http.StatusOK)
	joined.identify(t, signed(t, secret, siteUser(tok, "joiner", nil)))
	equal(t, "the joiner reads", joined.texts(t), []string{})
	if joined.sessionID == v.sessionID || joined.conversation == v.conversation {
		t.Error("the joiner became the session's owner")
	}
	equal(t, "the owner reads", v.texts(t), []string{"before anybody joined"})
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verified", false)
}

func TestBadIdentity(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok, without := a.newToken(t, shop), a.newToken(t, shop)
	secret := a.identitySecret(t, tok)
	v := started(t, a.srv, tok, obj{})
	unsigned, err := golangjwt.NewWithClaims(golangjwt.SigningMethodNone, siteUser(tok, "u", nil)).SignedString(golangjwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := golangjwt.NewWithClaims(golangjwt.SigningMethodHS512, siteUser(tok, "u", nil)).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	soon := fmt.Sprint(time.Now().Add(10 * time.Minute).Unix())
	for what, token := range map[string]string{
		"no JWT":            "nonsense",
		"other secret":      signed(t, secret+"x", siteUser(tok, "u", nil)),
		"empty secret":      signed(t, "", siteUser(tok, "u", nil)),
		"no algorithm":      unsigned,
		"other algorithm":   wide,
		"no sub":            signed(t, secret, siteUser(tok, "u", obj{"sub": nil})),
		"empty sub":         signed(t, secret, siteUser(tok, "", nil)),
		"endless sub":       signed(t, secret, siteUser(tok, strings.Repeat("u", 256), nil)),
		"sub in two lines":  signed(t, secret, siteUser(tok, "u\nvictim", nil)),
		"sub of other type": signed(t, secret, siteUser(tok, "u", obj{"sub": 7})),
		"no aud":            signed(t, secret, siteUser(tok, "u", obj{"aud": nil})),
		"other token":       signed(t, secret, siteUser(without, "u", nil)),
		"no exp":            signed(t, secret, siteUser(tok, "u", obj{"exp": nil})),
		"expired":           signed(t, secret, siteUser(tok, "u", obj{"exp": time.Now().Add(-time.Second).Unix()})),
		"too far ahead":     signed(t, secret, siteUser(tok, "u", obj{"exp": time.Now().Add(2 * time.Hour).Unix()})),
		"bad e-mail":        signed(t, secret, siteUser(tok, "u", obj{"email": "not an address"})),
		"support token":     tok.token,
		"a second sub":      signedText(secret, `{"sub":"u","aud":"`+tok.id+`","exp":`+soon+`,"name":"","sub":"victim"}`),
		"Sub for sub":       signedText(secret, `{"aud":"`+tok.id+`","exp":`+soon+`,"Sub":"victim"}`),
	} {
		t.Run(what, func(t *testing.T) {
			r := v.do(t, "POST", "/session/identify", obj{"identity_token": token})
			attempt("forged identity", r.status == http.StatusUnauthorized)
			r.refused(t, http.StatusUnauthorized, "Invalid identity token")
		})
	}
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verified", false)
	v.do(t, "POST", "/session/identify", obj{}).refused(t, http.StatusBadRequest, "")

	t.Run("a token without a secret", func(t *testing.T) {
		w := started(t, a.srv, without, obj{})
		w.do(t, "POST", "/session/identify", obj{"identity_token": signed(t, "", siteUser(without, "u", nil))}).
			refused(t, http.StatusUnauthorized, "Invalid identity token")
	})
	t.Run("a rotated secret", func(t *testing.T) {
		fresh := a.identitySecret(t, tok)
		v.do(t, "POST", "/session/identify", obj{"identity_token": signed(t, secret, siteUser(tok, "u", nil))}).
			refused(t, http.StatusUnauthorized, "Invalid identity token")
		v.identify(t, signed(t, fresh, siteUser(tok, "u", nil)))
	})
	t.Run("only admins make secrets, of their own tokens", func(t *testing.T) {
		path := "/token/" + tok.id + "/identity-secret"
		a.join(t, a.srv, "agent").do(t, "POST", path, nil).refused(t, http.StatusForbidden, "")
		newAccount(t, a.srv).do(t, "POST", path, nil).refused(t, http.StatusNotFound, "Not found")
	})
	if file := a.srv.stored(t, secret); file != "" {
		t.Errorf("the secret stands in clear in %s", file)
	}
}
