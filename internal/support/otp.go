package support

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
	"deskbell/internal/realtime"
)

// OTPLife is how long a code works (documented: ten minutes).
const OTPLife = 10 * time.Minute

// otpSendsPerIP bounds codes asked for from one address in the span of the other limits; it is
// raised to theirs when the operator allows more.
const otpSendsPerIP = 10

// JobSendOTP is the kind of the job that makes and sends a code.
const JobSendOTP = "otp.send"

var (
	errOTPWrong   = fault.New(fault.Invalid, "invalid_otp", "Invalid OTP code")
	errOTPExpired = fault.New(fault.Invalid, "otp_expired", "OTP has expired")
)

// OTPJob is the payload of JobSendOTP. It holds no code: the code is made at the moment the
// mail is made, so none ever lies in the queue.
type OTPJob struct {
	AccountID string `json:"account_id"`
	SessionID string `json:"session_id"`
	// By is what it was counted as when it was ordered.
	By carrierKind `json:"by,omitempty"`
}

// destination is where a session's codes go, and by what: its claimed e-mail, else its phone.
func (s *Service) destination(v Session) (to string, by carrierKind) {
	if v.Email != "" {
		return v.Email, byMail
	}
	if s.delivery.SMS.Server != "" {
		return v.Phone, bySMS
	}
	return "", ""
}

// SendOTP orders a code for the address that the session claims; it is made and sent at once by
// a durable job. The answer is the same whether or not the address is known. A refused order
// leaves a running code valid. Kinds: Invalid (no contact method), RateLimited.
func (s *Service) SendOTP(ctx context.Context, v SessionAuth, ip netip.Addr) error {
	to, by := s.destination(v.Session)
	if to == "" {
		return fault.New(fault.Invalid, "no_contact_method", "No contact method")
	}
	payload, err := json.Marshal(OTPJob{AccountID: v.AccountID, SessionID: v.ID, By: by})
	if err != nil {
		return err
	}
	perIP := s.limits.OTPSends
	if perIP.N > 0 {
		perIP.N = max(perIP.N, otpSendsPerIP)
	}
	now := s.millis()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		for _, l := range []struct {
			what, which string
			limit       ratelimit.Limit
		}{
			{"otp-destination", to, s.limits.OTPSends},
			{"otp-session", v.ID, s.limits.OTPSends},
			{"otp-ip", ratelimit.Network(ip), perIP},
		} {
			wait, err := ratelimit.Hit(ctx, tx, s.keys.MAC(keys.RateKeys, l.what, l.which), l.limit, now)
			if err != nil {
				return err
			}
			if wait > 0 {
				return fault.Limited("too_many_otp_requests", "Too many OTP requests", wait)
			}
		}
		if err := s.countSend(ctx, tx, v.AccountID, v.TokenID, by); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, jobs.Job{
			ID: s.newID(), AccountID: v.AccountID, Kind: JobSendOTP, Payload: payload, RunAt: now, GiveUpAt: now + OTPLife.Milliseconds(),
		})
	})
	s.codes.count(&s.codes.ordered, err)
	return err
}

// MakeOTP makes a session's code at the moment it is sent and stores only its keyed digest,
// bound to session and address. The former code and its wrong guesses are forgotten.
// Kinds: NotFound when the session is gone, which ends the job.
func (s *Service) MakeOTP(ctx context.Context, job OTPJob) (to, code string, expiry int64, err error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", "", 0, fmt.Errorf("make code: %w", err)
	}
	code = fmt.Sprintf("%06d", n)
	expiry = s.millis() + OTPLife.Milliseconds()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		v, err := sessionOf(ctx, tx, job.AccountID, job.SessionID)
		if err != nil {
			return err
		}
		var by carrierKind
		if to, by = s.destination(v); to == "" {
			return errNotFound
		}
		// Who names a phone after asking for a mail gets it as a text message, which counts as one.
		if by != job.By && job.By != "" {
			if err := s.countSend(ctx, tx, v.AccountID, v.TokenID, by); fault.Is(err, fault.RateLimited) {
				return errNotFound
			} else if err != nil {
				return err
			}
		}
		return updateOTP(ctx, tx, v, otp{digest: s.otpDigest(v.ID, to, code), address: to, expiry: expiry})
	})
	return to, code, expiry, err
}

func (s *Service) otpDigest(sessionID, address, code string) string {
	return s.keys.MAC(keys.OTPPepper, sessionID, address, code)
}

// VerifiedSession is a session after a proof.
type VerifiedSession struct {
	Session
	// Token replaces every secret the session had before.
	Token string
}

