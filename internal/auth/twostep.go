package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

const (
	recoveryCodes = 10
	// heldLife is how long the code may take after the password.
	heldLife = 10 * time.Minute
)

// codeTries bounds how many codes of one user are compared, right ones excepted: it outlives a
// restart, because six digits don't stand long guessing.
var codeTries = ratelimit.Limit{N: 10, Per: time.Hour}

// LoginOver is the code of the failure that says to begin a login anew.
const LoginOver = "login_over"

var (
	errCodeNeeded = fault.New(fault.Unauthenticated, "otp_required", "Enter the code of your authenticator")
	errCode       = fault.New(fault.Unauthenticated, "wrong_otp_code", "This code is wrong or was used already")
	errTwoStepOn  = fault.New(fault.Invalid, "two_step_on", "Two-step sign-in is on already")
	errTwoStepOff = fault.New(fault.Invalid, "no_two_step", "Two-step sign-in is off")
	errHeld       = fault.New(fault.Unauthenticated, LoginOver, "That took too long. Enter your password again.")
)

// Login checks e-mail, password and, where the user has set up an authenticator, its code or one
// of the recovery codes. Kinds: Unauthenticated (code otp_required: all but the code is right), RateLimited.
func (s *Service) Login(ctx context.Context, email, password, code string, ip netip.Addr) (User, error) {
	u, err := s.CheckPassword(ctx, email, password, ip)
	if err != nil || !u.TwoStep() {
		return u, err
	}
	if code == "" {
		return User{}, errCodeNeeded
	}
	return u, s.checkCode(ctx, u, code)
}

// HoldLogin returns what a browser keeps between the password and the code, for ten minutes.
func (s *Service) HoldLogin(u User) string {
	return s.ring.Seal(keys.HeldLogin, "", fmt.Sprintf("%s %d %d", u.ID, u.tokenVersion, s.now().Add(heldLife).UnixMilli()))
}

// FinishLogin checks the code for a login that is held. Kinds: Unauthenticated (code login_over: begin
// anew), RateLimited.
func (s *Service) FinishLogin(ctx context.Context, held, code string) (User, error) {
	text, err := s.ring.Open(keys.HeldLogin, "", held)
	if err != nil {
		return User{}, errHeld //nolint:nilerr // made up or of another installation
	}
	parts := strings.Fields(text)
	if len(parts) != 3 {
		return User{}, errHeld
	}
	version, _ := strconv.ParseInt(parts[1], 10, 64)
	until, _ := strconv.ParseInt(parts[2], 10, 64)
	u, err := userByID(ctx, s.db.Read(), parts[0])
	if fault.Is(err, fault.NotFound) || (err == nil && (u.Disabled || u.tokenVersion != version || s.now().UnixMilli() >= until)) {
		return User{}, errHeld
	}
	if err != nil || !u.TwoStep() {
		return u, err
	}
	return u, s.checkCode(ctx, u, code)
}

// checkCode spends a code. Tries are counted in the same write, so many at once don't pass together.
func (s *Service) checkCode(ctx context.Context, u User, code string) error {
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	key := "totp:" + u.ID
	now := s.now()
	var refused error
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		wait, err := ratelimit.Hit(ctx, tx, key, codeTries, now.UnixMilli())
		if err != nil {
			return err
		}
		if wait > 0 {
			refused = fault.Limited("too_many_codes", "Too many wrong codes. Try again later.", wait)
			return nil
		}
		ok, err := s.spendCode(ctx, tx, u.ID, code, now)
		if err != nil {
			return err
		}
		if !ok {
			refused = errCode
			if s.failures.Hit(u.ID, now) > 0 {
				return nil
			}
			return s.audit(ctx, tx, u, "login.failure", u.ID, "")
		}
		if err := ratelimit.Forget(ctx, tx, key); err != nil {
			return err
		}
		return s.noteLogin(ctx, tx, u)
	})
	if err != nil {
		return err
	}
	return refused
}

func (s *Service) spendCode(ctx context.Context, tx *db.Tx, userID, code string, now time.Time) (bool, error) {
	u, err := userByID(ctx, tx, userID)
	if err != nil || !u.TwoStep() {
		return false, err
	}
	secret, err := s.openTOTP(u.ID, u.totpSecret)
	if err != nil {
		return false, err
	}
	if step, ok := totpMatch(secret, code, now, u.totpStep); ok {
		_, err := tx.Exec(ctx, `/* spendStep */ UPDATE users SET totp_step = ? WHERE _id = ?`, step, u.ID)
		return true, err
	}
	n, err := tx.Exec(ctx, `/* spendRecovery */ DELETE FROM recovery_codes WHERE user_id = ? AND digest = ?`,
		u.ID, s.ring.MAC(keys.Recovery, u.ID, code))
	return n == 1, err
}

func (s *Service) openTOTP(userID, sealed string) ([]byte, error) {
	text, err := s.ring.Open(keys.TOTP, userID, sealed)
	if err != nil {
		return nil, err
	}
	return noPad.DecodeString(text)
}

// Authenticator is a secret on its way into somebody's app; it counts once a code of it was entered.
type Authenticator struct {
	// Sealed is what the form keeps; it opens for this user and server only.
	Sealed string
	// Secret is for typing, URL for a QR code.
	Secret string
	URL    string
}

