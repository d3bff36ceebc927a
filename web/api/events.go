package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/ratelimit"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

// touchEvery is how often an open stream counts as its session's activity.
const touchEvery = 10 * time.Minute

type stateJSON struct {
	ConversationID       string           `json:"conversation_id"`
	Status               string           `json:"status"`
	LastSeq              int64            `json:"last_seq"`
	UnreadCount          int64            `json:"unread_count"`
	Read                 readJSON         `json:"read"`
	Availability         availabilityJSON `json:"availability"`
	Verified             bool             `json:"verified"`
	RequiresVerification bool             `json:"requires_verification"`
	VerificationAsked    bool             `json:"verification_asked"`
}

type messageEvent struct {
	Message messageJSON `json:"message"`
}

// AppendJSON is for httpio.
func (e messageEvent) AppendJSON(b []byte) ([]byte, error) {
	b, err := e.Message.AppendJSON(append(b, `{"message":`...))
	return append(b, '}'), err
}

// teamMessageEvent is a message as the team's streams tell of it.
type teamMessageEvent struct {
	Message messageJSON `json:"message"`
	// Spam says that nobody need be called for it.
	Spam bool `json:"spam"`
}

// AppendJSON is for httpio.
func (e teamMessageEvent) AppendJSON(b []byte) ([]byte, error) {
	b, err := messageEvent{e.Message}.AppendJSON(b)
	return append(strconv.AppendBool(append(b[:len(b)-1], `,"spam":`...), e.Spam), '}'), err
}

type typingEvent struct {
	ConversationID string `json:"conversation_id"`
	By             string `json:"by"`
	Typing         bool   `json:"typing"`
}

type readEvent struct {
	ConversationID string `json:"conversation_id"`
	By             string `json:"by"`
	UpToSeq        int64  `json:"up_to_seq"`
}

type conversationEvent struct {
	ConversationID string        `json:"conversation_id"`
	Status         string        `json:"status"`
	Assignee       *assigneeJSON `json:"assignee"`
	// VerificationAsked says that the team would like the visitor to prove an address.
	VerificationAsked bool `json:"verification_asked"`
}

// teamConversationEvent is a conversation as the team's streams tell of it.
type teamConversationEvent struct {
	conversationEvent
	Team         *teamNameJSON `json:"team"`
	Tags         []string      `json:"tags"`
	Priority     string        `json:"priority"`
	Spam         bool          `json:"spam"`
	Snoozed      bool          `json:"snoozed"`
	SnoozedUntil *httpio.Time  `json:"snoozed_until"`
	WaitingSince *httpio.Time  `json:"waiting_since"`
}

func showConversationEvent(c support.Conversation) teamConversationEvent {
	return teamConversationEvent{
		conversationEvent: conversationEvent{c.ID, c.Status, showAssignee(c), c.VerificationAsked}, Team: showTeamName(c), Tags: c.Tags, Priority: c.Priority,
		Spam: c.Spam, Snoozed: c.Snoozed, SnoozedUntil: httpio.OptionalTime(c.SnoozedUntil), WaitingSince: httpio.OptionalTime(c.WaitingSince),
	}
}

// mentionEvent tells one member how many mentions they have not read, after a change in one conversation.
type mentionEvent struct {
	ConversationID string `json:"conversation_id"`
	Seq            int64  `json:"seq"`
	UnreadMentions int64  `json:"unread_mentions"`
}

// statusErased tells the team's streams that a conversation is gone for good.
const statusErased = "erased"

// resumePoint reads Last-Event-ID or after_seq; false when the caller wants only what is new.
func resumePoint(c httpio.Ctx) (int64, bool, error) {
	text := c.Request().Header.Get("Last-Event-ID")
	if text == "" {
		text = c.QueryParam("after_seq")
	}
	if text == "" {
		return 0, false, nil
	}
	seq, err := httpio.LastSeq(text)
	return seq, err == nil, err
}

// visitorStream is what an open stream of a visitor keeps.
type visitorStream struct {
	h    *handler
	auth support.StreamAuth
	// cursor is the newest position that was sent; what is sent next always comes from the
	// table after it, so that there is no gap and no double whatever events arrive.
	cursor int64
	// touched is when the stream last counted as activity, in Unix seconds; for the check alone.
	touched int64
}

