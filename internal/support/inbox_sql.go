package support

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"deskbell/internal/db"
)

// inboxQuery finds the rows of one page of a list. Each of its parts reads one index in the order
// of the list, from where the page before ended; they are merged as far as the page goes, so that
// no page costs more than another, wherever it is and however many conversations there are.
type inboxQuery struct {
	parts []string
	args  []any
}

// part adds what one status contributes: source names a table and its conditions, at and rowID its
// columns that the list is sorted by.
func (b *inboxQuery) part(f ConversationFilter, at, rowID, source string, args ...any) error {
	if f.UpdatedAfter > 0 {
		source += ` AND ` + at + ` > ?`
		args = append(args, f.UpdatedAfter)
	}
	if f.Cursor != "" {
		updatedAt, convID, err := parseCursor(f.Cursor)
		if err != nil {
			return err
		}
		source += ` AND (` + at + `, ` + rowID + `) < (?, ?)`
		args = append(args, updatedAt, convID)
	}
	b.parts = append(b.parts, `SELECT c.rowid AS row, `+at+` AS at, `+rowID+` AS id FROM `+source)
	b.args = append(b.args, args...)
	return nil
}

func (b *inboxQuery) sql() string {
	return `/* listConversations */ SELECT ` + conversationColumns + ` FROM (` + strings.Join(b.parts, ` UNION ALL `) +
		` ORDER BY at DESC, id DESC LIMIT ?) p CROSS JOIN support_conversations c ON c.rowid = p.row
		JOIN contacts k ON k._id = c.contact_id AND k.account_id = c.account_id`
}

// conditions is what all of a filter's parts have in common.
func (f ConversationFilter) conditions() (clause string, args []any) {
	switch f.Assignee {
	case "":
		return ``, nil
	case "none":
		return ` AND c.assignee_id IS NULL`, nil
	}
	return ` AND c.assignee_id = ?`, []any{f.Assignee}
}

func newInboxQuery(accountID string, f ConversationFilter) (*inboxQuery, error) {
	statuses := []string{ConversationActive, ConversationClosed}
	if f.Status != "" {
		statuses = []string{f.Status}
	}
	// Spelled as the indexes spell it, which hold only the one or the other.
	counts := []string{` AND c.last_seq > 0`}
	if f.Empty {
		counts = append(counts, ` AND c.last_seq = 0`)
	}
	assigned, who := f.conditions()
	b := &inboxQuery{}
	for _, status := range statuses {
		for _, count := range counts {
			at, rowID := `c.updated_at`, `c._id`
			source := `support_conversations c WHERE c.account_id = ? AND c.status = ?`
			args := append([]any{accountID, status}, who...)
			if f.Tag != "" {
				at, rowID = `t.updated_at`, `t.conversation_id`
				source = `support_conversation_tags t CROSS JOIN support_conversations c ON c._id = t.conversation_id
					WHERE t.tag = ? AND t.account_id = ? AND t.status = ?`
				args = append([]any{f.Tag}, args...)
			}
			if err := b.part(f, at, rowID, source+assigned+count, args...); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// newFoundQuery is the list of what a search found, which is a bounded number: it is sorted.
func newFoundQuery(ctx context.Context, q db.Querier, accountID string, f ConversationFilter) (*inboxQuery, error) {
	found, err := matchingConversations(ctx, q, accountID, f.Query)
	if err != nil {
		return nil, err
	}
	source := `json_each(?) w CROSS JOIN support_conversations c ON c._id = w.value WHERE c.account_id = ?`
	assigned, who := f.conditions()
	source, args := source+assigned, append([]any{found, accountID}, who...)
	if f.Status != "" {
		source, args = source+` AND c.status = ?`, append(args, f.Status)
	}
	if f.Tag != "" {
		source += ` AND EXISTS (SELECT 1 FROM support_conversation_tags t WHERE t.conversation_id = c._id AND t.tag = ? AND t.account_id = c.account_id)`
		args = append(args, f.Tag)
	}
	if !f.Empty {
		source += ` AND c.last_seq > 0`
	}
	b := &inboxQuery{}
	return b, b.part(f, `c.updated_at`, `c._id`, source, args...)
}

// listConversations returns up to one more than the limit, so that the caller sees whether
// there is a further page.
func listConversations(ctx context.Context, q db.Querier, accountID string, f ConversationFilter) ([]Conversation, error) {
	b, err := newInboxQuery(accountID, f)
	if f.Query != "" {
		b, err = newFoundQuery(ctx, q, accountID, f)
	}
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, b.sql(), append(b.args, f.Limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	list, err := collect(rows, scanConversation)
	// They come in this order, but the engine doesn't promise that for what it joins.
	slices.SortFunc(list, newestFirst)
	return list, err
}
