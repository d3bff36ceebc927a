package api

import (
	"encoding/json"
	"net/http"
	"time"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type assigneeJSON struct {
	// ID is told to the team only.
	ID   string `json:"_id,omitempty"`
	Name string `json:"name"`
}

type conversationJSON struct {
	ID           string          `json:"_id"`
	AccountID    string          `json:"account_id"`
	ContactID    string          `json:"contact_id"`
	Type         string          `json:"type"`
	Status       string          `json:"status"`
	Contact      teamContactJSON `json:"contact"`
	Site         string          `json:"site"`
	Verified     bool            `json:"verified"`
	AuthAttr     json.RawMessage `json:"auth_attr"`
	Assignee     *assigneeJSON   `json:"assignee"`
	Team         *teamNameJSON   `json:"team"`
	Tags         []string        `json:"tags"`
	Priority     string          `json:"priority"`
	Spam         bool            `json:"spam"`
	Snoozed      bool            `json:"snoozed"`
	SnoozedUntil *httpio.Time    `json:"snoozed_until"`
	WaitingSince *httpio.Time    `json:"waiting_since"`
	Rating       *ratingJSON     `json:"rating"`
	// VerificationAsked says that the team waits for the visitor to prove an address.
	VerificationAsked bool         `json:"verification_asked"`
	LastSeq           int64        `json:"last_seq"`
	UnreadCount       int64        `json:"unread_count"`
	Read              readJSON     `json:"read"`
	LastMessage       *string      `json:"last_message"`
	LastMessageAt     *httpio.Time `json:"last_message_at"`
	CreatedAt         httpio.Time  `json:"created_at"`
	UpdatedAt         httpio.Time  `json:"updated_at"`
}

// readJSON is how far either side has read.
type readJSON struct {
	Visitor int64 `json:"visitor"`
	Agent   int64 `json:"agent"`
}

func showAssignee(c support.Conversation) *assigneeJSON {
	if c.AssigneeID == "" {
		return nil
	}
	return &assigneeJSON{ID: c.AssigneeID, Name: c.AssigneeName}
}

// teamNameJSON is a group of members where it is only named.
type teamNameJSON struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
}

func showTeamName(c support.Conversation) *teamNameJSON {
	if c.TeamID == "" {
		return nil
	}
	return &teamNameJSON{ID: c.TeamID, Name: c.TeamName}
}

func showConversation(c support.Conversation) conversationJSON {
	return conversationJSON{
		ID: c.ID, AccountID: c.AccountID, ContactID: c.Contact.ID, Type: support.ConversationType, Status: c.Status,
		Contact: showContact(c.Contact), Tags: c.Tags, Rating: showRating(c.Rating), Team: showTeamName(c),
		Priority: c.Priority, Spam: c.Spam, Snoozed: c.Snoozed, SnoozedUntil: httpio.OptionalTime(c.SnoozedUntil),
		WaitingSince: httpio.OptionalTime(c.WaitingSince), VerificationAsked: c.VerificationAsked,
		Site: c.Site, Verified: c.Verified, AuthAttr: c.AuthAttr, Assignee: showAssignee(c), LastSeq: c.LastSeq, UnreadCount: c.AgentUnread,
		Read:        readJSON{Visitor: c.VisitorReadSeq, Agent: c.AgentReadSeq},
		LastMessage: httpio.Optional(c.LastMessage), LastMessageAt: httpio.OptionalTime(c.LastMessageAt),
		CreatedAt: httpio.Time(c.CreatedAt), UpdatedAt: httpio.Time(c.UpdatedAt),
	}
}

type shownSessionJSON struct {
	SessionID    string      `json:"session_id"`
	DeviceID     string      `json:"device_id"`
	IP           string      `json:"ip"`
	StartedAt    httpio.Time `json:"started_at"`
	LastActivity httpio.Time `json:"last_activity"`
	Verified     bool        `json:"verified"`
	Status       string      `json:"status"`
	UserAgent    *string     `json:"user_agent"`
	// Claimed is what the session says about its visitor.
	Claimed claimedJSON `json:"claimed"`
}

type claimedJSON struct {
	Name  *string `json:"name"`
	Email *string `json:"email"`
	Phone *string `json:"phone"`
}

func showTeamSession(v support.Session) shownSessionJSON {
	return shownSessionJSON{
		SessionID: v.ID, DeviceID: v.DeviceID, IP: v.IP, StartedAt: httpio.Time(v.CreatedAt), LastActivity: httpio.Time(v.LastActivity),
		Verified: v.Verified, Status: v.Status, UserAgent: httpio.Optional(v.UserAgent),
		Claimed: claimedJSON{Name: httpio.Optional(v.Name), Email: httpio.Optional(v.Email), Phone: httpio.Optional(v.Phone)},
	}
}

// getConversation handles GET /conversation/:conv_id, which the page shows bare.
func (h *handler) getConversation(c httpio.Ctx, u auth.TokenUser) error {
	detail, err := h.support.ConversationDetail(c.Request().Context(), actor(u), c.Param("conv_id"))
	if err != nil {
		return err
	}
	sessions := make([]shownSessionJSON, len(detail.Sessions))
	for i, v := range detail.Sessions {
		sessions[i] = showTeamSession(v)
	}
	return c.JSON(http.StatusOK, struct {
		conversationJSON
		Sessions []shownSessionJSON `json:"sessions"`
	}{showConversation(detail.Conversation), sessions})
}

