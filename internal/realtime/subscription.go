package realtime

// queueLimit is how many events a subscription may lag behind before it is cut off. A commit
// announces up to a few hundred writes at once.
const queueLimit = 1024

// Subscription queues the events of its topics for a stream with a goroutine of its own.
type Subscription struct {
	// Wake receives a value when there are events to take, or none will come any more.
	Wake   chan struct{}
	topics []Topic
	hub    *Hub

	// Guarded by the hub's lock.
	queue []Event
	ended bool
}

// Subscribe starts to receive the topics' events, in the order they are published.
func (h *Hub) Subscribe(topics ...Topic) *Subscription {
	s := &Subscription{Wake: make(chan struct{}, 1), topics: topics, hub: h}
	h.Add(s, topics...)
	return s
}

// Take returns what was published since the last call. It reports false when the subscriber
// lagged too far behind, Close was called or the hub ended, and everything has been taken.
func (s *Subscription) Take() ([]Event, bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	events := s.queue
	s.queue = nil
	return events, !s.ended || len(events) > 0
}

// Close stops the subscription. It may be called twice.
func (s *Subscription) Close() {
	s.hub.Remove(s, s.topics...)
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.Ended()
}

// Deliver queues an event; see Subscriber. The hub calls it under its lock, as it does Ended.
func (s *Subscription) Deliver(e Event) bool {
	if s.ended || len(s.queue) >= queueLimit {
		return false
	}
	s.queue = append(s.queue, e)
	s.wake()
	return true
}

// Ended lets Take report the end; see Subscriber.
func (s *Subscription) Ended() {
	s.ended = true
	s.wake()
}

func (s *Subscription) wake() {
	select {
	case s.Wake <- struct{}{}:
	default:
	}
}
