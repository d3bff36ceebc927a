package support

import (
	"cmp"
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
			c.Priority, c.Spam, c.Snoozed = Priorities[i/4%4], i%7 == 0, i%11 == 0 && i/2%2 == 0
			c.Verified, c.Site = i%6 == 1, []string{"https://one.example", "https://two.example"}[i/5%2]
			if c.TeamID = []string{"", team}[i/7%2]; i%5 == 1 || i%5 == 2 {
				at := c.UpdatedAt - int64(i*37%100)
				c.WaitingSince = &at
			}
			if _, err := tx.Exec(ctx, `UPDATE support_conversations SET last_seq = ?, verified = ?, site = ? WHERE _id = ?`,
				c.LastSeq, c.Verified, c.Site, c.ID); err != nil {
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
	return all
}

var team, me = strings.Repeat("e", 24), strings.Repeat("1", 24)

// views are all combinations of what a list is mostly filtered by, each view with each order, and
// each of the other filters in one that is long.
func views() (all []ConversationFilter) {
	for _, status := range []string{"", ConversationActive, ConversationClosed} {
		for _, assignee := range []string{"", "none", me} {
			for _, tag := range []string{"", "vip"} {
				for _, empty := range []bool{false, true} {
					for _, after := range []int64{0, 1020} {
						all = append(all, ConversationFilter{Status: status, Assignee: assignee, Tag: tag, Empty: empty, UpdatedAfter: after})
					}
				}
			}
		}
	}
	for _, view := range Views {
		all = append(all, ConversationFilter{View: view})
		if view != ViewMentions && view != ViewClosed {
			all = append(all, ConversationFilter{View: view, Sort: SortWaiting})
		}
	}
	yes := true
	for _, f := range []ConversationFilter{
		{TeamID: team}, {TeamID: team, Assignee: me}, {Site: "https://two.example"}, {Verified: &yes}, {Verified: new(bool)}, {Priority: "urgent"},
		{Priority: Priorities[0]}, {Waiting: 1}, {View: ViewAll, Priority: "urgent", Site: "https://two.example"}, {Site: "https://two.example", Verified: &yes},
		{View: ViewAll, Site: "https://two.example", Waiting: 1}, {Site: "https://two.example", Empty: true}, {Site: "https://two.example", UpdatedAfter: 1020},
		{Site: "https://two.example", Assignee: me}, {Site: "https://two.example", Tag: "vip"},
		{Tag: "vip", TeamID: team}, {Sort: SortWaiting, Tag: "vip"}, {Sort: SortWaiting, TeamID: team, Site: "https://one.example"},
		{View: ViewMentions, Priority: "low"},
	} {
		all = append(all, f)
	}
	return all
}

// fits is the plain rule of a view.
func (f ConversationFilter) fits(c Conversation, mentioned bool) bool {
	shelves := map[string]string{"": "open snoozed closed", ViewMentions: "open snoozed closed", ViewMine: "open", ViewUnassigned: "open", ViewAll: "open"}[f.View]
	if shelves == "" {
		shelves = f.View
	}
	assignee := cmp.Or(f.Assignee, map[string]string{ViewMine: me, ViewUnassigned: "none"}[f.View])
	return c.AccountID == "a" && strings.Contains(shelves, c.shelf()) && (f.Status == "" || c.Status == f.Status) && (f.Empty || c.LastSeq > 0 || f.View == ViewMentions) &&
		c.UpdatedAt > f.UpdatedAfter && (assignee == "" || c.AssigneeID == assignee || (assignee == "none" && c.AssigneeID == "")) &&
		(f.Tag == "" || slices.Contains(c.Tags, f.Tag)) && (f.TeamID == "" || c.TeamID == f.TeamID) && (f.Site == "" || c.Site == f.Site) &&
		(f.Verified == nil || c.Verified == *f.Verified) && (f.Priority == "" || c.Priority == f.Priority) &&
		(f.View != ViewMentions || mentioned) && ((f.Waiting == 0 && f.Sort != SortWaiting) || c.WaitingSince != nil)
}

// Each view, read page by page, is exactly what the plain rule says, in its order.
func TestInboxViews(t *testing.T) {
	d := dbtest.New(t)
	all := addInbox(t, d, 240)
	mentions := map[string]int64{}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `INSERT INTO users (_id, account_id, email, name, role, owner, disabled, password_hash, token_version, created_at)
			VALUES (?, 'a', 'a', 'A', 'agent', false, false, '', 0, 0)`, me); err != nil {
			return err
		}
		for i, c := range all {
			if i%2 == 0 || c.LastSeq == 0 || c.AccountID != "a" {
				continue
			}
			mentions[c.ID] = int64(i * 31 % 50)
			if _, err := tx.Exec(t.Context(), `INSERT INTO support_mentions (conversation_id, account_id, user_id, message_seq, created_at)
				VALUES (?, ?, ?, 1, ?)`, c.ID, c.AccountID, me, mentions[c.ID]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range views() {
		var wanted []Conversation
		for _, c := range all {
			if _, mentioned := mentions[c.ID]; f.fits(c, mentioned) {
				switch c.listedAt = c.UpdatedAt; {
				case f.Sort == SortWaiting:
					c.listedAt = *c.WaitingSince
				case f.View == ViewMentions:
					c.listedAt = mentions[c.ID]
				}
				wanted = append(wanted, c)
			}
		}
		slices.SortFunc(wanted, byListed)
		if f.Sort == SortWaiting {
			slices.Reverse(wanted)
		}
		f.Limit = 7
		if err := f.ready(Actor{AccountID: "a", UserID: me}, 1<<40); err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, c := range wanted {
			want = append(want, c.ID)
		}
		for next, more := f, true; more; {
			page, err := listConversations(t.Context(), d.Read(), "a", next)
			if err != nil {
				t.Fatal(err)
			}
			next.Cursor, more = page.NextCursor, page.NextCursor != ""
			for _, c := range page.Conversations {
				got = append(got, c.ID)
			}
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%+v: lists %d, want %d", f, len(got), len(want))
		}
		n, more, err := countConversations(t.Context(), d.Read(), "a", f, 10)
		if err != nil || n != min(len(want), 10) || more != (len(want) > 10) {
			t.Errorf("%+v: counts %d (%v), want %d; %v", f, n, more, len(want), err)
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
			if err := f.ready(Actor{AccountID: "a", UserID: me}, 1<<40); err != nil {
				t.Fatal(err)
			}
			b, err := newInboxQuery("a", f)
			if err != nil {
				t.Fatal(err)
			}
			query, args := b.sql(50)
			how := plan(t, d, query, args...)
			// The rows of the merged parts are taken as they come, which the plan calls a scan of p.
			if rest := strings.ReplaceAll(how, "SCAN p", ""); strings.Contains(rest, "SCAN") || strings.Contains(rest, "TEMP B-TREE") {
				t.Errorf("%+v:\n%s", f, how)
			}
			for _, index := range []string{"_shelf ", "_assignee ", "_empty ", "_tag ", "_team ", "_waiting ", "_user ", "_site ", "_verified ", "_priority ", "_unanswered "} {
				seen[index] += strings.Count(how, index)
			}
			if ordered := strings.Count(how, "updated_at<?)") + strings.Count(how, "updated_at>?)") +
				strings.Count(how, "updated_at>? AND updated_at<?)") + strings.Count(how, "(updated_at,") +
				strings.Count(how, "(waiting_since,") + strings.Count(how, "(created_at,"); f.Cursor != "" && ordered < len(b.parts) {
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
		`UPDATE support_conversations SET shelf = 'closed' WHERE rowid % 3 = 0`, `UPDATE support_conversations SET shelf = 'open' WHERE rowid % 6 = 0`,
		`UPDATE support_conversations SET shelf = 'spam', agent_unread = 0 WHERE rowid % 5 = 0`,
		`UPDATE support_conversations SET shelf = 'open', agent_unread = 3 WHERE rowid % 10 = 0`,
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
				WHERE account_id = ? AND shelf = 'open' AND agent_unread > 0`, account).Scan(&is); err != nil {
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
