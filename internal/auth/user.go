// Package auth is about the team: accounts, users, passwords, logins and the team's JWT. It
// does not know what the team works on.
package auth

import (
	"context"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

// The roles of a user. An owner is an admin who can't lose the role.
const (
	RoleAdmin = "admin"
	RoleAgent = "agent"
)

// User is a member of an account's team.
type User struct {
	ID          string
	AccountID   string
	AccountName string
	Email       string
	Name        string
	Role        string
	Owner       bool
	Disabled    bool
	CreatedAt   int64
	LastLogin   *int64
	Look        Look
	// Picture is the id of their picture; empty when they have none.
	Picture string

	passwordHash string
	tokenVersion int64
	// totpSecret is sealed, and empty without an authenticator; totpStep is the last step used.
	totpSecret string
	totpStep   int64
}

// Admin reports whether the user may manage the account.
func (u User) Admin() bool { return u.Role == RoleAdmin || u.Owner }

// TwoStep reports whether a login takes a code after the password.
func (u User) TwoStep() bool { return u.totpSecret != "" }

// Service offers the use cases.
type Service struct {
	db    *db.DB
	ring  *keys.Ring
	queue *jobs.Queue
	now   func() time.Time
	// jwtKey signs the team's JWTs.
	jwtKey []byte
	setup  setupKey
	// guesses bound wrong passwords of one address, and of one address for one e-mail.
	guessesByIP   *ratelimit.Window
	guessesByPair *ratelimit.Window
	// failures are those that the audit log has told of.
	failures *ratelimit.Window
	hashing  chan struct{}
}

// New returns the team's use cases.
func New(d *db.DB, ring *keys.Ring, queue *jobs.Queue, now func() time.Time) *Service {
	return &Service{
		db: d, ring: ring, queue: queue, now: now, jwtKey: ring.Key(keys.TeamJWT),
		guessesByIP:   ratelimit.NewWindow(ratelimit.Limit{N: 50, Per: 15 * time.Minute}),
		guessesByPair: ratelimit.NewWindow(ratelimit.Limit{N: 10, Per: 15 * time.Minute}),
		failures:      ratelimit.NewWindow(failuresNoted),
		hashing:       make(chan struct{}, 2),
	}
}

// NewUser is the input for a new user.
type NewUser struct {
	Email    string
	Name     string
	Role     string
	Password string
	// Account is the account's name: it is created when unknown. Empty means the first account.
	Account string
}

func (n *NewUser) validate() error {
	bad := fault.Fields{}
	email, ok := normaliseEmail(n.Email)
	if !ok {
		bad.Add("email", "email must be an e-mail address")
	}
	n.Email = email
	n.Name = strings.TrimSpace(n.Name)
	if !oneLine(n.Name) {
		bad.Add("name", "name must be one line of 1 to 100 characters")
	}
	if n.Account = strings.TrimSpace(n.Account); n.Account != "" && !oneLine(n.Account) {
		bad.Add("account", "account must be one line of 1 to 100 characters")
	}
	checkRole(bad, n.Role)
	checkPassword(bad, n.Password, n.Email, n.Name)
	return bad.Err()
}

func oneLine(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= 1 && n <= 100 && !strings.ContainsFunc(s, unicode.IsControl)
}

// maxEmail is the longest address there can be, in bytes (RFC 5321).
const maxEmail = 254

// typedEmail is an address as somebody typed it, in the form it is stored in.
func typedEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func normaliseEmail(s string) (string, bool) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmail {
		return "", false
	}
	return strings.ToLower(s), true
}

// CreateUser adds a user. The very first one creates the account and owns it, as does the
// first one of every further account. Kinds: Invalid, Conflict (the e-mail is taken).
func (s *Service) CreateUser(ctx context.Context, in NewUser) (User, error) {
	if err := in.validate(); err != nil {
		return User{}, err
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		accountID, isNew, err := s.accountFor(ctx, tx, in.Account)
		if err != nil {
			return err
		}
		u, err = s.addUser(ctx, tx, in, hash, accountID, isNew)
		return err
	})
	return u, err
}

// defaultAccount is the name of the first account when none is given.
const defaultAccount = "Support"

