package realtime

// Subscription receives the events of its topics through a channel, for a stream with a
// goroutine of its own.
type Subscription struct {
	// C is closed when the subscriber lagged too far behind, Close was called or the hub ended.
	C      <-chan Event
	c      chan Event
	topics []Topic
	hub    *Hub
	ended  bool // guarded by the hub's lock
}

// Subscribe starts to receive the topics' events, in the order they are published.
func (h *Hub) Subscribe(topics ...Topic) *Subscription {
	c := make(chan Event, Buffer)
	s := &Subscription{C: c, c: c, topics: topics, hub: h}
	h.Add(s, topics...)
	return s
}

// Close stops the subscription and closes its channel. It may be called twice.
func (s *Subscription) Close() {
	s.hub.Remove(s, s.topics...)
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.Ended()
}

// Deliver queues an event; see Subscriber. The hub calls it under its lock, as it does Ended,
// so nothing is sent on a closed channel.
func (s *Subscription) Deliver(e Event) bool {
	if s.ended {
		return false
	}
	select {
	case s.c <- e:
		return true
	default:
		return false
	}
}

// Ended closes the channel; see Subscriber.
func (s *Subscription) Ended() {
	if !s.ended {
		s.ended = true
		close(s.c)
	}
}
