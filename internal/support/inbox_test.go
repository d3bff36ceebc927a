package support

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
)

// addInbox makes conversations of every kind, several of them with the same time.
func addInbox(t *testing.T, d *db.DB, n int) []Conversation {
	t.Helper()
	ctx := t.Context()
	var all []Conversation
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, query := range []string{
			`INSERT INTO accounts (_id, name, created_at) VALUES ('a', 'a', 0), ('b', 'b', 0)`,
			`INSERT INTO contacts (_id, account_id, email_verified, phone_verified, created_at, updated_at)
				VALUES ('ka', 'a', false, false, 0, 0), ('kb', 'b', false, false, 0, 0)`,
		} {
			if _, err := tx.Exec(ctx, query); err != nil {
				return err
			}
		}
		for i := range n {
			account := []string{"a", "a", "a", "b"}[i%4]
			c := Conversation{
				ID: fmt.Sprintf("%024x", i*7919%n), AccountID: account, Status: []string{ConversationActive, ConversationClosed}[i/2%2],
				AssigneeID: []string{"", strings.Repeat("1", 24), strings.Repeat("2", 24)}[i%3], LastSeq: int64(i % 5),
				Tags: [][]string{{}, {"vip"}, {"vip", "bug"}, {}, {}}[i%5], UpdatedAt: int64(1000 + i/3),
			}
			v := Session{AccountID: account, ConversationID: c.ID, ContactID: "k" + account, AuthAttr: []byte("{}")}
			if err := insertConversation(ctx, tx, v, "", c.UpdatedAt); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE support_conversations SET last_seq = ? WHERE _id = ?`, c.LastSeq, c.ID); err != nil {
				return err
			}
			if err := replaceTags(ctx, tx, Conversation{ID: c.ID, AccountID: account, Tags: c.Tags}); err != nil {
				return err
			}
			if err := updateConversation(ctx, tx, c); err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, newestFirst)
	return all
}

// views are all combinations of what a list can be filtered by.
func views() (all []ConversationFilter) {
	for _, status := range []string{"", ConversationActive, ConversationClosed} {
		for _, assignee := range []string{"", "none", strings.Repeat("1", 24)} {
			for _, tag := range []string{"", "vip"} {
				for _, empty := range []bool{false, true} {
					for _, after := range []int64{0, 1020} {
						all = append(all, ConversationFilter{
							Status: status, Assignee: assignee, Tag: tag, Empty: empty, UpdatedAfter: after, Limit: 7,
						})
					}
				}
			}
		}
	}
	return all
}

// Each view, read page by page, is exactly what the plain rule says, in its order.
func TestInboxViews(t *testing.T) {
	d := dbtest.New(t)
	all := addInbox(t, d, 240)
	for _, f := range views() {
		var want, got []string
		for _, c := range all {
			if c.AccountID == "a" && (f.Status == "" || c.Status == f.Status) && (f.Empty || c.LastSeq > 0) && c.UpdatedAt > f.UpdatedAfter &&
				(f.Assignee == "" || c.AssigneeID == f.Assignee || (f.Assignee == "none" && c.AssigneeID == "")) &&
				(f.Tag == "" || slices.Contains(c.Tags, f.Tag)) {
				want = append(want, c.ID)
			}
		}
		for next, more := f, true; more; {
			page, err := listConversations(t.Context(), d.Read(), "a", next)
			if err != nil {
				t.Fatal(err)
			}
			if more = len(page) > f.Limit; more {
				page = page[:f.Limit]
				next.Cursor = cursor(page[f.Limit-1].UpdatedAt, page[f.Limit-1].ID)
			}
			for _, c := range page {
				got = append(got, c.ID)
			}
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%+v: lists %d, want %d", f, len(got), len(want))
		}
	}
}

// plan is how the engine answers a query.
func plan(t *testing.T, d *db.DB, query string, args ...any) string {
	t.Helper()
	rows, err := d.Read().Query(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	steps, err := collect(rows, func(row db.Scanner) (step string, err error) {
		var a, b, c int
		err = row.Scan(&a, &b, &c, &step)
		return step, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}

// No page of the inbox reads more than it shows: nothing is gone through and nothing sorted,
// whatever the filter.
func TestInboxPlans(t *testing.T) {
	d := dbtest.New(t)
	seen := map[string]int{}
	for _, f := range views() {
		for _, from := range []string{"", cursor(1, strings.Repeat("a", 24))} {
			f.Cursor = from
			b, err := newInboxQuery("a", f)
			if err != nil {
				t.Fatal(err)
			}
			how := plan(t, d, b.sql(), append(b.args, 50)...)
			// The rows of the merged parts are taken as they come, which the plan calls a scan of p.
			if rest := strings.ReplaceAll(how, "SCAN p", ""); strings.Contains(rest, "SCAN") || strings.Contains(rest, "TEMP B-TREE") {
				t.Errorf("%+v:\n%s", f, how)
			}
			for _, index := range []string{"_status ", "_assignee ", "_empty ", "_tag "} {
				seen[index] += strings.Count(how, index)
			}
			if ordered := strings.Count(how, "updated_at<?)") + strings.Count(how, "updated_at>?)") +
				strings.Count(how, "updated_at>? AND updated_at<?)") + strings.Count(how, "(updated_at,"); f.Cursor != "" && ordered < len(b.parts) {
				t.Errorf("%+v does not begin where the page before ended:\n%s", f, how)
			}
		}
	}
	for index, n := range seen {
		if n == 0 {
			t.Errorf("no view uses the index support_…%s", index)
		}
	}
	for name, query := range map[string]string{
		"unread": `SELECT unread_conversations FROM accounts WHERE _id = ?`,
		"history": `SELECT ` + messageColumns + messageTables + `WHERE m.conversation_id = ? AND m.account_id = ? AND m.seq > ?
			AND m.seq < ? ORDER BY m.seq DESC LIMIT ?`,
		"contacts": `SELECT ` + contactColumns + ` FROM contacts k WHERE k.account_id = ? AND (k.created_at, k._id) < (?, ?)
			ORDER BY k.created_at DESC, k._id DESC LIMIT ?`,
	} {
		if how := plan(t, d, query, make([]any, strings.Count(query, "?"))...); strings.Contains(how, "SCAN") || strings.Contains(how, "TEMP B-TREE") {
			t.Errorf("%s:\n%s", name, how)
		}
	}
}

// The count in the navigation is kept by the database: it must be right whatever changes a conversation.
func TestUnreadCountFollowsEveryChange(t *testing.T) {
	d := dbtest.New(t)
	all := addInbox(t, d, 40)
	ctx := context.WithoutCancel(t.Context())
	for _, change := range []string{
		`UPDATE support_conversations SET agent_unread = 1`, `UPDATE support_conversations SET agent_unread = agent_unread + 1`,
		`UPDATE support_conversations SET status = 'closed' WHERE rowid % 3 = 0`, `UPDATE support_conversations SET status = 'active' WHERE rowid % 6 = 0`,
		`UPDATE support_conversations SET status = 'closed', agent_unread = 0 WHERE rowid % 5 = 0`,
		`UPDATE support_conversations SET status = 'active', agent_unread = 3 WHERE rowid % 10 = 0`,
		`DELETE FROM support_conversations WHERE rowid % 4 = 0`, `UPDATE support_conversations SET agent_unread = 0 WHERE rowid % 7 = 0`,
	} {
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, change); return err })
		if err != nil {
			t.Fatal(err)
		}
		for _, account := range []string{"a", "b"} {
			counted, err := countUnread(ctx, d.Read(), account)
			if err != nil {
				t.Fatal(err)
			}
			var is int64
			if err := d.Read().QueryRow(ctx, `SELECT COUNT(*) FROM support_conversations
				WHERE account_id = ? AND status = 'active' AND agent_unread > 0`, account).Scan(&is); err != nil {
				t.Fatal(err)
			}
			if counted != is {
				t.Errorf("after %q: %d counted, %d of %d are", change, counted, is, len(all))
			}
		}
	}
}

// The name that lists show is the newest session's, whatever happens to sessions.
func TestClaimedNameFollowsSessions(t *testing.T) {
	d := dbtest.New(t)
	all := slices.DeleteFunc(addInbox(t, d, 8), func(c Conversation) bool { return c.AccountID != "a" })
	ctx := context.WithoutCancel(t.Context())
	one, two := all[0].ID, all[1].ID
	add := `INSERT INTO support_sessions (_id, account_id, token_id, conversation_id, contact_id, device_id, ip, user_agent, name, email,
		auth_attr, otp_attempts, verified, status, created_at, last_activity) VALUES (?1, 'a', '', ?2, 'ka', '', '', '', ?3, ?4, '{}', 0, false, '', ?5, 0)`
	for i, step := range []struct {
		change         string
		args           []any
		inOne, inOther string
	}{
		{add, []any{"s1", one, "Ann", "ann@mail.example", 1}, "Ann", ""},
		{add, []any{"s2", one, nil, "ben@mail.example", 2}, "ben@mail.example", ""},
		{`UPDATE support_sessions SET name = 'Ben' WHERE _id = 's2'`, nil, "Ben", ""},
		{`UPDATE support_sessions SET name = 'Anna' WHERE _id = 's1'`, nil, "Ben", ""},
		{`UPDATE support_sessions SET conversation_id = ? WHERE _id = 's2'`, []any{two}, "Anna", "Ben"},
		{`UPDATE support_sessions SET name = NULL, email = NULL WHERE _id = 's2'`, nil, "Anna", ""},
		{`DELETE FROM support_sessions WHERE _id = 's1'`, nil, "", ""},
	} {
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, step.change, step.args...); return err })
		if err != nil {
			t.Fatal(err)
		}
		for convID, want := range map[string]string{one: step.inOne, two: step.inOther} {
			if c, err := conversationOf(ctx, d.Read(), "a", convID); err != nil || c.ClaimedName != want {
				t.Errorf("step %d: %q (%v), want %q", i, c.ClaimedName, err, want)
			}
		}
	}
}
