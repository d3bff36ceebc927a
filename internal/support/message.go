package support

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// MaxText is the longest message in Unicode code points.
const MaxText = 10_000

// preview is how many bytes of its newest message a conversation keeps for lists.
const preview = 200

var clientIDForm = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// Message is one entry of a conversation. Seq counts up within it, in the order of commits.
type Message struct {
	ID             string
	ConversationID string
	Seq            int64
	ClientID       string
	// SenderType is "visitor", "agent" or "system"; SenderID the contact or the user.
	SenderType string
	SenderID   string
	SenderName string
	// Private marks a note that only the team sees.
	Private bool
	Text    string
	// Files are shown with the message, in this order.
	Files     []File
	CreatedAt int64
	EditedAt  *int64
	// DeletedAt is when its sender took it back; its text is empty since then.
	DeletedAt *int64

	// fileCount says how many Files there are before they are read.
	fileCount int
}

// PostMessage is the input for a new message of either side. ClientID makes a retry safe: the
// same one again returns the first message.
type PostMessage struct {
	ClientID string
	// Text may be empty when there are Attachments.
	Text string
	// Private makes it a note; only the team can write one.
	Private bool
	// Attachments are ids of the writer's own uploads in the conversation, at most MaxAttachments.
	Attachments []string
	// Close closes the conversation with the team's message.
	Close bool

	// uploader is who must have uploaded them: the session of a visitor, or a user.
	uploader string
}

func (in *PostMessage) validate() error {
	bad := fault.Fields{}
	if !clientIDForm.MatchString(in.ClientID) {
		bad.Add("client_id", "client_id must be 1 to 64 characters of A-Z a-z 0-9 . _ : -")
	}
	in.Text = strings.TrimSpace(in.Text)
	validAttachments(bad, in.Attachments)
	validText(bad, in.Text, len(in.Attachments))
	return bad.Err()
}

// validText checks a message's text, which may be empty beside files.
func validText(bad fault.Fields, text string, files int) {
	if n := utf8.RuneCountInString(text); n > MaxText || (n < 1 && files == 0) {
		bad.Add("text", "text must have 1 to 10000 characters")
	}
	if strings.ContainsRune(text, 0) {
		bad.Add("text", "text must not contain NUL characters")
	}
}

// PostVisitorMessage appends a visitor's message, reopens a closed conversation and announces
// both after commit. Repeating a client_id returns the first message and true.
// Kinds: Invalid, Forbidden, Conflict, RateLimited.
func (s *Service) PostVisitorMessage(ctx context.Context, v SessionAuth, in PostMessage) (Message, bool, error) {
	if err := s.mustBeHeard(ctx, v); err != nil {
		return Message{}, false, err
	}
	in.Private, in.uploader = false, v.ID
	if err := in.validate(); err != nil {
		return Message{}, false, err
	}
	m := Message{ConversationID: v.ConversationID, SenderType: byVisitor, SenderName: v.Name}
	if wait := s.messages.Hit(v.ID, s.now()); wait > 0 {
		// A retry of what is stored already is answered, not refused.
		if first, err := s.firstMessage(ctx, s.db.Read(), v.AccountID, m, in); err == nil || fault.Is(err, fault.Conflict) {
			return first, true, err
		}
		return Message{}, false, fault.Limited("too_many_messages", "Too many messages", wait)
	}
	m, duplicate, err := s.append(ctx, v.AccountID, m, in)
	if err != nil || duplicate {
		s.messages.Undo(v.ID)
	}
	return m, duplicate, err
}

// PostAgentMessage appends a reply or a private note to a conversation of the actor's account
// and announces it after commit. A reply reopens a closed conversation and marks it read by the
// team. Repeating a client_id returns the first message and true.
// Kinds: Invalid, NotFound, Conflict.
func (s *Service) PostAgentMessage(ctx context.Context, a Actor, convID string, in PostMessage) (Message, bool, error) {
	if err := in.validate(); err != nil {
		return Message{}, false, err
	}
	in.uploader = a.UserID
	m := Message{ConversationID: convID, SenderType: byAgent, SenderID: a.UserID, SenderName: a.Name}
	return s.append(ctx, a.AccountID, m, in)
}

// append stores a message at the end of its conversation.
func (s *Service) append(ctx context.Context, accountID string, m Message, in PostMessage) (Message, bool, error) {
	stored, duplicate := Message{}, false
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		stored, duplicate, err = s.appendIn(ctx, tx, accountID, m, in)
		return err
	})
	return stored, duplicate, err
}

