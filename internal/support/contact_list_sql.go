package support

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
)

// listedColumns count with a filter on what is counted, so that the engine looks at the contact's
// own conversations and not at all open ones of the account.
// Of those with more than 500 only the ones begun last count.
const listedColumns = contactColumns + `, (SELECT COUNT(*) FILTER (WHERE status = 'active' AND last_seq > 0) FROM (SELECT c.status, c.last_seq
	FROM support_conversations c WHERE c.contact_id = k._id AND c.account_id = k.account_id ORDER BY c.rowid DESC LIMIT 500))`

func scanListedContact(row db.Scanner) (c ListedContact, err error) {
	if err = row.Scan(append(c.fields(), &c.OpenConversations)...); err != nil {
		err = fmt.Errorf("read contact: %w", err)
	}
	return c, err
}

// contactsQuery merges the parts of one index that each kind of contact has, as far as a page goes.
func contactsQuery(accountID string, f ContactFilter) (query string, args []any, err error) {
	after := ``
	var from []any
	if f.Cursor != "" {
		seen, contactID, err := parseCursor(f.Cursor)
		if err != nil {
			return "", nil, err
		}
		after, from = ` AND (k.last_seen, k._id) < (?, ?)`, []any{seen, contactID}
	}
	var parts []string
	for _, kind := range contactKinds[f.Show] {
		parts = append(parts, `SELECT k.rowid AS row, k.last_seen AS at, k._id AS id FROM contacts k WHERE k.account_id = ? AND k.kind = ?`+after)
		args = append(append(args, accountID, kind), from...)
	}
	return `/* listContacts */ SELECT ` + listedColumns + ` FROM (` + strings.Join(parts, ` UNION ALL `) +
		` ORDER BY at DESC, id DESC LIMIT ?) p CROSS JOIN contacts k ON k.rowid = p.row`, append(args, f.Limit+1), nil
}

// listContacts returns up to one more than the limit, newest activity first.
func listContacts(ctx context.Context, q db.Querier, accountID string, f ContactFilter) ([]ListedContact, error) {
	query, args, err := contactsQuery(accountID, f)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	list, err := collect(rows, scanListedContact)
	// They come in this order, but the engine doesn't promise that for what it joins.
	slices.SortFunc(list, func(a, b ListedContact) int {
		return cmp.Or(cmp.Compare(b.LastSeen, a.LastSeen), cmp.Compare(b.ID, a.ID))
	})
	return list, err
}

// kindOfContact is a contact with the kind that the table computes.
type kindOfContact struct {
	ListedContact
	kind string
}

// contactsBefore lists contacts of all kinds that were made before a moment and id, newest first.
func contactsBefore(ctx context.Context, q db.Querier, accountID string, createdAt int64, contactID string, limit int) ([]kindOfContact, error) {
	rows, err := q.Query(ctx, `/* contactsBefore */ SELECT `+listedColumns+`, k.kind FROM contacts k
		WHERE k.account_id = ? AND (k.created_at, k._id) < (?, ?) ORDER BY k.created_at DESC, k._id DESC LIMIT ?`,
		accountID, createdAt, contactID, limit)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return collect(rows, func(row db.Scanner) (c kindOfContact, err error) {
		err = row.Scan(append(c.fields(), &c.OpenConversations, &c.kind)...)
		return c, err
	})
}

// conversationsWith returns a page of a contact's conversations that somebody has written in, newest
// activity first, and where the next one begins. They are sorted here: asked to sort, the engine would
// go through all of the account's instead of through the contact's.
func conversationsWith(ctx context.Context, q db.Querier, accountID, contactID string, from contactPlace, limit int) (list []Conversation, next contactPlace, err error) {
	rows, err := q.Query(ctx, `/* conversationsWith */ SELECT _id, last_seq, updated_at, rowid FROM support_conversations
		WHERE contact_id = ? AND account_id = ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`, contactID, accountID, from.before, sortedAtOnce)
	if err != nil {
		return nil, next, fmt.Errorf("list conversations: %w", err)
	}
	read, oldest := 0, int64(0)
	all, err := collect(rows, func(row db.Scanner) (c Conversation, err error) {
		read++
		err = row.Scan(&c.ID, &c.LastSeq, &c.UpdatedAt, &oldest)
		return c, err
	})
	if err != nil {
		return nil, next, err
	}
	if read == sortedAtOnce {
		next = contactPlace{before: oldest}.start()
	}
	last := Conversation{UpdatedAt: from.at, ID: from.id}
	all = slices.DeleteFunc(all, func(c Conversation) bool { return c.LastSeq == 0 || byUpdated(last, c) >= 0 })
	slices.SortFunc(all, byUpdated)
	if len(all) > limit {
		all = all[:limit]
		next = contactPlace{before: from.before, at: all[limit-1].UpdatedAt, id: all[limit-1].ID}
	}
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	list, err = conversationsOf(ctx, q, accountID, ids)
	slices.SortFunc(list, byUpdated)
	return list, next, err
}

// sortedAtOnce is how many of a contact's conversations are put in order together. Who has more gets
// those begun last first: to sort thousands for a page of twenty takes longer than a page may.
const sortedAtOnce = 500

// contactPlace is where a page of a contact's conversations begins: among the sortedAtOnce that were begun
// before a row, after one of them in the order of activity.
type contactPlace struct {
	before, at int64
	id         string
}

// start is the place before all that were begun before the row.
func (p contactPlace) start() contactPlace {
	p.at, p.id = math.MaxInt64, ""
	return p
}

// cursor is empty for no place.
func (p contactPlace) cursor() string {
	if p == (contactPlace{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%s", p.before, p.at, p.id))
}

func parseContactPlace(cursor string) (p contactPlace, err error) {
	if cursor == "" {
		return contactPlace{before: math.MaxInt64}.start(), nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.SplitN(string(raw), ".", 3)
	if err == nil && len(parts) == 3 && (parts[2] == "" || id.Valid(parts[2])) {
		p.id = parts[2]
		if p.before, err = strconv.ParseInt(parts[0], 10, 64); err == nil {
			if p.at, err = strconv.ParseInt(parts[1], 10, 64); err == nil {
				return p, nil
			}
		}
	}
	return p, fault.Field("cursor", "cursor must be a next_cursor of this list")
}

// sessionsLabelled lists the newest sessions that are labelled with a contact.
func sessionsLabelled(ctx context.Context, q db.Querier, accountID, contactID string, limit int) ([]Session, error) {
	rows, err := q.Query(ctx, `/* sessionsLabelled */ SELECT `+sessionColumns+` FROM support_sessions s
		WHERE s.contact_id = ? AND s.account_id = ? ORDER BY s.created_at DESC, s._id DESC LIMIT ?`, contactID, accountID, limit)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return collect(rows, scanSession)
}

// contactExists reports whether a contact is one of the account's; NotFound when not.
func contactExists(ctx context.Context, q db.Querier, accountID, contactID string) error {
	var found string
	err := q.QueryRow(ctx, `/* contactExists */ SELECT _id FROM contacts WHERE _id = ? AND account_id = ?`, contactID, accountID).Scan(&found)
	if errors.Is(err, db.ErrNoRows) {
		return errNotFound
	}
	return err
}
