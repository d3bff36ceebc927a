package support

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

// SessionLife is how long a session lives without a request (documented: 24 hours).
const SessionLife = 24 * time.Hour

// touchEvery bounds how often reading alone writes a session's last_activity.
const touchEvery = time.Minute

// The documented status values of a session.
const (
	SessionActive   = "active"
	SessionInactive = "inactive"
)

const maxAuthAttr = 4 << 10

// joins bounds how often one session is joined without its secret: each time adds a row, and a
// script must not fill the database that way.
var joins = ratelimit.Limit{N: 60, Per: time.Hour}

var (
	errSession        = fault.New(fault.Unauthenticated, "invalid_session", "Invalid session")
	errSessionExpired = fault.New(fault.Unauthenticated, "session_expired", "Session expired")
	errUnverified     = fault.New(fault.Forbidden, "verification_required", "Verification required")
	errDevice         = fault.Field("X-Device-ID", "X-Device-ID must be 1 to 128 printable ASCII characters")
)

// Session is one visitor's visit from one device.
type Session struct {
	ID        string
	AccountID string
	// TokenID is the token it began with, or the first of those that have replaced one another.
	TokenID        string
	ConversationID string
	ContactID      string
	DeviceID       string
	// IP is where the session started.
	IP        string
	UserAgent string
	Claims
	AuthAttr json.RawMessage
	// Verified says that one of the proofs holds.
	Verified bool
	Proofs
	Status       string
	CreatedAt    int64
	LastActivity int64
}

// Proofs are what a session has shown to be true of its visitor; empty ones are not proven.
type Proofs struct {
	// ProvenEmail and ProvenPhone are addresses, by a code or by the site's signature.
	ProvenEmail string
	ProvenPhone string
	// ExternalID is the visitor's id at the site, by its signature.
	ExternalID string
}

func (p Proofs) any() bool { return p != Proofs{} }

// alive reports whether the session still counts at the given time.
func (v Session) alive(now int64) bool {
	return v.Status == SessionActive && now-v.LastActivity < SessionLife.Milliseconds()
}

// ValidDeviceID checks the documented form of X-Device-ID.
func ValidDeviceID(s string) error {
	if len(s) < 1 || len(s) > 128 {
		return errDevice
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return errDevice
		}
	}
	return nil
}

// StartSession is the input of StartSession.
type StartSession struct {
	Claims
	// AuthAttr is the caller's JSON object, kept as claimed; nil when none was sent.
	AuthAttr  json.RawMessage
	DeviceID  string
	IP        netip.Addr
	UserAgent string
	// SessionToken is the X-Session-Token header, if any.
	SessionToken string
	// Work is the solution of a challenge, if any.
	Work string
	// proven says that the site's own server has named the visitor.
	proven bool
}

func (in *StartSession) validate(settings Settings) error {
	bad := fault.Fields{}
	in.normalise(bad)
	in.require(settings, len(in.AuthAttr), bad)
	return bad.Err()
}

// StartedSession is the answer of StartSession.
type StartedSession struct {
	Session
	// Token is the secret to send as X-Session-Token.
	Token                string
	New                  bool
	RequiresVerification bool
}

// StartSession creates a session, or returns the running one of the same device, e-mail and phone, and of the same
// token or one in its row of replacements. Whoever shows the session's secret gets the full view back;
// whoever doesn't gets a further secret that reads only what is written from now on, and never a
// verified session.
// An expired session's secret starts a new session on the same conversation.
// Kinds: Invalid, Forbidden (blocked), RateLimited, Unproven (too many begin: the challenge has to be solved).
func (s *Service) StartSession(ctx context.Context, t TokenAuth, in StartSession) (StartedSession, error) {
	if err := ValidDeviceID(in.DeviceID); err != nil {
		return StartedSession{}, err
	}
	settings, err := s.TokenSettings(ctx, t.Token)
	if err != nil {
		return StartedSession{}, err
	}
	if err := in.validate(settings); err != nil {
		return StartedSession{}, err
	}
	contactID, err := knownContact(ctx, s.db.Read(), t.AccountID, in.Claims)
	if err != nil {
		return StartedSession{}, err
	}
	if err := s.mustNotBeBlocked(ctx, t.AccountID, contactID, in.DeviceID, in.IP); err != nil {
		return StartedSession{}, err
	}
	var out StartedSession
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		out = StartedSession{}
		held, err := s.heldSession(ctx, tx, t, in)
		if err != nil {
			return err
		}
		if held.current {
			out.Session, out.Token = held.Session, in.SessionToken
			return s.reuseSession(ctx, tx, in, &out)
		}
		running, err := reusableSession(ctx, tx, t.Token, in, s.millis()-SessionLife.Milliseconds())
		if err != nil {
			return err
		}
		// Who holds the secret of an expired session goes on with its conversation, whatever
		// somebody without a secret has begun meanwhile.
		elsewhere := held.ID != "" && running.ConversationID != held.ConversationID
		if running.ID == "" || elsewhere {
			return s.newSession(ctx, tx, t, in, held, &out)
		}
		return s.joinSession(ctx, tx, in, running, held, &out)
	})
	out.RequiresVerification = settings.OTPVerificationEnabled && !out.Verified
	return out, err
}

