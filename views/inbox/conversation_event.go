package inbox

import (
	"context"
	"strconv"

	"deskbell/internal/support"
	"deskbell/views/ui"
)

// Entry is one thing in a thread: a message or an event. Previous is the message above it, if it
// is shown.
type Entry struct {
	Message  *support.Message
	Event    *support.ConversationEvent
	Previous *support.Message
	// FirstUnread says that a line above it marks where the reader has not been yet.
	FirstUnread bool
}

// Timeline puts events between the messages after which they were done; previous is the message
// above all of them.
func Timeline(messages []support.Message, events []support.ConversationEvent, previous *support.Message) []Entry {
	list := make([]Entry, 0, len(messages)+len(events))
	for i := range messages {
		for len(events) > 0 && events[0].AfterSeq < messages[i].Seq {
			list = append(list, Entry{Event: &events[0], Previous: previous})
			events = events[1:]
		}
		list = append(list, Entry{Message: &messages[i], Previous: previous})
		previous = &messages[i]
	}
	for i := range events {
		list = append(list, Entry{Event: &events[i], Previous: previous})
	}
	return list
}

func entries(p ThreadProps, previous *support.Message) []Entry {
	list := Timeline(p.Messages, p.Events, previous)
	for i, e := range list {
		list[i].FirstUnread = p.Unread > 0 && e.Message != nil && e.Message.Seq == p.Unread
	}
	return list
}

// eventText says in a sentence who did what; me is the reader.
func eventText(ctx context.Context, e support.ConversationEvent, me string) string {
	who := e.UserName
	switch {
	case e.By == "visitor":
		who = "The visitor"
	case e.UserID == me && me != "":
		who = "You"
	case who == "":
		who = "Deskbell"
	}
	switch e.Kind {
	case support.EventAssigned:
		return assignedText(e, who, me)
	case support.EventTeam:
		if e.Detail == "" {
			return who + " took this away from its team"
		}
		return who + " gave this to the team " + e.Detail
	case support.EventClosed:
		return who + " closed this conversation"
	case support.EventReopened:
		if e.By == "visitor" {
			return "The visitor wrote again and reopened this"
		}
		return who + " reopened this conversation"
	case support.EventSnoozed:
		until := "the next message"
		if ms, err := strconv.ParseInt(e.Detail, 10, 64); err == nil {
			until = ui.Format(ctx, ms, ui.Full)
		}
		return who + " snoozed this until " + until
	case support.EventWoken:
		if e.By == "visitor" {
			return "The visitor wrote again and ended the snooze"
		}
		if e.By == "system" {
			return "The snooze is over"
		}
		return who + " ended the snooze"
	case support.EventTagged:
		return who + " added the tag " + e.Detail
	case support.EventUntagged:
		return who + " removed the tag " + e.Detail
	case support.EventSpam:
		return who + " marked this as spam"
	case support.EventNotSpam:
		return who + " marked this as not spam"
	case support.EventPriority:
		if e.Detail == support.Priorities[0] {
			return who + " removed the priority"
		}
		return who + " set the priority to " + e.Detail
	case support.EventVerificationAsked:
		return who + " asked the visitor to verify " + e.Detail
	case support.EventVerified:
		return who + " verified " + e.Detail
	case support.EventMerged:
		return who + " merged another conversation into this one"
	case support.EventMergedInto:
		return who + " merged this into another conversation"
	case support.EventRated:
		return who + " rated this conversation " + e.Detail + " of 5"
	}
	return who + " changed this conversation"
}

func assignedText(e support.ConversationEvent, who, me string) string {
	to := e.AssigneeName
	if e.Detail == me {
		to = "you"
	}
	switch {
	case e.Detail == "":
		return who + " took this away from its agent"
	case e.Detail == e.UserID:
		return who + " took this conversation"
	case e.By == "system":
		return "This went to " + to + ", whose turn it was"
	}
	return who + " gave this to " + to
}
