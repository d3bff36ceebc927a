package api

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type startSessionBody struct {
	Email    *string        `json:"email"`
	Name     *string        `json:"name"`
	Phone    *string        `json:"phone"`
	AuthAttr jsontext.Value `json:"auth_attr"`
	Work     *string        `json:"work"`
}

type contactJSON struct {
	ID    string  `json:"_id"`
	Name  *string `json:"name"`
	Email *string `json:"email"`
	Phone *string `json:"phone"`
}

// showClaims is the contact as the caller itself described it, never as it is stored.
func showClaims(v support.Session) contactJSON {
	return contactJSON{
		ID: v.ContactID, Name: httpio.Optional(v.Name), Email: httpio.Optional(v.Email), Phone: httpio.Optional(v.Phone),
	}
}

type sessionJSON struct {
	SessionID            string      `json:"session_id"`
	ConversationID       string      `json:"conversation_id"`
	Contact              contactJSON `json:"contact"`
	Status               string      `json:"status"`
	RequiresVerification bool        `json:"requires_verification"`
	Verified             bool        `json:"verified"`
	DeviceID             string      `json:"device_id"`
	CreatedAt            httpio.Time `json:"created_at"`
	SessionToken         string      `json:"session_token,omitempty"`
}

func showSession(v support.Session, requiresVerification bool) sessionJSON {
	return sessionJSON{
		SessionID: v.ID, ConversationID: v.ConversationID, Contact: showClaims(v), Status: v.Status,
		RequiresVerification: requiresVerification, Verified: v.Verified, DeviceID: v.DeviceID, CreatedAt: httpio.Time(v.CreatedAt),
	}
}

// startSession handles POST /session.
func (h *handler) startSession(c httpio.Ctx, t support.TokenAuth) error {
	req := c.Request()
	if isCrawler(req) {
		return errCrawler
	}
	device := httpio.Single(req, "X-Device-ID")
	if err := support.ValidDeviceID(device); err != nil {
		return err
	}
	var body startSessionBody
	if err := httpio.BindJSON(c, &body, httpio.MaxBody, true); err != nil {
		return err
	}
	attr, err := object("auth_attr", body.AuthAttr)
	if err != nil {
		return err
	}
	started, err := h.support.StartSession(req.Context(), t, support.StartSession{
		Claims:   support.Claims{Name: value(body.Name), Email: value(body.Email), Phone: value(body.Phone)},
		AuthAttr: attr, DeviceID: device, IP: h.proxies.ClientIP(req), UserAgent: req.UserAgent(),
		SessionToken: httpio.Single(req, "X-Session-Token"), Work: value(body.Work),
	})
	if err != nil {
		return err
	}
	shown := showSession(started.Session, started.RequiresVerification)
	shown.SessionToken = started.Token
	status := http.StatusOK
	if started.New {
		status = http.StatusCreated
	}
	return c.JSON(status, struct {
		Success bool        `json:"success"`
		Session sessionJSON `json:"session"`
	}{true, shown})
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// object returns a JSON object without its white space; absent and null are no object at all.
func object(field string, v jsontext.Value) ([]byte, error) {
	switch v.Kind() {
	case 0, 'n':
		return nil, nil
	case '{':
		if err := v.Compact(); err != nil {
			return nil, fault.Wrap(fault.Invalid, "invalid_json", field+" must be an object", err)
		}
		return v, nil
	}
	return nil, fault.Field(field, field+" must be an object")
}

// getSession handles GET /session.
func (h *handler) getSession(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	conversation, err := h.support.VisitorConversation(c.Request().Context(), v)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success      bool                    `json:"success"`
		Session      sessionJSON             `json:"session"`
		Conversation visitorConversationJSON `json:"conversation"`
		Verified     bool                    `json:"verified"`
		Asked        bool                    `json:"verification_asked"`
	}{true, showSession(v.Session, v.RequiresVerification), showVisitorConversation(conversation), v.Verified, conversation.VerificationAsked})
}

type visitorConversationJSON struct {
	ID          string `json:"_id"`
	Status      string `json:"status"`
	LastSeq     int64  `json:"last_seq"`
	UnreadCount int64  `json:"unread_count"`
}

