package support

import (
	"context"
	"slices"

	"deskbell/internal/db"
	"deskbell/internal/realtime"
)

// ContactExport is everything that is stored about a person.
type ContactExport struct {
	ExportedAt    int64
	Contact       Contact
	Notes         []ContactNote
	Sessions      []Session
	Conversations []ExportedConversation
}

// ExportedConversation is a conversation with all of its messages and all that was done to it.
type ExportedConversation struct {
	Conversation
	Messages []Message
	Events   []ConversationEvent
}

// ExportContact returns everything about a person: what is known, the team's notes, their
// sessions, conversations and messages, private ones among them. It is noted in the audit log. Kinds: NotFound.
func (s *Service) ExportContact(ctx context.Context, a Actor, contactID string) (ContactExport, error) {
	out := ContactExport{ExportedAt: s.millis()}
	var err error
	if out.Contact, err = contactOf(ctx, s.db.Read(), a.AccountID, contactID); err != nil {
		return out, err
	}
	if out.Notes, err = notesOn(ctx, s.db.Read(), a.AccountID, contactID, allNotes); err != nil {
		return out, err
	}
	if out.Sessions, err = sessionsOfContact(ctx, s.db.Read(), a.AccountID, contactID); err != nil {
		return out, err
	}
	ids, err := conversationsOfContact(ctx, s.db.Read(), a.AccountID, contactID)
	if err != nil {
		return out, err
	}
	for _, convID := range ids {
		c := ExportedConversation{}
		if c.Conversation, err = conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
			return out, err
		}
		for after, more := int64(0), true; more; {
			page, err := s.page(ctx, a.AccountID, convID, MessageRange{AfterSeq: after}, true)
			if err != nil {
				return out, err
			}
			c.Messages = append(c.Messages, page.Messages...)
			if more = page.HasMore; more {
				after = page.Messages[len(page.Messages)-1].Seq
			}
		}
		for after, more := int64(0), true; more; {
			page, err := s.ConversationEvents(ctx, a, convID, after, maxPage)
			if err != nil {
				return out, err
			}
			c.Events = append(c.Events, page.Events...)
			if more = page.HasMore; more {
				after = page.Events[len(page.Events)-1].Number
			}
		}
		out.Conversations = append(out.Conversations, c)
	}
	return out, s.db.Write(ctx, func(tx *db.Tx) error { return s.audit(ctx, tx, a, "contact.export", contactID, "") })
}

// EraseContact deletes a person: the contact, notes on it, their sessions, conversations, messages
// and files, and what waits for them in the post. Streams of theirs end with the next check. The audit log
// keeps that it was done, not who they were; reports keep the numbers. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) EraseContact(ctx context.Context, a Actor, contactID string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	var files []string
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		files = nil
		c, err := contactOf(ctx, tx, a.AccountID, contactID)
		if err != nil {
			return err
		}
		sessions, err := sessionsOfContact(ctx, tx, a.AccountID, contactID)
		if err != nil {
			return err
		}
		conversations, err := conversationsOfContact(ctx, tx, a.AccountID, contactID)
		if err != nil {
			return err
		}
		if err := s.erasePost(ctx, tx, a.AccountID, c, sessions); err != nil {
			return err
		}
		for _, convID := range conversations {
			theirs, err := deleteFilesOfConversation(ctx, tx, a.AccountID, convID)
			if err != nil {
				return err
			}
			files = append(files, theirs...)
			if err := s.countConversation(ctx, tx, convID); err != nil {
				return err
			}
			if err := deleteConversation(ctx, tx, a.AccountID, convID); err != nil {
				return err
			}
			s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: convID})
		}
		if err := deleteContact(ctx, tx, a.AccountID, contactID); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "contact.erase", contactID, "")
	})
	if err == nil {
		s.removeFiles(files)
	}
	return err
}

// erasePost forgets what was sent to the person's addresses or failed to be.
func (s *Service) erasePost(ctx context.Context, tx *db.Tx, accountID string, c Contact, sessions []Session) error {
	addresses := []string{c.Email, c.Phone}
	for _, v := range sessions {
		addresses = append(addresses, v.Email, v.Phone, v.ProvenEmail, v.ProvenPhone)
		if err := deleteJobsOfSession(ctx, tx, accountID, v.ID); err != nil {
			return err
		}
	}
	slices.Sort(addresses)
	for _, address := range slices.Compact(addresses) {
		if address == "" {
			continue
		}
		if err := expireMailsTo(ctx, tx, accountID, address, s.millis()); err != nil {
			return err
		}
	}
	return nil
}
