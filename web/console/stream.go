package console

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"deskbell/internal/fault"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/views/layout"
	"deskbell/web/httpio"
)

// tail is how many messages a stream remembers: enough to group the next one and to tell what
// the visitor has read.
const tail = 20

// inboxStream is the state of one open inbox page.
type inboxStream struct {
	h      *Handler
	out    *httpio.Stream
	who    support.Actor
	filter inbox.Filter
	// recent are the open conversation's last messages that were sent.
	recent []support.Message
	// shown is the open conversation, if any, and the newest positions sent of it; what is sent next
	// always comes from the tables after them, so that there is neither gap nor double whatever arrives.
	shown inbox.Shown
	// notesOn is the contact whose notes the page shows.
	notesOn string
	// counted is when the views were counted last; recount says that something happened since.
	counted time.Time
	recount bool
	// listed are the conversations on the list's first page when it was looked at last.
	listed []string
}

// timeTells is how often views are looked at anew while nothing happens: who has waited for long enough
// comes into a view by time alone.
const timeTells = 15 * time.Second

// countEvery is how often the views are counted anew at most while much happens.
const countEvery = time.Second

// streamInbox handles GET /inbox/events: the list, and the conversation that is open, live.
func (h *Handler) streamInbox(c httpio.Ctx) error {
	ctx, login := c.Request().Context(), loginOf(c)
	s := &inboxStream{h: h, who: actor(login), filter: readFilter(c)}
	// Subscribed before anything is read: what happens in between arrives as an event.
	sub := h.Hub.Subscribe(realtime.AccountTopic(login.AccountID))
	defer sub.Close()
	s.shown = openOf(c)
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		seq, err := httpio.LastSeq(last)
		if err != nil {
			return err
		}
		s.shown.Seq = seq
	}
	if err := s.remember(ctx); err != nil {
		return err
	}
	var err error
	if s.out, err = httpio.StartStream(c); err != nil {
		return err
	}
	leave := h.Support.EnterInbox(ctx, s.who)
	defer leave()
	if err := s.catchUp(ctx); err != nil {
		return err
	}
	live := func(ctx context.Context) error {
		if err := h.Auth.LoginLive(ctx, login); err != nil {
			return err
		}
		return s.sendWaited(ctx)
	}
	return s.out.Follow(ctx, sub, live, func(events []realtime.Event) error { return s.on(ctx, events) })
}

// remember loads the messages that the page shows already.
func (s *inboxStream) remember(ctx context.Context) error {
	if s.shown.ID == "" || s.shown.Seq == 0 {
		return nil
	}
	found, err := s.h.Support.Messages(ctx, s.who, s.shown.ID, support.MessageRange{BeforeSeq: s.shown.Seq + 1, Limit: tail})
	s.recent = found.Messages
	return err
}

// catchUp sends what changed between the page, or the stream before this one, and now.
func (s *inboxStream) catchUp(ctx context.Context) error {
	s.counted = time.Now()
	if err := s.sendList(ctx, true); err != nil {
		return err
	}
	if err := s.sendUnread(ctx); err != nil || s.shown.ID == "" {
		return err
	}
	if err := s.sendEntries(ctx); err != nil {
		return err
	}
	if err := s.sendPresent(ctx); err != nil {
		return err
	}
	if err := s.sendMerged(ctx); err != nil {
		return err
	}
	return s.sendHead(ctx)
}

// sendList renews the first page of the list, unless it has the same conversations as before and need not.
func (s *inboxStream) sendList(ctx context.Context, always bool) error {
	list, err := s.h.list(ctx, s.who, s.filter, "", s.shown.ID)
	if err != nil {
		return err
	}
	before := s.listed
	s.listed = nil
	for _, c := range list.Conversations {
		s.listed = append(s.listed, c.ID)
	}
	if !always && slices.Equal(before, s.listed) {
		return nil
	}
	return s.out.SendHTML(0, inbox.ListRefresh(list))
}

// sendWaited renews the numbers beside the views, and a list of those who have waited for some time.
func (s *inboxStream) sendWaited(ctx context.Context) error {
	if time.Since(s.counted) < timeTells {
		return s.sendCounts(ctx)
	}
	s.recount = true
	if s.filter.Waiting > 0 {
		if err := s.sendList(ctx, false); err != nil {
			return err
		}
	}
	return s.sendCounts(ctx)
}

