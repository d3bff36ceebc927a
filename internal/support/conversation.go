package support

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/realtime"
)

// The documented status values of a conversation.
const (
	ConversationActive = "active"
	ConversationClosed = "closed"
)

// ConversationType is the one documented type.
const ConversationType = "support"

// shownSessions is how many sessions a conversation shows, newest first.
const shownSessions = 50

// Page sizes of lists.
const (
	defaultPage = 50
	maxPage     = 100
)

// Conversation is one exchange with one contact.
type Conversation struct {
	ID        string
	AccountID string
	Contact   Contact
	// ClaimedName is what the newest session calls itself: a name, else an address.
	ClaimedName string
	// Site is the domain of the token that the conversation began with.
	Site   string
	Status string
	// Verified says that a session proved an address for it.
	Verified bool
	AuthAttr json.RawMessage
	// LastSeq counts all messages, VisitorSeq is the newest one that the visitor may see.
	LastSeq        int64
	VisitorSeq     int64
	VisitorReadSeq int64
	AgentReadSeq   int64
	VisitorUnread  int64
	AgentUnread    int64
	LastMessage    string
	LastSender     string
	LastMessageAt  *int64
	AssigneeID     string
	AssigneeName   string
	// Tags are the team's own words for it, each once.
	Tags []string
	// Rating is the visitor's newest one; nil when there is none.
	Rating    *Rating
	CreatedAt int64
	UpdatedAt int64
}

// ConversationDetail is a conversation with its newest 50 sessions.
type ConversationDetail struct {
	Conversation
	Sessions []Session
}

// ConversationFilter says which conversations to list. Empty fields don't filter.
type ConversationFilter struct {
	Status string
	// Assignee is a user's id, or "none".
	Assignee string
	// Tag is one that the conversations must bear, exactly as it was set.
	Tag string
	// Query is looked for in contacts and in the newest matching messages: see search_sqlite.go.
	Query        string
	UpdatedAfter int64
	// Empty also lists conversations without a message.
	Empty  bool
	Cursor string
	Limit  int
}

// ConversationPage is a part of a list; NextCursor is empty at the end.
type ConversationPage struct {
	Conversations []Conversation
	NextCursor    string
}

func (f *ConversationFilter) validate() error {
	bad := fault.Fields{}
	if f.Status != "" && f.Status != ConversationActive && f.Status != ConversationClosed {
		bad.Add("status", "status must be active or closed")
	}
	if f.Assignee != "" && f.Assignee != "none" && !id.Valid(f.Assignee) {
		bad.Add("assignee", "assignee must be a user's id or none")
	}
	if utf8.RuneCountInString(f.Query) > maxQuery {
		bad.Add("q", "q may have at most 200 characters")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	var err error
	f.Limit, err = pageSize(f.Limit)
	return err
}

// pageSize is how many rows a page of a list has; 0 asks for the default.
func pageSize(limit int) (int, error) {
	if limit == 0 {
		return defaultPage, nil
	}
	if limit < 1 {
		return 0, fault.Field("limit", "limit must be a positive number")
	}
	return min(limit, maxPage), nil
}

// cursor names the last row of a page by the time it is sorted by and its id; pages continue
// after it, so that they neither repeat nor skip what did not move meanwhile.
func cursor(at int64, rowID string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10) + "." + rowID))
}

func parseCursor(s string) (at int64, rowID string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	text, rowID, found := strings.Cut(string(raw), ".")
	if err == nil && found && id.Valid(rowID) {
		if at, err = strconv.ParseInt(text, 10, 64); err == nil {
			return at, rowID, nil
		}
	}
	return 0, "", fault.Field("cursor", "cursor must be a next_cursor of this list")
}