// streamSession handles GET /session/events.
func (h *handler) streamSession(c httpio.Ctx, t support.TokenAuth, v support.SessionAuth) error {
	auth, err := h.support.NewStreamAuth(c.Request().Context(), t, v)
	if err != nil {
		return err
	}
	after, resumes, err := resumePoint(c)
	if err != nil {
		return err
	}
	s := &visitorStream{h: h, auth: auth, touched: time.Now().Unix()}
	// Subscribed before the state is read: what happens in between arrives as an event.
	topics := [2]realtime.Topic{realtime.ConversationTopic(v.ConversationID), realtime.VisitorsTopic(auth.AccountID())}
	wire, err := h.wires.Follow(s, v.Digest, ratelimit.Network(h.proxies.ClientIP(c.Request())), topics)
	if err != nil {
		return err
	}
	if err := s.begin(c, wire, v, after, resumes); err != nil {
		wire.Close()
		return err
	}
	if c.QueryParam("once") != "" {
		wire.Close()
		return nil
	}
	wire.Start()
	return nil
}

// begin sends the state and what the reader has missed.
func (s *visitorStream) begin(c httpio.Ctx, wire *httpio.Wire, v support.SessionAuth, after int64, resumes bool) error {
	ctx := c.Request().Context()
	conversation, err := s.h.support.VisitorConversation(ctx, v)
	if err != nil {
		return err
	}
	availability, err := s.h.support.StreamAvailability(ctx, &s.auth)
	if err != nil {
		return err
	}
	if s.cursor = conversation.LastSeq; resumes {
		s.cursor = min(after, conversation.LastSeq)
	}
	state := stateJSON{
		ConversationID: conversation.ID, Status: conversation.Status, LastSeq: conversation.LastSeq, UnreadCount: conversation.UnreadCount,
		Read:         readJSON{Visitor: conversation.VisitorReadSeq, Agent: conversation.AgentReadSeq},
		Availability: showAvailability(availability), Verified: v.Verified, RequiresVerification: v.RequiresVerification, VerificationAsked: conversation.VerificationAsked,
	}
	if !s.auth.ReadReceipts {
		state.Read.Agent = 0
	}
	if err := wire.Open(c); err != nil {
		return err
	}
	if err := wire.Send("state", 0, state); err != nil {
		return err
	}
	return s.catchUp(ctx, wire.Stream)
}

// catchUp sends every message after the cursor.
func (s *visitorStream) catchUp(ctx context.Context, out *httpio.Stream) error {
	for {
		page, err := s.h.support.StreamMessages(ctx, &s.auth, s.cursor)
		if err != nil {
			return err
		}
		for _, m := range page.Messages {
			if err := out.Send("message", m.Seq, messageEvent{showMessage(m)}); err != nil {
				return err
			}
			s.cursor = m.Seq
		}
		if !page.HasMore {
			return nil
		}
	}
}

// Frame is what an event that brings everything means for the visitor.
func (s *visitorStream) Frame(e realtime.Event) ([]byte, error) {
	switch e.Kind {
	case realtime.Message:
		if m, ok := e.Content.(support.Message); ok && e.Seq == s.cursor+1 {
			s.cursor = e.Seq
			return httpio.Frame("message", e.Seq, messageEvent{showMessage(m)})
		}
	case realtime.Typing:
		if e.By == "agent" && s.auth.TypingIndicators {
			return httpio.Frame("typing", 0, typingEvent{e.ConversationID, e.By, e.Typing})
		}
	case realtime.Read:
		if e.By != "agent" || s.auth.ReadReceipts {
			return httpio.Frame("read", 0, readEvent{e.ConversationID, e.By, e.UpTo})
		}
	}
	return nil, nil
}

// On sends what an event means for the visitor.
func (s *visitorStream) On(ctx context.Context, out *httpio.Stream, e realtime.Event) error {
	text, err := s.Frame(e)
	if err != nil {
		return err
	}
	if len(text) > 0 {
		return out.SendFrame(text)
	}
	switch e.Kind {
	case realtime.Message:
		if e.Seq > s.cursor {
			return s.catchUp(ctx, out)
		}
		if e.Changed {
			return s.sendChanged(ctx, out, e.Seq)
		}
	case realtime.Conversation:
		c, err := s.h.support.StreamConversation(ctx, &s.auth)
		if err != nil {
			return err
		}
		return out.Send("conversation", 0, conversationEvent{c.ID, c.Status, visibleAssignee(c), c.VerificationAsked})
	case realtime.Availability:
		a, err := s.h.support.StreamAvailability(ctx, &s.auth)
		return sendAvailability(out, a, err)
	}
	return nil
}

// sendChanged sends a message that was edited or deleted after it was sent. It has no id: the
// position to resume from stays where it is.
func (s *visitorStream) sendChanged(ctx context.Context, out *httpio.Stream, seq int64) error {
	m, shown, err := s.h.support.ChangedMessage(ctx, &s.auth, seq)
	if err != nil || !shown {
		return err
	}
	return out.Send("message", 0, messageEvent{showMessage(m)})
}