func showVisitorConversation(v support.VisitorConversation) visitorConversationJSON {
	return visitorConversationJSON{ID: v.ID, Status: v.Status, LastSeq: v.LastSeq, UnreadCount: v.UnreadCount}
}

// endSession handles DELETE /session.
func (h *handler) endSession(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	return noContent(c, h.support.EndSession(c.Request().Context(), v))
}

// sendOTP handles POST /otp/send.
func (h *handler) sendOTP(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	if err := h.support.SendOTP(c.Request().Context(), v, h.proxies.ClientIP(c.Request())); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, done{true, "OTP sent successfully"})
}

type verifyBody struct {
	Code string `json:"code"`
}

// verifyOTP handles POST /otp/verify.
func (h *handler) verifyOTP(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	var in verifyBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	verified, err := h.support.VerifyOTP(c.Request().Context(), v, in.Code)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		done
		SessionToken   string `json:"session_token"`
		ConversationID string `json:"conversation_id"`
	}{done{true, "OTP is verified"}, verified.Token, verified.ConversationID})
}

type changeSessionBody struct {
	Name     jsontext.Value `json:"name"`
	Email    jsontext.Value `json:"email"`
	Phone    jsontext.Value `json:"phone"`
	AuthAttr jsontext.Value `json:"auth_attr"`
}

// changeSession handles PATCH /session.
func (h *handler) changeSession(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	var body changeSessionBody
	if err := httpio.BindJSON(c, &body, httpio.MaxBody, false); err != nil {
		return err
	}
	in := support.SessionChange{}
	err := textChanges(change{"name", body.Name, &in.Name}, change{"email", body.Email, &in.Email}, change{"phone", body.Phone, &in.Phone})
	if err != nil {
		return err
	}
	if in.AuthAttr, err = object("auth_attr", body.AuthAttr); err != nil {
		return err
	}
	if body.AuthAttr.Kind() == 'n' {
		in.AuthAttr = []byte("{}")
	}
	changed, err := h.support.ChangeSession(c.Request().Context(), v, in)
	if err != nil {
		return err
	}
	required := v.Settings.OTPVerificationEnabled && !changed.Verified
	return c.JSON(http.StatusOK, struct {
		Success  bool        `json:"success"`
		Session  sessionJSON `json:"session"`
		Verified bool        `json:"verified"`
	}{true, showSession(changed, required), changed.Verified})
}

// change is a text of a body that may be absent, null (cleared) or new.
type change struct {
	field string
	from  jsontext.Value
	to    **string
}

func textChanges(changes ...change) error {
	for _, ch := range changes {
		text := ""
		switch ch.from.Kind() {
		case 0:
			continue
		case 'n':
		case '"':
			unquoted, err := jsontext.AppendUnquote(nil, ch.from)
			if err != nil {
				return fault.Wrap(fault.Invalid, "invalid_json", ch.field+" must be text", err)
			}
			text = string(unquoted)
		default:
			return fault.Field(ch.field, ch.field+" must be text")
		}
		*ch.to = &text
	}
	return nil
}

type identifyBody struct {
	IdentityToken string `json:"identity_token"`
}

// identify handles POST /session/identify.
func (h *handler) identify(c httpio.Ctx, t support.TokenAuth, v support.SessionAuth) error {
	var in identifyBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	if in.IdentityToken == "" {
		return fault.Field("identity_token", "identity_token is required")
	}
	proven, err := h.support.Identify(c.Request().Context(), t, v, h.proxies.ClientIP(c.Request()), in.IdentityToken)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success        bool        `json:"success"`
		Verified       bool        `json:"verified"`
		SessionToken   string      `json:"session_token"`
		ConversationID string      `json:"conversation_id"`
		Session        sessionJSON `json:"session"`
	}{true, true, proven.Token, proven.ConversationID, showSession(proven.Session, false)})
}

// closeSession handles POST /session/close.
func (h *handler) closeSession(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	closed, err := h.support.CloseByVisitor(c.Request().Context(), v)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success      bool                    `json:"success"`
		Conversation visitorConversationJSON `json:"conversation"`
	}{true, showVisitorConversation(closed)})
}

// sendTranscript handles POST /session/transcript.
func (h *handler) sendTranscript(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	if err := h.support.OrderTranscript(c.Request().Context(), v); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, done{true, "Transcript sent"})
}
