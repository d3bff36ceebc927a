package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type senderJSON struct {
	Type string  `json:"type"`
	ID   string  `json:"_id"`
	Name *string `json:"name"`
}

type messageJSON struct {
	ID             string       `json:"_id"`
	ConversationID string       `json:"conversation_id"`
	Seq            int64        `json:"seq"`
	ClientID       string       `json:"client_id"`
	Sender         senderJSON   `json:"sender"`
	Text           string       `json:"text"`
	Attachments    []fileJSON   `json:"attachments"`
	CreatedAt      httpio.Time  `json:"created_at"`
	EditedAt       *httpio.Time `json:"edited_at"`
	DeletedAt      *httpio.Time `json:"deleted_at"`
	// Private is told to the team only.
	Private *bool `json:"private,omitempty"`
}

// AppendJSON does what encoding/json does, in a third of the time: for each message that is stored it
// is done two or three times, which was a twentieth of all the processor's time.
func (m messageJSON) AppendJSON(b []byte) ([]byte, error) {
	b = append(append(b, `{"_id":"`...), m.ID...)
	b = append(append(b, `","conversation_id":"`...), m.ConversationID...)
	b = strconv.AppendInt(append(b, `","seq":`...), m.Seq, 10)
	b = append(append(b, `,"client_id":"`...), m.ClientID...) // which holds nothing to escape
	b = append(append(b, `","sender":{"type":"`...), m.Sender.Type...)
	b = append(append(b, `","_id":"`...), m.Sender.ID...)
	b = append(b, `","name":`...)
	if m.Sender.Name == nil {
		b = append(b, "null"...)
	} else {
		b = httpio.AppendText(b, *m.Sender.Name)
	}
	b = httpio.AppendText(append(b, `},"text":`...), m.Text)
	attachments, err := []byte("[]"), error(nil)
	if len(m.Attachments) > 0 {
		attachments, err = json.Marshal(m.Attachments)
	}
	b = append(append(b, `,"attachments":`...), attachments...)
	b = httpio.AppendTime(append(b, `,"created_at":`...), &m.CreatedAt)
	b = httpio.AppendTime(append(b, `,"edited_at":`...), m.EditedAt)
	b = httpio.AppendTime(append(b, `,"deleted_at":`...), m.DeletedAt)
	if m.Private != nil {
		b = strconv.AppendBool(append(b, `,"private":`...), *m.Private)
	}
	return append(b, '}'), err
}

// showMessage is a message as visitors see it.
func showMessage(m support.Message) messageJSON {
	return messageJSON{
		ID: m.ID, ConversationID: m.ConversationID, Seq: m.Seq, ClientID: m.ClientID,
		Sender: senderJSON{Type: m.SenderType, ID: m.SenderID, Name: httpio.Optional(m.SenderName)},
		Text:   m.Text, Attachments: showFiles(m.Files), CreatedAt: httpio.Time(m.CreatedAt), EditedAt: httpio.OptionalTime(m.EditedAt),
		DeletedAt: httpio.OptionalTime(m.DeletedAt),
	}
}

// showTeamMessage is a message as the team sees it.
func showTeamMessage(m support.Message) messageJSON {
	shown := showMessage(m)
	shown.Private = &m.Private
	return shown
}

type messagesJSON struct {
	Success  bool          `json:"success"`
	Messages []messageJSON `json:"messages"`
	HasMore  bool          `json:"has_more"`
}

func showMessages(page support.MessagePage, show func(support.Message) messageJSON) messagesJSON {
	out := messagesJSON{Success: true, Messages: make([]messageJSON, len(page.Messages)), HasMore: page.HasMore}
	for i, m := range page.Messages {
		out.Messages[i] = show(m)
	}
	return out
}

func messageRange(c httpio.Ctx) (r support.MessageRange, err error) {
	if r.AfterSeq, err = httpio.QueryInt(c, "after_seq"); err != nil {
		return r, err
	}
	if r.BeforeSeq, err = httpio.QueryInt(c, "before_seq"); err != nil {
		return r, err
	}
	r.Limit, err = limit(c)
	return r, err
}

// limit reads a page size; one that is named must be positive.
func limit(c httpio.Ctx) (int, error) {
	n, err := httpio.QueryInt(c, "limit")
	if err == nil && n == 0 && c.QueryParam("limit") != "" {
		err = fault.Field("limit", "limit must be a positive number")
	}
	return int(min(n, 1000)), err
}

type messageBody struct {
	ClientID    string   `json:"client_id"`
	Text        string   `json:"text"`
	Private     bool     `json:"private"`
	Attachments []string `json:"attachments"`
}

func bindMessage(c httpio.Ctx) (support.PostMessage, error) {
	var in messageBody
	err := httpio.BindJSON(c, &in, httpio.MaxMessageBody, false)
	return in.post(), err
}

func (in messageBody) post() support.PostMessage {
	return support.PostMessage{ClientID: in.ClientID, Text: in.Text, Private: in.Private, Attachments: in.Attachments}
}

// teamMessageBody is a message of the team.
type teamMessageBody struct {
	messageBody
	Close bool `json:"close"`
	// HoldMS is for how long the writer may take it back, in milliseconds.
	HoldMS int64 `json:"hold_ms"`
}

