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
