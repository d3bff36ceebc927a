package support

import (
	"context"
	"sync"
	"time"

	"deskbell/internal/db"
)

// UseDays is for how many days, today among them, requests are counted for each token.
const UseDays = 30

const dayMillis = int64(24 * time.Hour / time.Millisecond)

// tokenUses counts what tokens are used for. The tables get it at most once a minute: otherwise
// every anonymous request would be a write. There is an entry for each token used since then.
type tokenUses struct {
	mu sync.Mutex
	of map[tokenDay]*tokenUse
}

// tokenDay is a token on a day since 1970 in UTC.
type tokenDay struct {
	tokenID string
	day     int64
}

// tokenUse is how often a token was used on a day, when last (Unix ms), and on which website.
type tokenUse struct {
	requests, at int64
	origin       string
	seenAt       int64
}

// note counts a request; origin is "" when it did not come from the token's own website.
func (u *tokenUses) note(tokenID, origin string, now int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := tokenDay{tokenID, now / dayMillis}
	use := u.of[key]
	if use == nil {
		use = &tokenUse{}
		u.of[key] = use
	}
	use.requests++
	use.at = now
	if origin != "" {
		use.origin, use.seenAt = origin, now
	}
}

// freshen adds what the table does not have yet.
func (u *tokenUses) freshen(t *Token, now int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for day := now/dayMillis - 1; day <= now/dayMillis; day++ {
		use := u.of[tokenDay{t.ID, day}]
		if use == nil {
			continue
		}
		if at := use.at; t.LastUsed == nil || at > *t.LastUsed {
			t.LastUsed = &at
		}
		if use.seenAt > t.SeenAt {
			t.SeenOrigin, t.SeenAt = use.origin, use.seenAt
		}
	}
}

// requests is what was counted and not yet written.
func (u *tokenUses) requests(key tokenDay) int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if use := u.of[key]; use != nil {
		return use.requests
	}
	return 0
}

// due returns what is to be written.
func (u *tokenUses) due() map[tokenDay]tokenUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := make(map[tokenDay]tokenUse, len(u.of))
	for key, use := range u.of {
		out[key] = *use
	}
	return out
}

// wrote drops what is in the tables now; what was counted meanwhile stays.
func (u *tokenUses) wrote(done map[tokenDay]tokenUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for key, use := range done {
		if u.of[key].requests -= use.requests; u.of[key].requests == 0 {
			delete(u.of, key)
		}
	}
}

// FlushTokenUse writes what tokens were used for; called once a minute and at shutdown.
func (s *Service) FlushTokenUse(ctx context.Context) error {
	due := s.used.due()
	if len(due) == 0 {
		return nil
	}
	first := s.millis()/dayMillis - UseDays + 1
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		for key, use := range due {
			if err := addTokenUse(ctx, tx, key, use, first); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.used.wrote(due)
	}
	return err
}

// TokenRequests returns how many requests came with each of the account's tokens on each of the last
// UseDays days in UTC, oldest first, by the token's id. Tokens without any are left out. Admins only.
func (s *Service) TokenRequests(ctx context.Context, a Actor, tokens []Token) (map[string][]int64, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	today := s.millis() / dayMillis
	first := today - UseDays + 1
	days, err := tokenDaysOf(ctx, s.db.Read(), a.AccountID, first)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		for day := today - 1; day <= today; day++ {
			key := tokenDay{t.ID, day}
			if n := s.used.requests(key); n > 0 {
				days[key] += n
			}
		}
	}
	out := map[string][]int64{}
	for key, n := range days {
		if out[key.tokenID] == nil {
			out[key.tokenID] = make([]int64, UseDays)
		}
		if i := key.day - first; i < UseDays {
			out[key.tokenID][i] = n
		}
	}
	return out, nil
}
