package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// changeAssignment sets who takes care of a conversation. One that comes to a team which assigns by
// itself goes to whoever is next there.
func (s *Service) changeAssignment(ctx context.Context, tx *db.Tx, c *Conversation, in ConversationChange) error {
	auto := in.AutoAssign
	if in.TeamID != nil && *in.TeamID != c.TeamID {
		if c.TeamID = *in.TeamID; c.TeamID != "" {
			team, err := teamOf(ctx, tx, c.AccountID, c.TeamID)
			if fault.Is(err, fault.NotFound) {
				return fault.Field("team_id", "team_id must be a team of the account")
			}
			if err != nil {
				return err
			}
			auto = auto || (team.AutoAssign && in.AssigneeID == nil)
		}
	}
	if in.AssigneeID != nil {
		c.AssigneeID, c.awaitsTurn = *in.AssigneeID, false
		if known, err := memberExists(ctx, tx, c.AccountID, c.AssigneeID); err != nil || !known {
			return orElse(err, fault.Field("assignee_id", "assignee_id must be an active member of the team"))
		}
	}
	if !auto {
		return nil
	}
	var err error
	c.AssigneeID, err = s.nextOnline(ctx, tx, c.AccountID, c.TeamID)
	c.awaitsTurn = c.AssigneeID == ""
	return err
}

// nextOnline takes the turn of whoever was given a conversation longest ago among the members who
// are online, of a team when one is named; empty when nobody is.
func (s *Service) nextOnline(ctx context.Context, tx *db.Tx, accountID, teamID string) (userID string, err error) {
	online := s.hub.OnlineUsers(accountID)
	if len(online) == 0 {
		return "", nil
	}
	list, err := idList(online)
	if err != nil {
		return "", err
	}
	query := `/* nextOnline */ SELECT u._id FROM json_each(?) w CROSS JOIN users u ON u._id = w.value WHERE u.account_id = ? AND u.disabled = false AND u.away = false`
	args := []any{list, accountID}
	if teamID != "" {
		query += ` AND EXISTS (SELECT 1 FROM team_members m WHERE m.team_id = ? AND m.user_id = u._id)`
		args = append(args, teamID)
	}
	err = tx.QueryRow(ctx, query+` ORDER BY u.assign_turn, u._id LIMIT 1`, args...).Scan(&userID)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find who is next: %w", err)
	}
	return userID, takeTurn(ctx, tx, accountID, userID)
}

func takeTurn(ctx context.Context, tx *db.Tx, accountID, userID string) error {
	_, err := tx.Exec(ctx, `/* takeTurn */ UPDATE users SET assign_turn = (SELECT MAX(o.assign_turn) + 1 FROM users o WHERE o.account_id = ?)
		WHERE _id = ? AND account_id = ?`, accountID, userID, accountID)
	return err
}

// autoAssign gives a conversation that a visitor has just begun, or reopened, and that nobody takes
// care of to whoever is next, when the account wants that. With nobody there it awaits the next who comes.
func (s *Service) autoAssign(ctx context.Context, tx *db.Tx, accountID, convID string) error {
	var wanted bool
	if err := tx.QueryRow(ctx, `/* autoAssigns */ SELECT auto_assign FROM accounts WHERE _id = ?`, accountID).Scan(&wanted); err != nil || !wanted {
		return err
	}
	userID, err := s.nextOnline(ctx, tx, accountID, "")
	if err != nil {
		return err
	}
	if userID == "" {
		_, err = tx.Exec(ctx, `/* awaitTurn */ UPDATE support_conversations SET awaits_turn = true WHERE _id = ? AND account_id = ?`, convID, accountID)
		return err
	}
	s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: accountID, ConversationID: convID})
	if _, err = tx.Exec(ctx, `/* autoAssign */ UPDATE support_conversations SET assignee_id = ? WHERE _id = ? AND account_id = ?`,
		userID, convID, accountID); err != nil {
		return err
	}
	return s.noteTurn(ctx, tx, accountID, convID, userID)
}

// noteTurn writes down that a conversation has gone to whoever was next.
func (s *Service) noteTurn(ctx context.Context, tx *db.Tx, accountID, convID, userID string) error {
	return s.note(ctx, tx, accountID, ConversationEvent{ConversationID: convID, Kind: EventAssigned, By: bySystem, Detail: userID})
}