// checkStreams says which visitors' streams have ended, and lets the others count as activity.
func (h *handler) checkStreams(ctx context.Context, followers []httpio.Follower) (map[int]error, error) {
	streams := make([]*support.StreamAuth, 0, len(followers))
	var due []*support.StreamAuth
	now := time.Now().Unix()
	for _, f := range followers {
		s, ok := f.(*visitorStream)
		if !ok {
			return nil, fmt.Errorf("unknown stream %T", f)
		}
		streams = append(streams, &s.auth)
		if now-s.touched >= int64(touchEvery.Seconds()) {
			s.touched = now
			due = append(due, &s.auth)
		}
	}
	ended, err := h.support.EndedStreams(ctx, streams)
	return ended, errors.Join(err, h.support.TouchStreams(ctx, due))
}

// visibleAssignee tells visitors the name of who takes care of them and no id.
func visibleAssignee(c support.VisitorConversation) *assigneeJSON {
	if c.AssigneeName == "" {
		return nil
	}
	return &assigneeJSON{Name: c.AssigneeName}
}

// sendAvailability sends what was found out, or fails with why it was not.
func sendAvailability(out *httpio.Stream, a support.Availability, err error) error {
	if err != nil {
		return err
	}
	return out.Send("availability", 0, showAvailability(a))
}

// streamTeam handles GET /events.
func (h *handler) streamTeam(c httpio.Ctx, u auth.TokenUser) error {
	ctx, a := c.Request().Context(), actor(u)
	sub := h.hub.Subscribe(realtime.AccountTopic(u.AccountID))
	defer sub.Close()
	unread, err := h.support.UnreadConversations(ctx, a)
	if err != nil {
		return err
	}
	mentions, err := h.support.UnreadMentions(ctx, a)
	if err != nil {
		return err
	}
	out, err := httpio.StartStream(c)
	if err != nil {
		return err
	}
	defer h.support.EnterInbox(ctx, a)()
	availability, err := h.support.Availability(ctx, u.AccountID)
	if err != nil {
		return err
	}
	if err := out.Send("state", 0, struct {
		UserID         string           `json:"user_id"`
		UnreadCount    int64            `json:"unread_count"`
		UnreadMentions int64            `json:"unread_mentions"`
		Availability   availabilityJSON `json:"availability"`
	}{u.ID, unread, mentions, showAvailability(availability)}); err != nil {
		return err
	}
	live := func(ctx context.Context) error { return h.auth.UserLive(ctx, u) }
	return out.Follow(ctx, sub, live, func(events []realtime.Event) error {
		for _, e := range events {
			if err := h.sendTeam(ctx, out, a, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *handler) sendTeam(ctx context.Context, out *httpio.Stream, a support.Actor, e realtime.Event) error {
	switch e.Kind {
	case realtime.Message:
		if m, ok := e.Content.(support.Message); ok {
			return out.Send("message", m.Seq, teamMessageEvent{showTeamMessage(m), e.Spam})
		}
		m, err := h.support.MessageAt(ctx, a, e.ConversationID, e.Seq)
		if fault.Is(err, fault.NotFound) {
			return nil // erased since
		}
		if err != nil {
			return err
		}
		return out.Send("message", m.Seq, teamMessageEvent{showTeamMessage(m), e.Spam})
	case realtime.Typing:
		return out.Send("typing", 0, typingEvent{e.ConversationID, e.By, e.Typing})
	case realtime.Read:
		return out.Send("read", 0, readEvent{e.ConversationID, e.By, e.UpTo})
	case realtime.Conversation:
		c, err := h.support.Conversation(ctx, a, e.ConversationID)
		if fault.Is(err, fault.NotFound) {
			return out.Send("conversation", 0, conversationEvent{ConversationID: e.ConversationID, Status: statusErased})
		}
		if err != nil {
			return err
		}
		return out.Send("conversation", 0, showConversationEvent(c))
	case realtime.Availability:
		there, err := h.support.Availability(ctx, a.AccountID)
		return sendAvailability(out, there, err)
	case realtime.Mention:
		if e.UserID != a.UserID {
			return nil
		}
		unread, err := h.support.UnreadMentions(ctx, a)
		if err != nil {
			return err
		}
		return out.Send("mention", 0, mentionEvent{e.ConversationID, e.Seq, unread})
	case realtime.Presence:
		list, err := h.support.Present(ctx, a, e.ConversationID)
		if fault.Is(err, fault.NotFound) {
			return nil // erased since
		}
		if err != nil {
			return err
		}
		return out.Send("presence", 0, showPresence(e.ConversationID, list))
	}
	return nil
}
