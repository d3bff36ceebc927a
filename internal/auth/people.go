package auth

import (
	"context"
	"time"

	"deskbell/internal/audit"
	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
)

var (
	errNoPerson = fault.New(fault.NotFound, "not_found", "Not found")
	errAdmins   = fault.New(fault.Forbidden, "admin_only", "Only admins may do this")
	errOwner    = fault.New(fault.Forbidden, "owner", "The owner of the account can't be changed by others")
	errSelf     = fault.New(fault.Invalid, "own_user", "You can't change your own role or disable yourself. Another admin can.")
	errInTeam   = fault.Field("email", "Somebody in your team has this e-mail already")
)

// Invite is somebody who was asked to join an account and has not done so yet.
type Invite struct {
	ID        string
	AccountID string
	Email     string
	Role      string
	CreatedAt int64
	ExpiresAt int64
}

// People lists everybody in the account's team and the invites that can still be taken up, both
// by name. Admins only. Kinds: Forbidden.
func (s *Service) People(ctx context.Context, by User) ([]User, []Invite, error) {
	if !by.Admin() {
		return nil, nil, errAdmins
	}
	users, err := accountUsers(ctx, s.db.Read(), by.AccountID)
	if err != nil {
		return nil, nil, err
	}
	invites, err := openInvites(ctx, s.db.Read(), by.AccountID, s.now().UnixMilli())
	return users, invites, err
}

// Person returns a member of the account's team. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) Person(ctx context.Context, by User, userID string) (User, error) {
	return s.person(ctx, s.db.Read(), by, userID)
}

func (s *Service) person(ctx context.Context, q db.Querier, by User, userID string) (User, error) {
	if !by.Admin() {
		return User{}, errAdmins
	}
	u, err := userByID(ctx, q, userID)
	if fault.Is(err, fault.NotFound) || (err == nil && u.AccountID != by.AccountID) {
		return User{}, errNoPerson
	}
	return u, err
}

// Invite asks somebody to join and returns the key of their link, which works once and for 24
// hours; an earlier invite of the same address ends. With mail, the link is sent to them too. Whether
// the address belongs to another account's team is not told. Admins only. Kinds: Forbidden, Invalid.
func (s *Service) Invite(ctx context.Context, by User, email, role string, mail bool) (Invite, string, error) {
	if !by.Admin() {
		return Invite{}, "", errAdmins
	}
	bad := fault.Fields{}
	address, ok := normaliseEmail(email)
	if !ok {
		bad.Add("email", "email must be an e-mail address")
	}
	checkRole(bad, role)
	if err := bad.Err(); err != nil {
		return Invite{}, "", err
	}
	now := s.now()
	invite := Invite{
		ID: id.New(now), AccountID: by.AccountID, Email: address, Role: role, CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(linkLife).UnixMilli(),
	}
	key := id.Secret()
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		u, err := userByEmail(ctx, tx, address)
		if err == nil && u.AccountID == by.AccountID {
			return errInTeam
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := replaceInvite(ctx, tx, invite); err != nil {
			return err
		}
		if err := insertLink(ctx, tx, key, link{inviteID: invite.ID, expiresAt: invite.ExpiresAt}); err != nil {
			return err
		}
		if mail {
			if err := s.orderLink(ctx, tx, by.AccountID, JobSendInvite, LinkJob{ID: invite.ID}); err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, by, "user.invite", invite.ID, address)
	})
	return invite, key, err
}

// WithdrawInvite ends an invite: its links are dead. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) WithdrawInvite(ctx context.Context, by User, inviteID string) error {
	if !by.Admin() {
		return errAdmins
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		invite, err := inviteByID(ctx, tx, inviteID)
		if err != nil {
			return err
		}
		if invite.AccountID != by.AccountID {
			return errNoPerson
		}
		if err := deleteInvite(ctx, tx, inviteID); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "user.withdraw", inviteID, invite.Email)
	})
}

