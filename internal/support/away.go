package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
	"deskbell/internal/realtime"
)

// arrivalShare is how many conversations that wait for an answer a member who comes may have before
// those that nobody was there for are left to others.
const arrivalShare = 5

// EnterInbox notes that a member has the inbox open until leave is called, and tells every open
// stream of the account when that changes who is there. Who comes is given what waited for somebody
// to be there.
func (s *Service) EnterInbox(ctx context.Context, a Actor) (leave func()) {
	event := realtime.Event{Kind: realtime.Availability, AccountID: a.AccountID}
	if s.hub.Enter(a.AccountID, a.UserID) {
		s.hub.Publish(event)
		if err := s.assignWaiting(ctx, a); err != nil {
			// The inbox opens all the same; the next who comes takes them.
			s.log.Warn("waiting conversations not assigned", "error", err)
		}
	}
	return func() {
		if s.hub.Leave(a.AccountID, a.UserID) {
			s.hub.Publish(event)
		}
	}
}

// Me is the actor as others see them. Kinds: NotFound.
func (s *Service) Me(ctx context.Context, a Actor) (Member, error) {
	m, err := scanMember(s.db.Read().QueryRow(ctx, `/* me */ SELECT _id, name, away FROM users WHERE _id = ? AND account_id = ?`, a.UserID, a.AccountID))
	if errors.Is(err, db.ErrNoRows) {
		return m, errNotFound
	}
	m.Online = s.online(a.AccountID, m)
	return m, err
}

// SetAway takes the actor out of the turn and of who is there, whatever they have open, or back in.
// What they take care of stays theirs.
func (s *Service) SetAway(ctx context.Context, a Actor, away bool) (Member, error) {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		changed, err := tx.Exec(ctx, `/* setAway */ UPDATE users SET away = ? WHERE _id = ? AND account_id = ? AND away <> ?`, away, a.UserID, a.AccountID, away)
		if changed > 0 {
			s.publishAfter(tx, realtime.Event{Kind: realtime.Availability, AccountID: a.AccountID})
		}
		return err
	})
	if err != nil {
		return Member{}, err
	}
	if !away && s.hub.IsOnline(a.AccountID, a.UserID) {
		if err := s.assignWaiting(ctx, a); err != nil {
			return Member{}, err
		}
	}
	return s.Me(ctx, a)
}

func (s *Service) online(accountID string, m Member) bool {
	return !m.Away && s.hub.IsOnline(accountID, m.ID)
}

func (s *Service) awayMembers(ctx context.Context, accountID string) (map[string]bool, error) {
	return s.away.Get(ctx, accountID, func(ctx context.Context) (map[string]bool, error) {
		rows, err := s.db.Read().Query(ctx, `/* awayMembers */ SELECT _id FROM users WHERE account_id = ? AND away = true`, accountID)
		if err != nil {
			return nil, fmt.Errorf("list away members: %w", err)
		}
		ids, err := collect(rows, scanID)
		away := make(map[string]bool, len(ids))
		for _, userID := range ids {
			away[userID] = true
		}
		return away, err
	})
}

// assignWaiting gives a member the oldest conversations for which nobody was there, as many as
// leave them with arrivalShare that wait for an answer: the first to come is not given everything.
func (s *Service) assignWaiting(ctx context.Context, a Actor) error {
	if list, err := awaitingTurn(ctx, s.db.Read(), a, 1); err != nil || len(list) == 0 {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var has int
		if err := tx.QueryRow(ctx, `/* countWaiting */ SELECT COUNT(*) FROM (SELECT 1 FROM support_conversations
			WHERE account_id = ? AND assignee_id = ? AND shelf = ? AND last_seq > 0 AND waiting_since IS NOT NULL LIMIT ?)`,
			a.AccountID, a.UserID, shelfOpen, arrivalShare).Scan(&has); err != nil {
			return err
		}
		list, err := awaitingTurn(ctx, tx, a, arrivalShare-has)
		if err != nil {
			return err
		}
		for _, convID := range list {
			if err := takeTurn(ctx, tx, a.AccountID, a.UserID); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `/* assignWaiting */ UPDATE support_conversations SET assignee_id = ?, awaits_turn = false
				WHERE _id = ? AND account_id = ?`, a.UserID, convID, a.AccountID); err != nil {
				return err
			}
			if err := s.noteTurn(ctx, tx, a.AccountID, convID, a.UserID); err != nil {
				return err
			}
			s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: convID})
		}
		return nil
	})
}

// awaitingTurn lists the oldest conversations that go to a member who comes: those of their teams,
// and those of no team that still wait for an answer while the account assigns by itself. Nothing
// for somebody who is away.
func awaitingTurn(ctx context.Context, q db.Querier, a Actor, limit int) ([]string, error) {
	rows, err := q.Query(ctx, `/* awaitingTurn */ SELECT c._id FROM support_conversations c
		WHERE c.account_id = ? AND c.awaits_turn = true AND c.shelf = ? AND c.assignee_id IS NULL
			AND EXISTS (SELECT 1 FROM users u WHERE u._id = ? AND u.account_id = c.account_id AND u.away = false AND u.disabled = false)
			AND CASE WHEN c.team_id IS NULL
				THEN c.waiting_since IS NOT NULL AND EXISTS (SELECT 1 FROM accounts o WHERE o._id = c.account_id AND o.auto_assign = true)
				ELSE EXISTS (SELECT 1 FROM team_members m WHERE m.team_id = c.team_id AND m.user_id = ?) END
		ORDER BY c.created_at, c._id LIMIT ?`, a.AccountID, shelfOpen, a.UserID, a.UserID, max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("list what waits for somebody: %w", err)
	}
	return collect(rows, scanID)
}
