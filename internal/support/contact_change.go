package support

import (
	"context"
	"strings"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// ContactFilter says which contacts to list. Empty fields don't filter.
type ContactFilter struct {
	// Query is looked for in names and addresses, as words.
	Query  string
	Cursor string
	Limit  int
}

// ContactPage is a part of a list; NextCursor is empty at the end.
type ContactPage struct {
	Contacts   []Contact
	NextCursor string
}

// Contacts lists the account's contacts, newest first. Kinds: Invalid.
func (s *Service) Contacts(ctx context.Context, a Actor, f ContactFilter) (ContactPage, error) {
	if utf8.RuneCountInString(f.Query) > maxQuery {
		return ContactPage{}, fault.Field("q", "q may have at most 200 characters")
	}
	f.Query = strings.TrimSpace(f.Query)
	var err error
	if f.Limit, err = pageSize(f.Limit); err != nil {
		return ContactPage{}, err
	}
	if f.Query != "" {
		before, err := parsePosition(f.Cursor)
		if err != nil {
			return ContactPage{}, err
		}
		s.catchUp(ctx)
		found, rest, err := searchContacts(ctx, s.db.Read(), a.AccountID, f.Query, before, f.Limit)
		return ContactPage{Contacts: found, NextCursor: positionCursor(rest)}, err
	}
	list, err := listContacts(ctx, s.db.Read(), a.AccountID, f)
	if err != nil {
		return ContactPage{}, err
	}
	page := ContactPage{Contacts: list}
	if len(list) > f.Limit {
		last := list[f.Limit-1]
		page.Contacts, page.NextCursor = list[:f.Limit], cursor(last.CreatedAt, last.ID)
	}
	return page, nil
}

// Contact returns one contact of the account. Kinds: NotFound.
func (s *Service) Contact(ctx context.Context, a Actor, contactID string) (Contact, error) {
	return contactOf(ctx, s.db.Read(), a.AccountID, contactID)
}

// ContactChange is the input of ChangeContact. Nil fields stay as they are, empty ones are
// cleared.
type ContactChange struct {
	Name  *string
	Email *string
	Phone *string
}

// ChangeContact corrects what the team knows about a person. Another address counts as not
// verified: the team's word is no proof. Kinds: Invalid, NotFound.
func (s *Service) ChangeContact(ctx context.Context, a Actor, contactID string, in ContactChange) (Contact, error) {
	var c Contact
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if c, err = contactOf(ctx, tx, a.AccountID, contactID); err != nil {
			return err
		}
		changed, err := in.apply(&c)
		if err != nil || len(changed) == 0 {
			return err
		}
		c.UpdatedAt = s.millis()
		if err := updateContact(ctx, tx, a.AccountID, c, c.UpdatedAt); err != nil {
			return err
		}
		// Which fields, not what stands in them: the log outlives the person's erasure.
		return s.audit(ctx, tx, a, "contact.change", c.ID, strings.Join(changed, ", "))
	})
	return c, err
}

func (in ContactChange) apply(c *Contact) (changed []string, err error) {
	was := Claims{Name: c.Name, Email: c.Email, Phone: c.Phone}
	now := was
	for _, field := range []struct{ from, to *string }{{in.Name, &now.Name}, {in.Email, &now.Email}, {in.Phone, &now.Phone}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	bad := fault.Fields{}
	now.normalise(bad)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if now.Name != was.Name {
		c.Name, changed = now.Name, append(changed, "name")
	}
	if now.Email != was.Email {
		c.Email, c.EmailVerified, changed = now.Email, false, append(changed, "email")
	}
	if now.Phone != was.Phone {
		c.Phone, c.PhoneVerified, changed = now.Phone, false, append(changed, "phone")
	}
	return changed, nil
}
