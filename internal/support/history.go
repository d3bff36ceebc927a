package support

import (
	"context"
)

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

// History lists a visitor's own conversations, newest activity first: before a proof only the
// session's, because a device id names a session and never shows its past; after it, all that
// were proven to be the contact's. Kinds: Invalid, Forbidden.
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
