package support

import (
	"context"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/realtime"
)

// ContactMerge is what merging two contacts does, or has done.
type ContactMerge struct {
	// Kept is the contact that stays and Gone the one that ends in it, both as they were before.
	Kept Contact
	Gone Contact
	// Result is the contact that stays, as it is after.
	Result Contact
	// Dropped are values that the result has no room for; a note keeps them.
	Dropped []DroppedValue
	// Conversations, Sessions and Notes are how many move.
	Conversations int64
	Sessions      int64
	Notes         int64
	// Joined says that both have conversations which they have proven to be theirs: who has proven
	// to be the one can then read those of the other.
	Joined bool
}

// DroppedValue is a value that a merge takes off a contact.
type DroppedValue struct {
	// Field is "name", "email" or "phone".
	Field    string
	Value    string
	Verified bool
}

// PreviewContactMerge tells what MergeContacts would do, and changes nothing. Admins only.
// Kinds: Forbidden, Invalid, NotFound, Conflict.
func (s *Service) PreviewContactMerge(ctx context.Context, a Actor, keptID, goneID string) (ContactMerge, error) {
	return s.planMerge(ctx, s.db.Read(), a, keptID, goneID)
}

// MergeContacts makes two contacts of one person one: the conversations, sessions and notes of the
// one that goes move to the one that stays, in one write, and so does what the latter lacks. Of two
// addresses a verified one stays, else that of the contact that stays; what is dropped is kept as a
// note. Nothing becomes verified by it. Admins only. Kinds: Forbidden, Invalid, NotFound, Conflict
// when both are different users of the site.
func (s *Service) MergeContacts(ctx context.Context, a Actor, keptID, goneID string) (ContactMerge, error) {
	var m ContactMerge
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if m, err = s.planMerge(ctx, tx, a, keptID, goneID); err != nil {
			return err
		}
		moved, err := conversationsOfContact(ctx, tx, a.AccountID, goneID)
		if err != nil {
			return err
		}
		if err := moveToContact(ctx, tx, a.AccountID, goneID, keptID); err != nil {
			return err
		}
		if err := deleteContact(ctx, tx, a.AccountID, goneID); err != nil {
			return err
		}
		// Only now: an id at the site is one contact's alone.
		m.Result.UpdatedAt = max(s.millis(), m.Kept.UpdatedAt+1)
		if err := s.saveContact(ctx, tx, a.AccountID, m.Result, m.Result.UpdatedAt); err != nil {
			return err
		}
		if err := updateLastSeen(ctx, tx, a.AccountID, keptID, m.Result.LastSeen); err != nil {
			return err
		}
		if len(m.Dropped) > 0 {
			note := ContactNote{ID: s.newID(), ContactID: keptID, UserID: a.UserID, ClientID: id.Secret(), Text: m.droppedNote(), CreatedAt: s.millis()}
			if err := insertContactNote(ctx, tx, a.AccountID, note); err != nil {
				return err
			}
		}
		for _, convID := range moved {
			s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: convID})
		}
		return s.audit(ctx, tx, a, "contact.merge", keptID, goneID)
	})
	return m, err
}

// droppedNote keeps what the contact that stays has no room for.
func (m ContactMerge) droppedNote() string {
	lines := []string{"Merged with another contact, which had:"}
	for _, d := range m.Dropped {
		line := map[string]string{"name": "Name", "email": "E-mail", "phone": "Phone"}[d.Field] + ": " + d.Value
		if d.Verified {
			line += " (verified)"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (s *Service) planMerge(ctx context.Context, q db.Querier, a Actor, keptID, goneID string) (ContactMerge, error) {
	if err := a.mustAdmin(); err != nil {
		return ContactMerge{}, err
	}
	if keptID == goneID {
		return ContactMerge{}, fault.Field("contact_id", "contact_id must be another contact")
	}
	var m ContactMerge
	var err error
	if m.Kept, err = contactOf(ctx, q, a.AccountID, keptID); err != nil {
		return m, err
	}
	if m.Gone, err = contactOf(ctx, q, a.AccountID, goneID); err != nil {
		return m, err
	}
	if m.Kept.ExternalID != "" && m.Gone.ExternalID != "" {
		return m, fault.New(fault.Conflict, "different_users", "These are two different users of your site, so they can't be merged")
	}
	m.combine()
	kept, err := belongings(ctx, q, a.AccountID, keptID)
	if err != nil {
		return m, err
	}
	gone, err := belongings(ctx, q, a.AccountID, goneID)
	m.Conversations, m.Sessions, m.Notes, m.Joined = gone.conversations, gone.sessions, gone.notes, kept.proven > 0 && gone.proven > 0
	return m, err
}

// combine works out what the contact that stays is after the merge.
func (m *ContactMerge) combine() {
	r := m.Kept
	if r.ExternalID == "" {
		r.ExternalID = m.Gone.ExternalID
	}
	r.LastSeen = max(m.Kept.LastSeen, m.Gone.LastSeen)
	for _, f := range []struct {
		field              string
		stays              *string
		other              string
		verified, takeOver bool
		isVerified         *bool
	}{
		{"name", &r.Name, m.Gone.Name, false, false, new(bool)},
		{"email", &r.Email, m.Gone.Email, m.Gone.EmailVerified, m.Gone.EmailVerified && !r.EmailVerified, &r.EmailVerified},
		{"phone", &r.Phone, m.Gone.Phone, m.Gone.PhoneVerified, m.Gone.PhoneVerified && !r.PhoneVerified, &r.PhoneVerified},
	} {
		dropped := DroppedValue{f.field, f.other, f.verified}
		if *f.stays == "" || f.takeOver {
			dropped = DroppedValue{f.field, *f.stays, *f.isVerified}
			*f.stays, *f.isVerified = f.other, f.verified
		}
		if dropped.Value != "" && dropped.Value != *f.stays {
			m.Dropped = append(m.Dropped, dropped)
		}
	}
	m.Result = r
}