// Conversations lists the account's conversations, newest activity first. Kinds: Invalid.
func (s *Service) Conversations(ctx context.Context, a Actor, f ConversationFilter) (ConversationPage, error) {
	if err := f.validate(); err != nil {
		return ConversationPage{}, err
	}
	if f.Query = strings.TrimSpace(f.Query); f.Query != "" {
		s.catchUp(ctx)
	}
	list, err := listConversations(ctx, s.db.Read(), a.AccountID, f)
	if err != nil {
		return ConversationPage{}, err
	}
	page := ConversationPage{Conversations: list}
	if len(list) > f.Limit {
		page.Conversations = list[:f.Limit]
		last := list[f.Limit-1]
		page.NextCursor = cursor(last.UpdatedAt, last.ID)
	}
	return page, nil
}

// Conversation returns one conversation of the account as the list shows it. Kinds: NotFound.
func (s *Service) Conversation(ctx context.Context, a Actor, convID string) (Conversation, error) {
	return conversationOf(ctx, s.db.Read(), a.AccountID, convID)
}

// ConversationDetail returns one conversation with its sessions. Kinds: NotFound.
func (s *Service) ConversationDetail(ctx context.Context, a Actor, convID string) (ConversationDetail, error) {
	c, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID)
	if err != nil {
		return ConversationDetail{}, err
	}
	sessions, err := sessionsOf(ctx, s.db.Read(), a.AccountID, convID, shownSessions)
	return ConversationDetail{Conversation: c, Sessions: sessions}, err
}

// UnreadConversations counts the account's open conversations with something unread by the team.
func (s *Service) UnreadConversations(ctx context.Context, a Actor) (int64, error) {
	return countUnread(ctx, s.db.Read(), a.AccountID)
}

// ConversationChange is the input of ChangeConversation; nil fields stay as they are.
type ConversationChange struct {
	Status *string
	// AssigneeID is a user's id; empty takes the assignment away.
	AssigneeID *string
	// Tags replaces all of them.
	Tags *[]string
}

// Bounds of a conversation's tags.
const (
	maxTags      = 20
	maxTagLength = 40
)

func (in *ConversationChange) validate() error {
	if in.Status != nil && *in.Status != ConversationActive && *in.Status != ConversationClosed {
		return fault.Field("status", "status must be active or closed")
	}
	if in.Tags == nil {
		return nil
	}
	tags := []string{}
	for _, tag := range *in.Tags {
		tag = strings.TrimSpace(tag)
		if n := utf8.RuneCountInString(tag); n < 1 || n > maxTagLength || strings.ContainsFunc(tag, unicode.IsControl) {
			return fault.Field("tags", "each tag must be one line of 1 to 40 characters")
		}
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) > maxTags {
		return fault.Field("tags", "a conversation may have at most 20 tags")
	}
	in.Tags = &tags
	return nil
}

// ChangeConversation sets status, assignee and tags and tells every open stream.
// Kinds: Invalid, NotFound.
func (s *Service) ChangeConversation(ctx context.Context, a Actor, convID string, in ConversationChange) (Conversation, error) {
	if err := in.validate(); err != nil {
		return Conversation{}, err
	}
	var c Conversation
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if c, err = conversationOf(ctx, tx, a.AccountID, convID); err != nil {
			return err
		}
		status, assignee, tags := c.Status, c.AssigneeID, c.Tags
		if in.Status != nil {
			c.Status = *in.Status
		}
		if in.AssigneeID != nil {
			c.AssigneeID = *in.AssigneeID
			if known, err := memberExists(ctx, tx, a.AccountID, c.AssigneeID); err != nil || !known {
				return orElse(err, fault.Field("assignee_id", "assignee_id must be an active member of the team"))
			}
		}
		if in.Tags != nil && !slices.Equal(*in.Tags, tags) {
			c.Tags = *in.Tags
			if err := replaceTags(ctx, tx, c); err != nil {
				return err
			}
		}
		if c.Status == status && c.AssigneeID == assignee && slices.Equal(c.Tags, tags) {
			return nil
		}
		c.UpdatedAt = s.millis()
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: convID})
		return updateConversation(ctx, tx, c)
	})
	return c, err
}

// orElse returns err, or fallback when err is nil.
func orElse(err, fallback error) error {
	if err != nil {
		return err
	}
	return fallback
}

