package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"deskbell/internal/support"
)

func TestManyConversationsAtOnceWithoutScript(t *testing.T) {
	d := newDesk(t).setUp()
	var ids []string
	for _, name := range []string{"Ada", "Ben", "Cleo"} {
		_, v := d.visitor(support.Claims{Name: name}, "help")
		ids = append(ids, v.ConversationID)
	}
	listed := func(where string) (n int) {
		t.Helper()
		page := d.get("/inbox?" + where)
		page.want(t, http.StatusOK)
		for _, convID := range ids {
			if strings.Contains(page.body, "conv-"+convID) {
				n++
			}
		}
		return n
	}
	do := func(picked []string, name, value string, more ...string) string {
		t.Helper()
		form := url.Values{"ids": picked, name: {value}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		d.post("/inbox/bulk?view=all", form).leadsTo(t, "/inbox?view=all")
		return d.get("/inbox?view=all").body
	}
	for _, deed := range []struct {
		picked          []string
		name, value     string
		says, where     string
		listed          int
		typed, typedTag string
	}{
		{ids[:2], "status", "closed", "2 conversations closed.", "view=closed", 2, "new_tag", "left in the field"},
		{ids[:1], "status", "active", "1 conversation opened.", "view=closed", 1, "", ""},
		{ids, "tag", "new", "3 conversations tagged “refund”.", "view=all&tag=refund", 2, "new_tag", "refund"},
		{ids, "assignee_id", d.actor().UserID, "3 conversations assigned.", "view=mine", 2, "", ""},
		{ids, "assignee_id", "", "3 conversations given to nobody.", "view=unassigned", 2, "", ""},
		{ids, "snooze", "tomorrow", "2 conversations snoozed. 1 left as before: Only what stays open can be snoozed.", "view=snoozed", 2, "", ""},
		{ids, "snooze", "end", "3 conversations brought back.", "view=snoozed", 0, "", ""},
		{ids[:1], "spam", "true", "1 conversation marked as spam.", "view=spam", 1, "", ""},
		{ids[:1], "spam", "false", "1 conversation taken out of spam.", "view=spam", 0, "", ""},
		{[]string{ids[0], "ffffffffffffffffffffffff"}, "status", "closed", "1 conversation closed. 1 left as before: No longer there.", "view=closed", 2, "", ""},
		{nil, "status", "closed", "Select a conversation first.", "view=closed", 2, "", ""},
		{ids, "tag", "new", "Write the tag first.", "view=closed", 2, "new_tag", ""},
		{ids, "assignee_id", "ffffffffffffffffffffffff", "colleague", "view=closed", 2, "", ""},
		{make([]string, 201), "status", "closed", "At most 200 conversations", "view=closed", 2, "", ""},
	} {
		body := do(deed.picked, deed.name, deed.value, deed.typed, deed.typedTag)
		if !strings.Contains(body, deed.says) {
			from := max(0, strings.Index(body, `id="flash"`))
			t.Errorf("%s=%s does not say %q but %.300s", deed.name, deed.value, deed.says, body[from:])
		}
		if n := listed(deed.where); n != deed.listed {
			t.Errorf("%s=%s: %d listed in %s, want %d", deed.name, deed.value, n, deed.where, deed.listed)
		}
	}
	d.post("/inbox/bulk", url.Values{"ids": ids, "status": {"active"}}, "HX-Request", "true").want(t, http.StatusOK, "bulk-said", "3 conversations opened.")
	d.post("/inbox/bulk", url.Values{"ids": ids}, "HX-Request", "true").want(t, http.StatusUnprocessableEntity, "Choose what to do.")
	if n := listed("view=all"); n != 3 {
		t.Errorf("%d open, want 3", n)
	}
}