// on shows what events mean, each conversation once: at a rush many concern the same one.
func (s *inboxStream) on(ctx context.Context, events []realtime.Event) error {
	news := gather(events, s.shown.ID, s.who.UserID)
	for _, row := range news.rows {
		if err := s.sendRow(ctx, row.convID, row.move); err != nil {
			return err
		}
	}
	if news.thread {
		if err := s.sendEntries(ctx); err != nil {
			return err
		}
		if err := s.sendHead(ctx); err != nil {
			return err
		}
	} else if news.readMark {
		if err := s.sendReadMark(ctx); err != nil {
			return err
		}
	}
	if news.merged {
		if err := s.sendMerged(ctx); err != nil {
			return err
		}
	}
	for _, seq := range news.changed {
		if err := s.sendChanged(ctx, seq); err != nil {
			return err
		}
	}
	for _, e := range news.notes {
		if err := s.sendNote(ctx, e); err != nil {
			return err
		}
	}
	if news.typing != nil {
		if err := s.sendTyping(ctx, *news.typing); err != nil {
			return err
		}
	}
	if news.present {
		if err := s.sendPresent(ctx); err != nil {
			return err
		}
	}
	if len(news.rows) == 0 {
		return nil
	}
	s.recount = true
	if time.Since(s.counted) >= countEvery {
		if err := s.sendCounts(ctx); err != nil {
			return err
		}
	}
	return s.sendUnread(ctx)
}

// sendCounts renews the numbers beside the views, if anything may have changed them.
func (s *inboxStream) sendCounts(ctx context.Context) error {
	if !s.recount {
		return nil
	}
	counts, err := s.h.Support.ViewCounts(ctx, s.who)
	if err != nil {
		return err
	}
	s.counted, s.recount = time.Now(), false
	return s.out.SendHTML(0, inbox.CountsUpdate(counts))
}

// news is what a page has to renew.
type news struct {
	rows []rowNews
	// thread and readMark concern the conversation that is open, as typing does.
	thread, readMark bool
	typing           *realtime.Event
	// merged says that the open conversation may have been merged with another one, or no longer be.
	merged bool
	// present says that somebody has come to the open conversation, or left it.
	present bool
	// notes are what became of notes on people.
	notes []realtime.Event
	// changed are the positions of messages that were edited or removed.
	changed []int64
}

type rowNews struct {
	convID string
	move   inbox.Move
}

func gather(events []realtime.Event, openID, userID string) (n news) {
	renew := func(convID string, move inbox.Move) {
		i := slices.IndexFunc(n.rows, func(row rowNews) bool { return row.convID == convID })
		if i >= 0 && move != inbox.Rise {
			return
		}
		if i >= 0 {
			n.rows = slices.Delete(n.rows, i, i+1) // the last to rise ends on top
		}
		n.rows = append(n.rows, rowNews{convID, move})
	}
	for _, e := range events {
		open := e.ConversationID != "" && e.ConversationID == openID
		switch e.Kind {
		case realtime.Typing:
			if open && e.UserID != userID {
				n.typing = &e
			}
		case realtime.Message:
			if e.Changed {
				renew(e.ConversationID, inbox.Stay)
				if open && !slices.Contains(n.changed, e.Seq) {
					n.changed = append(n.changed, e.Seq)
				}
				continue
			}
			renew(e.ConversationID, inbox.Rise)
			if open {
				n.thread = true
				n.typing = nil
			}
		case realtime.Conversation:
			renew(e.ConversationID, inbox.Rise)
			n.thread = n.thread || open
			n.merged = n.merged || open
		case realtime.Read:
			renew(e.ConversationID, inbox.Stay)
			n.readMark = n.readMark || open
		case realtime.Presence:
			n.present = n.present || open
		case realtime.ContactNote:
			n.notes = append(n.notes, e)
		case realtime.Availability, realtime.Mention:
		}
	}
	return n
}

// sendRow renews a conversation's row as far as the filter shows it.
func (s *inboxStream) sendRow(ctx context.Context, convID string, move inbox.Move) error {
	c, err := s.h.Support.Conversation(ctx, s.who, convID)
	if err != nil {
		return ignoreGone(err)
	}
	switch listed, sure := s.filter.Lists(c, s.who.UserID, s.h.Now().UnixMilli()); {
	case !sure:
		// Whether a search finds it, and where it stands in another order, is for the tables to say.
		move = inbox.Stay
	case !listed:
		move = inbox.Leave
	}
	return s.out.SendHTML(0, inbox.RowUpdate(c, s.filter, c.ID == s.shown.ID, move))
}

// sendEntries sends the open conversation's messages and events after the last ones sent.
func (s *inboxStream) sendEntries(ctx context.Context) error {
	for {
		found, err := s.h.Support.Messages(ctx, s.who, s.shown.ID, support.MessageRange{AfterSeq: s.shown.Seq})
		if err != nil {
			return ignoreGone(err)
		}
		events, err := s.h.Support.ConversationEvents(ctx, s.who, s.shown.ID, s.shown.Event, 0)
		if err != nil {
			return ignoreGone(err)
		}
		seq := s.shown.Seq
		if n := len(found.Messages); n > 0 {
			seq = found.Messages[n-1].Seq
		}
		if found.HasMore {
			// What was done after messages of the next round comes with them.
			events.Events = slices.DeleteFunc(events.Events, func(e support.ConversationEvent) bool { return e.AfterSeq > seq })
		}
		var previous *support.Message
		if n := len(s.recent); n > 0 {
			previous = &s.recent[n-1]
		}
		list := inbox.Timeline(found.Messages, events.Events, previous)
		if len(list) == 0 {
			return nil
		}
		s.shown.Seq = seq
		if n := len(events.Events); n > 0 {
			s.shown.Event = events.Events[n-1].Number
		}
		if err := s.out.SendHTML(s.shown.Seq, inbox.NewEntries(list, s.who.UserID)); err != nil {
			return err
		}
		s.recent = append(s.recent, found.Messages...)
		s.recent = append([]support.Message(nil), s.recent[max(0, len(s.recent)-tail):]...)
		if len(found.Messages) > 0 {
			if err := s.out.SendHTML(0, inbox.TypingUpdate("", "")); err != nil {
				return err
			}
		}
		if !found.HasMore && !events.HasMore {
			return nil
		}
	}
}

