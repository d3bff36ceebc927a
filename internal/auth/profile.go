package auth

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/ratelimit"
)

// The choices for how the console looks.
var (
	Themes    = []string{"auto", "light", "dark"}
	Densities = []string{"comfortable", "compact"}
)

// Look is how the console looks to a user, on every device.
type Look struct {
	Theme   string
	Density string
	// Language is empty while the browser decides.
	Language string
}

// ProfileChange is the input of ChangeProfile.
type ProfileChange struct {
	Name string
	Look Look
}

// ChangeProfile changes the user's own name and look, and returns the user as changed. A language
// that nobody speaks is the caller's to refuse. Kinds: Invalid.
func (s *Service) ChangeProfile(ctx context.Context, u User, in ProfileChange) (User, error) {
	bad := fault.Fields{}
	in.Name = strings.TrimSpace(in.Name)
	if !oneLine(in.Name) {
		bad.Add("name", "name must be one line of 1 to 100 characters")
	}
	if !slices.Contains(Themes, in.Look.Theme) {
		bad.Add("theme", "theme must be one of the choices")
	}
	if !slices.Contains(Densities, in.Look.Density) {
		bad.Add("density", "density must be one of the choices")
	}
	if err := bad.Err(); err != nil {
		return u, err
	}
	u.Name, u.Look = in.Name, in.Look
	return u, s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* updateProfile */ UPDATE users SET name = ?, theme = ?, density = ?, language = ? WHERE _id = ?`,
			in.Name, in.Look.Theme, in.Look.Density, in.Look.Language, u.ID)
		return err
	})
}

// ChooseLanguage keeps the user's language; an empty one leaves it to the browser.
func (s *Service) ChooseLanguage(ctx context.Context, u User, language string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* updateLanguage */ UPDATE users SET language = ? WHERE _id = ?`, language, u.ID)
		return err
	})
}

// confirm checks that whoever uses a login knows its user's password; wrong ones are throttled as at the login.
func (s *Service) confirm(ctx context.Context, u User, password string, ip netip.Addr, field string) error {
	undo, err := s.countGuess(u.Email, ratelimit.Network(ip), s.now())
	if err != nil {
		return err
	}
	ok := false
	if len(password) <= 4*maxPassword {
		if ok, err = s.matches(ctx, password, u.passwordHash); err != nil {
			return fmt.Errorf("compare password: %w", err)
		}
	}
	if !ok {
		return fault.Field(field, "This is not your password")
	}
	undo()
	return nil
}

// ChangePassword replaces the user's password by one who knows the old one, and ends all their
// logins and team tokens: the caller starts a new login with the user it returns.
// Kinds: Invalid, RateLimited.
func (s *Service) ChangePassword(ctx context.Context, u User, old, password string, ip netip.Addr) (User, error) {
	bad := fault.Fields{}
	checkPassword(bad, password, u.Email, u.Name)
	if err := bad.Err(); err != nil {
		return u, err
	}
	if err := s.confirm(ctx, u, old, ip, "old_password"); err != nil {
		return u, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return u, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if u, err = userByID(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := s.setPassword(ctx, tx, &u, hash); err != nil {
			return err
		}
		return s.audit(ctx, tx, u, "user.password", u.ID, u.Name)
	})
	return u, err
}

// Device is a login as its user sees it.
type Device struct {
	// Digest names the login; it opens nothing.
	Digest    string
	IP        string
	UserAgent string
	CreatedAt int64
	LastSeen  int64
	// Current is the login that asks.
	Current bool
}

// Devices lists where the user is logged in, this login first, then by last use.
func (s *Service) Devices(ctx context.Context, l LoginSession) ([]Device, error) {
	now := s.now().UnixMilli()
	rows, err := s.db.Read().Query(ctx, `/* devices */ SELECT digest, ip, user_agent, created_at, last_seen FROM login_sessions
		WHERE user_id = ? AND token_version = ? AND last_seen > ? AND created_at > ? ORDER BY digest = ? DESC, last_seen DESC`,
		l.ID, l.tokenVersion, now-loginIdle.Milliseconds(), now-loginAbsolute.Milliseconds(), l.Digest)
	if err != nil {
		return nil, fmt.Errorf("list logins: %w", err)
	}
	return db.Collect(rows, func(row db.Scanner) (d Device, err error) {
		err = row.Scan(&d.Digest, &d.IP, &d.UserAgent, &d.CreatedAt, &d.LastSeen)
		d.Current = d.Digest == l.Digest
		return d, err
	})
}

// EndDevice ends another login of the same user. Kinds: NotFound.
func (s *Service) EndDevice(ctx context.Context, l LoginSession, digest string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `/* endDevice */ DELETE FROM login_sessions WHERE digest = ? AND user_id = ?`, digest, l.ID)
		if err == nil && n == 0 {
			return errNoPerson
		}
		return err
	})
}

// EndOtherDevices ends every other login of the same user.
func (s *Service) EndOtherDevices(ctx context.Context, l LoginSession) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* endOtherDevices */ DELETE FROM login_sessions WHERE user_id = ? AND digest <> ?`, l.ID, l.Digest)
		return err
	})
}
