package support

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
)

// The paths of the pages that the links of a mail about replies open, up to their key.
const (
	ResumePath         = "/resume?key="
	StopReplyMailsPath = "/resume/stop?key="
)

// resumeLife is for how long a link leads back to its conversation; stopLife for how long it still stops the mails.
const (
	resumeLife = 3 * 24 * time.Hour
	stopLife   = 90 * 24 * time.Hour
)

// resumeLink leads from a mail back to a conversation. It opens nothing by itself: whoever follows it has to show a
// code that goes to the very address that the mail went to.
type resumeLink struct {
	digest         string
	accountID      string
	conversationID string
	// sessionID is the session that waits for the code; empty until one is asked for.
	sessionID string
	siteID    string
	name      string
	email     string
	// usedAt is when it has led somebody back first; nil before.
	usedAt    *int64
	createdAt int64
}

func (l resumeLink) expiresAt() int64 { return l.createdAt + resumeLife.Milliseconds() }

// Resume is where a link leads.
type Resume struct {
	// Token is the one whose page shows the conversation.
	Token Token
	// Address is where a code goes, with only its first letter and its host to be read.
	Address string
}

// Resume returns where a link leads. Kinds: NotFound (unknown, used or old, or no token of its site works any more).
func (s *Service) Resume(ctx context.Context, key string) (Resume, error) {
	l, t, err := s.openResume(ctx, s.db.Read(), key)
	if err != nil {
		return Resume{}, err
	}
	name, host, _ := strings.Cut(l.email, "@")
	return Resume{Token: t, Address: string([]rune(name)[:1]) + "•••@" + host}, nil
}

func (s *Service) openResume(ctx context.Context, q db.Querier, key string) (resumeLink, Token, error) {
	l, err := resumeLinkOf(ctx, q, keys.Digest(key))
	if err != nil {
		return l, Token{}, err
	}
	// Whoever has pressed the button twice gets the answer to the second time: they may ask for another code.
	if l.expiresAt() <= s.millis() || l.usedAt != nil && *l.usedAt+OTPLife.Milliseconds() <= s.millis() {
		return l, Token{}, errNotFound
	}
	t, err := workingToken(ctx, q, l.accountID, l.siteID, s.millis())
	return l, t, err
}

// SendResumeCode orders a code for a link's address. The session that it proves reads nothing until then: it has no
// secret. Kinds: NotFound, Forbidden (blocked), RateLimited.
func (s *Service) SendResumeCode(ctx context.Context, key string, ip netip.Addr, userAgent string) error {
	var v Session
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		l, t, err := s.openResume(ctx, tx, key)
		if err != nil {
			return err
		}
		if v, err = s.resumedSession(ctx, tx, l); err == nil || !fault.Is(err, fault.NotFound) {
			return err
		}
		c, err := conversationOf(ctx, tx, l.accountID, l.conversationID)
		if err != nil {
			return err
		}
		now := s.millis()
		v = Session{
			ID: s.newID(), AccountID: l.accountID, TokenID: t.sessionsID(), ConversationID: c.ID, ContactID: c.Contact.ID, DeviceID: id.Secret(), IP: ip.String(),
			UserAgent: clip(userAgent, 300), Claims: Claims{Name: l.name, Email: l.email}, AuthAttr: json.RawMessage("{}"),
			Status: SessionActive, CreatedAt: now, LastActivity: now,
		}
		if err := insertSession(ctx, tx, v); err != nil {
			return err
		}
		return updateResumeSession(ctx, tx, l.digest, v.ID)
	})
	if err != nil {
		return err
	}
	if err := s.mustNotBeBlocked(ctx, v.AccountID, v.ContactID, v.DeviceID, ip); err != nil {
		return err
	}
	return s.SendOTP(ctx, SessionAuth{Session: v}, ip)
}

// resumedSession is the session of a link that waits for its code. Kinds: NotFound.
func (s *Service) resumedSession(ctx context.Context, q db.Querier, l resumeLink) (Session, error) {
	if l.sessionID == "" {
		return Session{}, errNotFound
	}
	v, err := sessionOf(ctx, q, l.accountID, l.sessionID)
	if err == nil && !v.alive(s.millis()) {
		err = errNotFound
	}
	return v, err
}

// ResumedSession is a session that a link and a code have opened.
type ResumedSession struct {
	VerifiedSession
	// PageToken is the id of the token whose page goes on with it.
	PageToken string
}

// ResumeWithCode gives the conversation of a link to whoever shows the code; the link works no more after ten minutes. As with every proof,
// what unproven sessions held of the conversation ends. Kinds: NotFound, Invalid, RateLimited.
func (s *Service) ResumeWithCode(ctx context.Context, key, code string) (ResumedSession, error) {
	l, t, err := s.openResume(ctx, s.db.Read(), key)
	if err != nil {
		return ResumedSession{}, err
	}
	v, err := s.resumedSession(ctx, s.db.Read(), l)
	if fault.Is(err, fault.NotFound) {
		return ResumedSession{}, errOTPExpired
	}
	if err != nil {
		return ResumedSession{}, err
	}
	out := ResumedSession{PageToken: t.ID}
	if out.VerifiedSession, err = s.VerifyOTP(ctx, SessionAuth{Session: v, Original: true}, code); err != nil {
		return ResumedSession{}, err
	}
	if err := s.db.Write(ctx, func(tx *db.Tx) error { return updateResumeUsed(ctx, tx, l.digest, s.millis()) }); err != nil {
		return ResumedSession{}, err
	}
	// A proof leads to the person's newest conversation; the link was about this one, unless it is another's by now.
	moved, err := s.MoveSession(ctx, SessionAuth{Session: out.Session, Original: true}, v.ConversationID)
	if fault.Is(err, fault.NotFound) {
		return out, nil
	}
	if err == nil && moved.Token != "" {
		out.Session, out.Token = moved.Session, moved.Token
	}
	return out, err
}

// StopReplyMails ends the mails about replies to a link's address, also with a link that was used. Kinds: NotFound.
func (s *Service) StopReplyMails(ctx context.Context, key string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		l, err := resumeLinkOf(ctx, tx, keys.Digest(key))
		if err != nil {
			return err
		}
		return insertReplyMailStop(ctx, tx, l.accountID, s.replyAddress(l.accountID, l.email), s.millis())
	})
}

// CanStopReplyMails returns an error unless a link still stops the mails. Kinds: NotFound.
func (s *Service) CanStopReplyMails(ctx context.Context, key string) error {
	_, err := resumeLinkOf(ctx, s.db.Read(), keys.Digest(key))
	return err
}

// ExpireResumeLinks forgets links of mails that are long past.
func (s *Service) ExpireResumeLinks(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return deleteResumeLinks(ctx, tx, s.millis()-stopLife.Milliseconds()) })
}
