package support

import (
	"context"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// Contact returns one contact of the account. Kinds: NotFound.
func (s *Service) Contact(ctx context.Context, a Actor, contactID string) (Contact, error) {
	return contactOf(ctx, s.db.Read(), a.AccountID, contactID)
}

// ContactConversations lists a person's conversations that somebody has written in, newest activity
// first; of more than 500, those among the 500 begun last come first. Kinds: Invalid, NotFound.
func (s *Service) ContactConversations(ctx context.Context, a Actor, contactID, cursorText string, limit int) (ConversationPage, error) {
	limit, err := pageSize(limit)
	if err != nil {
		return ConversationPage{}, err
	}
	if err := contactExists(ctx, s.db.Read(), a.AccountID, contactID); err != nil {
		return ConversationPage{}, err
	}
	from, err := parseContactPlace(cursorText)
	if err != nil {
		return ConversationPage{}, err
	}
	list, next, err := conversationsWith(ctx, s.db.Read(), a.AccountID, contactID, from, limit)
	return ConversationPage{Conversations: list, NextCursor: next.cursor()}, err
}

// ContactSessions lists a person's newest sessions, at most 50: also those that merely claim to be
// theirs. Kinds: NotFound.
func (s *Service) ContactSessions(ctx context.Context, a Actor, contactID string) ([]Session, error) {
	if err := contactExists(ctx, s.db.Read(), a.AccountID, contactID); err != nil {
		return nil, err
	}
	return sessionsLabelled(ctx, s.db.Read(), a.AccountID, contactID, shownSessions)
}

// ContactChange is the input of ChangeContact. Nil fields stay as they are, empty ones are
// cleared.
type ContactChange struct {
	Name  *string
	Email *string
	Phone *string
	// UpdatedAt is the version that the change is based on; 0 means any.
	UpdatedAt int64
}

// errContactChanged tells of an edit that would undo one not seen.
var errContactChanged = fault.New(fault.Conflict, "contact_changed", "Somebody has changed this contact meanwhile")

// ChangeContact corrects what the team knows about a person. Another address counts as not
// verified: the team's word is no proof. Kinds: Invalid, NotFound, Conflict when the contact is
// no longer the version that the change is based on.
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
		// Only now: the same form sent twice finds its work done.
		if in.UpdatedAt != 0 && in.UpdatedAt != c.UpdatedAt {
			return errContactChanged
		}
		// Later than before also within one millisecond: it tells versions apart.
		c.UpdatedAt = max(s.millis(), c.UpdatedAt+1)
		if err := s.saveContact(ctx, tx, a.AccountID, c, c.UpdatedAt); err != nil {
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
