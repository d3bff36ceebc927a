package e2e

import (
	"net/http"
	"testing"
	"time"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "file_upload")
	ben := a.join(t, a.srv, "agent")
	block := func(m *member, kind, value string, status int) reply {
		r := m.do(t, "POST", "/blocks", obj{"kind": kind, "value": value})
		if r.status != status {
			t.Fatalf("block %s %s: %v", kind, value, r)
		}
		return r
	}
	const quiet = "This chat is not available"
	email := unique("loud") + "@customer.example"
	person := started(t, a.srv, tok, obj{"email": email})
	person.post(t, "first")
	device, near := written(t, a, tok, "hello"), newVisitor(a.srv, tok)
	near.ip = "198.51.100.77"
	near.start(t, obj{}, http.StatusCreated)
	free := written(t, a, tok, "hello")

	streams := map[*visitor]*stream{}
	for _, v := range []*visitor{person, device, near, free} {
		streams[v] = v.stream(t, "")
		streams[v].await(t, "state")
	}
	byContact := at(t, block(ben, "contact", person.contact, http.StatusOK).ok(t, http.StatusOK), "block")
	is(t, block(a.member, "contact", person.contact, http.StatusOK).ok(t, http.StatusOK), "block._id", byContact.(obj)["_id"])
	block(ben, "device", device.device, http.StatusOK)
	block(ben, "network", "198.51.100.0/24", http.StatusForbidden)
	is(t, block(a.member, "network", "198.51.100.9/24", http.StatusOK).ok(t, http.StatusOK), "block.value", "198.51.100.0/24")
	for _, v := range []*visitor{person, device, near} {
		v.do(t, "POST", "/session/messages", obj{"client_id": "again", "text": "again"}).refused(t, http.StatusForbidden, quiet)
	}
	for _, v := range []*visitor{person, device, near} {
		streams[v].ends(t, 5*time.Second)
	}
	elsewhere := newVisitor(a.srv, tok)
	elsewhere.do(t, "POST", "/session", obj{"email": email}).refused(t, http.StatusForbidden, quiet)
	device.again().do(t, "POST", "/session", nil).refused(t, http.StatusForbidden, quiet)
	elsewhere.ip = "198.51.100.1"
	elsewhere.do(t, "POST", "/session", obj{}).refused(t, http.StatusForbidden, quiet)
	free.post(t, "still here")
	person.do(t, "POST", "/session/typing", obj{"typing": true}).refused(t, http.StatusForbidden, quiet)
	person.upload(t, "loud.txt", []byte("loud")).refused(t, http.StatusForbidden, quiet)
	person.do(t, "GET", "/session/events", nil).refused(t, http.StatusForbidden, quiet)
	equal(t, "what was said", person.texts(t), []string{"first"})

	for _, bad := range []struct{ kind, value string }{{"network", "10.0.0.0/7"}, {"network", "everybody"}, {"device", ""}, {"person", "x"}} {
		block(a.member, bad.kind, bad.value, http.StatusBadRequest)
	}
	other := newAccount(t, a.srv)
	block(other.member, "contact", person.contact, http.StatusNotFound)
	path := "/blocks/" + str(t, byContact, "_id")
	other.do(t, "DELETE", path, nil).refused(t, http.StatusNotFound, "")
	ben.do(t, "DELETE", path, nil).refused(t, http.StatusForbidden, "Only admins may do this")
	ben.do(t, "GET", "/blocks", nil).refused(t, http.StatusForbidden, "Only admins may do this")
	if n := len(list(t, a.do(t, "GET", "/blocks", nil).ok(t, http.StatusOK), "blocks")); n != 3 {
		t.Fatalf("%d blocks", n)
	}
	a.do(t, "DELETE", path, nil).ok(t, http.StatusNoContent)
	person.post(t, "welcome back")
	streams[free].until(t, "still here")
}
