package support

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"deskbell/internal/realtime"
)

// presenceLife is how long a member counts as looking at a conversation after they last said so.
const presenceLife = 15 * time.Second

// Presence is a member who has a conversation open.
type Presence struct {
	UserID string
	Name   string
	// Replying says that they have begun to write an answer.
	Replying bool
}

// presences keeps in memory who looks at what: a restart forgets it, and clients say it again.
type presences struct {
	mu sync.Mutex
	// by conversation and user.
	list map[string]map[string]*present
}

type present struct {
	Presence
	timer *time.Timer
}

// SetPresence notes that the actor has a conversation open, for 15 seconds from now, and tells the
// team when that is new. Kinds: NotFound.
func (s *Service) SetPresence(ctx context.Context, a Actor, convID string, viewing, replying bool) error {
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return err
	}
	if s.present.set(convID, Presence{UserID: a.UserID, Name: a.Name, Replying: replying}, viewing || replying, func() { s.tellPresence(a.AccountID, convID) }) {
		s.tellPresence(a.AccountID, convID)
	}
	return nil
}

func (s *Service) tellPresence(accountID, convID string) {
	s.hub.Publish(realtime.Event{Kind: realtime.Presence, AccountID: accountID, ConversationID: convID, Private: true})
}

// set notes who is there and reports whether anything differs from before; expired is called when
// nobody says it again in time.
func (p *presences) set(convID string, who Presence, there bool, expired func()) (changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.list[convID][who.UserID]
	if before != nil {
		before.timer.Stop()
	}
	if !there {
		p.drop(convID, who.UserID)
		return before != nil
	}
	if p.list[convID] == nil {
		p.list[convID] = map[string]*present{}
	}
	now := &present{Presence: who}
	now.timer = time.AfterFunc(presenceLife, func() {
		if p.expire(convID, now) {
			expired()
		}
	})
	p.list[convID][who.UserID] = now
	return before == nil || before.Presence != who
}

// expire forgets an entry unless a newer one has taken its place.
func (p *presences) expire(convID string, entry *present) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.list[convID][entry.UserID] != entry {
		return false
	}
	p.drop(convID, entry.UserID)
	return true
}

func (p *presences) drop(convID, userID string) {
	delete(p.list[convID], userID)
	if len(p.list[convID]) == 0 {
		delete(p.list, convID)
	}
}

// has reports whether a member has a conversation open.
func (p *presences) has(convID, userID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.list[convID][userID] != nil
}

// Present lists the members who have a conversation open, by name. Kinds: NotFound.
func (s *Service) Present(ctx context.Context, a Actor, convID string) ([]Presence, error) {
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return nil, err
	}
	s.present.mu.Lock()
	defer s.present.mu.Unlock()
	out := []Presence{}
	for entry := range maps.Values(s.present.list[convID]) {
		out = append(out, entry.Presence)
	}
	slices.SortFunc(out, func(a, b Presence) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UserID, b.UserID)) })
	return out, nil
}
