package support

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"deskbell/internal/db"
)

// inboxReach is how many rows one page looks through when it has to leave out some of them. A page
// that ends there may be short and still has a next one.
const inboxReach = 5000

// inboxQuery finds the rows of one page of a list. Each of its parts reads one index in the order
// of the list, from where the page before ended; they are merged as far as the page goes, so that
// no page costs more than another, wherever it is and however many conversations there are.
type inboxQuery struct {
	parts []string
	args  []any
	// rest holds what the index does not know; the rows of the parts are looked through for it.
	rest     conditions
	longest  bool
	notUntil int64
	cursor   string
}

// conditions are parts of a WHERE clause, each beginning with AND, with their values.
type conditions struct {
	sql  string
	args []any
}

func (c *conditions) add(sql string, args ...any) {
	c.sql += " AND " + sql
	c.args = append(c.args, args...)
}

// part adds one stretch of an index: source names a table and its conditions, at and rowID its
// columns that the list is sorted by.
func (b *inboxQuery) part(at, rowID, source string, args ...any) error {
	if b.notUntil > 0 {
		source += ` AND ` + at + ` > ?`
		args = append(args, b.notUntil)
	}
	if b.cursor != "" {
		from, convID, err := parseCursor(b.cursor)
		if err != nil {
			return err
		}
		after := ` < (?, ?)`
		if b.longest {
			after = ` > (?, ?)`
		}
		source += ` AND (` + at + `, ` + rowID + `)` + after
		args = append(args, from, convID)
	}
	b.parts = append(b.parts, `SELECT c.rowid AS row, `+at+` AS at, `+rowID+` AS id FROM `+source)
	b.args = append(b.args, args...)
	return nil
}

func (b *inboxQuery) rows() string {
	direction := `DESC`
	if b.longest {
		direction = `ASC`
	}
	return strings.Join(b.parts, ` UNION ALL `) + ` ORDER BY at ` + direction + `, id ` + direction
}

// sql is the query of a page of up to limit rows with all of its values.
func (b *inboxQuery) sql(limit int) (query string, args []any) {
	query = `/* listConversations */ SELECT ` + conversationColumns + `, p.at FROM (` + b.rows() + ` LIMIT ?) p
		CROSS JOIN support_conversations c ON c.rowid = p.row JOIN contacts k ON k._id = c.contact_id AND k.account_id = c.account_id`
	args = slices.Clone(b.args)
	if b.rest.sql == "" {
		return query, append(args, limit)
	}
	args = append(append(args, inboxReach), b.rest.args...)
	return query + ` WHERE true` + b.rest.sql + ` LIMIT ?`, append(args, limit)
}

// end finds the last row that a page looked through, as a cursor; empty when it saw all.
func (b *inboxQuery) end(ctx context.Context, q db.Querier) (string, error) {
	var at int64
	var convID string
	err := q.QueryRow(ctx, `/* inboxEnd */ SELECT at, id FROM (`+b.rows()+` LIMIT 1 OFFSET ?)`, append(slices.Clone(b.args), inboxReach-1)...).
		Scan(&at, &convID)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return cursor(at, convID), err
}

// addWho adds the conditions that the indexes of the plain lists begin with.
func (f ConversationFilter) addWho(to *conditions) {
	switch f.Assignee {
	case "":
	case "none":
		to.add(`c.assignee_id IS NULL`)
	default:
		to.add(`c.assignee_id = ?`, f.Assignee)
	}
	if f.TeamID != "" {
		to.add(`c.team_id = ?`, f.TeamID)
	}
}

// takeOne adds one of the conditions that have an index of their own, for lists that begin with nothing else, and
// forgets what the index knows: its rows are looked through for the rest. First comes what leaves the fewest.
func (f *ConversationFilter) takeOne(to *conditions) {
	switch urgency := slices.Index(Priorities, f.Priority); {
	case f.waitingBefore > 0:
		// How long they have waited is looked through: most who wait are wanted.
		to.add(`c.waiting_since IS NOT NULL`)
	case urgency > 0:
		// Spelled as the index spells it, which holds no other.
		to.add(`c.priority = ? AND c.priority <> 0`, urgency)
		f.Priority = ""
	case f.Site != "":
		to.add(`c.site = ?`, f.Site)
		f.Site = ""
	case f.Verified != nil:
		to.add(`c.verified = ?`, *f.Verified)
		f.Verified = nil
	}
}

