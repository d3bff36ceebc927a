package e2e

import (
	"net/http"
	"testing"
)

// Replacing a token and its use are in the API as in the console.
func TestTokenUseByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop, "chat")
	started(t, s, tok, obj{})
	a.do(t, "POST", "/token/"+tok.id+"/replace", obj{"grace": 5}).refused(t, http.StatusBadRequest, "")
	made := a.do(t, "POST", "/token/"+tok.id+"/replace", obj{"grace": 3600000}).ok(t, http.StatusCreated)
	if str(t, made, "token._id") == tok.id || str(t, made, "token.token") == "" {
		t.Errorf("no new token: %v", made)
	}
	a.do(t, "POST", "/token/"+tok.id+"/replace", obj{"grace": 3600000}).refused(t, http.StatusConflict, "This token is being replaced already")
	use := func() obj {
		for _, one := range a.do(t, "GET", "/token/use", nil).ok(t, http.StatusOK)["tokens"].([]any) {
			if found := one.(map[string]any); found["_id"] == tok.id {
				return found
			}
		}
		t.Fatal("the token is not listed")
		return nil
	}
	if old := use(); old["delete_at"] == nil || old["requests"].([]any)[29].(float64) < 1 {
		t.Errorf("the old one: %v", old)
	}
	a.do(t, "POST", "/token/"+tok.id+"/keep", nil).ok(t, http.StatusNoContent)
	if old := use(); old["delete_at"] != nil {
		t.Errorf("it is still to be deleted: %v", old)
	}
}
