package auth

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/golang-jwt/jwt/v5"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/ratelimit"
)

// hashParams are OWASP's smallest recommended argon2id parameters (19 MiB, 2 passes): a login
// costs about 20 ms, and two at once bound the memory of a flood.
var hashParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// dummyHash is compared when the e-mail is unknown, so that timing does not tell that.
const dummyHash = "$argon2id$v=19$m=19456,t=2,p=1$MDAwMDAwMDAwMDAwMDAwMA$qHPqz8Zk1ZzXyLqkqvGqQJx8p6JcJ3b7rYp0m1kq3pU"

func (s *Service) hash(ctx context.Context, password string) (string, error) {
	if err := s.waitToHash(ctx); err != nil {
		return "", err
	}
	defer func() { <-s.hashing }()
	hash, err := argon2id.CreateHash(password, hashParams)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

func (s *Service) matches(ctx context.Context, password, hash string) (bool, error) {
	if err := s.waitToHash(ctx); err != nil {
		return false, err
	}
	defer func() { <-s.hashing }()
	return argon2id.ComparePasswordAndHash(password, hash)
}

func (s *Service) waitToHash(ctx context.Context) error {
	select {
	case s.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errLogin = fault.New(fault.Unauthenticated, "wrong_login", "Wrong e-mail or password")

// CheckPassword returns the active user with this e-mail and password. Wrong ones are throttled
// by address and by e-mail; unknown, disabled and wrong all answer the same. For a user with an
// authenticator that is half a login.
// Kinds: Unauthenticated, RateLimited.
func (s *Service) CheckPassword(ctx context.Context, email, password string, ip netip.Addr) (User, error) {
	email = typedEmail(email)
	now := s.now()
	undo, err := s.countGuess(email, ratelimit.Network(ip), now)
	if err != nil {
		return User{}, err
	}
	u, err := userByEmail(ctx, s.db.Read(), email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return User{}, err
	}
	hash := u.passwordHash
	if hash == "" {
		hash = dummyHash
	}
	ok := false
	if len(password) <= 4*maxPassword {
		if ok, err = s.matches(ctx, password, hash); err != nil {
			return User{}, fmt.Errorf("compare password: %w", err)
		}
	}
	if !ok || u.ID == "" || u.Disabled {
		if u.ID != "" {
			s.noteFailure(ctx, u)
		}
		return User{}, errLogin
	}
	undo()
	if u.TwoStep() {
		return u, nil
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error { return s.noteLogin(ctx, tx, u) })
	return u, err
}

// countGuess counts a guess before it is compared, so that many at once don't pass together;
// undo takes it back when it was right. The narrow limit is for an e-mail from one address: an
// e-mail alone as the key would let anybody lock its owner out.
func (s *Service) countGuess(email, ip string, now time.Time) (undo func(), err error) {
	pair := email + " " + ip
	wait := s.guessesByIP.Hit(ip, now)
	if wait == 0 {
		if wait = s.guessesByPair.Hit(pair, now); wait > 0 {
			s.guessesByIP.Undo(ip)
		}
	}
	if wait > 0 {
		return nil, fault.Limited("too_many_logins", "Too many failed logins. Try again later.", wait)
	}
	return func() {
		s.guessesByIP.Undo(ip)
		s.guessesByPair.Undo(pair)
	}, nil
}

const (
	// tokenLife is how long a team JWT works.
	tokenLife   = 12 * time.Hour
	jwtIssuer   = "deskbell"
	jwtAudience = "team"
	jwtType     = "team+jwt"
)

type teamClaims struct {
	jwt.RegisteredClaims
	// Version is the user's token_version: it grows when password, role or status change.
	Version int64 `json:"ver"`
}

// IssueToken returns a team JWT for a user and when it ends.
func (s *Service) IssueToken(u User) (token string, expiresAt time.Time, err error) {
	expiresAt = s.now().Add(tokenLife).Truncate(time.Second)
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, teamClaims{Version: u.tokenVersion, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: jwtIssuer, Audience: jwt.ClaimStrings{jwtAudience}, Subject: u.ID, ID: id.Secret(),
		IssuedAt: jwt.NewNumericDate(s.now()), ExpiresAt: jwt.NewNumericDate(expiresAt),
	}})
	t.Header["typ"] = jwtType
	if token, err = t.SignedString(s.jwtKey); err != nil {
		return "", time.Time{}, fmt.Errorf("sign team token: %w", err)
	}
	return token, expiresAt, nil
}

var errTeamToken = fault.New(fault.Unauthenticated, "invalid_team_token", "Invalid team token")

// TokenUser is a user with the login it came by.
type TokenUser struct {
	User
	// ExpiresAt is when the login ends, in Unix ms.
	ExpiresAt int64
}

// AuthenticateToken checks a team JWT and reads role, account and status from the database.
// Kinds: Unauthenticated.
func (s *Service) AuthenticateToken(ctx context.Context, bearer string) (TokenUser, error) {
	var claims teamClaims
	parsed, err := jwt.ParseWithClaims(bearer, &claims, func(*jwt.Token) (any, error) { return s.jwtKey, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(jwtIssuer), jwt.WithAudience(jwtAudience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	if err != nil || parsed.Header["typ"] != jwtType {
		return TokenUser{}, errTeamToken
	}
	u, err := userByID(ctx, s.db.Read(), claims.Subject)
	if fault.Is(err, fault.NotFound) || (err == nil && (u.Disabled || u.tokenVersion != claims.Version)) {
		return TokenUser{}, errTeamToken
	}
	return TokenUser{User: u, ExpiresAt: claims.ExpiresAt.UnixMilli()}, err
}

// UserLive reports, for an open stream, nil while the user's login still holds.
func (s *Service) UserLive(ctx context.Context, u TokenUser) error {
	if s.now().UnixMilli() >= u.ExpiresAt {
		return errTeamToken
	}
	current, err := userByID(ctx, s.db.Read(), u.ID)
	if fault.Is(err, fault.NotFound) || (err == nil && (current.Disabled || current.tokenVersion != u.tokenVersion)) {
		return errTeamToken
	}
	return err
}
