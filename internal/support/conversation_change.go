package support

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/jobs"
	"deskbell/internal/realtime"
)

// ConversationChange is the input of ChangeConversation; nil fields stay as they are.
type ConversationChange struct {
	Status *string
	// AssigneeID is a user's id; empty takes the assignment away.
	AssigneeID *string
	// TeamID is a group of members; empty takes it away.
	TeamID *string
	// AutoAssign gives it to whoever is next among those online, of its team when it has one. When
	// nobody is online it is nobody's until one of them comes.
	AutoAssign bool
	// Tags replaces all of them.
	Tags *[]string
	// AddTags and RemoveTags change some of them.
	AddTags, RemoveTags []string
	Priority            *string
	Spam                *bool
	Snooze              *Snooze

	// quiet alerts nobody to what they are given: many at once would be no news but noise.
	quiet bool
}

// Snooze says until when a conversation is out of the way; the visitor's next message brings it
// back at any rate.
type Snooze struct {
	// Until is a time (Unix ms); nil waits for the next message alone.
	Until *int64
	// End brings it back now.
	End bool
}

// longestSnooze is how far ahead a conversation may be put off.
const longestSnooze = 366 * 24 * time.Hour

// Bounds of a conversation's tags.
const (
	maxTags      = 20
	maxTagLength = 40
)

func validTag(tag string) (string, error) {
	tag = strings.TrimSpace(tag)
	if n := utf8.RuneCountInString(tag); n < 1 || n > maxTagLength || strings.ContainsFunc(tag, unicode.IsControl) {
		return "", fault.Field("tags", "each tag must be one line of 1 to 40 characters")
	}
	return tag, nil
}

func validTags(tags []string) (valid []string, err error) {
	valid = []string{}
	for _, tag := range tags {
		if tag, err = validTag(tag); err != nil {
			return nil, err
		}
		if !slices.Contains(valid, tag) {
			valid = append(valid, tag)
		}
	}
	return valid, nil
}

func (in *ConversationChange) validate(now int64) (err error) {
	bad := fault.Fields{}
	if in.Status != nil && *in.Status != ConversationActive && *in.Status != ConversationClosed {
		bad.Add("status", "status must be active or closed")
	}
	if in.Priority != nil && !slices.Contains(Priorities, *in.Priority) {
		bad.Add("priority", "priority must be none, low, high or urgent")
	}
	if in.Snooze != nil && in.Snooze.Until != nil && (*in.Snooze.Until <= now || *in.Snooze.Until > now+longestSnooze.Milliseconds()) {
		bad.Add("snooze", "snooze must end within a year from now")
	}
	if in.Snooze != nil && !in.Snooze.End && ((in.Status != nil && *in.Status == ConversationClosed) || (in.Spam != nil && *in.Spam)) {
		bad.Add("snooze", "only what stays open can be snoozed")
	}
	if in.AutoAssign && in.AssigneeID != nil {
		bad.Add("auto_assign", "auto_assign can't be combined with assignee_id")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	if in.Tags != nil {
		tags, err := validTags(*in.Tags)
		if err != nil {
			return err
		}
		in.Tags = &tags
	}
	if in.AddTags, err = validTags(in.AddTags); err != nil {
		return err
	}
	in.RemoveTags, err = validTags(in.RemoveTags)
	return err
}

// ChangeConversation changes what the team decides about a conversation and tells every open
// stream. Kinds: Invalid, NotFound.
func (s *Service) ChangeConversation(ctx context.Context, a Actor, convID string, in ConversationChange) (Conversation, error) {
	if err := in.validate(s.millis()); err != nil {
		return Conversation{}, err
	}
	var c Conversation
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		c, err = s.change(ctx, tx, a, convID, in)
		return err
	})
	return c, err
}

