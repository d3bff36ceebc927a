package support

import (
	"context"

	"deskbell/internal/audit"
	"deskbell/internal/db"
)

// AuditEntry is one deed that the account's admins can look up later.
type AuditEntry struct {
	ID string
	// UserID is who did it, empty for the command line; UserName is empty once they are gone.
	UserID   string
	UserName string
	// Action is a word such as "token.create"; TargetID is what it was done to.
	Action   string
	TargetID string
	// TargetName is what the contact or team member it was done to is called now, if it still is.
	TargetName string
	// TargetFound says that the contact or team member still is.
	TargetFound bool
	Detail      string
	CreatedAt   int64
}

// AuditFilter says which deeds to list. Empty fields don't filter.
type AuditFilter struct {
	// UserID is who did it; "none" is the command line.
	UserID string
	// Action is exactly one, such as "token.create".
	Action string
	// From and To bound when it was done, in Unix milliseconds: From is included, To is not.
	From   int64
	To     int64
	Cursor string
	Limit  int
}

// AuditPage is a part of the log; NextCursor is empty at the end.
type AuditPage struct {
	Entries    []AuditEntry
	NextCursor string
}

// AuditLog lists what was done in the account, newest first. Admins only. Kinds: Forbidden, Invalid.
func (s *Service) AuditLog(ctx context.Context, a Actor, f AuditFilter) (AuditPage, error) {
	if err := a.mustAdmin(); err != nil {
		return AuditPage{}, err
	}
	var err error
	if f.Limit, err = pageSize(f.Limit); err != nil {
		return AuditPage{}, err
	}
	list, err := listAudit(ctx, s.db.Read(), a.AccountID, f)
	if err != nil {
		return AuditPage{}, err
	}
	page := AuditPage{Entries: list}
	if len(list) > f.Limit {
		last := list[f.Limit-1]
		page.Entries, page.NextCursor = list[:f.Limit], cursor(last.CreatedAt, last.ID)
	}
	return page, nil
}

// Teammate is a team member by name.
type Teammate struct{ ID, Name string }

// AuditUsers lists the account's team, disabled members too, by name: those that the log can be
// filtered by. Admins only. Kinds: Forbidden.
func (s *Service) AuditUsers(ctx context.Context, a Actor) ([]Teammate, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	return listTeammates(ctx, s.db.Read(), a.AccountID)
}

// audit notes who did what, in the same write as the deed itself.
func (s *Service) audit(ctx context.Context, tx *db.Tx, a Actor, action, targetID, detail string) error {
	return audit.Note(ctx, tx, audit.Deed{
		ID: s.newID(), AccountID: a.AccountID, UserID: a.UserID, Action: action, TargetID: targetID, Detail: detail, CreatedAt: s.millis(),
	})
}
