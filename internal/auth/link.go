package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

// The kinds of jobs that send a link.
const (
	JobSendInvite = "send_invite"
	JobSendReset  = "send_reset"
)

// LinkJob is the payload of both: the invite or user it is for, or the address that somebody who
// forgot their password typed. The key is made when the mail is sent, so that none lies in the queue.
type LinkJob struct {
	ID    string `json:"id,omitempty"`
	Email string `json:"email,omitempty"`
}

// LinkMail is a mail with a link in it.
type LinkMail struct {
	To      string
	Subject string
	Text    string
	// ExpiresAt is when the link ends, in Unix ms.
	ExpiresAt int64
}

// The paths of the pages that links open, up to their key.
const (
	InvitePath = "/invite?key="
	ResetPath  = "/reset?key="
)

// link is a row of access_links.
type link struct {
	inviteID  string
	userID    string
	expiresAt int64
}

var errLink = fault.New(fault.NotFound, "dead_link", "This link does not work any more")

// Limits of "forgot password", by address of the network and by e-mail.
var (
	forgotByIP    = ratelimit.Limit{N: 10, Per: time.Hour}
	forgotByEmail = ratelimit.Limit{N: 3, Per: time.Hour}
)

func (s *Service) orderLink(ctx context.Context, tx *db.Tx, accountID, kind string, order LinkJob) error {
	payload, err := json.Marshal(order)
	if err != nil {
		return err
	}
	now := s.now()
	return s.queue.Enqueue(ctx, tx, jobs.Job{
		ID: id.New(now), AccountID: accountID, Kind: kind, Payload: payload, RunAt: now.UnixMilli(), GiveUpAt: now.Add(linkLife).UnixMilli(),
	})
}

// MakeInviteMail makes a further link for an invite, below the server's address base, and the mail
// it goes out in. Kinds: NotFound (the invite was taken up or has ended).
func (s *Service) MakeInviteMail(ctx context.Context, order LinkJob, base string) (LinkMail, error) {
	key := id.Secret()
	var invite Invite
	var account string
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if invite, err = inviteByID(ctx, tx, order.ID); err != nil {
			return err
		}
		if invite.ExpiresAt <= s.now().UnixMilli() {
			return errLink
		}
		if account, err = accountName(ctx, tx, invite.AccountID); err != nil {
			return err
		}
		return insertLink(ctx, tx, key, link{inviteID: invite.ID, expiresAt: invite.ExpiresAt})
	})
	return LinkMail{
		To: invite.Email, Subject: "Your invitation to " + account, ExpiresAt: invite.ExpiresAt,
		Text: "You are invited to answer the chats of " + account + ".\n\nChoose your name and password here, within 24 hours:\n\n" +
			base + InvitePath + key + "\n\n" +
			"If you did not expect this, ignore it: nothing happens.",
	}, err
}

// MakeResetMail makes a reset link for a user, below the server's address base, and the mail it goes out in. Kinds: NotFound
// (nobody has this address, or they are disabled).
func (s *Service) MakeResetMail(ctx context.Context, order LinkJob, base string) (LinkMail, error) {
	key, expires := id.Secret(), s.now().Add(linkLife).UnixMilli()
	var u User
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if order.ID != "" {
			u, err = userByID(ctx, tx, order.ID)
		} else {
			u, err = userByEmail(ctx, tx, order.Email)
		}
		if err != nil {
			return err
		}
		if u.Disabled {
			return errLink
		}
		return insertLink(ctx, tx, key, link{userID: u.ID, expiresAt: expires})
	})
	return LinkMail{
		To: u.Email, Subject: "Your new Deskbell password", ExpiresAt: expires,
		Text: "Somebody asked for a new password for you. Choose one here, within 24 hours:\n\n" + base + ResetPath + key + "\n\nIf it was not you, ignore this: your password stays as it is.",
	}, err
}

