package console

import (
	"net/http"
	"net/url"
	"time"

	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/views/ui"
	"deskbell/web/httpio"
)

// changeLabels name a change's fields for people.
var changeLabels = map[string]string{"assignee_id": "The colleague", "team_id": "The team", "add_tags": "A tag", "snooze": "The time"}

// changeConversation changes what the team decides about a conversation. The stream shows it to
// everybody who has it open.
func (h *Handler) changeConversation(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	change, refused := changeOf(c, values)
	if refused == "" {
		_, err = h.Support.ChangeConversation(c.Request().Context(), actor(loginOf(c)), c.Param("id"), change)
		var ok bool
		if refused, ok = whyNot(err); !ok && err != nil {
			return err
		}
	}
	switch {
	case refused == "" && httpio.IsFragment(c):
		return httpio.Render(c, http.StatusOK, inbox.ControlsError(""), nil)
	case refused == "":
		return backToThread(c)
	case httpio.IsFragment(c):
		return httpio.Render(c, http.StatusUnprocessableEntity, inbox.ControlsError(refused), nil)
	}
	return h.renderThread(c, http.StatusUnprocessableEntity, 0, threadForms{composer: h.composer(c), refused: refused})
}

// changeOf reads one change from a form, or says what is wrong with it.
func changeOf(c httpio.Ctx, values url.Values) (change support.ConversationChange, refused string) {
	given := func(name string) *string {
		if !values.Has(name) {
			return nil
		}
		value := values.Get(name)
		return &value
	}
	change.AssigneeID, change.TeamID, change.Priority, change.Status = given("assignee_id"), given("team_id"), given("priority"), given("status")
	if change.AssigneeID != nil && *change.AssigneeID == "auto" {
		change.AssigneeID, change.AutoAssign = nil, true
	}
	if tag := values.Get("add_tag"); tag != "" {
		change.AddTags = []string{tag}
	}
	if tag := values.Get("remove_tag"); tag != "" {
		change.RemoveTags = []string{tag}
	}
	if values.Has("spam") {
		spam := values.Get("spam") == "true"
		change.Spam = &spam
	}
	if values.Has("snooze") {
		change.Snooze, refused = snoozeOf(c, values.Get("snooze"), values.Get("until"))
	}
	return change, refused
}

// snoozeOf works out until when, by the reader's own clock.
func snoozeOf(c httpio.Ctx, kind, until string) (*support.Snooze, string) {
	now := ui.Now(c.Request().Context())
	morning := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, 9, 0, 0, 0, now.Location())
	}
	var at time.Time
	switch kind {
	case "end":
		return &support.Snooze{End: true}, ""
	case "message":
		return &support.Snooze{}, ""
	case "hour":
		at = now.Add(time.Hour)
	case "tomorrow":
		at = morning(1)
	case "monday":
		at = morning((int(time.Monday)-int(now.Weekday())+6)%7 + 1)
	case "until":
		chosen, err := time.ParseInLocation("2006-01-02T15:04", until, now.Location())
		if err != nil {
			return nil, "Choose a date and a time"
		}
		at = chosen
	default:
		return nil, "Choose until when"
	}
	ms := at.UnixMilli()
	return &support.Snooze{Until: &ms}, ""
}

// block keeps the conversation's contact from writing again.
func (h *Handler) block(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	found, err := h.Support.Conversation(ctx, who, c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := h.Support.AddBlock(ctx, who, support.BlockContact, found.Contact.ID); err != nil {
		return err
	}
	return done(c)
}

// askVerification has the visitor prove the address they have given.
func (h *Handler) askVerification(c httpio.Ctx) error {
	_, err := h.Support.AskVerification(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if message, _, ok := refusal(err, nil); ok {
		if httpio.IsFragment(c) {
			return httpio.Render(c, http.StatusUnprocessableEntity, inbox.ControlsError(message), nil)
		}
		return h.renderThread(c, http.StatusUnprocessableEntity, 0, threadForms{composer: h.composer(c), refused: message})
	}
	if err != nil {
		return err
	}
	return done(c)
}
