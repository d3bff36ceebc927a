package console

import (
	"context"
	"math"
	"net/http"
	"slices"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// showThread opens a conversation, which marks it read when its end is shown: as a page, beside the
// list, or as its earlier or newer messages. Its address may name the message to open it at (m).
func (h *Handler) showThread(c httpio.Ctx) error {
	at := map[string]int64{}
	for _, name := range []string{"before", "after", "until", "event", "m"} {
		var err error
		if at[name], err = httpio.QueryInt(c, name); err != nil {
			return err
		}
	}
	before := at["before"]
	switch target := httpio.Target(c); {
	case before > 0 && target == "earlier":
		return h.showEarlier(c, before)
	case at["after"] > 0 && target == "newer":
		return h.showNewer(c, at["after"], at["until"], at["event"])
	case at["after"] > 0:
		before = at["after"] + messagesPerPage + 1
	case at["m"] > 0:
		before = at["m"] + messagesPerPage/2
	}
	composer := h.composer(c)
	draft, err := h.Support.Draft(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	composer.Text, composer.Private = draft.Text, draft.Private
	return h.renderThread(c, http.StatusOK, before, threadForms{composer: composer})
}

// composer is an empty form of this conversation.
func (h *Handler) composer(c httpio.Ctx) inbox.ComposerProps {
	return inbox.ComposerProps{ConversationID: c.Param("id"), ClientID: id.New(h.Now()), Filter: readFilter(c)}
}

// threadForms are the forms of an open conversation as they come back.
type threadForms struct {
	composer inbox.ComposerProps
	note     inbox.NoteForm
	// refused says why a change was not made.
	refused string
}

func (h *Handler) renderThread(c httpio.Ctx, status int, before int64, forms threadForms) error {
	ctx, who, f := c.Request().Context(), actor(loginOf(c)), readFilter(c)
	thread, err := h.thread(ctx, who, c.Param("id"), before)
	if err != nil {
		return err
	}
	pane := httpio.Target(c) == "pane" && httpio.IsFragment(c)
	if thread.Choices, err = h.choices(ctx, who, !pane); err != nil {
		return err
	}
	if thread.Notes, err = h.notesBesideThread(ctx, who, thread.Conversation, forms.note); err != nil {
		return err
	}
	thread.Filter, thread.Composer, thread.Refused = f, forms.composer, forms.refused
	p := page{title: inbox.Name(thread.Conversation), active: "inbox"}
	if pane {
		return h.render(c, status, p, inbox.Pane(thread))
	}
	list, err := h.list(ctx, who, f, "", c.Param("id"))
	if err != nil {
		return err
	}
	list.Choices = thread.Choices
	return h.render(c, status, p, inbox.Page(list, &thread))
}

// thread loads a conversation with the last messages before a position (0: the newest). When these
// are its last ones, it notes that the team has read it.
func (h *Handler) thread(ctx context.Context, who support.Actor, convID string, before int64) (inbox.ThreadProps, error) {
	detail, err := h.Support.ConversationDetail(ctx, who, convID)
	if err != nil {
		return inbox.ThreadProps{}, err
	}
	newest := before == 0 || before > detail.LastSeq
	if newest {
		before = detail.LastSeq + 1
	}
	found, err := h.Support.Messages(ctx, who, convID, support.MessageRange{BeforeSeq: before, Limit: messagesPerPage})
	if err != nil {
		return inbox.ThreadProps{}, err
	}
	p := inbox.ThreadProps{
		Conversation: detail.Conversation, Sessions: detail.Sessions, Messages: found.Messages, Earlier: found.HasMore, Newest: newest, Me: who.UserID,
	}
	p.MarkUnread()
	if newest && detail.AgentReadSeq < detail.LastSeq {
		if err := h.Support.ReadByAgent(ctx, who, convID, detail.LastSeq); err != nil {
			return inbox.ThreadProps{}, err
		}
		p.Conversation.AgentUnread = 0
	}
	if err := h.addEvents(ctx, who, &p); err != nil {
		return p, err
	}
	// After the messages: what is sent in between comes by the stream, and nothing is shown twice.
	if p.Pending, err = h.Support.PendingMessages(ctx, who, convID); err != nil {
		return p, err
	}
	p.Merged, err = h.Support.Merged(ctx, who, convID)
	return p, err
}

// addEvents loads what was done to a conversation between the messages of p: what stands above the
// first one belongs to earlier messages while there are some, what stands below the last one to it.
func (h *Handler) addEvents(ctx context.Context, who support.Actor, p *inbox.ThreadProps) (err error) {
	from, to := int64(0), int64(math.MaxInt64)
	if n := len(p.Messages); n > 0 {
		if p.Earlier {
			from = p.Messages[0].Seq
		}
		if !p.Newest {
			to = p.Messages[n-1].Seq
		}
	}
	if len(p.Messages) == 0 && p.Earlier {
		return nil
	}
	p.Events, p.NewestEvent, err = h.Support.EventsBetween(ctx, who, p.Conversation.ID, from, to)
	return err
}

// showEarlier loads one message more than it shows: the one that the page already has, because
// what stands above it has changed.
func (h *Handler) showEarlier(c httpio.Ctx, before int64) error {
	who := actor(loginOf(c))
	found, err := h.Support.Messages(c.Request().Context(), who, c.Param("id"),
		support.MessageRange{BeforeSeq: before + 1, Limit: messagesPerPage + 1})
	if err != nil {
		return err
	}
	if len(found.Messages) == 0 {
		return fault.New(fault.NotFound, "not_found", "There are no earlier messages")
	}
	last := len(found.Messages) - 1
	p := inbox.ThreadProps{
		Conversation: support.Conversation{ID: c.Param("id")}, Messages: found.Messages[:last], Earlier: found.HasMore, Filter: readFilter(c),
		Me: who.UserID,
	}
	if err := h.addEvents(c.Request().Context(), who, &p); err != nil {
		return err
	}
	return httpio.Render(c, http.StatusOK, inbox.Earlier(p, found.Messages[last]), nil)
}

// showNewer loads what follows a message up to the positions from which on the page's stream goes
// on, and marks the conversation read when that is reached.
func (h *Handler) showNewer(c httpio.Ctx, after, until, newestEvent int64) error {
	ctx, who, convID := c.Request().Context(), actor(loginOf(c)), c.Param("id")
	above, err := h.Support.Messages(ctx, who, convID, support.MessageRange{BeforeSeq: after + 1, Limit: 1})
	if err != nil {
		return err
	}
	found, err := h.Support.Messages(ctx, who, convID, support.MessageRange{AfterSeq: after, Limit: messagesPerPage})
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(found.Messages, func(m support.Message) bool { return m.Seq > until })
	p := inbox.ThreadProps{
		Conversation: support.Conversation{ID: convID, LastSeq: until}, Messages: list, Filter: readFilter(c), Me: who.UserID, Earlier: true,
		Newest: len(list) == 0 || list[len(list)-1].Seq >= until,
	}
	if p.Newest && until > 0 {
		if err := h.Support.ReadByAgent(ctx, who, convID, until); err != nil {
			return err
		}
	}
	var previous *support.Message
	if len(above.Messages) > 0 {
		previous = &above.Messages[0]
	}
	if err := h.addEvents(ctx, who, &p); err != nil {
		return err
	}
	// Those since the page was opened it has by its stream.
	p.Events = slices.DeleteFunc(p.Events, func(e support.ConversationEvent) bool { return e.Number > newestEvent })
	p.NewestEvent = newestEvent
	return httpio.Render(c, http.StatusOK, inbox.Newer(p, previous), nil)
}

// reply posts an answer or a note. The message itself reaches the page by its stream, so the
// answer is the emptied form and what waits.
func (h *Handler) reply(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	in := support.PostMessage{ClientID: values.Get("client_id"), Text: values.Get("text"), Private: values.Get("private") != "", Attachments: values["attachments"]}
	in.Close = values.Get("close") != "" && !in.Private
	err = h.send(c, in)
	composer := h.composer(c)
	composer.Private = in.Private
	if message, fields, ok := refusal(err, map[string]string{"text": "A message", "attachments": "The files"}); ok {
		composer.Text, composer.Error, composer.Attachments = in.Text, message, attachments(in.Attachments, values["attachment_names"])
		for _, name := range []string{"attachments", "text"} {
			if fields[name] != "" {
				composer.Error = fields[name]
			}
		}
		if httpio.IsFragment(c) {
			return httpio.Render(c, http.StatusUnprocessableEntity, inbox.Composer(composer), nil)
		}
		return h.renderThread(c, http.StatusUnprocessableEntity, 0, threadForms{composer: composer})
	}
	if err != nil {
		return err
	}
	if httpio.IsFragment(c) {
		return h.sentAnswer(c, composer)
	}
	return backToThread(c)
}

// changeStatus closes or reopens; the stream shows it to everybody who has it open.
func (h *Handler) changeStatus(c httpio.Ctx) error {
	status := c.FormValue("status")
	_, err := h.Support.ChangeConversation(c.Request().Context(), actor(loginOf(c)), c.Param("id"), support.ConversationChange{Status: &status})
	if err != nil {
		return err
	}
	return done(c)
}

func (h *Handler) read(c httpio.Ctx) error {
	upTo, err := formInt(c, "up_to_seq")
	if err != nil {
		return err
	}
	if err := h.Support.ReadByAgent(c.Request().Context(), actor(loginOf(c)), c.Param("id"), upTo); err != nil {
		return err
	}
	return done(c)
}

func (h *Handler) typing(c httpio.Ctx) error {
	typing := c.FormValue("typing") == "true"
	if err := h.Support.AgentTyping(c.Request().Context(), actor(loginOf(c)), c.Param("id"), typing); err != nil {
		return err
	}
	return done(c)
}

// done answers a deed that the stream will show; without script the page is loaded anew.
func done(c httpio.Ctx) error {
	if httpio.IsFragment(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return backToThread(c)
}

func backToThread(c httpio.Ctx) error {
	to := "/inbox/" + c.Param("id")
	if query := c.Request().URL.RawQuery; query != "" {
		to += "?" + query
	}
	return httpio.SeeOther(c, to)
}