// ForgotPassword has a reset link mailed to whoever has this address. It does the same work and
// answers the same whether or not there is anybody: who it is, the job finds out. More than three
// an hour for one address are dropped without a word. Kinds: RateLimited (by the network's address).
func (s *Service) ForgotPassword(ctx context.Context, email string, ip netip.Addr) error {
	address := typedEmail(email)
	if len(address) > maxEmail {
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		now := s.now().UnixMilli()
		wait, err := ratelimit.Hit(ctx, tx, "forgot:"+s.ring.MAC(keys.RateKeys, "forgot-ip", ratelimit.Network(ip)), forgotByIP, now)
		if err != nil {
			return err
		}
		if wait > 0 {
			return fault.Limited("too_many_resets", "Too many requests for a new password. Try again later.", wait)
		}
		if wait, err = ratelimit.Hit(ctx, tx, "forgot:"+s.ring.MAC(keys.RateKeys, "forgot-email", address), forgotByEmail, now); err != nil || wait > 0 {
			return err
		}
		return s.orderLink(ctx, tx, "", JobSendReset, LinkJob{Email: address})
	})
}

// CheckInvite returns the invite behind a link and the account's name. Kinds: NotFound.
func (s *Service) CheckInvite(ctx context.Context, key string) (Invite, string, error) {
	invite, err := s.inviteOf(ctx, s.db.Read(), key)
	if err != nil {
		return invite, "", err
	}
	account, err := accountName(ctx, s.db.Read(), invite.AccountID)
	return invite, account, err
}

func (s *Service) inviteOf(ctx context.Context, q db.Querier, key string) (Invite, error) {
	l, err := s.openLink(ctx, q, key)
	if err != nil {
		return Invite{}, err
	}
	return inviteByID(ctx, q, l.inviteID)
}

// openLink returns a link that still works.
func (s *Service) openLink(ctx context.Context, q db.Querier, key string) (link, error) {
	l, err := linkByKey(ctx, q, key)
	if err == nil && l.expiresAt <= s.now().UnixMilli() {
		err = errLink
	}
	return l, err
}

// AcceptInvite makes the invited person a user; the invite is spent. An address that has joined
// another team meanwhile is a dead link, not a hint. Kinds: NotFound, Invalid.
func (s *Service) AcceptInvite(ctx context.Context, key, name, password string) (User, error) {
	invite, err := s.inviteOf(ctx, s.db.Read(), key)
	if err != nil {
		return User{}, err
	}
	in := NewUser{Email: invite.Email, Name: name, Role: invite.Role, Password: password}
	if err := in.validate(); err != nil {
		return User{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		current, err := s.inviteOf(ctx, tx, key)
		if err != nil {
			return err
		}
		in.Role = current.Role
		u, err = s.addUser(ctx, tx, in, hash, current.AccountID, false)
		if fault.Is(err, fault.Conflict) {
			return errLink
		}
		if err != nil {
			return err
		}
		if err := deleteInvite(ctx, tx, current.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, u, "user.join", u.ID, u.Name)
	})
	return u, err
}

// CheckReset returns whose password a link resets. Kinds: NotFound.
func (s *Service) CheckReset(ctx context.Context, key string) (User, error) {
	return s.resetOf(ctx, s.db.Read(), key)
}

func (s *Service) resetOf(ctx context.Context, q db.Querier, key string) (User, error) {
	l, err := s.openLink(ctx, q, key)
	if err != nil {
		return User{}, err
	}
	u, err := userByID(ctx, q, l.userID)
	if fault.Is(err, fault.NotFound) || (err == nil && u.Disabled) {
		return User{}, errLink
	}
	return u, err
}

// ResetPassword sets the password of a link's user and ends their logins, team tokens and every
// other reset link. Kinds: NotFound, Invalid.
func (s *Service) ResetPassword(ctx context.Context, key, password string) (User, error) {
	u, err := s.resetOf(ctx, s.db.Read(), key)
	if err != nil {
		return User{}, err
	}
	bad := fault.Fields{}
	checkPassword(bad, password, u.Email, u.Name)
	if err := bad.Err(); err != nil {
		return User{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if u, err = s.resetOf(ctx, tx, key); err != nil {
			return err
		}
		if err := s.setPassword(ctx, tx, &u, hash); err != nil {
			return err
		}
		return s.audit(ctx, tx, u, "user.password", u.ID, u.Name)
	})
	return u, err
}

// setPassword stores a new password; whatever the old one had opened ends.
func (s *Service) setPassword(ctx context.Context, tx *db.Tx, u *User, hash string) error {
	u.passwordHash = hash
	u.tokenVersion++
	if err := deleteUserLinks(ctx, tx, u.ID); err != nil {
		return fmt.Errorf("end reset links: %w", err)
	}
	return updateUser(ctx, tx, *u)
}
