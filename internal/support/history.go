package support

import (
	"context"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

// beginnings bounds how many conversations one session begins: each is a row for the team.
var beginnings = ratelimit.Limit{N: 20, Per: time.Hour}

var errBegunElsewhere = fault.New(fault.Forbidden, "begun_elsewhere", "This session was begun elsewhere; end it to start a conversation of your own")

// PastConversation is a conversation as its visitor's history lists it.
type PastConversation struct {
	ID          string
	Status      string
	LastSeq     int64
	UnreadCount int64
	// LastMessage is the beginning of the newest message that the visitor may see.
	LastMessage   string
	LastSender    string
	LastMessageAt *int64
	Rating        *Rating
	CreatedAt     int64
}

// activity is what the history is sorted by. updated_at would tell when the team wrote a note.
func (p PastConversation) activity() int64 {
	if p.LastMessageAt != nil {
		return *p.LastMessageAt
	}
	return p.CreatedAt
}

// HistoryPage is a part of a visitor's history; NextCursor is empty at the end.
type HistoryPage struct {
	Conversations []PastConversation
	NextCursor    string
}

// History lists a visitor's own conversations, newest activity first: before a proof only those
// the session itself has had, because a device id names a session and never shows its past; after
// it, all that were proven to be the contact's. Kinds: Invalid, Forbidden.
func (s *Service) History(ctx context.Context, v SessionAuth, cursorText string, limit int) (HistoryPage, error) {
	if err := v.MustRead(); err != nil {
		return HistoryPage{}, err
	}
	limit, err := pageSize(limit)
	if err != nil {
		return HistoryPage{}, err
	}
	list, err := listHistory(ctx, s.db.Read(), v, cursorText, limit)
	if err != nil {
		return HistoryPage{}, err
	}
	page := HistoryPage{Conversations: list}
	if len(list) > limit {
		last := list[limit-1]
		page.Conversations, page.NextCursor = list[:limit], cursor(last.activity(), last.ID)
	}
	for i := range page.Conversations {
		page.Conversations[i].readFrom(v)
	}
	return page, nil
}

// readFrom hides what a secret given later may not read.
func (p *PastConversation) readFrom(v SessionAuth) {
	if p.ID == v.ConversationID && p.LastSeq <= v.FromSeq {
		p.LastMessage, p.LastSender, p.LastMessageAt, p.UnreadCount = "", "", nil, 0
	}
}

// HistoryMessages reads a part of one of the visitor's own conversations, never notes.
// Kinds: Invalid, Forbidden, NotFound.
func (s *Service) HistoryMessages(ctx context.Context, v SessionAuth, convID string, r MessageRange) (MessagePage, error) {
	if err := v.MustRead(); err != nil {
		return MessagePage{}, err
	}
	if convID == v.ConversationID {
		return s.VisitorMessages(ctx, v, r)
	}
	own, err := inHistory(ctx, s.db.Read(), v, convID)
	if err != nil {
		return MessagePage{}, err
	}
	if !own {
		return MessagePage{}, errNotFound
	}
	return s.page(ctx, v.AccountID, convID, r, false)
}

// MovedSession is a session in another conversation than before.
type MovedSession struct {
	Session
	// Token replaces every secret the session had before; empty when nothing had to change.
	Token string
	// New says that the conversation was just begun.
	New bool
}

// MoveSession goes on in one of the visitor's own conversations, or in a new one when convID is
// empty; one that has no message yet is not left for another empty one. The secrets of those who
// joined end with it: what they may read belongs to the conversation that is left.
// Kinds: Forbidden, NotFound, RateLimited.
func (s *Service) MoveSession(ctx context.Context, v SessionAuth, convID string) (MovedSession, error) {
	if err := v.MustRead(); err != nil {
		return MovedSession{}, err
	}
	if !v.Original {
		return MovedSession{}, errBegunElsewhere
	}
	var out MovedSession
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		out = MovedSession{}
		if v.Session, err = sessionOf(ctx, tx, v.AccountID, v.ID); err != nil {
			return err
		}
		out.Session = v.Session
		if convID == v.ConversationID {
			return nil
		}
		if convID != "" {
			err = s.returnTo(ctx, tx, v, convID, &out)
		} else {
			err = s.beginAnew(ctx, tx, v, &out)
		}
		if err != nil || out.ConversationID == v.ConversationID {
			return err
		}
		// Who may read the old conversation only in part must not get the rest of it by leaving.
		if v.FromSeq == 0 {
			if err := insertFormer(ctx, tx, v.ID, v.ConversationID); err != nil {
				return err
			}
		}
		if err := updateSessionConversation(ctx, tx, out.Session); err != nil {
			return err
		}
		if err := deleteSessionTokens(ctx, tx, v.ID); err != nil {
			return err
		}
		out.Token = id.Secret()
		return insertSessionToken(ctx, tx, sessionToken{digest: keys.Digest(out.Token), sessionID: v.ID, original: true}, s.millis())
	})
	return out, err
}

func (s *Service) returnTo(ctx context.Context, tx *db.Tx, v SessionAuth, convID string, out *MovedSession) error {
	own, err := inHistory(ctx, tx, v, convID)
	if err == nil && !own {
		err = errNotFound
	}
	out.ConversationID = convID
	return err
}

func (s *Service) beginAnew(ctx context.Context, tx *db.Tx, v SessionAuth, out *MovedSession) error {
	current, err := conversationOf(ctx, tx, v.AccountID, v.ConversationID)
	if err != nil || current.LastSeq == 0 {
		return err
	}
	wait, err := ratelimit.Hit(ctx, tx, s.keys.MAC(keys.RateKeys, "conversation", v.ID), beginnings, s.millis())
	if err != nil {
		return err
	}
	if wait > 0 {
		return fault.Limited("too_many_conversations", "Too many conversations", wait)
	}
	if err := s.leaveConversation(ctx, tx, &out.Session, current.Site); err != nil {
		return err
	}
	out.New = true
	if v.Verified {
		return updateProven(ctx, tx, v.AccountID, out.ConversationID, v.ContactID)
	}
	return nil
}

// proveFormer gives what an unproven session has left behind to the contact it has now proven to be.
func proveFormer(ctx context.Context, tx *db.Tx, v Session) error {
	former, err := unprovenFormer(ctx, tx, v)
	if err != nil {
		return err
	}
	for _, convID := range former {
		if err := updateProven(ctx, tx, v.AccountID, convID, v.ContactID); err != nil {
			return err
		}
		if err := deleteUnprovenTokens(ctx, tx, v, convID); err != nil {
			return err
		}
	}
	return nil
}
