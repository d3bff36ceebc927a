package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"deskbell/internal/support"
)

func TestIdentitySecretIsShownOnce(t *testing.T) {
	d := newDesk(t).setUp()
	d.visitor(support.Claims{}, "hello")
	tokens, err := d.support.Tokens(t.Context(), d.actor())
	if err != nil || len(tokens) != 1 {
		t.Fatal(tokens, err)
	}
	path := "/settings/tokens/" + tokens[0].ID + "/identity"
	d.get("/settings/tokens").want(t, http.StatusOK, path)
	d.get(path).want(t, http.StatusOK, "Make a new secret")
	made := d.post(path, nil)
	made.want(t, http.StatusOK, "Copy the secret now")
	if made.header.Get("Cache-Control") != "no-store" {
		t.Error("the answer with the secret may be kept")
	}
	secret := regexp.MustCompile(`id="identity-secret"[^>]*>([^<]+)<`).FindStringSubmatch(made.body)
	if secret == nil || len(secret[1]) < 32 {
		t.Fatalf("no secret: %v", secret)
	}
	if strings.Contains(d.get(path).body, secret[1]) {
		t.Error("the secret is shown again")
	}
	if again := d.post(path, nil); strings.Contains(again.body, secret[1]) {
		t.Error("a new secret is the old one")
	}
	d.get("/settings/tokens/ffffffffffffffffffffffff/identity").want(t, http.StatusNotFound)
	d.post("/settings/tokens/ffffffffffffffffffffffff/identity", nil).want(t, http.StatusNotFound)
}