// addRest adds what the list's index does not know.
func (f ConversationFilter) addRest(to *conditions) {
	if f.Site != "" {
		to.add(`c.site = ?`, f.Site)
	}
	if f.Verified != nil {
		to.add(`c.verified = ?`, *f.Verified)
	}
	if f.Priority != "" {
		to.add(`c.priority = ?`, slices.Index(Priorities, f.Priority))
	}
	if f.waitingBefore > 0 {
		to.add(`c.waiting_since <= ?`, f.waitingBefore)
	}
}

// addTag adds that a conversation bears the tag, for lists that don't begin with it.
func (f ConversationFilter) addTag(to *conditions) {
	if f.Tag != "" {
		to.add(`EXISTS (SELECT 1 FROM support_conversation_tags t WHERE t.conversation_id = c._id AND t.tag = ? AND t.account_id = c.account_id)`, f.Tag)
	}
}

func (f ConversationFilter) addUpdated(to *conditions) {
	if f.UpdatedAfter > 0 {
		to.add(`c.updated_at > ?`, f.UpdatedAfter)
	}
}

// addShelves adds where a conversation may lie, for lists that don't begin with it.
func (f ConversationFilter) addShelves(to *conditions) {
	marks, args := "?"+strings.Repeat(", ?", len(f.shelves)-1), []any{}
	for _, shelf := range f.shelves {
		args = append(args, shelf)
	}
	to.add(`c.shelf IN (`+marks+`)`, args...)
}

func newInboxQuery(accountID string, f ConversationFilter) (*inboxQuery, error) {
	b := &inboxQuery{cursor: f.Cursor, longest: f.Sort == SortWaiting}
	switch {
	case f.mentioned != "":
		return b, b.mentions(accountID, f)
	case b.longest:
		return b, b.waiting(accountID, f)
	}
	b.notUntil = f.UpdatedAfter
	// Spelled as the indexes spell it, which hold only the one or the other.
	counts := []string{` AND c.last_seq > 0`}
	if f.Empty {
		counts = append(counts, ` AND c.last_seq = 0`)
	}
	var who conditions
	f.addWho(&who)
	// Those without a message are in none of the indexes of a filter.
	if who.sql == "" && f.Tag == "" && !f.Empty {
		f.takeOne(&who)
	}
	f.addRest(&b.rest)
	for _, shelf := range f.shelves {
		for _, count := range counts {
			at, rowID := `c.updated_at`, `c._id`
			source, args := `support_conversations c WHERE c.account_id = ? AND c.shelf = ?`+who.sql, append([]any{accountID, shelf}, who.args...)
			if f.TeamID != "" {
				source += ` AND c.team_id IS NOT NULL`
			}
			if f.Tag != "" {
				at, rowID = `t.updated_at`, `t.conversation_id`
				source = `support_conversation_tags t CROSS JOIN support_conversations c ON c._id = t.conversation_id
					WHERE t.tag = ? AND t.account_id = ? AND t.shelf = ?`
				args = []any{f.Tag, accountID, shelf}
			}
			if err := b.part(at, rowID, source+count, args...); err != nil {
				return nil, err
			}
		}
	}
	if f.Tag != "" {
		f.addWho(&b.rest)
	}
	return b, nil
}

// waiting is the list of those whose visitor waits, the longest first.
func (b *inboxQuery) waiting(accountID string, f ConversationFilter) error {
	f.addRest(&b.rest)
	f.addWho(&b.rest)
	f.addTag(&b.rest)
	f.addUpdated(&b.rest)
	for _, shelf := range f.shelves {
		if err := b.part(`c.waiting_since`, `c._id`, `support_conversations c WHERE c.account_id = ? AND c.shelf = ? AND c.waiting_since IS NOT NULL`,
			accountID, shelf); err != nil {
			return err
		}
	}
	return nil
}

// mentions is the list of those in which somebody was named, the newest mention first.
func (b *inboxQuery) mentions(accountID string, f ConversationFilter) error {
	f.addRest(&b.rest)
	f.addWho(&b.rest)
	f.addTag(&b.rest)
	f.addUpdated(&b.rest)
	f.addShelves(&b.rest)
	return b.part(`n.created_at`, `n.conversation_id`, `support_mentions n CROSS JOIN support_conversations c ON c._id = n.conversation_id
		WHERE n.account_id = ? AND n.user_id = ?`, accountID, f.mentioned)
}