// VerifyOTP compares a code and counts a wrong guess in one write. A right one proves the
// address for the session: see proveContact; its conversation becomes the contact's newest open
// one that was proven too, if there is any. Kinds: Invalid, RateLimited (locked).
func (s *Service) VerifyOTP(ctx context.Context, v SessionAuth, code string) (VerifiedSession, error) {
	if !isCode(code) {
		return VerifiedSession{}, fault.Field("code", "code must be 6 digits")
	}
	var out VerifiedSession
	var refused error
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		out, refused = VerifiedSession{}, nil
		o, err := otpOf(ctx, tx, v.AccountID, v.ID)
		if err != nil {
			return err
		}
		locked := fault.Limited("too_many_attempts", "Too many failed attempts. Request new OTP.", 0)
		switch limit := int64(s.limits.OTPAttempts); {
		case o.digest == "":
			return errOTPWrong
		case limit > 0 && o.attempts >= limit:
			return locked
		case s.millis() >= o.expiry:
			return errOTPExpired
		case subtle.ConstantTimeCompare([]byte(o.digest), []byte(s.otpDigest(v.ID, o.address, code))) != 1:
			// The guess must count although it fails, so the write succeeds.
			if refused = errOTPWrong; limit > 0 && o.attempts+1 >= limit {
				refused = locked
			}
			return updateOTPAttempts(ctx, tx, v.Session, o.attempts+1)
		}
		out, err = s.proveAddress(ctx, tx, v, o.address)
		return err
	})
	err = orElse(err, refused)
	s.codes.count(&s.codes.verified, err)
	return out, err
}

// proveAddress marks the session as verified for an address.
func (s *Service) proveAddress(ctx context.Context, tx *db.Tx, v SessionAuth, address string) (VerifiedSession, error) {
	session, err := sessionOf(ctx, tx, v.AccountID, v.ID)
	if err != nil {
		return VerifiedSession{}, err
	}
	contactID, err := s.proveContact(ctx, tx, v.AccountID, session.ContactID, address, session.Claims)
	if err != nil {
		return VerifiedSession{}, err
	}
	before := session.Proofs
	if isEmail(address) {
		session.ProvenEmail = address
	} else {
		session.ProvenPhone = address
	}
	return s.prove(ctx, tx, session, before, contactID, address)
}

// prove gives a session, whose proofs are new, to the contact they belong to, and moves it to
// where that leads. A conversation that was proven to be somebody else's is left to them. proven is
// what the team reads of it.
func (s *Service) prove(ctx context.Context, tx *db.Tx, v Session, before Proofs, contactID, proven string) (VerifiedSession, error) {
	own, err := conversationOf(ctx, tx, v.AccountID, v.ConversationID)
	if err != nil {
		return VerifiedSession{}, err
	}
	theirs := own.Verified && own.Contact.ID != contactID && (!before.any() || own.Contact.ID != v.ContactID)
	former := v.ContactID
	v.ContactID, v.Verified, v.LastActivity = contactID, true, s.millis()
	if !theirs {
		if err := updateProven(ctx, tx, v.AccountID, own.ID, contactID); err != nil {
			return VerifiedSession{}, err
		}
		if !own.Verified || own.VerificationAsked {
			if err := s.noteVerified(ctx, tx, v.AccountID, own.ID, proven); err != nil {
				return VerifiedSession{}, err
			}
		}
	}
	joined, err := openProven(ctx, tx, v.AccountID, contactID, own.ID)
	if err != nil {
		return VerifiedSession{}, err
	}
	switch {
	case joined != "":
		v.ConversationID = joined
	case theirs:
		if err := s.leaveConversation(ctx, tx, &v, own.Site); err != nil {
			return VerifiedSession{}, err
		}
		if err := updateProven(ctx, tx, v.AccountID, v.ConversationID, contactID); err != nil {
			return VerifiedSession{}, err
		}
		if err := s.noteVerified(ctx, tx, v.AccountID, v.ConversationID, proven); err != nil {
			return VerifiedSession{}, err
		}
	}
	if err := updateSessionPerson(ctx, tx, v); err != nil {
		return VerifiedSession{}, err
	}
	if err := proveFormer(ctx, tx, v); err != nil {
		return VerifiedSession{}, err
	}
	if err := deleteIfAnonymous(ctx, tx, v.AccountID, former); err != nil {
		return VerifiedSession{}, err
	}
	// Secrets from before the proof must not share in it: neither those of this session nor those
	// of earlier ones that could otherwise go on with the conversation.
	if !theirs {
		err = deleteUnprovenTokens(ctx, tx, v, own.ID)
	} else {
		err = deleteSessionTokens(ctx, tx, v.ID)
	}
	if err != nil {
		return VerifiedSession{}, err
	}
	out := VerifiedSession{Session: v, Token: id.Secret()}
	for _, convID := range []string{own.ID, v.ConversationID} {
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: v.AccountID, ConversationID: convID})
	}
	return out, insertSessionToken(ctx, tx, sessionToken{digest: keys.Digest(out.Token), sessionID: v.ID, original: true}, s.millis())
}

func (s *Service) noteVerified(ctx context.Context, tx *db.Tx, accountID, convID, proven string) error {
	return s.note(ctx, tx, accountID, ConversationEvent{ConversationID: convID, Kind: EventVerified, By: byVisitor, Detail: proven})
}

func isCode(s string) bool {
	if len(s) != 6 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
