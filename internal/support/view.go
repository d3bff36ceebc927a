package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// Bounds of saved views.
const (
	maxSavedViews = 200
	maxViewName   = 60
)

// ViewFilters is what a saved view keeps of a filter, in the words of GET /conversations.
type ViewFilters struct {
	View     string `json:"view,omitempty"`
	Status   string `json:"status,omitempty"`
	Assignee string `json:"assignee,omitempty"`
	Team     string `json:"team,omitempty"`
	Tag      string `json:"tag,omitempty"`
	Site     string `json:"site,omitempty"`
	Verified *bool  `json:"verified,omitempty"`
	Priority string `json:"priority,omitempty"`
	Waiting  int64  `json:"waiting,omitempty"`
	Sort     string `json:"sort,omitempty"`
}

// Filter is the filter that a saved view stands for.
func (v ViewFilters) Filter() ConversationFilter {
	return ConversationFilter{
		View: v.View, Status: v.Status, Assignee: v.Assignee, TeamID: v.Team, Tag: v.Tag, Site: v.Site, Verified: v.Verified,
		Priority: v.Priority, Waiting: v.Waiting, Sort: v.Sort,
	}
}

// SavedView is a filter under a name.
type SavedView struct {
	ID   string
	Name string
	// Shared ones are the whole team's; others are their owner's alone.
	Shared  bool
	Filters ViewFilters
	// Position sorts them, the lowest first.
	Position  int64
	CreatedAt int64
	// UpdatedAt tells versions apart.
	UpdatedAt int64

	userID string
}

var errViewStale = fault.New(fault.Conflict, "view_changed", "Somebody has changed this view meanwhile")

// SavedViewChange is the input of CreateSavedView and ChangeSavedView; nil fields stay as they are.
type SavedViewChange struct {
	Name     *string
	Shared   *bool
	Filters  *ViewFilters
	Position *int64
	// UpdatedAt is the version that the change is based on; 0 means any.
	UpdatedAt int64
}

// SavedView returns one that the actor sees: their own, or a shared one. Kinds: NotFound.
func (s *Service) SavedView(ctx context.Context, a Actor, viewID string) (SavedView, error) {
	return savedViewOf(ctx, s.db.Read(), a, viewID)
}

// SavedViews lists the actor's own and the shared views in their order.
func (s *Service) SavedViews(ctx context.Context, a Actor) ([]SavedView, error) {
	rows, err := s.db.Read().Query(ctx, `/* savedViews */ SELECT `+savedViewColumns+` FROM saved_views v
		WHERE v.account_id = ? AND (v.user_id IS NULL OR v.user_id = ?) ORDER BY v.position, v._id`, a.AccountID, a.UserID)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	return collect(rows, scanSavedView)
}

// CreateSavedView keeps a filter under a name. Shared ones are the admins' to make.
// Kinds: Invalid, Forbidden.
func (s *Service) CreateSavedView(ctx context.Context, a Actor, in SavedViewChange) (SavedView, error) {
	return s.saveView(ctx, a, "", in)
}

// ChangeSavedView changes one of the actor's own, or a shared one. Kinds: Invalid, Forbidden,
// NotFound, Conflict (no longer the version that the change is based on, unless it is stored as it is to be).
func (s *Service) ChangeSavedView(ctx context.Context, a Actor, viewID string, in SavedViewChange) (SavedView, error) {
	return s.saveView(ctx, a, viewID, in)
}

func (s *Service) saveView(ctx context.Context, a Actor, viewID string, in SavedViewChange) (SavedView, error) {
	var v SavedView
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		v = SavedView{ID: s.newID(), CreatedAt: s.millis()}
		if viewID != "" {
			var err error
			if v, err = s.changeableView(ctx, tx, a, viewID); err != nil {
				return err
			}
		} else {
			var n int
			if err := tx.QueryRow(ctx, `/* countViews */ SELECT COUNT(*), COALESCE(MAX(position), 0) + 1 FROM saved_views WHERE account_id = ?`,
				a.AccountID).Scan(&n, &v.Position); err != nil {
				return err
			}
			if n >= maxSavedViews {
				return fault.Field("name", "an account may have at most 200 views")
			}
		}
		was := v
		set(&v.Name, in.Name)
		set(&v.Shared, in.Shared)
		set(&v.Filters, in.Filters)
		set(&v.Position, in.Position)
		if v.Shared && !a.Admin {
			return errSharedAdmin
		}
		if v.userID = a.UserID; v.Shared {
			v.userID = ""
		}
		var err error
		if v.Name, err = validName(v.Name, maxViewName); err != nil {
			return err
		}
		f := v.Filters.Filter()
		if err := f.ready(a, s.millis()); err != nil {
			return err
		}
		filters, err := json.Marshal(v.Filters)
		if err != nil {
			return err
		}
		if in.UpdatedAt != 0 && in.UpdatedAt != was.UpdatedAt {
			stored, err := json.Marshal(was.Filters)
			return orElse(err, unlessSame(v.Name == was.Name && v.Shared == was.Shared && v.Position == was.Position && string(filters) == string(stored), errViewStale))
		}
		// Later than before also within one millisecond: it tells versions apart.
		v.UpdatedAt = max(s.millis(), v.UpdatedAt+1)
		_, err = tx.Exec(ctx, `/* upsertView */ INSERT INTO saved_views (_id, account_id, user_id, name, filters, position, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (_id) DO UPDATE SET user_id = excluded.user_id, name = excluded.name,
				filters = excluded.filters, position = excluded.position, updated_at = excluded.updated_at`,
			v.ID, a.AccountID, nullable(v.userID), v.Name, string(filters), v.Position, v.CreatedAt, v.UpdatedAt)
		return err
	})
	return v, err
}