// answerMessage answers 201 for a new message and 200 for one that was stored before.
func answerMessage(c httpio.Ctx, m messageJSON, duplicate bool) error {
	status := http.StatusCreated
	if duplicate {
		status = http.StatusOK
	}
	return httpio.WriteJSON(c, status, postedMessage{m, duplicate})
}

// postedMessage is the answer to a message that was posted.
type postedMessage struct {
	message   messageJSON
	duplicate bool
}

// AppendJSON is for httpio.
func (p postedMessage) AppendJSON(b []byte) ([]byte, error) {
	b, err := p.message.AppendJSON(append(b, `{"success":true,"message":`...))
	if p.duplicate {
		b = append(b, `,"duplicate":true`...)
	}
	return append(b, '}'), err
}

// listMessages handles GET /session/messages.
func (h *handler) listMessages(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	r, err := messageRange(c)
	if err != nil {
		return err
	}
	page, err := h.support.VisitorMessages(c.Request().Context(), v, r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showMessages(page, showMessage))
}

// createMessage handles POST /session/messages.
func (h *handler) createMessage(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	in, err := bindMessage(c)
	if err != nil {
		return err
	}
	m, duplicate, err := h.support.PostVisitorMessage(c.Request().Context(), v, in)
	if err != nil {
		return err
	}
	return answerMessage(c, showMessage(m), duplicate)
}

// listTeamMessages handles GET /conversation/:conv_id/messages.
func (h *handler) listTeamMessages(c httpio.Ctx, u auth.TokenUser) error {
	r, err := messageRange(c)
	if err != nil {
		return err
	}
	page, err := h.support.Messages(c.Request().Context(), actor(u), c.Param("conv_id"), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showMessages(page, showTeamMessage))
}

// createTeamMessage handles POST /conversation/:conv_id/messages.
func (h *handler) createTeamMessage(c httpio.Ctx, u auth.TokenUser) error {
	var body teamMessageBody
	if err := httpio.BindJSON(c, &body, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	in := body.post()
	if in.Close = body.Close; body.HoldMS != 0 {
		return h.holdMessage(c, u, in, body.HoldMS)
	}
	m, duplicate, err := h.support.PostAgentMessage(c.Request().Context(), actor(u), c.Param("conv_id"), in)
	if err != nil {
		return err
	}
	return answerMessage(c, showTeamMessage(m), duplicate)
}

type oneTeamMessage struct {
	Success bool        `json:"success"`
	Message messageJSON `json:"message"`
}

type editBody struct {
	Text string `json:"text"`
}

// editMessage handles PATCH /conversation/:conv_id/messages/:message_id.
func (h *handler) editMessage(c httpio.Ctx, u auth.TokenUser) error {
	var in editBody
	if err := httpio.BindJSON(c, &in, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	m, err := h.support.EditMessage(c.Request().Context(), actor(u), c.Param("conv_id"), c.Param("message_id"), in.Text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, oneTeamMessage{true, showTeamMessage(m)})
}

// deleteMessage handles DELETE /conversation/:conv_id/messages/:message_id.
func (h *handler) deleteMessage(c httpio.Ctx, u auth.TokenUser) error {
	m, err := h.support.DeleteMessage(c.Request().Context(), actor(u), c.Param("conv_id"), c.Param("message_id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, oneTeamMessage{true, showTeamMessage(m)})
}

type typingBody struct {
	Typing *bool `json:"typing"`
	// Text is what a visitor has written so far; of the team's typing there is none.
	Text string `json:"text"`
}

type readBody struct {
	UpToSeq *int64 `json:"up_to_seq"`
}

func bindTyping(c httpio.Ctx) (typing bool, text string, err error) {
	var in typingBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return false, "", err
	}
	if in.Typing == nil {
		return false, "", fault.Field("typing", "typing must be true or false")
	}
	return *in.Typing, in.Text, nil
}

func bindRead(c httpio.Ctx) (int64, error) {
	var in readBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return 0, err
	}
	if in.UpToSeq == nil {
		return 0, fault.Field("up_to_seq", "up_to_seq must be a message's seq")
	}
	return *in.UpToSeq, nil
}

// noContent answers calls that have nothing to say, or with their failure.
func noContent(c httpio.Ctx, err error) error {
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// typing handles POST /session/typing.
func (h *handler) typing(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	typing, text, err := bindTyping(c)
	if err != nil {
		return err
	}
	return noContent(c, h.support.VisitorTyping(c.Request().Context(), v, typing, text))
}

// read handles POST /session/read.
func (h *handler) read(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	upTo, err := bindRead(c)
	if err != nil {
		return err
	}
	return noContent(c, h.support.ReadByVisitor(c.Request().Context(), v, upTo))
}

// typingByTeam handles POST /conversation/:conv_id/typing.
func (h *handler) typingByTeam(c httpio.Ctx, u auth.TokenUser) error {
	typing, _, err := bindTyping(c)
	if err != nil {
		return err
	}
	return noContent(c, h.support.AgentTyping(c.Request().Context(), actor(u), c.Param("conv_id"), typing))
}

// readByTeam handles POST /conversation/:conv_id/read.
func (h *handler) readByTeam(c httpio.Ctx, u auth.TokenUser) error {
	upTo, err := bindRead(c)
	if err != nil {
		return err
	}
	return noContent(c, h.support.ReadByAgent(c.Request().Context(), actor(u), c.Param("conv_id"), upTo))
}
