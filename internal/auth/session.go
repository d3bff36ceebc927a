package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
)

// A console login ends after 12 hours without use and after 7 days at the latest.
const (
	loginIdle     = 12 * time.Hour
	loginAbsolute = 7 * 24 * time.Hour
	touchEvery    = time.Minute
)

var errNoLogin = fault.New(fault.Unauthenticated, "not_logged_in", "Please log in")

// LoginSession is a login of the console. The browser holds a secret, the table its digest.
type LoginSession struct {
	TokenUser
	// Digest names the login. It is empty for a team token, which is none of the user's logins.
	Digest string
	// Flash is a text to show once on the next page.
	Flash string
}

// StartLogin begins a login and returns the secret for the cookie.
func (s *Service) StartLogin(ctx context.Context, u User, ip, userAgent string) (secret string, err error) {
	secret = id.Secret()
	now := s.now().UnixMilli()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.noteDevice(ctx, tx, u, userAgent); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `/* insertLogin */ INSERT INTO login_sessions
			(digest, user_id, token_version, flash, ip, user_agent, created_at, last_seen) VALUES (?, ?, ?, '', ?, ?, ?, ?)`,
			keys.Digest(secret), u.ID, u.tokenVersion, ip, userAgent, now, now)
		return err
	})
	return secret, err
}

// OpenLogin returns the login behind a cookie's secret; role and status are those of now.
// Kinds: Unauthenticated.
func (s *Service) OpenLogin(ctx context.Context, secret string) (LoginSession, error) {
	l, err := s.readLogin(ctx, s.db.Read(), keys.Digest(secret))
	return l, err
}

func (s *Service) readLogin(ctx context.Context, q db.Querier, digest string) (LoginSession, error) {
	var userID, flash string
	var version, createdAt, lastSeen int64
	err := q.QueryRow(ctx, `/* loginOf */ SELECT user_id, token_version, flash, created_at, last_seen FROM login_sessions WHERE digest = ?`,
		digest).Scan(&userID, &version, &flash, &createdAt, &lastSeen)
	if errors.Is(err, db.ErrNoRows) {
		return LoginSession{}, errNoLogin
	}
	if err != nil {
		return LoginSession{}, fmt.Errorf("read login: %w", err)
	}
	now := s.now().UnixMilli()
	ends := createdAt + loginAbsolute.Milliseconds()
	if now >= ends || now >= lastSeen+loginIdle.Milliseconds() {
		return LoginSession{}, errNoLogin
	}
	u, err := userByID(ctx, q, userID)
	if fault.Is(err, fault.NotFound) || (err == nil && (u.Disabled || u.tokenVersion != version)) {
		return LoginSession{}, errNoLogin
	}
	if err != nil {
		return LoginSession{}, err
	}
	if now-lastSeen >= touchEvery.Milliseconds() {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `/* touchLogin */ UPDATE login_sessions SET last_seen = ? WHERE digest = ?`, now, digest)
			return err
		})
	}
	return LoginSession{TokenUser: TokenUser{User: u, ExpiresAt: ends}, Digest: digest, Flash: flash}, err
}

// LoginLive reports, for an open stream of the console, nil while its login still holds, and
// counts as use of it.
func (s *Service) LoginLive(ctx context.Context, l LoginSession) error {
	_, err := s.readLogin(ctx, s.db.Read(), l.Digest)
	return err
}

// SetFlash keeps a text to be shown once; an empty one clears it.
func (s *Service) SetFlash(ctx context.Context, l LoginSession, text string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* setFlash */ UPDATE login_sessions SET flash = ? WHERE digest = ?`, text, l.Digest)
		return err
	})
}

// EndLogin ends a login: its cookie opens nothing any more.
func (s *Service) EndLogin(ctx context.Context, l LoginSession) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* endLogin */ DELETE FROM login_sessions WHERE digest = ?`, l.Digest)
		return err
	})
}

// ExpireLogins removes logins that ended.
func (s *Service) ExpireLogins(ctx context.Context) error {
	now := s.now().UnixMilli()
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* expireLogins */ DELETE FROM login_sessions WHERE last_seen <= ? OR created_at <= ?`,
			now-loginIdle.Milliseconds(), now-loginAbsolute.Milliseconds())
		return err
	})
}