// changeableView finds a view that the actor may change; others' own do not exist for them.
func (s *Service) changeableView(ctx context.Context, tx *db.Tx, a Actor, viewID string) (SavedView, error) {
	v, err := savedViewOf(ctx, tx, a, viewID)
	if err == nil && v.Shared && !a.Admin {
		err = errSharedAdmin
	}
	return v, err
}

// DeleteSavedView deletes one of the actor's own, or a shared one. Kinds: Forbidden, NotFound.
func (s *Service) DeleteSavedView(ctx context.Context, a Actor, viewID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.changeableView(ctx, tx, a, viewID); err != nil {
			return err
		}
		return deleteView(ctx, tx, a.AccountID, viewID)
	})
}

const savedViewColumns = `v._id, v.user_id, v.name, v.filters, v.position, v.created_at, v.updated_at`

func scanSavedView(row db.Scanner) (v SavedView, err error) {
	var filters []byte
	if err = row.Scan(&v.ID, text{&v.userID}, &v.Name, &filters, &v.Position, &v.CreatedAt, &v.UpdatedAt); err != nil {
		return v, err
	}
	v.Shared = v.userID == ""
	return v, json.Unmarshal(filters, &v.Filters)
}

// savedViewOf finds a shared view or one of the actor's own.
func savedViewOf(ctx context.Context, q db.Querier, a Actor, viewID string) (SavedView, error) {
	v, err := scanSavedView(q.QueryRow(ctx, `/* savedViewOf */ SELECT `+savedViewColumns+` FROM saved_views v
		WHERE v._id = ? AND v.account_id = ? AND (v.user_id IS NULL OR v.user_id = ?)`, viewID, a.AccountID, a.UserID))
	if errors.Is(err, db.ErrNoRows) {
		return v, errNotFound
	}
	return v, err
}

// replaceTagInViews puts one tag in the place of another in everybody's views. Without another a
// view shows what its remaining filters say; when that is no more than a built-in view it is deleted.
func replaceTagInViews(ctx context.Context, tx *db.Tx, accountID, tag, to string) error {
	rows, err := tx.Query(ctx, `/* viewsToRetag */ SELECT `+savedViewColumns+` FROM saved_views v WHERE v.account_id = ?`, accountID)
	if err != nil {
		return fmt.Errorf("list views: %w", err)
	}
	list, err := collect(rows, scanSavedView)
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.Filters.Tag != tag {
			continue
		}
		v.Filters.Tag = to
		if rest := v.Filters; to == "" {
			if rest.View, rest.Sort = "", ""; rest == (ViewFilters{}) {
				if err := deleteView(ctx, tx, accountID, v.ID); err != nil {
					return err
				}
				continue
			}
		}
		filters, err := json.Marshal(v.Filters)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `/* retagView */ UPDATE saved_views SET filters = ?, updated_at = updated_at + 1 WHERE _id = ? AND account_id = ?`,
			string(filters), v.ID, accountID); err != nil {
			return err
		}
	}
	return nil
}

func deleteView(ctx context.Context, tx *db.Tx, accountID, viewID string) error {
	_, err := tx.Exec(ctx, `/* deleteView */ DELETE FROM saved_views WHERE _id = ? AND account_id = ?`, viewID, accountID)
	return err
}

// ViewCounts counts every built-in view by its name, and every saved one that the actor sees by its id.
func (s *Service) ViewCounts(ctx context.Context, a Actor) (map[string]ViewCount, error) {
	filters := map[string]ConversationFilter{}
	for _, view := range Views {
		filters[view] = ConversationFilter{View: view}
	}
	saved, err := s.SavedViews(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, v := range saved {
		filters[v.ID] = v.Filters.Filter()
	}
	counts := map[string]ViewCount{}
	for name, f := range filters {
		n, err := s.CountConversations(ctx, a, f)
		if err != nil {
			return nil, err
		}
		counts[name] = n
	}
	return counts, nil
}
