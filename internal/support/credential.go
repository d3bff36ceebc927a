package support

import (
	"cmp"
	"context"
	"crypto/subtle"
	"slices"
	"sync"

	"github.com/golang-jwt/jwt/v5"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
)

// Origin is what a request says about the page it comes from.
type Origin struct {
	// Values are the Origin headers as sent; more than one is always refused.
	Values []string
	// Own is true when the request comes from a page of this server.
	Own bool
}

// TokenAuth is a support token that was just checked.
type TokenAuth struct {
	Token
	// CredentialEnd is when what was presented ends (Unix ms): a page credential before its token.
	CredentialEnd int64
	page          bool
}

// Require is nil when the token has the scope. Kinds: Forbidden.
func (a TokenAuth) Require(scope string) error {
	if a.Allows(scope) {
		return nil
	}
	return fault.New(fault.Forbidden, "missing_scope", "Missing scope: "+scope)
}

// AuthenticateToken checks a bearer string against signature, row and expiry (Unauthenticated),
// then the page's origin and the scope (Forbidden). It costs one read and no write.
func (s *Service) AuthenticateToken(ctx context.Context, bearer string, origin Origin, scope string) (TokenAuth, error) {
	auth, err := s.checkBearer(ctx, bearer)
	if err != nil {
		return TokenAuth{}, err
	}
	site, allowed := auth.allowsOrigin(origin)
	if !allowed {
		if !auth.page && len(origin.Values) == 1 {
			s.refused.note(auth.AccountID, origin.Values[0], s.millis())
		}
		return TokenAuth{}, errOrigin
	}
	if err := auth.Require(scope); err != nil {
		return TokenAuth{}, err
	}
	s.used.note(auth.ID, site, s.millis())
	return auth, nil
}

func (s *Service) checkBearer(ctx context.Context, bearer string) (TokenAuth, error) {
	digest := keys.Digest(bearer)
	signed, known := s.signed.get(digest)
	if !known {
		var err error
		if signed, err = s.checkSignature(bearer); err != nil {
			return TokenAuth{}, err
		}
		s.signed.put(digest, signed)
	}
	now := s.millis()
	if now >= signed.expiresAt {
		return TokenAuth{}, errToken
	}
	t, err := s.usableToken(ctx, signed.tokenID, now)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return TokenAuth{}, errToken
		}
		return TokenAuth{}, err
	}
	switch signed.typ {
	case typToken:
		if subtle.ConstantTimeCompare([]byte(digest), []byte(t.digest)) != 1 {
			return TokenAuth{}, errToken
		}
		return TokenAuth{Token: t, CredentialEnd: t.ExpiresAt}, nil
	case typPage:
		if signed.gen != t.generation() {
			return TokenAuth{}, errToken
		}
		return TokenAuth{Token: t, CredentialEnd: min(t.ExpiresAt, signed.expiresAt), page: true}, nil
	}
	return TokenAuth{}, errToken
}

// usableToken reads a token that is active and has not expired. Kinds: NotFound.
func (s *Service) usableToken(ctx context.Context, tokenID string, now int64) (Token, error) {
	t, err := s.tokens.Get(ctx, tokenID, func(ctx context.Context) (Token, error) { return tokenByID(ctx, s.db.Read(), tokenID) })
	if err == nil && (t.Status != TokenActive || t.ExpiresAt <= now) {
		err = errNotFound
	}
	return t, err
}

// checkSignature checks what a bearer string says by itself.
func (s *Service) checkSignature(bearer string) (signedBearer, error) {
	var claims supportClaims
	parsed, err := jwt.ParseWithClaims(bearer, &claims, func(*jwt.Token) (any, error) { return s.supportKey, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(jwtIssuer), jwt.WithAudience(jwtAudience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	tokenID := cmp.Or(claims.TokenID, claims.Subject)
	if err != nil || !id.Valid(tokenID) {
		return signedBearer{}, errToken
	}
	typ, _ := parsed.Header["typ"].(string)
	return signedBearer{tokenID: tokenID, typ: typ, gen: claims.Gen, expiresAt: claims.ExpiresAt.UnixMilli()}, nil
}

// signedBearer is what a bearer string with a good signature says.
type signedBearer struct {
	tokenID, typ, gen string
	expiresAt         int64
}

// signedLimit bounds how many checked strings are remembered; more start over.
const signedLimit = 10_000

// signedBearers remembers strings whose signature was good, by digest: checking one costs 10 µs,
// with each request. Whether they still hold, their rows say.
type signedBearers struct {
	mu       sync.RWMutex
	byDigest map[string]signedBearer
}

func (b *signedBearers) get(digest string) (signedBearer, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	signed, known := b.byDigest[digest]
	return signed, known
}

func (b *signedBearers) put(digest string, signed signedBearer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byDigest == nil || len(b.byDigest) >= signedLimit {
		b.byDigest = map[string]signedBearer{}
	}
	b.byDigest[digest] = signed
}

// allowsOrigin is the domain lock. Programs send no Origin; browsers can't leave it out on the
// calls that matter and can't forge it. site is the website it comes from, "" for programs and for
// pages of this server.
func (t TokenAuth) allowsOrigin(o Origin) (site string, allowed bool) {
	if t.page {
		return "", o.Own && len(o.Values) <= 1
	}
	switch len(o.Values) {
	case 0:
		return "", !t.RequireOrigin
	case 1:
		origin, ok := ParseOrigin(o.Values[0])
		return origin, ok && slices.Contains(coveringDomains(origin), t.Domain)
	}
	return "", false
}

// OriginUsable reports whether an Origin header is covered by the domain of any usable token of
// any account: preflights carry no token to compare with.
func (s *Service) OriginUsable(ctx context.Context, header string) (bool, error) {
	origin, ok := ParseOrigin(header)
	if !ok {
		return false, nil
	}
	for _, domain := range coveringDomains(origin) {
		found, err := domainUsable(ctx, s.db.Read(), domain, s.millis())
		if found || err != nil {
			return found, err
		}
	}
	s.refused.note(nobodys, header, s.millis())
	return false, nil
}
