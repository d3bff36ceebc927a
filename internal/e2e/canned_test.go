package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestCannedReplies(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	ben := a.join(t, a.srv, "agent")
	v := started(t, a.srv, a.newToken(t, shop), obj{"name": "Ada"})
	v.post(t, "hi")
	text := "Hello {{contact.name}}, {{ agent.name }} of {{site}} here."
	shared := at(t, a.do(t, "POST", "/canned-replies", obj{"title": "Hello", "shortcut": "/Hello", "text": text, "shared": true}).ok(t, http.StatusCreated), "canned_reply")
	is(t, shared, "shortcut", "hello")
	ben.do(t, "POST", "/canned-replies", obj{"title": "X", "shortcut": "x", "text": "x", "shared": true}).
		refused(t, http.StatusForbidden, "Only admins may change what the team shares")
	ben.do(t, "PATCH", "/canned-replies/"+str(t, shared, "_id"), obj{"text": "x"}).refused(t, http.StatusForbidden, "")
	ben.do(t, "DELETE", "/canned-replies/"+str(t, shared, "_id"), nil).refused(t, http.StatusForbidden, "")
	a.do(t, "POST", "/canned-replies", obj{"title": "Hello", "shortcut": "hello", "text": text, "shared": true}).
		refused(t, http.StatusConflict, "This shortcut is already taken")
	for _, bad := range []obj{{}, {"title": "X", "shortcut": "a b", "text": "x"}, {"title": "X", "shortcut": "x", "text": "{{contact.password}}"},
		{"title": "", "shortcut": "x", "text": "x"}, {"title": "X", "shortcut": "x", "text": strings.Repeat("x", 10_001)}} {
		a.do(t, "POST", "/canned-replies", bad).refused(t, http.StatusBadRequest, "")
	}
	own := at(t, ben.do(t, "POST", "/canned-replies", obj{"title": "Mine", "shortcut": "help", "text": "Mine"}).ok(t, http.StatusCreated), "canned_reply")
	shortcuts := func(m *member, query string) []string {
		out := []string{}
		for _, r := range list(t, m.do(t, "GET", "/canned-replies?"+query, nil).ok(t, http.StatusOK), "canned_replies") {
			out = append(out, str(t, r, "title"))
		}
		return out
	}
	equal(t, "ben's", shortcuts(ben, ""), []string{"Hello", "Mine"})
	equal(t, "ben's by prefix", shortcuts(ben, "q=/hel"), []string{"Hello", "Mine"})
	equal(t, "ben's by a longer prefix", shortcuts(ben, "q=HELP"), []string{"Mine"})
	equal(t, "the admin's", shortcuts(a.member, ""), []string{"Hello"})
	ben.do(t, "PATCH", "/canned-replies/"+str(t, own, "_id"), obj{"shortcut": "hello"}).ok(t, http.StatusOK)
	equal(t, "one's own comes first", shortcuts(ben, "q=hello"), []string{"Mine"})

	filled := list(t, a.do(t, "GET", "/canned-replies?conversation_id="+v.conversation, nil).ok(t, http.StatusOK), "canned_replies")
	is(t, filled[0], "filled", "Hello Ada, Mem Ber of "+shop+" here.")
	is(t, filled[0], "text", text)
	other := newAccount(t, a.srv)
	other.do(t, "GET", "/canned-replies?conversation_id="+v.conversation, nil).refused(t, http.StatusNotFound, "")
	for _, try := range []struct {
		who  *member
		what any
	}{{a.member, own}, {other.member, own}, {other.member, shared}} {
		try.who.do(t, "PATCH", "/canned-replies/"+str(t, try.what, "_id"), obj{"text": "x"}).refused(t, http.StatusNotFound, "")
		try.who.do(t, "DELETE", "/canned-replies/"+str(t, try.what, "_id"), nil).refused(t, http.StatusNotFound, "")
	}
	equal(t, "another account's", shortcuts(other.member, ""), []string{})
	ben.do(t, "DELETE", "/canned-replies/"+str(t, own, "_id"), nil).ok(t, http.StatusNoContent)
	equal(t, "after it was deleted", shortcuts(ben, "q=hello"), []string{"Hello"})
}