// ReadByAgent notes that the team has read up to a position; it never moves back.
// Kinds: Invalid, NotFound.
func (s *Service) ReadByAgent(ctx context.Context, a Actor, convID string, upTo int64) error {
	return s.markRead(ctx, a.AccountID, convID, upTo, byAgent, a.UserID)
}

// ReadByVisitor notes that the visitor has read up to a position; it never moves back.
// Kinds: Forbidden, Invalid.
func (s *Service) ReadByVisitor(ctx context.Context, v SessionAuth, upTo int64) error {
	if err := v.MustRead(); err != nil {
		return err
	}
	return s.markRead(ctx, v.AccountID, v.ConversationID, upTo, byVisitor, "")
}

// Who an event is by, in the documented words.
const (
	byVisitor = "visitor"
	byAgent   = "agent"
)

func (s *Service) markRead(ctx context.Context, accountID, convID string, upTo int64, by, userID string) error {
	if upTo < 0 {
		return fault.Field("up_to_seq", "up_to_seq must be a message's seq")
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := conversationOf(ctx, tx, accountID, convID)
		if err != nil {
			return err
		}
		newest, before := c.LastSeq, &c.AgentReadSeq
		if by == byVisitor {
			newest, before = c.VisitorSeq, &c.VisitorReadSeq
		}
		if upTo = min(upTo, newest); upTo <= *before {
			return nil
		}
		*before = upTo
		if c.VisitorUnread, c.AgentUnread, err = countUnreadMessages(ctx, tx, c); err != nil {
			return err
		}
		s.publishAfter(tx, realtime.Event{
			Kind: realtime.Read, AccountID: accountID, ConversationID: convID, By: by, UserID: userID, UpTo: upTo,
		})
		return updateRead(ctx, tx, c)
	})
}

// AgentTyping tells the visitor and the rest of the team; nothing is stored. Kinds: NotFound.
func (s *Service) AgentTyping(ctx context.Context, a Actor, convID string, typing bool) error {
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return err
	}
	s.hub.Publish(realtime.Event{
		Kind: realtime.Typing, AccountID: a.AccountID, ConversationID: convID, By: byAgent, UserID: a.UserID, Typing: typing,
	})
	return nil
}

// VisitorTyping tells the team; nothing is stored. Kinds: Forbidden.
func (s *Service) VisitorTyping(_ context.Context, v SessionAuth, typing bool) error {
	if err := v.MustRead(); err != nil {
		return err
	}
	if v.Settings.Features.TypingIndicators {
		s.hub.Publish(realtime.Event{
			Kind: realtime.Typing, AccountID: v.AccountID, ConversationID: v.ConversationID, By: byVisitor, Typing: typing,
		})
	}
	return nil
}

// VisitorConversation is what the visitor's own view shows of a conversation: private notes
// count nowhere in it.
type VisitorConversation struct {
	ID             string
	Status         string
	AssigneeName   string
	LastSeq        int64
	UnreadCount    int64
	VisitorReadSeq int64
	AgentReadSeq   int64
}

// VisitorConversation returns the conversation of a session. A secret that reads only from a
// later point on counts only what came after it.
func (s *Service) VisitorConversation(ctx context.Context, v SessionAuth) (VisitorConversation, error) {
	return s.visitorConversation(ctx, v.AccountID, v.ConversationID, v.FromSeq)
}

func (s *Service) visitorConversation(ctx context.Context, accountID, convID string, fromSeq int64) (VisitorConversation, error) {
	c, err := conversationOf(ctx, s.db.Read(), accountID, convID)
	if err != nil {
		return VisitorConversation{}, fmt.Errorf("session's conversation: %w", err)
	}
	out := VisitorConversation{
		ID: c.ID, Status: c.Status, LastSeq: c.VisitorSeq, UnreadCount: c.VisitorUnread,
		VisitorReadSeq: c.VisitorReadSeq, AgentReadSeq: c.AgentReadSeq, AssigneeName: c.AssigneeName,
	}
	if fromSeq > c.VisitorReadSeq {
		c.VisitorReadSeq = fromSeq
		out.UnreadCount, _, err = countUnreadMessages(ctx, s.db.Read(), c)
	}
	return out, err
}
