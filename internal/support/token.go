package support

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
)

// Scope is a documented permission of a support token.
const (
	ScopeChat       = "chat"
	ScopeSupport    = "support"
	ScopeFileUpload = "file_upload"
	ScopeHistory    = "history"
)

// Scopes lists every scope in its documented order.
var Scopes = []string{ScopeChat, ScopeSupport, ScopeFileUpload, ScopeHistory}

// The documented life of a token in milliseconds: default one year, at most ten.
const (
	DefaultExpiry = 31_536_000_000
	MinExpiry     = 1_000
	MaxExpiry     = 315_360_000_000
)

// SensitiveExpiry (30 days, ms) is what the console proposes for tokens that may read history
// or upload files.
const SensitiveExpiry = 2_592_000_000

// The status of a token as shown; expired is computed when read.
const (
	TokenActive  = "active"
	TokenExpired = "expired"
	TokenRevoked = "revoked"
)

const (
	purposeSite = "site"
	purposeDemo = "demo"
)

// pageLife is how long the credential inside /demo and /chat/:token_id works; the page fetches
// a fresh one when it ends.
const pageLife = time.Hour

const (
	jwtIssuer   = "deskbell"
	jwtAudience = "support"
	typToken    = "support+jwt"
	typPage     = "support-page+jwt"
)

var (
	errToken  = fault.New(fault.Unauthenticated, "invalid_support_token", "Invalid support token")
	errOrigin = fault.New(fault.Forbidden, "domain_not_whitelisted", "Domain not whitelisted")
)

// Token is a support token without its string, which nobody can read again.
type Token struct {
	ID            string
	AccountID     string
	CreatedBy     string
	Domain        string
	Scopes        []string
	RequireOrigin bool
	// ExpiryTime is the documented duration in ms; ExpiresAt the moment in Unix ms.
	ExpiryTime    int64
	ExpiresAt     int64
	Status        string
	LastUsed      *int64
	CreatedAt     int64
	RegeneratedAt *int64
	// SeenOrigin is the website it was last used on, at SeenAt (Unix ms); "" before it was on one.
	SeenOrigin string
	SeenAt     int64
	// DeleteAt is when it is to be deleted (Unix ms), because another one has replaced it.
	DeleteAt *int64

	digest  string
	purpose string
	// firstID is the first of the tokens that have replaced one another; "" when this one has replaced none.
	firstID string
}

// sessionsID is what the token's sessions are kept under: its own id, or that of the first of the tokens
// that have replaced one another, so that a visitor goes on with whichever of them a page has.
func (t Token) sessionsID() string { return cmp.Or(t.firstID, t.ID) }

// Allows reports whether the token has the scope; the empty scope is always allowed.
func (t Token) Allows(scope string) bool { return scope == "" || slices.Contains(t.Scopes, scope) }

// NewToken is the input of CreateToken. Zero values take the documented defaults.
type NewToken struct {
	Domain        string
	Scopes        []string
	ExpiryTime    *int64
	RequireOrigin bool
}

// Validate normalises the input or says what is wrong with it.
func (n *NewToken) Validate() error {
	bad := fault.Fields{}
	domain, err := ParseDomain(n.Domain)
	if err != nil {
		bad.Add("domain", fault.As(err).Message)
	}
	n.Domain = domain
	if n.Scopes == nil {
		n.Scopes = []string{ScopeChat, ScopeSupport}
	}
	if len(n.Scopes) == 0 {
		bad.Add("scopes", "scopes must name at least one of chat, support, file_upload, history")
	}
	for _, scope := range n.Scopes {
		if !slices.Contains(Scopes, scope) {
			bad.Add("scopes", "scopes may only be chat, support, file_upload, history")
		}
	}
	if n.ExpiryTime == nil {
		life := int64(DefaultExpiry)
		n.ExpiryTime = &life
	}
	if *n.ExpiryTime < MinExpiry || *n.ExpiryTime > MaxExpiry {
		bad.Add("expiry_time", "expiry_time must be a duration of 1000 to 315360000000 milliseconds")
	}
	// The documented order, each once, whatever was sent.
	n.Scopes = slices.DeleteFunc(slices.Clone(Scopes), func(s string) bool { return !slices.Contains(n.Scopes, s) })
	return bad.Err()
}