// appendIn is append within a write.
func (s *Service) appendIn(ctx context.Context, tx *db.Tx, accountID string, m Message, in PostMessage) (Message, bool, error) {
	if len(in.Attachments) > 0 {
		// Asked first, because its files belong to a message already when this is a retry.
		first, err := s.firstMessage(ctx, tx, accountID, m, in)
		if err == nil || !fault.Is(err, fault.NotFound) {
			return first, true, err
		}
	} else {
		tx.Certain()
	}
	end, err := endOfConversation(ctx, tx, accountID, m.ConversationID)
	if err != nil {
		return Message{}, false, err
	}
	m.ID, m.ClientID, m.Text, m.Private, m.CreatedAt = s.newID(), in.ClientID, in.Text, in.Private, s.millis()
	m.Seq, m.fileCount = end.lastSeq+1, len(in.Attachments)
	if m.SenderType == byVisitor {
		m.SenderID = end.contactID
	}
	if err := s.attach(ctx, tx, accountID, &m, in); err != nil {
		return Message{}, false, err
	}
	stored, err := insertMessage(ctx, tx, accountID, m)
	if err != nil {
		return Message{}, false, err
	}
	if !stored {
		m, err = s.firstMessage(ctx, tx, accountID, m, in)
		return m, true, err
	}
	if err := advance(ctx, tx, accountID, m, end); err != nil {
		return Message{}, false, err
	}
	// A note concerns nobody outside the team, so it reopens nothing.
	reopened := !m.Private && (end.status == ConversationClosed || end.shelf != end.shelfAfter(m))
	if reopened && !in.Close {
		if err := s.noteReopened(ctx, tx, accountID, m, end); err != nil {
			return Message{}, false, err
		}
	}
	if m.SenderType == byVisitor && !end.waits && end.shelf != shelfSpam {
		if err := s.orderAlertMails(ctx, tx, accountID, m); err != nil {
			return Message{}, false, err
		}
	}
	if m.SenderType == byAgent {
		err = s.afterAgent(ctx, tx, accountID, m, end, in.Close)
	} else if m.SenderType == byVisitor && !end.assigned && (end.lastSeq == 0 || end.status == ConversationClosed) && end.shelf != shelfSpam {
		err = s.autoAssign(ctx, tx, accountID, m.ConversationID)
	}
	if err != nil {
		return Message{}, false, err
	}
	event := realtime.Event{AccountID: accountID, ConversationID: m.ConversationID, UserID: m.SenderID}
	if reopened || in.Close {
		event.Kind = realtime.Conversation
		s.publishAfter(tx, event)
	}
	event.Kind, event.Seq, event.Private, event.Content, event.Spam = realtime.Message, m.Seq, m.Private, m, end.shelf == shelfSpam
	s.publishAfter(tx, event)
	if m.SenderType == byVisitor && !event.Spam {
		if err := s.pushLater(ctx, tx, event); err != nil {
			return Message{}, false, err
		}
	}
	if !m.Private && !event.Spam {
		if err := s.announceMessage(ctx, tx, accountID, m); err != nil {
			return Message{}, false, err
		}
	}
	if m.SenderType == byAgent && !m.Private {
		if !event.Spam {
			if err := s.orderReplyMails(ctx, tx, accountID, m); err != nil {
				return Message{}, false, err
			}
		}
		s.publishAfter(tx, realtime.Event{
			Kind: realtime.Read, AccountID: accountID, ConversationID: m.ConversationID, By: byAgent, UserID: m.SenderID, UpTo: m.Seq,
		})
	}
	return m, false, nil
}

// afterAgent is what a message of the team does beside standing there: it takes the place of its
// writer's draft, names members when it is a note, and closes the conversation when that was asked for.
func (s *Service) afterAgent(ctx context.Context, tx *db.Tx, accountID string, m Message, end conversationEnd, closes bool) error {
	if err := deleteDraft(ctx, tx, accountID, m.ConversationID, m.SenderID); err != nil {
		return err
	}
	if err := s.mention(ctx, tx, accountID, m); err != nil || !closes {
		return err
	}
	c, err := conversationOf(ctx, tx, accountID, m.ConversationID)
	if err != nil {
		return err
	}
	c.close()
	if err := updateConversation(ctx, tx, c); err != nil || end.status == ConversationClosed {
		return err
	}
	return s.note(ctx, tx, accountID, ConversationEvent{ConversationID: c.ID, Kind: EventClosed, By: byAgent, UserID: m.SenderID})
}

