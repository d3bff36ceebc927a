package support

import (
	"context"
	"strings"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// maxComment is the longest comment of a rating in Unicode code points.
const maxComment = 1000

// Rating is what a visitor thinks of a conversation.
type Rating struct {
	// Score is 1 (bad) to 5 (very good).
	Score     int64
	Comment   string
	CreatedAt int64
}

// RateConversation keeps the visitor's rating; a later one replaces it. Kinds: Invalid, Forbidden.
func (s *Service) RateConversation(ctx context.Context, v SessionAuth, score *int64, comment *string) (Rating, error) {
	if err := v.MustRead(); err != nil {
		return Rating{}, err
	}
	bad := fault.Fields{}
	if score == nil || *score < 1 || *score > 5 {
		bad.Add("score", "score must be a whole number from 1 to 5")
	}
	r := Rating{Comment: trimmed(comment), CreatedAt: s.millis()}
	if utf8.RuneCountInString(r.Comment) > maxComment || strings.ContainsRune(r.Comment, 0) {
		bad.Add("comment", "comment may have at most 1000 characters")
	}
	if err := bad.Err(); err != nil {
		return Rating{}, err
	}
	r.Score = *score
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := conversationOf(ctx, tx, v.AccountID, v.ConversationID)
		if err != nil {
			return err
		}
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: v.AccountID, ConversationID: v.ConversationID})
		if c.Rating == nil || c.Rating.Score != r.Score {
			rated := ConversationEvent{ConversationID: c.ID, Kind: EventRated, By: byVisitor, Detail: optionalNumber(&r.Score)}
			if err := s.note(ctx, tx, v.AccountID, rated); err != nil {
				return err
			}
		}
		return updateRating(ctx, tx, v.AccountID, v.ConversationID, r)
	})
	return r, err
}

// CloseByVisitor closes the session's conversation; the next message of either side reopens it.
// Kinds: Forbidden.
func (s *Service) CloseByVisitor(ctx context.Context, v SessionAuth) (VisitorConversation, error) {
	if err := v.MustRead(); err != nil {
		return VisitorConversation{}, err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := conversationOf(ctx, tx, v.AccountID, v.ConversationID)
		if err != nil || c.Status == ConversationClosed {
			return err
		}
		c.close()
		c.UpdatedAt = s.millis()
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: v.AccountID, ConversationID: v.ConversationID})
		if err := updateConversation(ctx, tx, c); err != nil {
			return err
		}
		return s.note(ctx, tx, v.AccountID, ConversationEvent{ConversationID: c.ID, Kind: EventClosed, By: byVisitor})
	})
	if err != nil {
		return VisitorConversation{}, err
	}
	return s.VisitorConversation(ctx, v)
}
