package console

import (
	"fmt"
	"net/http"
	"net/url"

	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// maxPicked is how many conversations of the list can be changed at once.
const maxPicked = 200

// changeConversations does the same to all conversations that are picked in the list, and says to
// how many. The stream shows it to everybody.
func (h *Handler) changeConversations(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	done, refused, err := h.bulk(c, values)
	if err != nil {
		return err
	}
	if httpio.IsFragment(c) {
		status := http.StatusOK
		if refused != "" {
			status = http.StatusUnprocessableEntity
		}
		return httpio.Render(c, status, inbox.BulkSaid(done, refused), nil)
	}
	return h.leadBack(c, "/inbox?"+c.Request().URL.RawQuery, done+refused)
}

// bulk makes the change of the form and says what it did, or why it did nothing.
func (h *Handler) bulk(c httpio.Ctx, values url.Values) (done, refused string, err error) {
	ids := values["ids"]
	if values.Has("tag") {
		values.Set("add_tag", values.Get("new_tag"))
	}
	change, refused := changeOf(c, values)
	deed := inbox.BulkDeed(change)
	switch {
	case refused != "":
	case len(ids) == 0:
		refused = "Select a conversation first."
	case len(ids) > maxPicked:
		refused = fmt.Sprintf("At most %d conversations can be changed at once.", maxPicked)
	case deed == "" && values.Has("tag"):
		refused = "Write the tag first."
	case deed == "":
		refused = "Choose what to do."
	}
	if refused != "" {
		return "", refused, nil
	}
	results, err := h.Support.ChangeConversations(c.Request().Context(), actor(loginOf(c)), ids, nil, change)
	if why, ok := whyNot(err); ok {
		return "", why, nil
	}
	if err != nil {
		return "", "", err
	}
	left, why := 0, ""
	for _, r := range results {
		if r.Err == nil {
			continue
		}
		left++
		var ok bool
		if why, ok = whyNot(r.Err); !ok {
			why = "no longer there"
		}
	}
	return inbox.BulkText(len(results)-left, deed, left, why), "", nil
}

// whyNot says in one sentence why a change was refused.
func whyNot(err error) (string, bool) {
	message, fields, ok := refusal(err, changeLabels)
	for _, text := range fields {
		message = text
	}
	return message, ok
}