// heldSession is the session whose secret the caller presents, as far as it helps.
type heldSession struct {
	Session
	fromSeq int64
	// original says that it is the session's own secret, not that of somebody who joined.
	original bool
	// current says that it can be used as it is; otherwise, with an id, it is an expired one
	// whose conversation the caller may continue.
	current bool
}

func (s *Service) heldSession(ctx context.Context, tx *db.Tx, t TokenAuth, in StartSession) (heldSession, error) {
	if in.SessionToken == "" {
		return heldSession{}, nil
	}
	v, secret, err := sessionByToken(ctx, tx, t.Token, keys.Digest(in.SessionToken))
	if fault.Is(err, fault.Unauthenticated) {
		return heldSession{}, nil
	}
	if err != nil || v.DeviceID != in.DeviceID || v.Email != in.Email || v.Phone != in.Phone {
		return heldSession{}, err
	}
	return heldSession{Session: v, fromSeq: secret.fromSeq, original: secret.original, current: v.alive(s.millis())}, nil
}

// reuseSession updates in place what the caller says anew; what it leaves out stays.
func (s *Service) reuseSession(ctx context.Context, tx *db.Tx, in StartSession, out *StartedSession) error {
	if in.Name != "" {
		out.Name = in.Name
		if err := renameSessionToken(ctx, tx, keys.Digest(out.Token), in.Name); err != nil {
			return err
		}
	}
	if in.AuthAttr != nil {
		out.AuthAttr = in.AuthAttr
		if err := updateAuthAttr(ctx, tx, out.AccountID, out.ConversationID, out.AuthAttr); err != nil {
			return err
		}
	}
	out.LastActivity = s.millis()
	return updateSessionClaims(ctx, tx, out.Session, in.Name)
}

// joinSession gives one more secret to a running session. The holder of the expired session's
// secret on the same conversation keeps the view that it had.
func (s *Service) joinSession(ctx context.Context, tx *db.Tx, in StartSession, running Session, held heldSession, out *StartedSession) error {
	out.Session, out.Token = running, id.Secret()
	wait, err := ratelimit.Hit(ctx, tx, s.keys.MAC(keys.RateKeys, "join", running.ID), joins, s.millis())
	if err != nil {
		return err
	}
	if wait > 0 {
		return fault.Limited("too_many_sessions", "Too many sessions", wait)
	}
	fromSeq := held.fromSeq
	if held.ID == "" {
		if fromSeq, err = lastSeq(ctx, tx, running.AccountID, running.ConversationID); err != nil {
			return err
		}
	}
	out.Name = in.Name // what others said in this session is not for who joins it
	joined := sessionToken{digest: keys.Digest(out.Token), sessionID: running.ID, fromSeq: fromSeq, name: in.Name}
	if err := insertSessionToken(ctx, tx, joined, s.millis()); err != nil {
		return err
	}
	return s.reuseSession(ctx, tx, in, out)
}

// newSession creates a session with its contact and, unless it continues one, its conversation.
func (s *Service) newSession(ctx context.Context, tx *db.Tx, t TokenAuth, in StartSession, held heldSession, out *StartedSession) error {
	if err := s.limitSessions(ctx, tx, t, in); err != nil {
		return err
	}
	now := s.millis()
	v := Session{
		ID: s.newID(), AccountID: t.AccountID, TokenID: t.sessionsID(), ConversationID: held.ConversationID, ContactID: held.ContactID,
		DeviceID: in.DeviceID, IP: in.IP.String(), UserAgent: clip(in.UserAgent, 300), Claims: in.Claims, AuthAttr: in.AuthAttr,
		Status: SessionActive, CreatedAt: now, LastActivity: now,
	}
	if v.AuthAttr == nil {
		v.AuthAttr = json.RawMessage("{}")
	}
	if held.ID == "" {
		var err error
		if v.ContactID, err = s.matchContact(ctx, tx, t.AccountID, in.Claims); err != nil {
			return err
		}
		v.ConversationID = s.newID()
		if err := insertConversation(ctx, tx, v, t.Domain, now); err != nil {
			return err
		}
	} else if in.AuthAttr != nil {
		if err := updateAuthAttr(ctx, tx, v.AccountID, v.ConversationID, v.AuthAttr); err != nil {
			return err
		}
	}
	if err := insertSession(ctx, tx, v); err != nil {
		return err
	}
	if held.original {
		if err := copyFormer(ctx, tx, held.ID, v.ID); err != nil {
			return err
		}
	}
	out.Session, out.Token, out.New = v, id.Secret(), true
	first := sessionToken{digest: keys.Digest(out.Token), sessionID: v.ID, fromSeq: held.fromSeq, original: true}
	return insertSessionToken(ctx, tx, first, now)
}

