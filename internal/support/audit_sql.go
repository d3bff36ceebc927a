package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

// auditQuery reads one index in the order of the list, whatever the filter.
func auditQuery(accountID string, f AuditFilter) (query string, args []any, err error) {
	where, args := `a.account_id = ?`, []any{accountID}
	and := func(clause string, values ...any) { where, args = where+` AND `+clause, append(args, values...) }
	switch f.UserID {
	case "":
	case "none":
		and(`a.user_id = ?`, "")
	default:
		and(`a.user_id = ?`, f.UserID)
	}
	if f.Action != "" {
		and(`a.action = ?`, f.Action)
	}
	if f.From != 0 {
		and(`a.created_at >= ?`, f.From)
	}
	if f.To != 0 {
		and(`a.created_at < ?`, f.To)
	}
	if f.Cursor != "" {
		at, entryID, err := parseCursor(f.Cursor)
		if err != nil {
			return "", nil, err
		}
		and(`(a.created_at, a._id) < (?, ?)`, at, entryID)
	}
	return `/* listAudit */ SELECT a._id, a.user_id, u.name, a.action, a.target_id, COALESCE(k.name, k.email, k.phone, t.name),
			k._id IS NOT NULL OR t._id IS NOT NULL, a.detail, a.created_at
		FROM audit_log a LEFT JOIN users u ON u._id = a.user_id AND u.account_id = a.account_id
		LEFT JOIN contacts k ON k._id = a.target_id AND k.account_id = a.account_id
		LEFT JOIN users t ON t._id = a.target_id AND t.account_id = a.account_id
		WHERE ` + where + ` ORDER BY a.created_at DESC, a._id DESC LIMIT ?`, append(args, f.Limit+1), nil
}

// listAudit returns up to one more than the limit.
func listAudit(ctx context.Context, q db.Querier, accountID string, f AuditFilter) ([]AuditEntry, error) {
	query, args, err := auditQuery(accountID, f)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list audit log: %w", err)
	}
	return collect(rows, func(row db.Scanner) (e AuditEntry, err error) {
		err = row.Scan(&e.ID, &e.UserID, text{&e.UserName}, &e.Action, &e.TargetID, text{&e.TargetName}, &e.TargetFound, &e.Detail, &e.CreatedAt)
		return e, err
	})
}

func listTeammates(ctx context.Context, q db.Querier, accountID string) ([]Teammate, error) {
	rows, err := q.Query(ctx, `/* listTeammates */ SELECT _id, name FROM users WHERE account_id = ? ORDER BY name, _id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list team: %w", err)
	}
	return collect(rows, func(row db.Scanner) (m Teammate, err error) {
		err = row.Scan(&m.ID, &m.Name)
		return m, err
	})
}