// newFoundQuery is the list of what a search found, which is a bounded number: it is sorted.
func newFoundQuery(ctx context.Context, q db.Querier, accountID string, f ConversationFilter) (*inboxQuery, error) {
	found, err := matchingConversations(ctx, q, accountID, f.Query, f.Limit)
	if err != nil {
		return nil, err
	}
	b := &inboxQuery{cursor: f.Cursor, longest: f.Sort == SortWaiting}
	var all conditions
	f.addShelves(&all)
	f.addWho(&all)
	f.addRest(&all)
	f.addTag(&all)
	f.addUpdated(&all)
	if !f.Empty {
		all.add(`c.last_seq > 0`)
	}
	at := `c.updated_at`
	if b.longest {
		at = `c.waiting_since`
		all.add(`c.waiting_since IS NOT NULL`)
	}
	if f.mentioned != "" {
		all.add(`EXISTS (SELECT 1 FROM support_mentions n WHERE n.conversation_id = c._id AND n.user_id = ?)`, f.mentioned)
	}
	return b, b.part(at, `c._id`, `json_each(?) w CROSS JOIN support_conversations c ON c.rowid = w.value WHERE c.account_id = ?`+all.sql,
		append([]any{found, accountID}, all.args...)...)
}

func inboxQueryOf(ctx context.Context, q db.Querier, accountID string, f ConversationFilter) (*inboxQuery, error) {
	if f.Query != "" {
		return newFoundQuery(ctx, q, accountID, f)
	}
	return newInboxQuery(accountID, f)
}

// listConversations returns a page of a filter that was made ready.
func listConversations(ctx context.Context, q db.Querier, accountID string, f ConversationFilter) (ConversationPage, error) {
	b, err := inboxQueryOf(ctx, q, accountID, f)
	if err != nil {
		return ConversationPage{}, err
	}
	query, args := b.sql(f.Limit + 1)
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return ConversationPage{}, fmt.Errorf("list conversations: %w", err)
	}
	list, err := collect(rows, func(row db.Scanner) (Conversation, error) {
		var at int64
		c, err := scanConversation(withLast{row, &at})
		c.listedAt = at
		return c, err
	})
	if err != nil {
		return ConversationPage{}, err
	}
	// They come in this order, but the engine doesn't promise that for what it joins.
	slices.SortFunc(list, byListed)
	if b.longest {
		slices.Reverse(list)
	}
	page := ConversationPage{Conversations: list}
	if len(list) > f.Limit {
		page.Conversations = list[:f.Limit]
		last := list[f.Limit-1]
		page.NextCursor = cursor(last.listedAt, last.ID)
	} else if b.rest.sql != "" {
		page.NextCursor, err = b.end(ctx, q)
	}
	return page, err
}

// withLast scans one more column than its reader knows of.
type withLast struct {
	row  db.Scanner
	last any
}

func (w withLast) Scan(to ...any) error { return w.row.Scan(append(to, w.last)...) }

// countConversations counts what a filter lists, up to most; more is true when there are more, or
// when as many rows as a page looks through were not enough to tell.
func countConversations(ctx context.Context, q db.Querier, accountID string, f ConversationFilter, most int) (n int, more bool, err error) {
	b, err := newInboxQuery(accountID, f)
	if err != nil {
		return 0, false, err
	}
	inner, args := `SELECT row FROM (`+strings.Join(b.parts, ` UNION ALL `)+`) LIMIT ?`, slices.Clone(b.args)
	if b.rest.sql == "" {
		err = q.QueryRow(ctx, `/* countConversations */ SELECT COUNT(*) FROM (`+inner+`)`, append(args, most+1)...).Scan(&n)
		return min(n, most), n > most, err
	}
	seen := 0
	args = append(append(slices.Clone(b.rest.args), args...), inboxReach)
	err = q.QueryRow(ctx, `/* countSome */ SELECT COUNT(*), COALESCE(SUM(fits), 0) FROM (
			SELECT (true`+b.rest.sql+`) IS TRUE AS fits FROM (`+inner+`) p CROSS JOIN support_conversations c ON c.rowid = p.row)`, args...).Scan(&seen, &n)
	return min(n, most), n > most || seen == inboxReach, err
}
