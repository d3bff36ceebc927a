package support

import (
	"context"
	"fmt"
	"slices"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// shownTags is how many tags a list has at most, tagBatch how many conversations one write renames:
// other writes wait for it.
const (
	shownTags = 500
	tagBatch  = 500
)

// Tag is a word that conversations bear, and how many do, up to 999; More says that there are more.
type Tag struct {
	Name string
	ViewCount
}

// Tags lists the account's tags by name, at most 500.
func (s *Service) Tags(ctx context.Context, a Actor) ([]Tag, error) {
	rows, err := s.db.Read().Query(ctx, `/* listTags */ WITH RECURSIVE names(tag) AS (
			SELECT MIN(tag) FROM support_conversation_tags WHERE account_id = ?1
			UNION ALL SELECT (SELECT MIN(t.tag) FROM support_conversation_tags t WHERE t.account_id = ?1 AND t.tag > names.tag)
				FROM names WHERE names.tag IS NOT NULL)
		SELECT tag, (SELECT COUNT(*) FROM (SELECT 1 FROM support_conversation_tags c WHERE c.account_id = ?1 AND c.tag = names.tag LIMIT ?2))
		FROM names WHERE tag IS NOT NULL LIMIT ?3`, a.AccountID, countedUp+1, shownTags)
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	return collect(rows, func(row db.Scanner) (t Tag, err error) {
		err = row.Scan(&t.Name, &t.N)
		t.N, t.More = min(t.N, countedUp), t.N > countedUp
		return t, err
	})
}

var errTagTaken = fault.New(fault.Conflict, "tag_taken", "This tag already exists")

// RenameTag gives a tag another name on every conversation and in every saved view. With merge the other tag may exist
// already, and both become one. Many conversations take several writes; what was interrupted is
// finished by the same call with merge. Admins only. Kinds: Forbidden, Invalid, NotFound, Conflict.
func (s *Service) RenameTag(ctx context.Context, a Actor, tag, to string, merge bool) error {
	to, err := validTag(to)
	if err != nil {
		return fault.Field("to", "to must be one line of 1 to 40 characters")
	}
	if err := a.mustAdmin(); err != nil {
		return err
	}
	if taken, err := tagUsed(ctx, s.db.Read(), a.AccountID, to); err != nil || (taken && !merge && to != tag) {
		return orElse(err, errTagTaken)
	}
	action := "tag.rename"
	if merge {
		action = "tag.merge"
	}
	return s.replaceTag(ctx, a, tag, to, action)
}

// DeleteTag takes a tag off every conversation and out of every saved view; a view of nothing but
// that tag goes with it. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) DeleteTag(ctx context.Context, a Actor, tag string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.replaceTag(ctx, a, tag, "", "tag.delete")
}

// replaceTag puts one tag in the place of another, or nothing when it is empty.
func (s *Service) replaceTag(ctx context.Context, a Actor, tag, to, action string) error {
	if used, err := tagUsed(ctx, s.db.Read(), a.AccountID, tag); err != nil || !used {
		return orElse(err, errNotFound)
	}
	if tag == to {
		return nil
	}
	detail := tag
	if to != "" {
		detail += " → " + to
	}
	if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.audit(ctx, tx, a, action, a.AccountID, detail) }); err != nil {
		return err
	}
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			ids, err := conversationsTagged(ctx, tx, a.AccountID, tag, tagBatch)
			if err != nil {
				return err
			}
			if more = len(ids) == tagBatch; !more {
				if err := replaceTagInViews(ctx, tx, a.AccountID, tag, to); err != nil {
					return err
				}
			}
			for _, convID := range ids {
				c, err := conversationOf(ctx, tx, a.AccountID, convID)
				if err != nil {
					return err
				}
				if i := slices.Index(c.Tags, tag); to != "" && !slices.Contains(c.Tags, to) {
					c.Tags[i] = to
				} else {
					c.Tags = slices.Delete(c.Tags, i, i+1)
				}
				if err := updateTags(ctx, tx, c); err != nil {
					return err
				}
				s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: convID})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
