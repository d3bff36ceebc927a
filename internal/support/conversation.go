package support

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
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
	// TeamID is the group of members it belongs to, TeamName its name.
	TeamID   string
	TeamName string
	// Tags are the team's own words for it, each once.
	Tags []string
	// Spam hides it from every view but that one.
	Spam bool
	// Snoozed hides it from the open views, until SnoozedUntil (Unix ms) when there is one, and at
	// any rate until the visitor's next message.
	Snoozed      bool
	SnoozedUntil *int64
	// Priority is one of Priorities.
	Priority string
	// WaitingSince is when the visitor's first message without an answer was written.
	WaitingSince *int64
	// VerificationAsked says that the team waits for the visitor to prove an address.
	VerificationAsked bool
	// Rating is the visitor's newest one; nil when there is none.
	Rating    *Rating
	CreatedAt int64
	UpdatedAt int64

	// awaitsTurn says that it should have gone to whoever was next when nobody was there.
	awaitsTurn bool
	// listedAt is the time by which a list sorts it.
	listedAt int64
}

// Called is what a conversation is called: of a verified visitor the stored contact's name, of
// anybody else what they call themselves. A stranger who claims an address must not borrow its
// owner's name.
func (c Conversation) Called() string {
	if c.Verified && c.Contact.Name == "" && c.ClaimedName != "" {
		return c.ClaimedName
	}
	if c.Verified {
		return c.Contact.Called()
	}
	return Contact{ID: c.Contact.ID, Name: c.ClaimedName}.Called()
}

// Where a conversation lies in the inbox: see migrations/0006_inbox.sql.
const (
	shelfOpen    = "open"
	shelfSnoozed = "snoozed"
	shelfClosed  = "closed"
	shelfSpam    = "spam"
)

func (c Conversation) shelf() string {
	switch {
	case c.Spam:
		return shelfSpam
	case c.Status == ConversationClosed:
		return shelfClosed
	case c.Snoozed:
		return shelfSnoozed
	}
	return shelfOpen
}

// close ends everything that calls for an answer.
func (c *Conversation) close() {
	c.Status, c.Snoozed, c.SnoozedUntil, c.WaitingSince, c.awaitsTurn = ConversationClosed, false, nil, nil, false
}

// ConversationDetail is a conversation with its newest 50 sessions.
type ConversationDetail struct {
	Conversation
	Sessions []Session
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
	bySystem  = "system"
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
		upTo = min(upTo, newest)
		if by == byAgent {
			if err := s.readMention(ctx, tx, accountID, convID, userID, upTo); err != nil {
				return err
			}
		}
		if upTo <= *before {
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

// MaxTypingPreview is how many characters of an unsent text the team may be shown.
const MaxTypingPreview = 500

// VisitorTyping tells the team, with the text so far where the account wants to see it; nothing is
// stored. Kinds: Forbidden, Invalid.
func (s *Service) VisitorTyping(ctx context.Context, v SessionAuth, typing bool, text string) error {
	if utf8.RuneCountInString(text) > MaxTypingPreview {
		return fault.Field("text", fmt.Sprintf("text must be at most %d characters", MaxTypingPreview))
	}
	if err := s.mustBeHeard(ctx, v); err != nil {
		return err
	}
	features := v.Settings.Features
	if !features.TypingIndicators {
		return nil
	}
	if !typing || !features.TypingPreview {
		text = ""
	}
	s.hub.Publish(realtime.Event{
		Kind: realtime.Typing, AccountID: v.AccountID, ConversationID: v.ConversationID, By: byVisitor, Typing: typing, Text: text,
	})
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
	// VerificationAsked says that the team would like the visitor to prove an address.
	VerificationAsked bool
}

// VisitorConversation returns the conversation of a session. A secret that reads only from a
// later point on counts only what came after it.
func (s *Service) VisitorConversation(ctx context.Context, v SessionAuth) (VisitorConversation, error) {
	out, err := s.visitorConversation(ctx, v.AccountID, v.ConversationID, v.FromSeq)
	out.VerificationAsked = out.VerificationAsked && !v.Verified
	return out, err
}

func (s *Service) visitorConversation(ctx context.Context, accountID, convID string, fromSeq int64) (VisitorConversation, error) {
	c, err := conversationOf(ctx, s.db.Read(), accountID, convID)
	if err != nil {
		return VisitorConversation{}, fmt.Errorf("session's conversation: %w", err)
	}
	out := VisitorConversation{
		ID: c.ID, Status: c.Status, LastSeq: c.VisitorSeq, UnreadCount: c.VisitorUnread,
		VisitorReadSeq: c.VisitorReadSeq, AgentReadSeq: c.AgentReadSeq, AssigneeName: c.AssigneeName, VerificationAsked: c.VerificationAsked,
	}
	if fromSeq > c.VisitorReadSeq {
		c.VisitorReadSeq = fromSeq
		out.UnreadCount, _, err = countUnreadMessages(ctx, s.db.Read(), c)
	}
	return out, err
}
