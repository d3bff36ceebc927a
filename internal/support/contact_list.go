package support

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// Which contacts a list shows.
const (
	// ContactsAll are also those that nothing is known about.
	ContactsAll = "all"
	// ContactsKnown are those with a name, an address or an id at the site.
	ContactsKnown = "known"
	// ContactsVerified are those that somebody has proven to be.
	ContactsVerified = "verified"
	// ContactsWithEmail are those with an e-mail address, verified or not.
	ContactsWithEmail = "email"
	// ContactsAnonymous are those that nothing is known about.
	ContactsAnonymous = "anonymous"
)

// contactKinds are the kinds of contacts, as the table computes them, that each list is made of.
var contactKinds = map[string][]string{
	ContactsAll:       {"verified_email", "verified", "email", "named", "anonymous"},
	ContactsKnown:     {"verified_email", "verified", "email", "named"},
	ContactsVerified:  {"verified_email", "verified"},
	ContactsWithEmail: {"verified_email", "email"},
	ContactsAnonymous: {"anonymous"},
}

// ContactFilter says which contacts to list. Empty fields don't filter.
type ContactFilter struct {
	// Query is looked for in names and addresses, as words.
	Query string
	// Show is one of the Contacts constants.
	Show   string
	Cursor string
	Limit  int
}

// ListedContact is a contact as a list shows it.
type ListedContact struct {
	Contact
	// OpenConversations counts those that somebody has written in.
	OpenConversations int64
}

// ContactPage is a part of a list; NextCursor is empty at the end.
type ContactPage struct {
	Contacts   []ListedContact
	NextCursor string
}

func (f *ContactFilter) validate() error {
	if utf8.RuneCountInString(f.Query) > maxQuery {
		return fault.Field("q", "q may have at most 200 characters")
	}
	f.Query = strings.TrimSpace(f.Query)
	if f.Show == "" {
		f.Show = ContactsAll
	}
	if contactKinds[f.Show] == nil {
		return fault.Field("show", "show must be all, known, verified, email or anonymous")
	}
	var err error
	f.Limit, err = pageSize(f.Limit)
	return err
}

// Contacts lists the account's contacts, newest activity first; those that a query finds come by
// the time they were made, newest first. A page may have fewer contacts than asked for and still a
// cursor to go on, when a search takes long. Kinds: Invalid.
func (s *Service) Contacts(ctx context.Context, a Actor, f ContactFilter) (ContactPage, error) {
	if err := f.validate(); err != nil {
		return ContactPage{}, err
	}
	if f.Query != "" {
		return s.foundContacts(ctx, a, f)
	}
	list, err := listContacts(ctx, s.db.Read(), a.AccountID, f)
	if err != nil {
		return ContactPage{}, err
	}
	page := ContactPage{Contacts: list}
	if len(list) > f.Limit {
		last := list[f.Limit-1]
		page.Contacts, page.NextCursor = list[:f.Limit], cursor(last.LastSeen, last.ID)
	}
	return page, nil
}

func (s *Service) foundContacts(ctx context.Context, a Actor, f ContactFilter) (ContactPage, error) {
	from, err := parsePosition(f.Cursor)
	if err != nil {
		return ContactPage{}, err
	}
	s.catchUp(ctx)
	page, began := ContactPage{Contacts: []ListedContact{}}, time.Now()
	// What was found may be of other kinds; then the search goes on for the rest of the page.
	for len(page.Contacts) < f.Limit {
		more, rest, err := searchContacts(ctx, s.db.Read(), a.AccountID, f.Query, contactKinds[f.Show], from, f.Limit-len(page.Contacts))
		if err != nil {
			return ContactPage{}, err
		}
		page.Contacts, page.NextCursor, from = append(page.Contacts, more...), positionCursor(rest), rest
		if rest == 0 || time.Since(began) > searchTime {
			break
		}
	}
	return page, nil
}

// contactsAtOnce is how many contacts EachContact reads together.
const contactsAtOnce = 500

// EachContact calls fn for every contact of a list, newest first by the time they were made, so that
// none is missed because it moved meanwhile. It is noted in the audit log. Admins only.
// Kinds: Forbidden, Invalid, and what fn returns.
func (s *Service) EachContact(ctx context.Context, a Actor, f ContactFilter, fn func([]ListedContact) error) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	if err := f.validate(); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error { return s.audit(ctx, tx, a, "contacts.export", "", "") })
	if err != nil {
		return err
	}
	if f.Query != "" {
		return s.eachFound(ctx, a, f, fn)
	}
	for at, lastID := int64(1)<<62, ""; ; {
		list, err := contactsBefore(ctx, s.db.Read(), a.AccountID, at, lastID, contactsAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		at, lastID = list[len(list)-1].CreatedAt, list[len(list)-1].ID
		wanted := slices.DeleteFunc(list, func(c kindOfContact) bool { return !slices.Contains(contactKinds[f.Show], c.kind) })
		shown := make([]ListedContact, len(wanted))
		for i, c := range wanted {
			shown[i] = c.ListedContact
		}
		if err := fn(shown); err != nil {
			return err
		}
	}
}

func (s *Service) eachFound(ctx context.Context, a Actor, f ContactFilter, fn func([]ListedContact) error) error {
	f.Limit, f.Cursor = maxPage, ""
	for {
		page, err := s.foundContacts(ctx, a, f)
		if err != nil {
			return err
		}
		if err := fn(page.Contacts); err != nil {
			return err
		}
		if f.Cursor = page.NextCursor; f.Cursor == "" {
			return nil
		}
	}
}