// sendChanged renews a message that was edited or removed, where the page shows it.
func (s *inboxStream) sendChanged(ctx context.Context, seq int64) error {
	m, previous, err := s.h.messageAt(ctx, s.who, s.shown.ID, seq)
	if err != nil {
		return ignoreGone(err)
	}
	if i := slices.IndexFunc(s.recent, func(r support.Message) bool { return r.Seq == seq }); i >= 0 {
		s.recent[i] = m
	}
	return s.out.SendHTML(0, inbox.ChangedMessage(m, previous, s.who.UserID))
}

// sendHead renews what stands around the open thread: name, status, sessions and read mark.
func (s *inboxStream) sendHead(ctx context.Context) error {
	d, err := s.h.Support.ConversationDetail(ctx, s.who, s.shown.ID)
	if err != nil {
		return ignoreGone(err)
	}
	all, err := s.h.choices(ctx, s.who, false)
	if err != nil {
		return err
	}
	if s.notesOn != d.Contact.ID {
		s.notesOn = d.Contact.ID
		notes, err := s.h.notesBesideThread(ctx, s.who, d.Conversation, inbox.NoteForm{})
		if err != nil {
			return err
		}
		if err := s.out.SendHTML(0, inbox.NotesUpdate(notes)); err != nil {
			return err
		}
	}
	return s.out.SendHTML(0, templ.Join(inbox.HeadUpdate(d.Conversation, s.filter),
		inbox.SideUpdate(d.Conversation, d.Sessions, all, s.who.UserID), inbox.ReadUpdate(d.Conversation, s.recent)))
}

// sendMerged tells what the open conversation was merged with, when the page says something else: what
// is unfolded there would be folded again.
func (s *inboxStream) sendMerged(ctx context.Context) error {
	merged, err := s.h.Support.Merged(ctx, s.who, s.shown.ID)
	if err != nil {
		return ignoreGone(err)
	}
	mark := inbox.MergedMark(merged)
	if mark == s.shown.Merged {
		return nil
	}
	s.shown.Merged = mark
	return s.out.SendHTML(0, inbox.MergedUpdate(merged))
}

// sendNote shows what became of a note, when it is on the person of the open conversation.
func (s *inboxStream) sendNote(ctx context.Context, e realtime.Event) error {
	if e.ContactID != s.notesOn {
		return nil
	}
	note, err := s.h.Support.ContactNote(ctx, s.who, e.ContactID, e.NoteID)
	if fault.Is(err, fault.NotFound) {
		return s.out.SendHTML(0, inbox.NoteGone(e.NoteID))
	}
	if err != nil {
		return err
	}
	return s.out.SendHTML(0, inbox.NoteUpdate(s.h.notes(s.who, "/inbox/"+s.shown.ID, inbox.NoteForm{}), note, !e.Changed))
}

func (s *inboxStream) sendReadMark(ctx context.Context) error {
	c, err := s.h.Support.Conversation(ctx, s.who, s.shown.ID)
	if err != nil {
		return ignoreGone(err)
	}
	return s.out.SendHTML(0, inbox.ReadUpdate(c, s.recent))
}

func (s *inboxStream) sendTyping(ctx context.Context, e realtime.Event) error {
	text := ""
	if e.Typing && e.By == "visitor" {
		c, err := s.h.Support.Conversation(ctx, s.who, s.shown.ID)
		if err != nil {
			return ignoreGone(err)
		}
		text = inbox.Name(c) + " is typing"
	} else if e.Typing {
		text = "Somebody of your team is typing"
	}
	return s.out.SendHTML(0, inbox.TypingUpdate(text, e.Text))
}

// sendPresent tells who else has the open conversation before them.
func (s *inboxStream) sendPresent(ctx context.Context) error {
	all, err := s.h.Support.Present(ctx, s.who, s.shown.ID)
	if err != nil {
		return ignoreGone(err)
	}
	others := slices.DeleteFunc(all, func(p support.Presence) bool { return p.UserID == s.who.UserID })
	return s.out.SendHTML(0, inbox.PresentUpdate(others))
}

func (s *inboxStream) sendUnread(ctx context.Context) error {
	unread, err := s.h.Support.UnreadConversations(ctx, s.who)
	if err != nil {
		return err
	}
	return s.out.SendHTML(0, layout.UnreadUpdate(unread))
}

// ignoreGone passes over a conversation that an event named but that is not there any more.
func ignoreGone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