// noteReopened writes down that a message has brought its conversation back.
func (s *Service) noteReopened(ctx context.Context, tx *db.Tx, accountID string, m Message, end conversationEnd) error {
	e := ConversationEvent{ConversationID: m.ConversationID, Kind: EventReopened, By: m.SenderType}
	if end.status != ConversationClosed {
		e.Kind = EventWoken
	}
	if m.SenderType == byAgent {
		e.UserID = m.SenderID
	}
	return s.note(ctx, tx, accountID, e)
}

// advance moves a conversation's counters to include a new message.
func advance(ctx context.Context, tx *db.Tx, accountID string, m Message, end conversationEnd) error {
	if m.Private {
		return advanceByNote(ctx, tx, accountID, m)
	}
	return advanceByMessage(ctx, tx, accountID, m, end)
}

// previewText is what lists show of a message.
func previewText(m Message) string {
	if m.Text == "" {
		return fileNames(m.Files)
	}
	return m.Text
}

// firstMessage finds what the same client_id has stored before; NotFound when nothing, Conflict
// when that was another content.
func (s *Service) firstMessage(ctx context.Context, q db.Querier, accountID string, m Message, in PostMessage) (Message, error) {
	first, err := messageByClientID(ctx, q, accountID, m, in.ClientID)
	if err != nil {
		return Message{}, err
	}
	if err := s.fillFiles(ctx, q, accountID, &first); err != nil {
		return Message{}, err
	}
	sameFiles := slices.EqualFunc(first.Files, in.Attachments, func(f File, fileID string) bool { return f.ID == fileID })
	// One that was changed since can't be compared any more: a late retry gets what stands there now.
	if first.EditedAt != nil || first.DeletedAt != nil || (first.Text == in.Text && first.Private == in.Private && sameFiles) {
		return first, nil
	}
	return Message{}, fault.New(fault.Conflict, "client_id_reused", "This client_id was already used for another message")
}

// MessageRange selects messages by position: those after AfterSeq, or the last ones before
// BeforeSeq. Limit is at most 100, which is also its default.
type MessageRange struct {
	AfterSeq  int64
	BeforeSeq int64
	Limit     int
}

// MessagePage is a part of a conversation, ascending by seq. HasMore says that the same
// direction holds more.
type MessagePage struct {
	Messages []Message
	HasMore  bool
}

func (r *MessageRange) validate() error {
	bad := fault.Fields{}
	if r.AfterSeq < 0 {
		bad.Add("after_seq", "after_seq must be a message's seq")
	}
	if r.BeforeSeq < 0 {
		bad.Add("before_seq", "before_seq must be a message's seq")
	}
	if r.Limit == 0 {
		r.Limit = maxPage
	}
	if r.Limit < 1 {
		bad.Add("limit", "limit must be a positive number")
	}
	r.Limit = min(r.Limit, maxPage)
	return bad.Err()
}

// Messages reads a part of a conversation of the actor's account, notes included.
// Kinds: Invalid, NotFound.
func (s *Service) Messages(ctx context.Context, a Actor, convID string, r MessageRange) (MessagePage, error) {
	c, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID)
	if err != nil {
		return MessagePage{}, err
	}
	return s.page(ctx, c.AccountID, c.ID, r, true)
}

// VisitorMessages reads a part of the session's conversation, never notes and never what was
// written before the secret's own beginning. Kinds: Invalid, Forbidden.
func (s *Service) VisitorMessages(ctx context.Context, v SessionAuth, r MessageRange) (MessagePage, error) {
	if err := v.MustRead(); err != nil {
		return MessagePage{}, err
	}
	r.AfterSeq = max(r.AfterSeq, v.FromSeq)
	return s.page(ctx, v.AccountID, v.ConversationID, r, false)
}

func (s *Service) page(ctx context.Context, accountID, convID string, r MessageRange, notes bool) (MessagePage, error) {
	if err := r.validate(); err != nil {
		return MessagePage{}, err
	}
	list, err := listMessages(ctx, s.db.Read(), accountID, convID, r, notes)
	if err != nil {
		return MessagePage{}, err
	}
	page := MessagePage{Messages: list}
	if len(list) > r.Limit {
		page.Messages, page.HasMore = list[:r.Limit], true
	}
	if r.BeforeSeq > 0 {
		slices.Reverse(page.Messages)
	}
	return page, s.withFiles(ctx, s.db.Read(), accountID, page.Messages)
}

// MessageAt reads the message at one position, for a stream of the team. Kinds: NotFound.
func (s *Service) MessageAt(ctx context.Context, a Actor, convID string, seq int64) (Message, error) {
	m, err := messageBySeq(ctx, s.db.Read(), a.AccountID, convID, seq)
	if err != nil {
		return Message{}, err
	}
	err = s.fillFiles(ctx, s.db.Read(), a.AccountID, &m)
	return m, err
}
