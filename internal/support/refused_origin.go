package support

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"deskbell/internal/db"
)

// maxRefusedOrigins bounds what is remembered for an account: strangers choose what they send.
const maxRefusedOrigins = 20

// RefusedOrigin is a website that tried to use the chat and was refused.
type RefusedOrigin struct {
	Origin   string
	Requests int64
	// LastAt is when it last tried (Unix ms).
	LastAt int64
	// Elsewhere is true when another token of the account covers it: its page has the wrong snippet.
	Elsewhere bool
}

// nobodys stands for the account of a preflight: browsers ask first without saying for which token.
const nobodys = ""

// refusals counts refused websites by account and origin. The table gets them once a minute.
type refusals struct {
	mu sync.Mutex
	of map[string]map[string]RefusedOrigin
}

// note counts a refusal of what an Origin header says. What could not be allowed is left out.
func (r *refusals) note(accountID, header string, now int64) {
	origin, ok := ParseOrigin(header)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(accountID, RefusedOrigin{Origin: origin, Requests: 1, LastAt: now})
}

func (r *refusals) add(accountID string, more RefusedOrigin) {
	if r.of[accountID] == nil {
		r.of[accountID] = map[string]RefusedOrigin{}
	}
	addRefused(r.of[accountID], more)
}

// addRefused adds to what is counted and drops the oldest one too many.
func addRefused(list map[string]RefusedOrigin, more RefusedOrigin) {
	more.Requests += list[more.Origin].Requests
	more.LastAt = max(more.LastAt, list[more.Origin].LastAt)
	if list[more.Origin] = more; len(list) > maxRefusedOrigins {
		delete(list, slices.MinFunc(slices.Collect(maps.Values(list)), byLastRefusal).Origin)
	}
}

func byLastRefusal(a, b RefusedOrigin) int { return cmp.Compare(a.LastAt, b.LastAt) }

// pending returns what was counted for an account and not yet written.
func (r *refusals) pending(accountID string) []RefusedOrigin {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.of[accountID]))
}

// take empties it.
func (r *refusals) take() map[string]map[string]RefusedOrigin {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.of
	r.of = map[string]map[string]RefusedOrigin{}
	return all
}

// giveBack adds what could not be written.
func (r *refusals) giveBack(all map[string]map[string]RefusedOrigin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for accountID, list := range all {
		for _, refused := range list {
			r.add(accountID, refused)
		}
	}
}

// forget drops what a new token covers.
func (r *refusals) forget(accountID, domain string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, of := range []string{accountID, nobodys} {
		maps.DeleteFunc(r.of[of], func(origin string, _ RefusedOrigin) bool { return Covers(domain, origin) })
	}
}

// FlushRefusedOrigins writes which websites were refused; called once a minute and at shutdown.
func (s *Service) FlushRefusedOrigins(ctx context.Context) error {
	all := s.refused.take()
	if len(all) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		for accountID, list := range all {
			if accountID == nobodys {
				var err error
				if accountID, err = onlyAccount(ctx, tx); err != nil {
					return err
				}
				if accountID == "" {
					continue
				}
			}
			for _, refused := range list {
				if err := addRefusedOrigin(ctx, tx, accountID, refused); err != nil {
					return err
				}
			}
			if err := dropRefusedOrigins(ctx, tx, accountID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.refused.giveBack(all)
	}
	return err
}

// RefusedOrigins lists the websites that were refused last, newest first, at most 20. What browsers
// ask before a request names no token; it is listed where there is one account alone. Admins only.
func (s *Service) RefusedOrigins(ctx context.Context, a Actor, tokens []Token) ([]RefusedOrigin, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	stored, err := refusedOriginsOf(ctx, s.db.Read(), a.AccountID)
	if err != nil {
		return nil, err
	}
	only, err := onlyAccount(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	found := map[string]RefusedOrigin{}
	fresh := s.refused.pending(a.AccountID)
	if only == a.AccountID {
		fresh = append(fresh, s.refused.pending(nobodys)...)
	}
	for _, refused := range append(stored, fresh...) {
		addRefused(found, refused)
	}
	list := slices.SortedFunc(maps.Values(found), func(a, b RefusedOrigin) int {
		return cmp.Or(byLastRefusal(b, a), cmp.Compare(a.Origin, b.Origin))
	})
	for i := range list {
		list[i].Elsewhere = slices.ContainsFunc(tokens, func(t Token) bool {
			return t.Status == TokenActive && Covers(t.Domain, list[i].Origin)
		})
	}
	return list, nil
}
