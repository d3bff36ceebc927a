package support

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/jobs"
)

// Graces are for how long a token that is replaced may go on working.
var Graces = []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// ErrReplaced says that a token has its successor already.
var ErrReplaced = fault.New(fault.Conflict, "token_replaced", "This token is being replaced already")

// JobDeleteToken is the kind of the job that deletes a replaced token.
const JobDeleteToken = "token.delete"

// longestDelay is how long deleting a token is tried again (ms).
const longestDelay = 30 * dayMillis

// DeleteTokenJob is the payload of JobDeleteToken. One whose time is no longer the token's does nothing.
type DeleteTokenJob struct {
	TokenID string `json:"token_id"`
	UserID  string `json:"user_id"`
	At      int64  `json:"at"`
}

// ReplaceToken makes a token with the settings of another one, which is deleted after the grace, one of
// Graces; until then both work. Sessions of either go on
// with both, and with the new one after that: it has the same domain in the same account. It returns the new one with its string. Admins only. Kinds: Forbidden,
// NotFound, Invalid, Conflict when the old one is replaced already or works no more.
func (s *Service) ReplaceToken(ctx context.Context, a Actor, tokenID string, grace time.Duration) (Token, string, error) {
	if err := a.mustAdmin(); err != nil {
		return Token{}, "", err
	}
	if !id.Valid(tokenID) {
		return Token{}, "", errNotFound
	}
	if !slices.Contains(Graces, grace) {
		return Token{}, "", fault.Field("grace", "grace must be an hour, a day or a week")
	}
	var t Token
	var signed string
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		old, err := tokenOf(ctx, tx, a.AccountID, tokenID)
		if err != nil {
			return err
		}
		now := s.millis()
		switch {
		case old.DeleteAt != nil:
			return ErrReplaced
		case old.Status != TokenActive || old.ExpiresAt <= now:
			return fault.New(fault.Conflict, "token_ended", "This token works no more. Regenerate it instead.")
		}
		at := now + grace.Milliseconds()
		if err := updateTokenDeleteAt(ctx, tx, old.ID, &at); err != nil {
			return err
		}
		payload, err := json.Marshal(DeleteTokenJob{TokenID: old.ID, UserID: a.UserID, At: at})
		if err != nil {
			return err
		}
		if err := s.jobs.Enqueue(ctx, tx, jobs.Job{
			ID: s.newID(), AccountID: a.AccountID, Kind: JobDeleteToken, Payload: payload, RunAt: at, GiveUpAt: at + longestDelay,
		}); err != nil {
			return err
		}
		t = Token{
			ID: s.newID(), AccountID: a.AccountID, CreatedBy: a.UserID, Domain: old.Domain, Scopes: old.Scopes, RequireOrigin: old.RequireOrigin,
			ExpiryTime: old.ExpiryTime, ExpiresAt: now + old.ExpiryTime, Status: TokenActive, CreatedAt: now, purpose: purposeSite, firstID: old.sessionsID(),
		}
		if signed, err = s.signToken(&t); err != nil {
			return err
		}
		if err := insertToken(ctx, tx, t); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "token.replace", t.ID, t.Domain)
	})
	return t, signed, err
}

// KeepToken calls off the deletion of a token that was replaced; its successor stays too. Admins
// only. Kinds: Forbidden, NotFound.
func (s *Service) KeepToken(ctx context.Context, a Actor, tokenID string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := tokenOf(ctx, tx, a.AccountID, tokenID)
		if err != nil || t.DeleteAt == nil {
			return err
		}
		if err := updateTokenDeleteAt(ctx, tx, t.ID, nil); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "token.keep", t.ID, t.Domain)
	})
}

// DeleteReplacedToken deletes a replaced token when its time has come. Kinds: NotFound when it is
// gone, which ends the job.
func (s *Service) DeleteReplacedToken(ctx context.Context, accountID string, job DeleteTokenJob) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := tokenOf(ctx, tx, accountID, job.TokenID)
		if err != nil || t.DeleteAt == nil || *t.DeleteAt != job.At {
			return err
		}
		if err := deleteToken(ctx, tx, t); err != nil {
			return err
		}
		return s.audit(ctx, tx, Actor{AccountID: accountID, UserID: job.UserID}, "token.delete", t.ID, t.Domain)
	})
}

// expiryDays are how many days before its end a token is warned of. A step that is more than half of
// a token's life is left out: one of 30 days must not begin with a warning.
var expiryDays = []int64{1, 7, 30}

// Warns returns how near the token's end is: 30, 7 or 1 for so many days or fewer, and 0 when there is
// nothing to warn of, also for a token that is replaced or works no more.
func (t Token) Warns(now time.Time) int {
	left := t.ExpiresAt - now.UnixMilli()
	if t.Status != TokenActive || t.DeleteAt != nil || left <= 0 {
		return 0
	}
	for _, days := range expiryDays {
		if left <= days*dayMillis && days*dayMillis <= t.ExpiryTime/2 {
			return int(days)
		}
	}
	return 0
}

// ExpiringToken returns the token to warn admins of that ends first; found is false when there is none.
// Agents are told of none.
func (s *Service) ExpiringToken(ctx context.Context, a Actor) (t Token, found bool, err error) {
	if !a.Admin {
		return t, false, nil
	}
	list, err := s.tokenLists.Get(ctx, a.AccountID, func(ctx context.Context) ([]Token, error) {
		return tokensOf(ctx, s.db.Read(), a.AccountID)
	})
	for _, candidate := range list {
		if candidate.Warns(s.now()) > 0 && (!found || candidate.ExpiresAt < t.ExpiresAt) {
			t, found = candidate, true
		}
	}
	return t, found, err
}
