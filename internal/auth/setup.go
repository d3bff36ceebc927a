package auth

import (
	"context"
	"crypto/subtle"
	"sync"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
)

// setupKey is the key of the one-time set-up link. It lives in memory only: a restart makes a
// new one, and none works once a user exists.
type setupKey struct {
	once sync.Once
	key  string
}

// SetupKey returns the key of this process's set-up link.
func (s *Service) SetupKey() string {
	s.setup.once.Do(func() { s.setup.key = id.Secret() })
	return s.setup.key
}

// SetupDone reports whether the first account exists.
func (s *Service) SetupDone(ctx context.Context) (bool, error) { return anyUser(ctx, s.db.Read()) }

var errSetup = fault.New(fault.NotFound, "setup_link", "This set-up link is not valid (any more)")

// CheckSetup returns nil while the key opens the set-up page. Kinds: NotFound.
func (s *Service) CheckSetup(ctx context.Context, key string) error {
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.SetupKey())) != 1 {
		return errSetup
	}
	done, err := s.SetupDone(ctx)
	if err == nil && done {
		err = errSetup
	}
	return err
}

// Setup creates the first account with its owner; of two at once one wins.
// Kinds: NotFound (wrong or used key), Invalid.
func (s *Service) Setup(ctx context.Context, key string, in NewUser) (User, error) {
	if err := s.CheckSetup(ctx, key); err != nil {
		return User{}, err
	}
	in.Role = RoleAdmin
	if err := in.validate(); err != nil {
		return User{}, err
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		done, err := anyUser(ctx, tx)
		if err != nil {
			return err
		}
		if done {
			return errSetup
		}
		accountID, _, err := s.accountFor(ctx, tx, in.Account)
		if err != nil {
			return err
		}
		u, err = s.addUser(ctx, tx, in, hash, accountID, true)
		return err
	})
	return u, err
}

// FirstAccount returns the id of the oldest account, or "" when there is none.
func (s *Service) FirstAccount(ctx context.Context) (string, error) {
	return findAccount(ctx, s.db.Read(), "")
}

// FindAccount returns the id of the account with this name, or of the first account when name
// is empty. Kinds: NotFound.
func (s *Service) FindAccount(ctx context.Context, name string) (string, error) {
	accountID, err := findAccount(ctx, s.db.Read(), name)
	if err == nil && accountID == "" {
		err = fault.New(fault.NotFound, "no_account", "There is no such account; `deskbell user create` makes one")
	}
	return accountID, err
}
