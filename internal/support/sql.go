package support

import (
	"context"

	"deskbell/internal/db"
)

// collect scans all rows and closes them.
func collect[T any](rows *db.Rows, scan func(db.Scanner) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	list := []T{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

// nullable stores an absent text as NULL.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// text reads a NULL as an absent text.
type text struct{ to *string }

func (t text) Scan(value any) error {
	switch v := value.(type) {
	case string:
		*t.to = v
	case []byte:
		*t.to = string(v)
	default:
		*t.to = ""
	}
	return nil
}

// audit notes who did what, in the same write as the deed itself.
func (s *Service) audit(ctx context.Context, tx *db.Tx, a Actor, action, targetID, detail string) error {
	_, err := tx.Exec(ctx, `/* audit */ INSERT INTO audit_log (_id, account_id, user_id, action, target_id, detail, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, s.newID(), a.AccountID, a.UserID, action, targetID, detail, s.millis())
	return err
}