// accountFor picks or creates an account by name.
func (s *Service) accountFor(ctx context.Context, tx *db.Tx, name string) (accountID string, isNew bool, err error) {
	if accountID, err = findAccount(ctx, tx, name); accountID != "" || err != nil {
		return accountID, false, err
	}
	if name == "" {
		name = defaultAccount
	}
	accountID = id.New(s.now())
	return accountID, true, insertAccount(ctx, tx, accountID, name, s.now().UnixMilli())
}

func (s *Service) addUser(ctx context.Context, tx *db.Tx, in NewUser, hash, accountID string, owner bool) (User, error) {
	u := User{
		ID: id.New(s.now()), AccountID: accountID, Email: in.Email, Name: in.Name, Role: in.Role, Owner: owner,
		CreatedAt: s.now().UnixMilli(), passwordHash: hash,
	}
	if owner {
		u.Role = RoleAdmin
	}
	added, err := insertUser(ctx, tx, u)
	if err == nil && !added {
		err = &fault.Error{
			Kind: fault.Conflict, Code: "email_taken", Message: "A user with this e-mail exists already",
			Fields: map[string]string{"email": "A user with this e-mail exists already"},
		}
	}
	return u, err
}

// Users lists all users of all accounts, for the operator's shell.
func (s *Service) Users(ctx context.Context) ([]User, error) { return listUsers(ctx, s.db.Read()) }

// UserChange is the input of ChangeUser; nil fields stay as they are.
type UserChange struct {
	Role *string
	// RoleWas is the role that the change was made up for; nil means any.
	RoleWas  *string
	Disabled *bool
	Password *string
	// TwoStepOff turns two-step sign-in off, for somebody who has lost phone and recovery codes.
	TwoStepOff bool
}

// ChangeUser changes a user by e-mail, from the machine's own terminal, and ends its logins in browsers; a
// new password, being disabled and the end of two-step sign-in end its team JWTs too, while a new role
// takes effect on them, because it is read at each request. The owner stays an active admin. The audit
// log tells of it as the command line's. Kinds: Invalid, NotFound.
func (s *Service) ChangeUser(ctx context.Context, email string, in UserChange) (User, error) {
	bad := fault.Fields{}
	if in.Role != nil {
		checkRole(bad, *in.Role)
	}
	hash := ""
	if in.Password != nil {
		checkPassword(bad, *in.Password, email, "")
	}
	if err := bad.Err(); err != nil {
		return User{}, err
	}
	if in.Password != nil {
		var err error
		if hash, err = s.hash(ctx, *in.Password); err != nil {
			return User{}, err
		}
	}
	var u User
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if u, err = userByEmail(ctx, tx, typedEmail(email)); err != nil {
			return err
		}
		before := u
		if in.Role != nil {
			u.Role = *in.Role
		}
		if in.Disabled != nil {
			u.Disabled = *in.Disabled
			u.tokenVersion++
		}
		if u.Owner && (u.Disabled || u.Role != RoleAdmin) {
			return fault.New(fault.Invalid, "owner", "The owner stays an active admin")
		}
		if in.TwoStepOff {
			u.tokenVersion++
			if err := clearTwoStep(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		if hash != "" {
			if err := s.setPassword(ctx, tx, &u, hash); err != nil {
				return err
			}
		} else if err := updateUser(ctx, tx, u); err != nil {
			return err
		}
		return s.auditCommand(ctx, tx, before, u, in)
	})
	return u, err
}

// auditCommand notes what the command line has changed.
func (s *Service) auditCommand(ctx context.Context, tx *db.Tx, before, u User, in UserChange) error {
	by := User{AccountID: u.AccountID}
	if err := s.auditPerson(ctx, tx, by, before, u); err != nil {
		return err
	}
	if in.TwoStepOff && before.TwoStep() {
		if err := s.audit(ctx, tx, by, "user.two_step_clear", u.ID, u.Name); err != nil {
			return err
		}
	}
	if in.Password == nil {
		return nil
	}
	return s.audit(ctx, tx, by, "user.password_set", u.ID, u.Name)
}

// EndAllLogins ends every login, team token, invite and reset link; for a restored backup.
func (s *Service) EndAllLogins(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return endAllLogins(ctx, tx) })
}
