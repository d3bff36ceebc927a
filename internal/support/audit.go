package support

import (
	"context"

	"deskbell/internal/db"
)

// AuditEntry is one deed that the account's admins can look up later.
type AuditEntry struct {
	ID string
	// UserID is who did it; UserName is empty once they are gone.
	UserID   string
	UserName string
	// Action is a word such as "token.create"; TargetID is what it was done to.
	Action    string
	TargetID  string
	Detail    string
	CreatedAt int64
}

// AuditPage is a part of the log; NextCursor is empty at the end.
type AuditPage struct {
	Entries    []AuditEntry
	NextCursor string
}

// AuditLog lists what was done in the account, newest first. Admins only. Kinds: Forbidden, Invalid.
func (s *Service) AuditLog(ctx context.Context, a Actor, cursorText string, limit int) (AuditPage, error) {
	if err := a.mustAdmin(); err != nil {
		return AuditPage{}, err
	}
	limit, err := pageSize(limit)
	if err != nil {
		return AuditPage{}, err
	}
	list, err := listAudit(ctx, s.db.Read(), a.AccountID, cursorText, limit)
	if err != nil {
		return AuditPage{}, err
	}
	page := AuditPage{Entries: list}
	if len(list) > limit {
		last := list[limit-1]
		page.Entries, page.NextCursor = list[:limit], cursor(last.CreatedAt, last.ID)
	}
	return page, nil
}

// audit notes who did what, in the same write as the deed itself.
func (s *Service) audit(ctx context.Context, tx *db.Tx, a Actor, action, targetID, detail string) error {
	return insertAudit(ctx, tx, a.AccountID, AuditEntry{
		ID: s.newID(), UserID: a.UserID, Action: action, TargetID: targetID, Detail: detail, CreatedAt: s.millis(),
	})
}
