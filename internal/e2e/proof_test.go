package e2e

import (
	"net/http"
	"testing"
)

// What somebody learned or joined before an address was proven opens nothing of it afterwards.
func TestSecretsFromBeforeAProof(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)

	t.Run("an expired session's joined secret", func(t *testing.T) {
		claims := obj{"email": unique("owner") + "@customer.example"}
		owner := started(t, s, tok, claims)
		eve := owner.again()
		eve.start(t, claims, http.StatusOK)
		s.expireSession(t, owner.sessionID)
		owner.start(t, claims, http.StatusCreated)
		owner.verify(t, owner.sendCode(t, claims["email"].(string), 1))
		owner.post(t, "after the proof: my account number")

		eve.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
		eve.start(t, claims, http.StatusCreated)
		if eve.conversation == owner.conversation {
			t.Error("a secret from before the proof leads to the proven conversation")
		}
		equal(t, "what the other one reads", eve.texts(t), []string{})
	})

	t.Run("a proven conversation without a secret", func(t *testing.T) {
		claims := obj{"email": unique("owner") + "@customer.example"}
		owner := verified(t, s, tok, claims["email"].(string), 1)
		owner.post(t, "proven")
		s.expireSession(t, owner.sessionID)
		conversation := owner.conversation
		owner.start(t, claims, http.StatusCreated)
		if owner.conversation != conversation {
			t.Fatal("the owner has lost the conversation")
		}
		equal(t, "what the owner reads", owner.texts(t), []string{"proven"})

		eve := owner.again()
		eve.start(t, claims, http.StatusCreated)
		if eve.conversation == conversation {
			t.Error("joined a proven conversation without a secret")
		}
	})

	t.Run("the name that the owner gave", func(t *testing.T) {
		claims := obj{"email": unique("owner") + "@customer.example", "name": "Real Name"}
		owner := started(t, s, tok, claims)
		eve := owner.again()
		is(t, eve.start(t, obj{"email": claims["email"]}, http.StatusOK), "contact.name", nil)
		is(t, eve.start(t, obj{"email": claims["email"]}, http.StatusOK), "contact.name", nil)
		is(t, eve.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "session.contact.name", nil)
		is(t, owner.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "session.contact.name", "Real Name")
	})
}
