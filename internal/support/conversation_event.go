package support

import (
	"context"
	"slices"
	"strconv"

	"deskbell/internal/db"
)

// The kinds of events, and what their Detail is.
const (
	// EventAssigned and EventTeam: who it was given to; without one it was taken away.
	EventAssigned = "assigned"
	EventTeam     = "team"
	EventClosed   = "closed"
	EventReopened = "reopened"
	// EventSnoozed: until when (Unix ms); without one until the next message.
	EventSnoozed = "snoozed"
	EventWoken   = "woken"
	// EventTagged and EventUntagged: the tag.
	EventTagged   = "tagged"
	EventUntagged = "untagged"
	EventSpam     = "spam"
	EventNotSpam  = "not_spam"
	// EventPriority: one of Priorities.
	EventPriority = "priority"
	// EventVerificationAsked and EventVerified: the address, or the site's own id.
	EventVerificationAsked = "verification_asked"
	EventVerified          = "verified"
	// EventMerged and EventMergedInto: the id of the other conversation.
	EventMerged     = "merged"
	EventMergedInto = "merged_into"
	// EventRated: the score, 1 to 5.
	EventRated = "rated"
)

// maxShownEvents is how many events a part of a thread shows, the newest ones.
const maxShownEvents = 200

// ConversationEvent is something that was done to a conversation. Only the team sees it.
type ConversationEvent struct {
	ConversationID string
	// Number counts up within the conversation.
	Number int64
	// AfterSeq is the message after which it was done; 0 is before the first one.
	AfterSeq int64
	Kind     string
	// By is "agent", "visitor" or "system"; UserID and UserName are the agent.
	By       string
	UserID   string
	UserName string
	// Detail depends on Kind. For EventAssigned it is a user's id, and AssigneeName their name.
	Detail       string
	AssigneeName string
	CreatedAt    int64
}

// EventPage is a part of a conversation's events, ascending by number. HasMore says that more follow.
type EventPage struct {
	Events  []ConversationEvent
	HasMore bool
}

// ConversationEvents lists what was done to a conversation after an event's number (0: from the
// beginning), at most 100. Kinds: NotFound, Invalid.
func (s *Service) ConversationEvents(ctx context.Context, a Actor, convID string, after int64, limit int) (EventPage, error) {
	limit, err := pageSize(limit)
	if err != nil {
		return EventPage{}, err
	}
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return EventPage{}, err
	}
	list, err := eventsAfter(ctx, s.db.Read(), a.AccountID, convID, after, limit+1)
	if err != nil || len(list) <= limit {
		return EventPage{Events: list}, err
	}
	return EventPage{Events: list[:limit], HasMore: true}, nil
}

// EventsBetween lists what was done while these were the newest messages, the bounds included, and
// the number of the conversation's newest event. More than 200 leave out the oldest.
func (s *Service) EventsBetween(ctx context.Context, a Actor, convID string, fromSeq, toSeq int64) (list []ConversationEvent, newest int64, err error) {
	// The number first: an event that comes in between is then shown twice at worst, never missed.
	if newest, err = newestEvent(ctx, s.db.Read(), a.AccountID, convID); err != nil || newest == 0 {
		return nil, 0, err
	}
	list, err = eventsBetween(ctx, s.db.Read(), a.AccountID, convID, fromSeq, toSeq, maxShownEvents)
	slices.Reverse(list)
	return list, newest, err
}

// note writes down an event of a conversation, after its newest message, in the write that brings it
// about, and tells webhooks.
func (s *Service) note(ctx context.Context, tx *db.Tx, accountID string, e ConversationEvent) error {
	e.CreatedAt = s.millis()
	if err := insertEvent(ctx, tx, accountID, e); err != nil || webhookEventOf[e.Kind] == "" {
		return err
	}
	return s.announce(ctx, tx, accountID, WebhookDelivery{Event: webhookEventOf[e.Kind], ConversationID: e.ConversationID})
}

// event is the beginning of one that is the actor's doing.
func (a Actor) event() ConversationEvent { return ConversationEvent{By: byAgent, UserID: a.UserID} }

// noteChange writes down what differs between a conversation as it was and as it is now.
func (s *Service) noteChange(ctx context.Context, tx *db.Tx, by ConversationEvent, before, now Conversation) error {
	by.ConversationID = now.ID
	for _, change := range changesOf(before, now) {
		by.Kind, by.Detail = change.Kind, change.Detail
		if err := s.note(ctx, tx, now.AccountID, by); err != nil {
			return err
		}
	}
	return nil
}

// changesOf tells kinds and details, in the order in which people would do it.
func changesOf(before, now Conversation) (list []ConversationEvent) {
	add := func(changed bool, kind, detail string) {
		if changed {
			list = append(list, ConversationEvent{Kind: kind, Detail: detail})
		}
	}
	for _, tag := range now.Tags {
		add(!slices.Contains(before.Tags, tag), EventTagged, tag)
	}
	for _, tag := range before.Tags {
		add(!slices.Contains(now.Tags, tag), EventUntagged, tag)
	}
	add(now.Priority != before.Priority, EventPriority, now.Priority)
	add(now.TeamID != before.TeamID, EventTeam, now.TeamName)
	add(now.AssigneeID != before.AssigneeID, EventAssigned, now.AssigneeID)
	closed, wasClosed := now.Status == ConversationClosed, before.Status == ConversationClosed
	add(wasClosed && !closed, EventReopened, "")
	add(closed && !wasClosed, EventClosed, "")
	add(now.Spam && !before.Spam, EventSpam, "")
	add(before.Spam && !now.Spam, EventNotSpam, "")
	add(now.Snoozed && (!before.Snoozed || optionalNumber(now.SnoozedUntil) != optionalNumber(before.SnoozedUntil)), EventSnoozed, optionalNumber(now.SnoozedUntil))
	add(before.Snoozed && now.shelf() == shelfOpen, EventWoken, "")
	return list
}

func optionalNumber(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}
