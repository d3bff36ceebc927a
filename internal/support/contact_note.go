package support

import (
	"context"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

var errNotOwnNote = fault.New(fault.Forbidden, "not_note_author", "Only its author may change a note")

// maxContactNotes bounds the notes on one person: all of them are shown together.
const maxContactNotes = 500

// allNotes asks for every note on a person; merged ones may have more than one could write.
const allNotes = -1

// ContactNote is what somebody of the team has written down about a person.
type ContactNote struct {
	ID        string
	ContactID string
	// UserID is who wrote it; UserName is empty once they are gone.
	UserID    string
	UserName  string
	ClientID  string
	Text      string
	CreatedAt int64
	// EditedAt is when its author last changed the text; nil when they never did.
	EditedAt *int64
}

// NewContactNote is the input of AddContactNote. ClientID makes a retry safe: 1 to 64 characters of
// A-Z a-z 0-9 . _ : -, another one for each note. Text has 1 to 10,000 characters.
type NewContactNote struct {
	ClientID string
	Text     string
}

func (in *NewContactNote) validate() error {
	bad := fault.Fields{}
	if !clientIDForm.MatchString(in.ClientID) {
		bad.Add("client_id", "client_id must be 1 to 64 characters of A-Z a-z 0-9 . _ : -")
	}
	in.Text = strings.TrimSpace(in.Text)
	validText(bad, in.Text, 0)
	return bad.Err()
}

// ContactNotes lists the notes on a person, newest first. Kinds: NotFound.
func (s *Service) ContactNotes(ctx context.Context, a Actor, contactID string) ([]ContactNote, error) {
	if err := contactExists(ctx, s.db.Read(), a.AccountID, contactID); err != nil {
		return nil, err
	}
	return notesOn(ctx, s.db.Read(), a.AccountID, contactID, allNotes)
}

// NewestContactNotes lists at most so many notes on a person, newest first; more says that there are
// others.
func (s *Service) NewestContactNotes(ctx context.Context, a Actor, contactID string, most int) (list []ContactNote, more bool, err error) {
	list, err = notesOn(ctx, s.db.Read(), a.AccountID, contactID, most+1)
	if len(list) > most {
		return list[:most], true, err
	}
	return list, false, err
}

// ContactNote returns one note on a person. Kinds: NotFound.
func (s *Service) ContactNote(ctx context.Context, a Actor, contactID, noteID string) (ContactNote, error) {
	return contactNoteOf(ctx, s.db.Read(), a.AccountID, contactID, noteID)
}

// AddContactNote writes something down about a person. Repeating a client_id returns the first note
// and true. Kinds: Invalid, NotFound, Conflict when the client_id was used for another note or the
// person has too many.
func (s *Service) AddContactNote(ctx context.Context, a Actor, contactID string, in NewContactNote) (note ContactNote, again bool, err error) {
	if err := in.validate(); err != nil {
		return ContactNote{}, false, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		again = false
		if err := contactExists(ctx, tx, a.AccountID, contactID); err != nil {
			return err
		}
		first, err := noteByClientID(ctx, tx, a.AccountID, a.UserID, in.ClientID)
		if err == nil {
			if first.ContactID != contactID || first.Text != in.Text {
				return fault.New(fault.Conflict, "note_client_id_reused", "This client_id was already used for another note")
			}
			note, again = first, true
			return nil
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		owned, err := belongings(ctx, tx, a.AccountID, contactID)
		if err != nil {
			return err
		}
		if owned.notes >= maxContactNotes {
			return fault.New(fault.Conflict, "too_many_notes", "This person has 500 notes already; delete some first")
		}
		note = ContactNote{
			ID: s.newID(), ContactID: contactID, UserID: a.UserID, UserName: a.Name, ClientID: in.ClientID, Text: in.Text, CreatedAt: s.millis(),
		}
		s.announceNote(tx, a, note)
		return insertContactNote(ctx, tx, a.AccountID, note)
	})
	return note, again, err
}

// ChangeContactNote replaces the text of one of the actor's own notes. Kinds: Invalid, Forbidden, NotFound.
func (s *Service) ChangeContactNote(ctx context.Context, a Actor, contactID, noteID, text string) (ContactNote, error) {
	var note ContactNote
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if note, err = contactNoteOf(ctx, tx, a.AccountID, contactID, noteID); err != nil {
			return err
		}
		if note.UserID != a.UserID {
			return errNotOwnNote
		}
		bad := fault.Fields{}
		text := strings.TrimSpace(text)
		validText(bad, text, 0)
		if err := bad.Err(); err != nil || text == note.Text {
			return err
		}
		now := s.millis()
		note.Text, note.EditedAt = text, &now
		s.announceNote(tx, a, note)
		return updateContactNote(ctx, tx, a.AccountID, note)
	})
	return note, err
}

// announceNote has the team's streams show what became of a note.
func (s *Service) announceNote(tx *db.Tx, a Actor, n ContactNote) {
	s.publishAfter(tx, realtime.Event{
		Kind: realtime.ContactNote, AccountID: a.AccountID, ContactID: n.ContactID, NoteID: n.ID, Changed: n.EditedAt != nil, Private: true,
	})
}

// DeleteContactNote deletes a note on a person: one's own, or any for admins.
// Kinds: Forbidden, NotFound.
func (s *Service) DeleteContactNote(ctx context.Context, a Actor, contactID, noteID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		note, err := contactNoteOf(ctx, tx, a.AccountID, contactID, noteID)
		if err != nil {
			return err
		}
		if note.UserID != a.UserID && !a.Admin {
			return fault.New(fault.Forbidden, "not_own_note", "Only its author or an admin may delete a note")
		}
		s.announceNote(tx, a, note)
		return deleteContactNote(ctx, tx, a.AccountID, noteID)
	})
}
