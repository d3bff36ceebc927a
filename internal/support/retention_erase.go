package support

import (
	"context"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/realtime"
)

// retainEvery is how often the rules are applied when nobody changes them.
const retainEvery = time.Hour

// How much one write erases, and how long it leaves the database to others before the next: a visitor's message
// waits for one step at most, some 10 ms.
const (
	messagesPerStep = 200
	rowsPerStep     = 100
	// rowsBesideMessages is what a conversation costs apart from its messages, counted as messages.
	rowsBesideMessages = 5
	stepPause          = 20 * time.Millisecond
)

// KeepRetention applies the accounts' rules until ctx ends. What a restart interrupts goes on after it.
func (s *Service) KeepRetention(ctx context.Context) error {
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		if err := s.retainAll(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("retention", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.retain:
		case <-tick.C:
		}
	}
}

func (s *Service) retainAll(ctx context.Context) error {
	if s.db.Damaged() {
		return nil
	}
	accounts, err := retainingAccounts(ctx, s.db.Read())
	if err != nil {
		return err
	}
	for _, accountID := range accounts {
		for _, step := range []retentionStep{s.eraseConversations, s.eraseFiles, s.eraseAddresses, s.erasePostOf} {
			if err := s.repeat(ctx, accountID, step); err != nil {
				return err
			}
		}
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.noteErased(ctx, tx, accountID) }); err != nil {
			return err
		}
	}
	return nil
}

// retentionStep erases a little of what the rules of an account no longer keep.
type retentionStep func(ctx context.Context, tx *db.Tx, accountID string, r Retention) (erased, error)

// erased is what one step has done.
type erased struct {
	Erasable
	// files are to be removed from the disk.
	files []string
	// more says that there may be more to do.
	more bool
}

// repeat takes a step in writes of its own until nothing is left. Each reads the rules anew, so that one that is
// switched off stops at once.
func (s *Service) repeat(ctx context.Context, accountID string, step retentionStep) error {
	for {
		var done erased
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			r, err := retentionOf(ctx, tx, accountID)
			if err != nil {
				return err
			}
			if done, err = step(ctx, tx, accountID, r); err != nil || done.Erasable == (Erasable{}) {
				return err
			}
			return addErased(ctx, tx, accountID, done.Erasable)
		})
		if err != nil {
			return err
		}
		s.removeFiles(done.files)
		if !done.more {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stepPause):
		}
	}
}

// eraseConversations erases conversations without activity. A long one goes message by message, oldest first, and is
// gone with the last.
func (s *Service) eraseConversations(ctx context.Context, tx *db.Tx, accountID string, r Retention) (out erased, err error) {
	idle, err := idleConversations(ctx, tx, accountID, s.before(r.ConversationDays), s.millis(), rowsPerStep)
	if err != nil {
		return out, err
	}
	budget := int64(messagesPerStep)
	for _, c := range idle {
		if err := s.countConversation(ctx, tx, c.id); err != nil {
			return out, err
		}
		n, err := deleteOldestMessages(ctx, tx, accountID, c.id, budget)
		if err != nil {
			return out, err
		}
		if budget -= n + rowsBesideMessages; budget <= 0 {
			out.more = true
			return out, nil
		}
		theirs, err := deleteFilesOfConversation(ctx, tx, accountID, c.id)
		if err != nil {
			return out, err
		}
		out.files = append(out.files, theirs...)
		if err := deleteConversation(ctx, tx, accountID, c.id); err != nil {
			return out, err
		}
		if err := deleteNobody(ctx, tx, accountID, c.contactID); err != nil {
			return out, err
		}
		out.Conversations++
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: accountID, ConversationID: c.id})
	}
	out.more = len(idle) == rowsPerStep
	return out, nil
}

// eraseFiles erases old files; a message that was nothing else is shown as removed.
func (s *Service) eraseFiles(ctx context.Context, tx *db.Tx, accountID string, r Retention) (out erased, err error) {
	places, err := oldFiles(ctx, tx, accountID, s.before(r.FileDays), rowsPerStep)
	if err != nil {
		return out, err
	}
	for _, m := range places {
		theirs, err := deleteFilesOfMessage(ctx, tx, accountID, m.conversationID, m.seq)
		if err != nil {
			return out, err
		}
		if err := forgetFiles(ctx, tx, accountID, m, s.millis()); err != nil {
			return out, err
		}
		out.files = append(out.files, theirs...)
	}
	out.Files, out.more = int64(len(out.files)), len(places) == rowsPerStep
	return out, nil
}

// eraseAddresses empties IP address and user agent of old sessions.
func (s *Service) eraseAddresses(ctx context.Context, tx *db.Tx, accountID string, r Retention) (out erased, err error) {
	out.Addresses, err = emptyAddresses(ctx, tx, accountID, s.before(r.AddressDays), rowsPerStep)
	out.more = out.Addresses == rowsPerStep
	return out, err
}

// erasePostOf erases kept mails and failed deliveries of the age at which conversations go: they tell of these.
func (s *Service) erasePostOf(ctx context.Context, tx *db.Tx, accountID string, r Retention) (out erased, err error) {
	n, err := expirePost(ctx, tx, accountID, s.before(r.ConversationDays), s.millis(), rowsPerStep)
	out.more = n >= rowsPerStep
	return out, err
}

// noteErased tells the audit log what a pass has erased, if anything.
func (s *Service) noteErased(ctx context.Context, tx *db.Tx, accountID string) error {
	sum, err := takeErased(ctx, tx, accountID)
	if err != nil || sum == (Erasable{}) {
		return err
	}
	nobody := Actor{AccountID: accountID}
	return s.audit(ctx, tx, nobody, "retention.erase", accountID, sum.String())
}