var errRoleStale = fault.New(fault.Conflict, "role_changed", "Somebody has changed this role meanwhile")

// ChangePerson changes a colleague's role or disables them, which ends their logins. Nobody
// changes the owner, and nobody locks themselves out. Admins only. Kinds: Forbidden, Invalid, NotFound.
func (s *Service) ChangePerson(ctx context.Context, by User, userID string, in UserChange) (User, error) {
	bad := fault.Fields{}
	if in.Role != nil {
		checkRole(bad, *in.Role)
	}
	if err := bad.Err(); err != nil {
		return User{}, err
	}
	var u User
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		before, err := s.changeable(ctx, tx, by, userID)
		if err != nil {
			return err
		}
		u = before
		if in.Role != nil && *in.Role != u.Role {
			if in.RoleWas != nil && *in.RoleWas != u.Role {
				return errRoleStale
			}
			u.Role = *in.Role
		}
		if in.Disabled != nil && *in.Disabled != u.Disabled {
			u.Disabled = *in.Disabled
			u.tokenVersion++
		}
		if u == before {
			return nil
		}
		if err := s.auditPerson(ctx, tx, by, before, u); err != nil {
			return err
		}
		if u.Disabled {
			if err := deleteUserLinks(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		return updateUser(ctx, tx, u)
	})
	return u, err
}

// auditPerson notes a new role, and that somebody was disabled or enabled.
func (s *Service) auditPerson(ctx context.Context, tx *db.Tx, by, before, now User) error {
	if now.Role != before.Role {
		if err := s.audit(ctx, tx, by, "user.role", now.ID, now.Role); err != nil {
			return err
		}
	}
	if now.Disabled == before.Disabled {
		return nil
	}
	action := "user.enable"
	if now.Disabled {
		action = "user.disable"
	}
	return s.audit(ctx, tx, by, action, now.ID, now.Name)
}

// changeable returns a colleague whom by may change.
func (s *Service) changeable(ctx context.Context, tx *db.Tx, by User, userID string) (User, error) {
	u, err := s.person(ctx, tx, by, userID)
	switch {
	case err != nil:
		return u, err
	case u.ID == by.ID:
		return u, errSelf
	case u.Owner:
		return u, errOwner
	}
	return u, nil
}

// ResetLink returns the key of a link by which a colleague sets a new password; it works once
// and for 24 hours, and earlier ones end. With mail, one is sent to them too. Admins only.
// Kinds: Forbidden, Invalid (disabled), NotFound.
func (s *Service) ResetLink(ctx context.Context, by User, userID string, mail bool) (User, string, error) {
	key := id.Secret()
	var u User
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if u, err = s.changeable(ctx, tx, by, userID); err != nil {
			return err
		}
		if u.Disabled {
			return fault.New(fault.Invalid, "disabled", "Enable this person first")
		}
		if err := deleteUserLinks(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := insertLink(ctx, tx, key, link{userID: u.ID, expiresAt: s.now().Add(linkLife).UnixMilli()}); err != nil {
			return err
		}
		if mail {
			if err := s.orderLink(ctx, tx, by.AccountID, JobSendReset, LinkJob{ID: u.ID}); err != nil {
				return err
			}
		}
		return s.audit(ctx, tx, by, "user.reset_link", u.ID, u.Name)
	})
	return u, key, err
}

func checkRole(bad fault.Fields, role string) {
	if role != RoleAdmin && role != RoleAgent {
		bad.Add("role", "role must be admin or agent")
	}
}

// audit notes what by did, in the same write as the deed itself.
func (s *Service) audit(ctx context.Context, tx *db.Tx, by User, action, targetID, detail string) error {
	now := s.now()
	return audit.Note(ctx, tx, audit.Deed{
		ID: id.New(now), AccountID: by.AccountID, UserID: by.ID, Action: action, TargetID: targetID, Detail: detail, CreatedAt: now.UnixMilli(),
	})
}

// linkLife is how long an invite and a reset link work.
const linkLife = 24 * time.Hour
