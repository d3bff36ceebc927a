// Package realtime tells open streams that something changed. An event is a hint that carries
// ids; the tables are the truth, and whoever receives a hint reads there.
package realtime

import "sync"

// Kind names what happened; the words are those of the documented stream events.
type Kind string

// The kinds of events.
const (
	Message      Kind = "message"
	Typing       Kind = "typing"
	Read         Kind = "read"
	Conversation Kind = "conversation"
	Availability Kind = "availability"
)

// Event is a hint about a conversation, or, for Availability, about an account.
type Event struct {
	Kind           Kind
	AccountID      string
	ConversationID string
	// Seq is the message's position, for Message.
	Seq int64
	// Private marks a Message or Typing that visitors must not see.
	Private bool
	// By is "visitor" or "agent", for Typing and Read.
	By string
	// UserID is the agent behind By, for the team's own streams.
	UserID string
	Typing bool
	// UpTo is the position read up to, for Read.
	UpTo int64
}

// Topic addresses a set of subscribers.
type Topic string

// ConversationTopic is what the streams of one conversation's visitors listen to.
func ConversationTopic(id string) Topic { return Topic("c:" + id) }

// VisitorsTopic is what the streams of all of an account's visitors listen to.
func VisitorsTopic(accountID string) Topic { return Topic("v:" + accountID) }

// AccountTopic is what the streams of an account's team listen to.
func AccountTopic(id string) Topic { return Topic("a:" + id) }

// buffer is how many events a subscriber may lag behind before it is cut off. It then
// reconnects and resumes from the tables, which is cheaper than an unbounded queue.
const buffer = 64

// Hub hands events to subscribers within this process.
type Hub struct {
	mu     sync.Mutex
	topics map[Topic]map[*Subscription]struct{}
	closed bool
	// online counts an account's open team streams by user.
	online map[string]map[string]int
}

// NewHub returns a hub without subscribers.
func NewHub() *Hub {
	return &Hub{topics: map[Topic]map[*Subscription]struct{}{}, online: map[string]map[string]int{}}
}

// Subscription receives the events of its topics until its channel is closed.
type Subscription struct {
	// C is closed when the subscriber lagged too far behind, Close was called or the hub ended.
	C      <-chan Event
	c      chan Event
	topics []Topic
	hub    *Hub
	gone   bool
}

// Subscribe starts to receive the topics' events, in the order they are published.
func (h *Hub) Subscribe(topics ...Topic) *Subscription {
	c := make(chan Event, buffer)
	s := &Subscription{C: c, c: c, topics: topics, hub: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		s.gone = true
		close(c)
		return s
	}
	for _, topic := range topics {
		if h.topics[topic] == nil {
			h.topics[topic] = map[*Subscription]struct{}{}
		}
		h.topics[topic][s] = struct{}{}
	}
	return s
}

// Close stops the subscription and closes its channel. It may be called twice.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.drop(s)
}

// drop removes s; the caller holds the lock.
func (h *Hub) drop(s *Subscription) {
	if s.gone {
		return
	}
	s.gone = true
	close(s.c)
	for _, topic := range s.topics {
		delete(h.topics[topic], s)
		if len(h.topics[topic]) == 0 {
			delete(h.topics, topic)
		}
	}
}

// Publish hands the event to the account's team streams and, unless it is private, to the
// visitors it concerns. It never blocks: a subscriber whose buffer is full is cut off.
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
	for s := range h.topics[topic] {
		select {
		case s.c <- e:
		default:
			h.drop(s)
		}
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

// Online is the number of users of the account with an open team stream.
func (h *Hub) Online(accountID string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.online[accountID])
}

// Close ends every subscription; later ones end at once. Streams end before the server does,
// so that a shutdown does not wait for them.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, subs := range h.topics {
		for s := range subs {
			h.drop(s)
		}
	}
}
