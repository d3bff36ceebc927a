package support

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
)

// addContacts makes contacts of every kind, several of them seen at the same time.
func addContacts(t *testing.T, d *db.DB, n int) (all []kindOfContact) {
	t.Helper()
	addInbox(t, d, 4)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		all = nil
		for i := range n {
			c := kindOfContact{ListedContact{Contact: Contact{ID: fmt.Sprintf("%024x", i*7919%n+1), LastSeen: int64(2000 + i/3)}}, contactKinds[ContactsAll][i%5]}
			if strings.Contains(c.kind, "email") {
				c.Email = c.ID + "@customer.example"
			}
			if c.EmailVerified = c.kind == "verified_email"; c.kind == "verified" {
				c.Phone, c.PhoneVerified = "+49301234567", true
			}
			if c.kind == "named" {
				c.Name = "Somebody"
			}
			if err := insertContact(t.Context(), tx, "a", c.Contact, c.LastSeen); err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b kindOfContact) int {
		return strings.Compare(fmt.Sprint(b.LastSeen, b.ID), fmt.Sprint(a.LastSeen, a.ID))
	})
	return all
}

// Each list, read page by page, is exactly what the plain rule says, in its order, and no page of
// it reads more than it shows.
func TestContactLists(t *testing.T) {
	d := dbtest.New(t)
	all := addContacts(t, d, 200)
	for show, kinds := range contactKinds {
		var want, got []string
		for _, c := range all {
			if slices.Contains(kinds, c.kind) {
				want = append(want, c.ID)
			}
		}
		f := ContactFilter{Show: show, Limit: 7}
		for more := true; more; {
			query, args, err := contactsQuery("a", f)
			if err != nil {
				t.Fatal(err)
			}
			if how := plan(t, d, query, args...); strings.Contains(how, "TEMP B-TREE") || strings.Contains(how, "SCAN k") ||
				strings.Count(how, "INDEX contacts_seen") != len(kinds) || !strings.Contains(how, "support_conversations_contact") {
				t.Fatalf("%s: %s", show, how)
			}
			page, err := listContacts(t.Context(), d.Read(), "a", f)
			if err != nil {
				t.Fatal(err)
			}
			if more = len(page) > f.Limit; more {
				page = page[:f.Limit]
				f.Cursor = cursor(page[f.Limit-1].LastSeen, page[f.Limit-1].ID)
			}
			for _, c := range page {
				if c.ID != "ka" { // the one of the conversations, of no kind of these
					got = append(got, c.ID)
				}
			}
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: lists %d, want %d", show, len(got), len(want))
		}
	}
}

// However the log is filtered, one index has it in order.
func TestAuditPlans(t *testing.T) {
	d := dbtest.New(t)
	for _, f := range []AuditFilter{{}, {UserID: "u"}, {UserID: "none"}, {Action: "token.create"}, {UserID: "u", Action: "token.create"}} {
		for _, from := range []string{"", cursor(1, strings.Repeat("a", 24))} {
			f.Cursor, f.From, f.To = from, 1, 2
			query, args, err := auditQuery("a", f)
			if err != nil {
				t.Fatal(err)
			}
			if how := plan(t, d, query, args...); strings.Contains(how, "TEMP B-TREE") || strings.Contains(how, "SCAN a") {
				t.Errorf("%+v: %s", f, how)
			}
		}
	}
}

// A contact's conversations come each once and, up to 500, in the order of activity; of more, those
// begun last come first.
func TestConversationsOfAContact(t *testing.T) {
	for _, n := range []int{sortedAtOnce - 1, 2*sortedAtOnce + 200} {
		d := dbtest.New(t)
		addInbox(t, d, 4)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := insertContact(t.Context(), tx, "a", Contact{ID: "regular"}, 1); err != nil {
				return err
			}
			for i := range n {
				v := Session{AccountID: "a", ConversationID: fmt.Sprintf("%024x", i+1000), ContactID: "regular", AuthAttr: []byte("{}")}
				if err := insertConversation(t.Context(), tx, v, "", int64(i)); err != nil {
					return err
				}
			}
			// Every seventh has no message, and activity has nothing to do with the beginning.
			_, err := tx.Exec(t.Context(), `UPDATE support_conversations SET last_seq = rowid % 7, updated_at = rowid * 7919 % 1009 WHERE contact_id = 'regular'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		from, seen, sorted := contactPlace{before: 1 << 60}.start(), map[string]bool{}, true
		var before *Conversation
		for from != (contactPlace{}) {
			var page []Conversation
			page, from, err = conversationsWith(t.Context(), d.Read(), "a", "regular", from, 20)
			if err != nil {
				t.Fatal(err)
			}
			if from, err = parseContactPlace(from.cursor()); err != nil || len(page) > 20 {
				t.Fatalf("%d in a page, %v", len(page), err)
			}
			if from.id == "" && from.before > 1<<60 {
				from = contactPlace{} // no cursor: the end
			}
			for i, c := range page {
				sorted = sorted && (before == nil || byUpdated(*before, c) < 0)
				before = &page[i]
				if seen[c.ID] || c.LastSeq == 0 {
					t.Fatalf("%s again, or empty", c.ID)
				}
				seen[c.ID] = true
			}
		}
		var want int
		if err := d.Read().QueryRow(t.Context(), `SELECT COUNT(*) FROM support_conversations WHERE contact_id = 'regular' AND last_seq > 0`).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if len(seen) != want || want < n*5/7 {
			t.Errorf("%d of %d conversations listed", len(seen), want)
		}
		if n < sortedAtOnce && !sorted {
			t.Error("not in the order of activity")
		}
	}
}
