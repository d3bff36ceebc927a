// Package realtime tells open streams that something changed. An event is a hint: the tables are
// the truth, and whoever has missed one reads there.
package realtime

import (
	"maps"
	"slices"
	"sync"
)

// Kind names what happened; the words are those of the documented stream events.
type Kind string

// The kinds of events.
const (
	Message      Kind = "message"
	Typing       Kind = "typing"
	Read         Kind = "read"
	Conversation Kind = "conversation"
	Availability Kind = "availability"
	// Mention tells one member that a note names them, or that they have read it.
	Mention Kind = "mention"
	// Presence tells the team that somebody has opened or left a conversation.
	Presence Kind = "presence"
	// ContactNote tells the team that a note on a person was written, changed or deleted.
	ContactNote Kind = "contact_note"
)

// Event is a hint about a conversation, or, for Availability, about an account.
type Event struct {
	Kind           Kind
	AccountID      string
	ConversationID string
	// Seq is the message's position, for Message and Mention.
	Seq int64
	// Changed says, for Message, that it was edited or deleted, not added.
	Changed bool
	// Spam marks a new Message of a conversation that the team has put away as spam.
	Spam bool
	// Private marks a Message that visitors must not see.
	Private bool
	// By is "visitor" or "agent", for Typing and Read.
	By string
	// UserID is the agent behind By, for the team's own streams; for Mention, whom it is for.
	UserID string
	Typing bool
	// Text is what a visitor has typed so far, for Typing, where the account wants to see it. It is
	// for the team's eyes at once and must not be kept.
	Text string
	// UpTo is the position read up to, for Read.
	UpTo int64
	// Assigned is, for Conversation, the user whom another one has just given it to.
	Assigned string
	// ContactID and NoteID are, for ContactNote, whom the note is on and which one it is.
	ContactID string
	NoteID    string
	// Content is the message itself, for one that was just stored, so that a stream need not read
	// what is at hand. It is nil when it has to be read.
	Content any
}

// Topic addresses a set of subscribers.
type Topic struct {
	kind topicKind
	id   string
}

type topicKind uint8

const (
	ofConversation topicKind = iota
	ofVisitors
	ofTeam
	topicKinds
)

// ConversationTopic is what the streams of one conversation's visitors listen to.
func ConversationTopic(id string) Topic { return Topic{ofConversation, id} }

// VisitorsTopic is what the streams of all of an account's visitors listen to.
func VisitorsTopic(accountID string) Topic { return Topic{ofVisitors, accountID} }

// AccountTopic is what the streams of an account's team listen to.
func AccountTopic(id string) Topic { return Topic{ofTeam, id} }

// Buffer is how many events a subscriber may lag behind before it is cut off. It then
// reconnects and resumes from the tables, which is cheaper than an unbounded queue.
const Buffer = 64

// Subscriber receives the events of its topics.
type Subscriber interface {
	// Deliver takes an event without blocking and without calling the hub; false says that the
	// subscriber can't keep up, and it is cut off.
	Deliver(e Event) bool
	// Ended says that no event follows: the subscriber was cut off or the hub closed. It must
	// not block and not call the hub.
	Ended()
}

// Hub hands events to subscribers within this process.
type Hub struct {
	mu sync.Mutex
	// topics holds slices, not sets: nearly every conversation has one stream, and a set for
	// each would cost more than the stream itself.
	topics [topicKinds]map[string][]Subscriber
	closed bool
	// online counts an account's open team streams by user.
	online map[string]map[string]int
}

// NewHub returns a hub without subscribers.
func NewHub() *Hub {
	h := &Hub{online: map[string]map[string]int{}}
	for kind := range h.topics {
		h.topics[kind] = map[string][]Subscriber{}
	}
	return h
}

// Add starts to deliver the topics' events to s, in the order they are published. It reports
// false, and has told s that it ended, when the hub is closed.
func (h *Hub) Add(s Subscriber, topics ...Topic) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		s.Ended()
		return false
	}
	for _, topic := range topics {
		h.keep(topic, append(h.of(topic), s))
	}
	return true
}

// Remove stops delivering to s; it is told nothing. It may be called twice.
func (h *Hub) Remove(s Subscriber, topics ...Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		list := h.of(topic)
		if i := slices.Index(list, s); i >= 0 {
			list[i] = list[len(list)-1]
			list[len(list)-1] = nil
			h.keep(topic, list[:len(list)-1])
		}
	}
}

func (h *Hub) keep(topic Topic, list []Subscriber) {
	if len(list) == 0 {
		delete(h.topics[topic.kind], topic.id)
		return
	}
	h.topics[topic.kind][topic.id] = list
}

func (h *Hub) of(topic Topic) []Subscriber { return h.topics[topic.kind][topic.id] }

// Listening reports whether anybody listens to a topic.
func (h *Hub) Listening(topic Topic) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.of(topic)) > 0
}

// Publish hands the event to the account's team streams and, unless it is private, to the
// visitors it concerns. It never blocks.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.send(AccountTopic(e.AccountID), e)
	switch {
	case e.Private:
	case e.Kind == Availability:
		h.send(VisitorsTopic(e.AccountID), e)
	default:
		h.send(ConversationTopic(e.ConversationID), e)
	}
}

func (h *Hub) send(topic Topic, e Event) {
	list := h.of(topic)
	if len(list) == 0 {
		return
	}
	left := slices.DeleteFunc(list, func(s Subscriber) bool {
		if s.Deliver(e) {
			return false
		}
		// It stays listed under its other topics until it removes itself; Ended may come again.
		s.Ended()
		return true
	})
	if len(left) < len(list) {
		h.keep(topic, left)
	}
}

// Enter notes that a user has one more open team stream and reports whether this is the first.
func (h *Hub) Enter(accountID, userID string) (first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.online[accountID] == nil {
		h.online[accountID] = map[string]int{}
	}
	h.online[accountID][userID]++
	return h.online[accountID][userID] == 1
}

// Leave takes back one Enter and reports whether it was the user's last.
func (h *Hub) Leave(accountID, userID string) (last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	users := h.online[accountID]
	users[userID]--
	if users[userID] > 0 {
		return false
	}
	delete(users, userID)
	if len(users) == 0 {
		delete(h.online, accountID)
	}
	return true
}

// OnlineUsers lists the users of the account with an open team stream, in any order.
func (h *Hub) OnlineUsers(accountID string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.online[accountID]))
}

// TeamStreams counts the open team streams of all accounts.
func (h *Hub) TeamStreams() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, users := range h.online {
		for _, streams := range users {
			n += streams
		}
	}
	return n
}

// IsOnline reports whether a user of the account has an open team stream.
func (h *Hub) IsOnline(accountID, userID string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.online[accountID][userID] > 0
}

// Close ends every subscription; later ones end at once. Streams end before the server does,
// so that a shutdown does not wait for them.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, topics := range h.topics {
		for _, list := range topics {
			for _, s := range list {
				s.Ended()
			}
		}
		clear(topics)
	}
}