// change is ChangeConversation within a write, for input that was checked.
func (s *Service) change(ctx context.Context, tx *db.Tx, a Actor, convID string, in ConversationChange) (Conversation, error) {
	c, err := conversationOf(ctx, tx, a.AccountID, convID)
	if err != nil {
		return c, err
	}
	before := c
	if err := s.changeTags(&c, in); err != nil {
		return c, err
	}
	if err := s.changeShelf(ctx, tx, &c, in); err != nil {
		return c, err
	}
	if in.Priority != nil {
		c.Priority = *in.Priority
	}
	if err := s.changeAssignment(ctx, tx, &c, in); err != nil {
		return c, err
	}
	if before.sameAs(c) {
		return c, nil
	}
	c.UpdatedAt = s.millis()
	if err := updateConversation(ctx, tx, c); err != nil {
		return c, err
	}
	if !slices.Equal(before.Tags, c.Tags) {
		if err := replaceTags(ctx, tx, c); err != nil {
			return c, err
		}
	}
	event := realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: convID}
	if c.AssigneeID != before.AssigneeID && c.AssigneeID != a.UserID && !in.quiet {
		event.Assigned = c.AssigneeID
	}
	s.publishAfter(tx, event)
	if event.Assigned != "" {
		if err := s.pushLater(ctx, tx, event); err != nil {
			return c, err
		}
	}
	// Read once more: the names beside the ids are the tables'.
	if c, err = conversationOf(ctx, tx, a.AccountID, convID); err != nil {
		return c, err
	}
	return c, s.noteChange(ctx, tx, a.event(), before, c)
}

// sameAs compares what a change can change.
func (c Conversation) sameAs(other Conversation) bool {
	sameUntil := (c.SnoozedUntil == nil) == (other.SnoozedUntil == nil) && (c.SnoozedUntil == nil || *c.SnoozedUntil == *other.SnoozedUntil)
	return c.Status == other.Status && c.AssigneeID == other.AssigneeID && c.TeamID == other.TeamID && slices.Equal(c.Tags, other.Tags) &&
		c.Priority == other.Priority && c.Spam == other.Spam && c.Snoozed == other.Snoozed && sameUntil && c.awaitsTurn == other.awaitsTurn
}

func (s *Service) changeTags(c *Conversation, in ConversationChange) error {
	tags := slices.Clone(c.Tags)
	if in.Tags != nil {
		tags = slices.Clone(*in.Tags)
	}
	for _, tag := range in.AddTags {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	c.Tags = slices.DeleteFunc(tags, func(tag string) bool { return slices.Contains(in.RemoveTags, tag) })
	if len(c.Tags) > maxTags {
		return fault.Field("tags", "a conversation may have at most 20 tags")
	}
	return nil
}

// changeShelf sets status, spam and snooze, each of which may move a conversation to another view.
func (s *Service) changeShelf(ctx context.Context, tx *db.Tx, c *Conversation, in ConversationChange) error {
	if in.Status != nil && *in.Status != c.Status {
		if c.Status = *in.Status; c.Status == ConversationClosed {
			c.close()
		}
	}
	if in.Spam != nil {
		if c.Spam = *in.Spam; c.Spam {
			c.Snoozed, c.SnoozedUntil, c.awaitsTurn = false, nil, false
		}
	}
	if in.Snooze == nil {
		return nil
	}
	if in.Snooze.End {
		c.Snoozed, c.SnoozedUntil = false, nil
		return nil
	}
	if c.Status == ConversationClosed || c.Spam {
		return fault.Field("snooze", "only what stays open can be snoozed")
	}
	c.Snoozed, c.SnoozedUntil = true, in.Snooze.Until
	if c.SnoozedUntil == nil {
		return nil
	}
	payload, err := json.Marshal(WakeJob{ConversationID: c.ID, Until: *c.SnoozedUntil})
	if err != nil {
		return err
	}
	return s.jobs.Enqueue(ctx, tx, jobs.Job{
		ID: s.newID(), AccountID: c.AccountID, Kind: JobWake, Payload: payload, RunAt: *c.SnoozedUntil, GiveUpAt: *c.SnoozedUntil + longestSnooze.Milliseconds(),
	})
}

// JobWake is the kind of the job that brings a snoozed conversation back.
const JobWake = "conversation.wake"

// WakeJob is the payload of JobWake. One whose time is no longer the conversation's does nothing.
type WakeJob struct {
	ConversationID string `json:"conversation_id"`
	Until          int64  `json:"until"`
}

// WakeConversation brings a snoozed conversation back when its time has come. Kinds: NotFound when
// it is gone, which ends the job.
func (s *Service) WakeConversation(ctx context.Context, accountID string, job WakeJob) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := conversationOf(ctx, tx, accountID, job.ConversationID)
		if err != nil || c.SnoozedUntil == nil || *c.SnoozedUntil != job.Until {
			return err
		}
		c.Snoozed, c.SnoozedUntil, c.UpdatedAt = false, nil, s.millis()
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: accountID, ConversationID: c.ID})
		if err := updateConversation(ctx, tx, c); err != nil {
			return fmt.Errorf("wake conversation: %w", err)
		}
		return s.note(ctx, tx, accountID, ConversationEvent{ConversationID: c.ID, Kind: EventWoken, By: bySystem})
	})
}
