package e2e

import (
	"net/http"
	"testing"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.joinNamed(t, a.srv, "agent", "Ben Tal")
	eve := a.joinNamed(t, a.srv, "agent", "Eve")
	v, w := written(t, a, tok, "help"), written(t, a, tok, "more help")
	bens, eves := ben.stream(t), eve.stream(t)
	is(t, bens.await(t, "state").data, "unread_mentions", 0)
	eves.await(t, "state")

	a.reply(t, v.conversation, "to @Ben Tal, not a note", false)
	a.reply(t, v.conversation, "mail me@eve.example and see @evelyn", true)
	equal(t, "named by nothing", ben.view(t, "view=mentions"), []string{})
	a.reply(t, w.conversation, "@eve have a look", true)
	is(t, eves.await(t, "mention").data, "unread_mentions", 1)
	note := a.reply(t, v.conversation, "could @ben tal or @Eve: look at this?", true)
	e := bens.await(t, "mention")
	is(t, e.data, "conversation_id", v.conversation)
	is(t, e.data, "unread_mentions", 1)
	is(t, eves.await(t, "mention").data, "unread_mentions", 2)
	equal(t, "eve's", eve.view(t, "view=mentions"), []string{v.conversation, w.conversation})
	equal(t, "ben's", ben.view(t, "view=mentions"), []string{v.conversation})
	equal(t, "the writer's", a.view(t, "view=mentions"), []string{})
	is(t, ben.stream(t).await(t, "state").data, "unread_mentions", 1)

	// What the team has read already is still unread for the one who is named.
	ben.do(t, "POST", "/conversation/"+v.conversation+"/read", obj{"up_to_seq": num(t, note, "seq")}).ok(t, http.StatusNoContent)
	is(t, bens.await(t, "mention").data, "unread_mentions", 0)
	is(t, eve.stream(t).await(t, "state").data, "unread_mentions", 2)
	a.do(t, "DELETE", "/conversation/"+v.conversation+"/messages/"+str(t, note, "_id"), nil).ok(t, http.StatusOK)
	equal(t, "after the note was taken back", eve.view(t, "view=mentions"), []string{w.conversation})
	other := a.reply(t, v.conversation, "a note", true)
	a.do(t, "PATCH", "/conversation/"+v.conversation+"/messages/"+str(t, other, "_id"), obj{"text": "a note to @ben"}).ok(t, http.StatusOK)
	equal(t, "named by an edit", ben.view(t, "view=mentions"), []string{v.conversation})
}