// CreateToken makes a token and returns it with its string, which is shown only now: the table
// keeps a digest. Admins only. Kinds: Forbidden, Invalid.
func (s *Service) CreateToken(ctx context.Context, a Actor, in NewToken) (Token, string, error) {
	if err := a.mustAdmin(); err != nil {
		return Token{}, "", err
	}
	if err := in.Validate(); err != nil {
		return Token{}, "", err
	}
	now := s.millis()
	t := Token{
		ID: s.newID(), AccountID: a.AccountID, CreatedBy: a.UserID, Domain: in.Domain, Scopes: in.Scopes,
		RequireOrigin: in.RequireOrigin, ExpiryTime: *in.ExpiryTime, ExpiresAt: now + *in.ExpiryTime,
		Status: TokenActive, CreatedAt: now, purpose: purposeSite,
	}
	signed, err := s.signToken(&t)
	if err != nil {
		return Token{}, "", err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := insertToken(ctx, tx, t); err != nil {
			return err
		}
		refused, err := refusedOriginsOf(ctx, tx, a.AccountID)
		if err != nil {
			return err
		}
		for _, r := range refused {
			if Covers(t.Domain, r.Origin) {
				if err := deleteRefusedOrigin(ctx, tx, a.AccountID, r.Origin); err != nil {
					return err
				}
			}
		}
		tx.AfterCommit(func() { s.refused.forget(a.AccountID, t.Domain) })
		return s.audit(ctx, tx, a, "token.create", t.ID, t.Domain)
	})
	return t, signed, err
}

// RegenerateToken gives a token a new string and a new life of its own length; the old string
// is dead at once. One that was about to be deleted stays. A domain, if given, must be the stored one. Admins only.
// Kinds: Forbidden, NotFound, Invalid.
func (s *Service) RegenerateToken(ctx context.Context, a Actor, tokenID string, domain *string) (Token, string, error) {
	if err := a.mustAdmin(); err != nil {
		return Token{}, "", err
	}
	if !id.Valid(tokenID) {
		return Token{}, "", errNotFound
	}
	var t Token
	var signed string
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if t, err = tokenOf(ctx, tx, a.AccountID, tokenID); err != nil {
			return err
		}
		if domain != nil {
			if given, err := ParseDomain(*domain); err != nil || given != t.Domain {
				return fault.Field("domain", "domain must be the token's own domain; for another domain make a new token")
			}
		}
		now := s.millis()
		t.RegeneratedAt, t.ExpiresAt, t.Status, t.DeleteAt = &now, now+t.ExpiryTime, TokenActive, nil
		if signed, err = s.signToken(&t); err != nil {
			return err
		}
		if err := updateTokenString(ctx, tx, t); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "token.regenerate", t.ID, t.Domain)
	})
	return t, signed, err
}

// Tokens lists the account's tokens, newest first, with their status now. Admins only.
func (s *Service) Tokens(ctx context.Context, a Actor) ([]Token, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	list, err := tokensOf(ctx, s.db.Read(), a.AccountID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		s.freshen(&list[i])
	}
	return list, nil
}

// SiteNames lists where the account's conversations can begin, by name: what ConversationFilter.Site takes.
func (s *Service) SiteNames(ctx context.Context, a Actor) ([]string, error) {
	return sitesOf(ctx, s.db.Read(), a.AccountID)
}

// Token returns one of the account's tokens. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) Token(ctx context.Context, a Actor, tokenID string) (Token, error) {
	if err := a.mustAdmin(); err != nil {
		return Token{}, err
	}
	t, err := tokenOf(ctx, s.db.Read(), a.AccountID, tokenID)
	if err != nil {
		return Token{}, err
	}
	s.freshen(&t)
	return t, nil
}