// limitSessions refuses more new sessions than documented. It is the last that can refuse one.
func (s *Service) limitSessions(ctx context.Context, tx *db.Tx, t TokenAuth, in StartSession) error {
	const tooMany = "Too many sessions"
	now := s.millis()
	if s.limits.SessionsPerDevice > 0 {
		active, oldest, err := activeSessions(ctx, tx, t.AccountID, in.DeviceID, now-SessionLife.Milliseconds())
		if err != nil {
			return err
		}
		if active >= s.limits.SessionsPerDevice {
			return fault.Limited("too_many_sessions", tooMany, time.Duration(oldest-now)*time.Millisecond+SessionLife)
		}
	}
	address := s.keys.MAC(keys.RateKeys, "session-ip", ratelimit.Network(in.IP))
	wait, err := ratelimit.Wait(ctx, tx, address, s.limits.SessionsPerIP, now)
	if err != nil {
		return err
	}
	if wait > 0 {
		return fault.Limited("too_many_sessions", tooMany, wait)
	}
	if err := s.mustWork(ctx, tx, t, in); err != nil {
		return err
	}
	tx.Certain()
	_, err = ratelimit.Hit(ctx, tx, address, s.limits.SessionsPerIP, now)
	return err
}

// clip shortens a text to at most n bytes, at a character's end.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// SessionAuth is a visitor's session that was just checked.
type SessionAuth struct {
	Session
	// Digest identifies the secret that was shown.
	Digest string
	// FromSeq is the position after which this secret may read.
	FromSeq int64
	// Original says that the secret was given when the session began or was verified, not to
	// somebody who joined it later.
	Original bool
	// RequiresVerification says that reading and sending wait for a code.
	RequiresVerification bool
	// Settings are the account's, needed by most of what a visitor can do.
	Settings Settings
}

// openSession is a session with what one of its secrets allows.
type openSession struct {
	session Session
	secret  sessionSecret
}

// OpenSession checks the secret of a visitor's session against its token and device, and
// counts as activity. Kinds: Invalid (device), Unauthenticated.
func (s *Service) OpenSession(ctx context.Context, t TokenAuth, sessionToken, deviceID string) (SessionAuth, error) {
	if err := ValidDeviceID(deviceID); err != nil {
		return SessionAuth{}, err
	}
	digest := keys.Digest(sessionToken)
	open, err := s.sessions.Get(ctx, t.sessionsID()+digest, func(ctx context.Context) (o openSession, err error) {
		o.session, o.secret, err = sessionByToken(ctx, s.db.Read(), t.Token, digest)
		return o, err
	})
	v, secret := open.session, open.secret
	if err != nil {
		return SessionAuth{}, err
	}
	if v.DeviceID != deviceID {
		return SessionAuth{}, errSession
	}
	now := s.millis()
	if !v.alive(now) {
		return SessionAuth{}, errSessionExpired
	}
	if now-v.LastActivity >= touchEvery.Milliseconds() {
		touch := func(tx *db.Tx) error { return touchSession(ctx, tx, v.AccountID, v.ID, now) }
		// Reading goes on while nothing can be stored.
		if err := s.db.Write(ctx, touch); err != nil && !fault.Is(err, fault.Unavailable) {
			return SessionAuth{}, err
		}
	}
	settings, err := s.TokenSettings(ctx, t.Token)
	if err != nil {
		return SessionAuth{}, err
	}
	return SessionAuth{
		Session: v, Digest: digest, FromSeq: secret.fromSeq, Original: secret.original, Settings: settings,
		RequiresVerification: settings.OTPVerificationEnabled && !v.Verified,
	}, nil
}

// MustRead refuses a session that has to verify itself first.
func (v SessionAuth) MustRead() error {
	if v.RequiresVerification {
		return errUnverified
	}
	return nil
}

// ExpireSessions marks sessions without a request for 24 hours as inactive.
func (s *Service) ExpireSessions(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		return expireSessions(ctx, tx, s.millis()-SessionLife.Milliseconds())
	})
}

// ExpireLimits forgets the windows of limits that have ended.
func (s *Service) ExpireLimits(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return ratelimit.Expire(ctx, tx, s.millis()) })
}

// EndSession makes the secret that was shown useless, and ends the session itself when that was
// the secret it was created with. The conversation stays with the team.
func (s *Service) EndSession(ctx context.Context, v SessionAuth) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		original, err := deleteSessionToken(ctx, tx, v.ID, v.Digest)
		if err != nil || !original {
			return err
		}
		return endSession(ctx, tx, v.Session)
	})
}
