package support

import (
	"context"
	"slices"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// ConversationMerge is what merging two conversations does, or has done.
type ConversationMerge struct {
	// Kept goes on and Gone ends in it.
	Kept Conversation
	Gone Conversation
	// Sessions are those of Gone that have not ended, Moving those of them that may read Kept and go
	// on in it. What the others write opens Gone again.
	Sessions int64
	Moving   int64
}

// MergedConversations is what a conversation was merged with.
type MergedConversations struct {
	// Into is where it goes on; empty when it was merged into none.
	Into string
	// Parts are those that go on in it, the oldest first.
	Parts []Conversation
}

var errOtherContact = fault.New(fault.Conflict, "other_contact", "Only conversations of the same contact can be merged")

// PreviewConversationMerge tells what MergeConversations would do, and changes nothing.
// Kinds: Invalid, NotFound, Conflict.
func (s *Service) PreviewConversationMerge(ctx context.Context, a Actor, keptID, goneID string) (ConversationMerge, error) {
	m, _, err := s.planConversationMerge(ctx, s.db.Read(), a, keptID, goneID)
	return m, err
}

// MergeConversations ends one conversation in another one of the same contact, in one write. No
// message moves: each keeps its place, so positions, links and files hold on both sides (ADR 6). The
// one that goes is closed; the one that stays takes its tags, its agent and team when it has none,
// and its waiting. Sessions go on in it as far as they may read it. What is merged already stays as it
// is. Kinds: Invalid, NotFound, Conflict.
func (s *Service) MergeConversations(ctx context.Context, a Actor, keptID, goneID string) (ConversationMerge, error) {
	var m ConversationMerge
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var moving []string
		var err error
		if m, moving, err = s.planConversationMerge(ctx, tx, a, keptID, goneID); err != nil {
			return err
		}
		into, err := mergedInto(ctx, tx, a.AccountID, goneID)
		if err != nil || into == keptID && m.Gone.Status == ConversationClosed {
			return err
		}
		if err := s.takeOver(ctx, tx, a, m); err != nil {
			return err
		}
		closed := ConversationClosed
		if m.Gone, err = s.change(ctx, tx, a, goneID, ConversationChange{Status: &closed}); err != nil {
			return err
		}
		for _, sessionID := range moving {
			if err := goOnIn(ctx, tx, a.AccountID, sessionID, m); err != nil {
				return err
			}
		}
		if err := moveResumeLinks(ctx, tx, a.AccountID, goneID, keptID); err != nil {
			return err
		}
		former, err := mergedInto(ctx, tx, a.AccountID, keptID)
		if err != nil {
			return err
		}
		if former != "" && former != goneID {
			// It loses the one that stays, which was a part of it.
			s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: former})
		}
		if err := linkConversations(ctx, tx, a.AccountID, keptID, goneID, s.millis()); err != nil {
			return err
		}
		for _, e := range []ConversationEvent{{ConversationID: keptID, Kind: EventMerged, Detail: goneID}, {ConversationID: goneID, Kind: EventMergedInto, Detail: keptID}} {
			e.By, e.UserID = byAgent, a.UserID
			if err := s.note(ctx, tx, a.AccountID, e); err != nil {
				return err
			}
			s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: e.ConversationID})
		}
		if m.Kept, err = conversationOf(ctx, tx, a.AccountID, keptID); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "conversation.merge", keptID, goneID)
	})
	return m, err
}

// Merged tells what a conversation was merged with. Kinds: NotFound.
func (s *Service) Merged(ctx context.Context, a Actor, convID string) (out MergedConversations, err error) {
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return out, err
	}
	if out.Into, err = mergedInto(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return out, err
	}
	out.Parts, err = mergedParts(ctx, s.db.Read(), a.AccountID, convID)
	return out, err
}

// planConversationMerge also names the sessions that move.
func (s *Service) planConversationMerge(ctx context.Context, q db.Querier, a Actor, keptID, goneID string) (m ConversationMerge, moving []string, err error) {
	if keptID == goneID {
		return m, nil, fault.Field("conversation_id", "conversation_id must be another conversation")
	}
	if m.Kept, err = conversationOf(ctx, q, a.AccountID, keptID); err != nil {
		return m, nil, err
	}
	if m.Gone, err = conversationOf(ctx, q, a.AccountID, goneID); err != nil {
		return m, nil, err
	}
	if m.Kept.Contact.ID != m.Gone.Contact.ID {
		return m, nil, errOtherContact
	}
	if m.Sessions, err = countLiveSessions(ctx, q, a.AccountID, goneID); err != nil {
		return m, nil, err
	}
	all, err := sessionsThatMayRead(ctx, q, m)
	for _, v := range all {
		moving = append(moving, v.id)
		if v.live {
			m.Moving++
		}
	}
	return m, moving, err
}

// takeOver gives the conversation that stays what the other one has.
func (s *Service) takeOver(ctx context.Context, tx *db.Tx, a Actor, m ConversationMerge) error {
	before, kept := m.Kept, m.Kept
	kept.Tags = slices.Clone(kept.Tags)
	for _, tag := range m.Gone.Tags {
		if len(kept.Tags) < maxTags && !slices.Contains(kept.Tags, tag) {
			kept.Tags = append(kept.Tags, tag)
		}
	}
	if kept.AssigneeID == "" {
		kept.AssigneeID = m.Gone.AssigneeID
	}
	if kept.TeamID == "" {
		kept.TeamID = m.Gone.TeamID
	}
	if m.Gone.Status == ConversationActive && !m.Gone.Spam {
		kept.Status = ConversationActive
	}
	if w := m.Gone.WaitingSince; w != nil && (kept.WaitingSince == nil || *w < *kept.WaitingSince) {
		kept.WaitingSince = w
	}
	kept.UpdatedAt = s.millis()
	if err := updateConversation(ctx, tx, kept); err != nil {
		return err
	}
	if err := replaceTags(ctx, tx, kept); err != nil {
		return err
	}
	return s.noteChange(ctx, tx, a.event(), before, kept)
}

// goOnIn moves a session that may read the conversation that stays. Its own secret goes on; those of
// who joined end, because what they may read belongs to the conversation that is left.
func goOnIn(ctx context.Context, tx *db.Tx, accountID, sessionID string, m ConversationMerge) error {
	whole, err := readsFromTheStart(ctx, tx, sessionID)
	if err != nil {
		return err
	}
	if whole {
		if err := insertFormer(ctx, tx, sessionID, m.Gone.ID); err != nil {
			return err
		}
	}
	v := Session{ID: sessionID, AccountID: accountID, ConversationID: m.Kept.ID}
	if err := updateSessionConversation(ctx, tx, v); err != nil {
		return err
	}
	return keepOwnSecret(ctx, tx, sessionID)
}
