package support

import (
	"context"
	"slices"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// maxBulk is how many conversations one bulk change takes: other writes wait for it.
const maxBulk = 500

// BulkResult says what a bulk change did to one conversation; Err is nil where it was done.
type BulkResult struct {
	ConversationID string
	Err            error
}

// ChangeConversations makes the same change to many conversations in one write, each by its id, or
// the first 500 of a filter. What does not suit one of them leaves that one as it is and the
// others changed. Nobody is alerted to what they are given so. Kinds: Invalid.
func (s *Service) ChangeConversations(ctx context.Context, a Actor, ids []string, f *ConversationFilter, in ConversationChange) ([]BulkResult, error) {
	if err := in.validate(s.millis()); err != nil {
		return nil, err
	}
	in.quiet = true
	if (len(ids) == 0) == (f == nil) {
		return nil, fault.Field("ids", "name either ids or filters")
	}
	if f != nil {
		var err error
		if ids, err = s.firstOf(ctx, a, *f); err != nil {
			return nil, err
		}
	}
	if len(ids) > maxBulk {
		return nil, fault.Field("ids", "at most 500 conversations can be changed at once")
	}
	var results []BulkResult
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		results = make([]BulkResult, 0, len(ids))
		seen := map[string]bool{}
		for _, convID := range ids {
			if seen[convID] {
				continue
			}
			seen[convID] = true
			_, err := s.change(ctx, tx, a, convID, in)
			if fault.As(err) == nil && err != nil {
				return err
			}
			results = append(results, BulkResult{ConversationID: convID, Err: err})
		}
		return nil
	})
	return results, err
}

// firstOf lists the ids of the first conversations of a filter, as many as a bulk change takes.
func (s *Service) firstOf(ctx context.Context, a Actor, f ConversationFilter) (ids []string, err error) {
	f.Cursor = ""
	for {
		f.Limit = maxPage
		page, err := s.Conversations(ctx, a, f)
		if err != nil {
			return nil, err
		}
		for _, c := range page.Conversations {
			ids = append(ids, c.ID)
		}
		if f.Cursor = page.NextCursor; f.Cursor == "" || len(ids) >= maxBulk {
			return slices.Clip(ids[:min(len(ids), maxBulk)]), nil
		}
	}
}