func TestTagsOfAllConversations(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.join(t, a.srv, "agent")
	one, two := written(t, a, tok, "one"), written(t, a, tok, "two")
	a.change(t, one.conversation, obj{"tags": []string{"shiping", "vip"}})
	a.change(t, two.conversation, obj{"tags": []string{"shipping", "shiping"}})
	tags := func() (out []string) {
		for _, tag := range list(t, ben.do(t, "GET", "/tags", nil).ok(t, http.StatusOK), "tags") {
			out = append(out, fmt.Sprint(str(t, tag, "name"), num(t, tag, "count")))
		}
		return out
	}
	equal(t, "tags", tags(), []string{"shiping2", "shipping1", "vip1"})
	// Saved views follow, of whomever they are; one of nothing but a deleted tag goes with it.
	for name, filters := range map[string]obj{"Parcels": {"tag": "shiping"}, "My parcels": {"tag": "shiping", "assignee": "me"}, "Important": {"tag": "vip", "view": "all"}} {
		ben.do(t, "POST", "/views", obj{"name": name, "filters": filters}).ok(t, http.StatusCreated)
	}
	stranger := newAccount(t, a.srv)
	stranger.do(t, "POST", "/views", obj{"name": "Theirs", "filters": obj{"tag": "vip"}}).ok(t, http.StatusCreated)
	views := func(m *member) (out []string) {
		for _, v := range list(t, m.do(t, "GET", "/views", nil).ok(t, http.StatusOK), "views") {
			tag, _ := at(t, v, "filters").(obj)["tag"].(string)
			out = append(out, str(t, v, "name")+": "+tag)
		}
		slices.Sort(out)
		return out
	}
	ben.do(t, "PATCH", "/tags", obj{"tag": "vip", "to": "VIP"}).refused(t, http.StatusForbidden, "Only admins may do this")
	ben.do(t, "DELETE", "/tags?tag=vip", nil).refused(t, http.StatusForbidden, "Only admins may do this")
	a.do(t, "PATCH", "/tags", obj{"tag": "shiping", "to": "shipping"}).refused(t, http.StatusConflict, "This tag already exists")
	a.do(t, "PATCH", "/tags", obj{"tag": "vip", "to": "a\nb"}).refused(t, http.StatusBadRequest, "")
	a.do(t, "PATCH", "/tags", obj{"tag": "unknown", "to": "x"}).refused(t, http.StatusNotFound, "")
	newAccount(t, a.srv).do(t, "DELETE", "/tags?tag=vip", nil).refused(t, http.StatusNotFound, "")
	a.do(t, "PATCH", "/tags", obj{"tag": "shiping", "to": "shipping", "merge": true}).ok(t, http.StatusNoContent)
	equal(t, "merged", tags(), []string{"shipping2", "vip1"})
	equal(t, "found by the merged tag", a.view(t, "tag=shipping"), []string{two.conversation, one.conversation})
	a.do(t, "PATCH", "/tags", obj{"tag": "vip", "to": "gold"}).ok(t, http.StatusNoContent)
	equal(t, "views", views(ben), []string{"Important: gold", "My parcels: shipping", "Parcels: shipping"})
	a.do(t, "DELETE", "/tags?tag=shipping", nil).ok(t, http.StatusNoContent)
	equal(t, "in the end", tags(), []string{"gold1"})
	equal(t, "views in the end", views(ben), []string{"Important: gold", "My parcels: "})
	equal(t, "another account's views", views(stranger.member), []string{"Theirs: vip"})
	c := a.do(t, "GET", "/conversation/"+one.conversation, nil).ok(t, http.StatusOK)
	if got := list(t, c, "tags"); len(got) != 1 || got[0] != "gold" {
		t.Fatalf("tags: %v", got)
	}
}
