package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// idList is a list of ids as one value of a query.
func idList(ids []string) (string, error) {
	list, err := json.Marshal(ids)
	return string(list), err
}

const teamColumns = `g._id, g.name, g.auto_assign, g.created_at, g.updated_at`

func scanTeam(row db.Scanner) (t Team, err error) {
	err = row.Scan(&t.ID, &t.Name, &t.AutoAssign, &t.CreatedAt, &t.UpdatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return t, errNotFound
	}
	return t, err
}

func teamOf(ctx context.Context, q db.Querier, accountID, teamID string) (Team, error) {
	return scanTeam(q.QueryRow(ctx, `/* teamOf */ SELECT `+teamColumns+` FROM teams g WHERE g._id = ? AND g.account_id = ?`, teamID, accountID))
}

func listTeams(ctx context.Context, q db.Querier, accountID string) ([]Team, error) {
	rows, err := q.Query(ctx, `/* listTeams */ SELECT `+teamColumns+` FROM teams g WHERE g.account_id = ? ORDER BY g.name, g._id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	return collect(rows, scanTeam)
}

func countTeams(ctx context.Context, q db.Querier, accountID string) (n int, err error) {
	err = q.QueryRow(ctx, `/* countTeams */ SELECT COUNT(*) FROM teams WHERE account_id = ?`, accountID).Scan(&n)
	return n, err
}

func teamNameTaken(ctx context.Context, q db.Querier, accountID string, t Team) (taken bool, err error) {
	err = q.QueryRow(ctx, `/* teamNameTaken */ SELECT EXISTS (SELECT 1 FROM teams WHERE account_id = ? AND name = ? AND _id <> ?)`,
		accountID, t.Name, t.ID).Scan(&taken)
	return taken, err
}

func upsertTeam(ctx context.Context, tx *db.Tx, accountID string, t Team) error {
	_, err := tx.Exec(ctx, `/* upsertTeam */ INSERT INTO teams (_id, account_id, name, auto_assign, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (_id) DO UPDATE SET name = excluded.name, auto_assign = excluded.auto_assign, updated_at = excluded.updated_at`,
		t.ID, accountID, t.Name, t.AutoAssign, t.CreatedAt, t.UpdatedAt)
	return err
}

func membersOf(ctx context.Context, q db.Querier, accountID, teamID string) ([]Member, error) {
	rows, err := q.Query(ctx, `/* membersOf */ SELECT u._id, u.name, u.away FROM team_members m JOIN users u ON u._id = m.user_id
		WHERE m.team_id = ? AND u.account_id = ? AND u.disabled = false ORDER BY u.name, u._id`, teamID, accountID)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return collect(rows, scanMember)
}

func scanMember(row db.Scanner) (m Member, err error) {
	err = row.Scan(&m.ID, &m.Name, &m.Away)
	return m, err
}

// replaceMembers makes exactly these the team's members.
func replaceMembers(ctx context.Context, tx *db.Tx, accountID, teamID string, userIDs []string) error {
	if _, err := tx.Exec(ctx, `/* deleteMembers */ DELETE FROM team_members WHERE team_id = ?
		AND user_id IN (SELECT _id FROM users WHERE account_id = ? AND disabled = false)`, teamID, accountID); err != nil {
		return err
	}
	for _, userID := range userIDs {
		if known, err := memberExists(ctx, tx, accountID, userID); err != nil || !known || userID == "" {
			return orElse(err, fault.Field("member_ids", "member_ids must be active members of the account"))
		}
		if _, err := tx.Exec(ctx, `/* insertMember */ INSERT INTO team_members (team_id, user_id) VALUES (?, ?)
			ON CONFLICT (team_id, user_id) DO NOTHING`, teamID, userID); err != nil {
			return err
		}
	}
	return nil
}

func deleteTeam(ctx context.Context, tx *db.Tx, accountID, teamID string) error {
	if _, err := tx.Exec(ctx, `/* leaveTeam */ UPDATE support_conversations SET team_id = NULL WHERE account_id = ? AND team_id = ?`,
		accountID, teamID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* deleteTeam */ DELETE FROM teams WHERE _id = ? AND account_id = ?`, teamID, accountID)
	return err
}