// freshen fills in what is computed when read.
func (s *Service) freshen(t *Token) {
	s.used.freshen(t, s.millis())
	if t.Status == TokenActive && s.millis() >= t.ExpiresAt {
		t.Status = TokenExpired
	}
}

// DeleteToken removes a token; whoever still uses it is refused from the next request on. Its
// conversations stay. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) DeleteToken(ctx context.Context, a Actor, tokenID string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := tokenOf(ctx, tx, a.AccountID, tokenID)
		if err != nil {
			return err
		}
		if err := deleteToken(ctx, tx, t); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "token.delete", t.ID, t.Domain)
	})
}

// supportClaims are the claims of both kinds of support JWT. Scopes are never among them: they
// come from the row.
type supportClaims struct {
	jwt.RegisteredClaims
	// Gen binds a page credential to the token's current string.
	Gen string `json:"gen,omitempty"`
	// TokenID is the token's where it has replaced another: the subject, by which widgets find what they
	// keep in the browser, stays that of the first one.
	TokenID string `json:"token_id,omitempty"`
}

// claimsOf are the claims that name a token.
func claimsOf(t Token) supportClaims {
	c := supportClaims{RegisteredClaims: jwt.RegisteredClaims{Issuer: jwtIssuer, Audience: jwt.ClaimStrings{jwtAudience}, Subject: t.sessionsID()}}
	if c.Subject != t.ID {
		c.TokenID = t.ID
	}
	return c
}

// signToken makes the token's string and notes its digest.
func (s *Service) signToken(t *Token) (string, error) {
	claims := claimsOf(*t)
	claims.ID, claims.IssuedAt = id.Secret(), jwt.NewNumericDate(s.now())
	// Whole seconds, rounded up: the row's expires_at decides to the millisecond.
	claims.ExpiresAt = jwt.NewNumericDate(time.UnixMilli(t.ExpiresAt + 999))
	signed, err := s.sign(typToken, claims)
	t.digest = keys.Digest(signed)
	return signed, err
}

func (s *Service) sign(typ string, claims supportClaims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["typ"] = typ
	signed, err := token.SignedString(s.supportKey)
	if err != nil {
		return "", fmt.Errorf("sign support token: %w", err)
	}
	return signed, nil
}

// RevokeAllTokens ends every account's tokens until they are regenerated; for a restored backup.
func (s *Service) RevokeAllTokens(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return revokeAllTokens(ctx, tx) })
}

// generation is the part of the digest that page credentials carry.
func (t Token) generation() string { return t.digest[:16] }

// PageCredential returns a credential of one hour for our own page of a token: accepted only
// from our own origin, dead as soon as the token is. Kinds: NotFound.
func (s *Service) PageCredential(ctx context.Context, tokenID string) (Token, string, error) {
	t, err := s.usableToken(ctx, tokenID, s.millis())
	if err != nil {
		return Token{}, "", err
	}
	claims := claimsOf(t)
	claims.Gen, claims.IssuedAt, claims.ExpiresAt = t.generation(), jwt.NewNumericDate(s.now()), jwt.NewNumericDate(s.now().Add(pageLife))
	credential, err := s.sign(typPage, claims)
	return t, credential, err
}

// DemoToken returns the id of the hidden token behind /demo for an account, making it when
// needed. It is never listed and has the scopes of a usual site.
func (s *Service) DemoToken(ctx context.Context, accountID string) (string, error) {
	tokenID, err := demoTokenID(ctx, s.db.Read(), accountID)
	if err == nil || !errors.Is(err, db.ErrNoRows) {
		return tokenID, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if tokenID, err = demoTokenID(ctx, tx, accountID); err == nil || !errors.Is(err, db.ErrNoRows) {
			return err
		}
		now := s.millis()
		tokenID = s.newID()
		return insertToken(ctx, tx, Token{
			ID: tokenID, AccountID: accountID, Domain: s.baseURL, Scopes: Scopes, ExpiryTime: MaxExpiry, ExpiresAt: now + MaxExpiry,
			Status: TokenActive, CreatedAt: now, digest: keys.Digest(id.Secret()), purpose: purposeDemo,
		})
	})
	return tokenID, err
}