// NewAuthenticator makes a secret for the user's app and stores nothing. Kinds: Invalid (two-step
// sign-in is on).
func (s *Service) NewAuthenticator(u User) (Authenticator, error) {
	if u.TwoStep() {
		return Authenticator{}, errTwoStepOn
	}
	var raw [20]byte
	_, _ = rand.Read(raw[:])
	return s.OpenAuthenticator(u, s.ring.Seal(keys.TOTP, u.ID, noPad.EncodeToString(raw[:])))
}

// OpenAuthenticator shows a secret again whose code was wrong. Kinds: Invalid.
func (s *Service) OpenAuthenticator(u User, sealed string) (Authenticator, error) {
	raw, err := s.openTOTP(u.ID, sealed)
	if err != nil {
		return Authenticator{}, fault.Wrap(fault.Invalid, "authenticator", "Begin again: this form is of another login", err)
	}
	secret := noPad.EncodeToString(raw)
	query := url.Values{"secret": {secret}, "issuer": {"Deskbell"}}
	label := url.PathEscape("Deskbell:" + u.Email)
	return Authenticator{Sealed: sealed, Secret: secret, URL: "otpauth://totp/" + label + "?" + query.Encode()}, nil
}

// TurnOnTwoStep has every later login ask for a code, and returns the recovery codes, which are
// shown this once. Other logins end. Kinds: Invalid (password, code, or it is on), RateLimited.
func (s *Service) TurnOnTwoStep(ctx context.Context, l LoginSession, sealed, code, password string, ip netip.Addr) ([]string, error) {
	secret, err := s.openTOTP(l.ID, sealed)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "authenticator", "Begin again: this form is of another login", err)
	}
	if err := s.confirm(ctx, l.User, password, ip, "confirm_password"); err != nil {
		return nil, err
	}
	step, ok := totpMatch(secret, strings.ReplaceAll(code, " ", ""), s.now(), 0)
	if !ok {
		return nil, fault.Field("otp_code", "This is not the code your app shows now. Check that your phone's clock is right.")
	}
	var codes []string
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `/* setTOTP */ UPDATE users SET totp_secret = ?, totp_step = ? WHERE _id = ? AND totp_secret = ''`, sealed, step, l.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return errTwoStepOn
		}
		if codes, err = s.renewRecovery(ctx, tx, l.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `/* endOtherLogins */ DELETE FROM login_sessions WHERE user_id = ? AND digest <> ?`, l.ID, l.Digest); err != nil {
			return err
		}
		return s.audit(ctx, tx, l.User, "user.two_step_on", l.ID, l.Name)
	})
	return codes, err
}

// NewRecoveryCodes replaces the user's recovery codes. Kinds: Invalid (password, or two-step sign-in
// is off), RateLimited.
func (s *Service) NewRecoveryCodes(ctx context.Context, u User, password string, ip netip.Addr) ([]string, error) {
	if !u.TwoStep() {
		return nil, errTwoStepOff
	}
	if err := s.confirm(ctx, u, password, ip, "confirm_password"); err != nil {
		return nil, err
	}
	var codes []string
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if codes, err = s.renewRecovery(ctx, tx, u.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, u, "user.recovery_codes", u.ID, u.Name)
	})
	return codes, err
}

// RecoveryLeft is how many recovery codes the user has not used.
func (s *Service) RecoveryLeft(ctx context.Context, u User) (n int, err error) {
	err = s.db.Read().QueryRow(ctx, `/* recoveryLeft */ SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?`, u.ID).Scan(&n)
	return n, err
}

func (s *Service) renewRecovery(ctx context.Context, tx *db.Tx, userID string) ([]string, error) {
	if _, err := tx.Exec(ctx, `/* endRecovery */ DELETE FROM recovery_codes WHERE user_id = ?`, userID); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var raw [10]byte
		_, _ = rand.Read(raw[:])
		code := strings.ToLower(noPad.EncodeToString(raw[:]))
		if _, err := tx.Exec(ctx, `/* addRecovery */ INSERT INTO recovery_codes (user_id, digest) VALUES (?, ?)`,
			userID, s.ring.MAC(keys.Recovery, userID, code)); err != nil {
			return nil, err
		}
		codes[i] = code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
	}
	return codes, nil
}

// TurnOffTwoStep lets the user log in by password alone again. Kinds: Invalid (password, or it
// is off), RateLimited.
func (s *Service) TurnOffTwoStep(ctx context.Context, u User, password string, ip netip.Addr) error {
	if !u.TwoStep() {
		return errTwoStepOff
	}
	if err := s.confirm(ctx, u, password, ip, "confirm_password"); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := clearTwoStep(ctx, tx, u.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, u, "user.two_step_off", u.ID, u.Name)
	})
}

// ClearTwoStep turns two-step sign-in off for a colleague who has lost phone and recovery codes.
// Admins only. Kinds: Forbidden, Invalid, NotFound.
func (s *Service) ClearTwoStep(ctx context.Context, by User, userID string) (User, error) {
	var u User
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if u, err = s.changeable(ctx, tx, by, userID); err != nil || !u.TwoStep() {
			return err
		}
		if err := clearTwoStep(ctx, tx, u.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "user.two_step_clear", u.ID, u.Name)
	})
	return u, err
}

func clearTwoStep(ctx context.Context, tx *db.Tx, userID string) error {
	if _, err := tx.Exec(ctx, `/* clearTOTP */ UPDATE users SET totp_secret = '', totp_step = 0 WHERE _id = ?`, userID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* clearRecovery */ DELETE FROM recovery_codes WHERE user_id = ?`, userID)
	return err
}