type conversationBody struct {
	Status     *string   `json:"status"`
	AssigneeID *string   `json:"assignee_id"`
	TeamID     *string   `json:"team_id"`
	AutoAssign bool      `json:"auto_assign"`
	Tags       *[]string `json:"tags"`
	AddTags    []string  `json:"add_tags"`
	RemoveTags []string  `json:"remove_tags"`
	Priority   *string   `json:"priority"`
	Spam       *bool     `json:"spam"`
	// Snooze is a time, or "next_message", or empty to bring it back.
	Snooze *string `json:"snooze"`
}

// change is the body in the words of the domain.
func (in conversationBody) change() (support.ConversationChange, error) {
	out := support.ConversationChange{
		Status: in.Status, AssigneeID: in.AssigneeID, TeamID: in.TeamID, AutoAssign: in.AutoAssign, Tags: in.Tags,
		AddTags: in.AddTags, RemoveTags: in.RemoveTags, Priority: in.Priority, Spam: in.Spam,
	}
	if in.Snooze == nil {
		return out, nil
	}
	out.Snooze = &support.Snooze{End: *in.Snooze == ""}
	if *in.Snooze != "" && *in.Snooze != "next_message" {
		until, err := time.Parse(time.RFC3339, *in.Snooze)
		if err != nil {
			return out, fault.Field("snooze", "snooze must be a time such as 2025-10-08T10:30:00.000Z, next_message or empty")
		}
		at := until.UnixMilli()
		out.Snooze.Until = &at
	}
	return out, nil
}

// changeConversation handles PATCH /conversation/:conv_id.
func (h *handler) changeConversation(c httpio.Ctx, u auth.TokenUser) error {
	var in conversationBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	change, err := in.change()
	if err != nil {
		return err
	}
	changed, err := h.support.ChangeConversation(c.Request().Context(), actor(u), c.Param("conv_id"), change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, oneConversation{true, showConversation(changed)})
}

type oneConversation struct {
	Success      bool             `json:"success"`
	Conversation conversationJSON `json:"conversation"`
}

// listConversations handles GET /conversations.
func (h *handler) listConversations(c httpio.Ctx, u auth.TokenUser) error {
	f, err := conversationFilter(c)
	if err != nil {
		return err
	}
	page, err := h.support.Conversations(c.Request().Context(), actor(u), f)
	if err != nil {
		return err
	}
	return writeConversations(c, page)
}

func writeConversations(c httpio.Ctx, page support.ConversationPage) error {
	out := struct {
		Success       bool               `json:"success"`
		Conversations []conversationJSON `json:"conversations"`
		NextCursor    *string            `json:"next_cursor"`
	}{true, make([]conversationJSON, len(page.Conversations)), httpio.Optional(page.NextCursor)}
	for i, conversation := range page.Conversations {
		out.Conversations[i] = showConversation(conversation)
	}
	return c.JSON(http.StatusOK, out)
}

// conversationFilter reads a list's filter from the query string.
func conversationFilter(c httpio.Ctx) (f support.ConversationFilter, err error) {
	f = support.ConversationFilter{
		View: c.QueryParam("view"), Status: c.QueryParam("status"), Assignee: c.QueryParam("assignee"), TeamID: c.QueryParam("team"),
		Tag: c.QueryParam("tag"), Site: c.QueryParam("site"), Priority: c.QueryParam("priority"), Sort: c.QueryParam("sort"),
		Query: c.QueryParam("q"), Cursor: c.QueryParam("cursor"),
	}
	empty, err := queryBool(c, "empty")
	if err != nil {
		return f, err
	}
	f.Empty = empty != nil && *empty
	if f.Verified, err = queryBool(c, "verified"); err != nil {
		return f, err
	}
	if f.Waiting, err = httpio.QueryInt(c, "waiting"); err != nil {
		return f, err
	}
	if after := c.QueryParam("updated_after"); after != "" {
		if f.UpdatedAfter, err = millis("updated_after", after); err != nil {
			return f, err
		}
	}
	f.Limit, err = limit(c)
	return f, err
}

// millis reads a time of the documented form as Unix milliseconds.
func millis(field, value string) (int64, error) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return 0, fault.Field(field, field+" must be a time such as 2025-10-08T10:30:00.000Z")
	}
	return t.UnixMilli(), nil
}

// version is what a change is based on, when the caller wants to know of others.
type version struct {
	UpdatedAt *string `json:"updated_at"`
}

// millis is the version as the domain has it; 0, which means any, when none was given.
func (v version) millis() (int64, error) {
	if v.UpdatedAt == nil {
		return 0, nil
	}
	return millis("updated_at", *v.UpdatedAt)
}

// queryBool reads true or false from the query string; nil when it is absent.
func queryBool(c httpio.Ctx, name string) (*bool, error) {
	switch value := c.QueryParam(name); value {
	case "":
		return nil, nil
	case "true", "false":
		yes := value == "true"
		return &yes, nil
	}
	return nil, fault.Field(name, name+" must be true or false")
}
