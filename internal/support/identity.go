package support

import (
	"cmp"
	"context"
	"net/netip"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
)

// identityLife is how far ahead an identity token may end (documented: one hour), and
// identitySkew how much a site's clock may be ahead of ours.
const (
	identityLife = time.Hour
	identitySkew = 30 * time.Second
)

// maxExternalID is the longest id of a person at the site, in bytes.
const maxExternalID = 255

var errIdentity = fault.New(fault.Unauthenticated, "invalid_identity_token", "Invalid identity token")

// NewIdentitySecret gives a token a new secret for signing identities and returns it; it is
// shown only now, and the former one is dead at once. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) NewIdentitySecret(ctx context.Context, a Actor, tokenID string) (string, error) {
	if err := a.mustAdmin(); err != nil {
		return "", err
	}
	secret := id.Secret()
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := tokenOf(ctx, tx, a.AccountID, tokenID)
		if err != nil {
			return err
		}
		if err := updateIdentitySecret(ctx, tx, a.AccountID, t.ID, s.keys.Seal(keys.Identity, t.ID, secret)); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "token.identity_secret", t.ID, t.Domain)
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// identityClaims are what the site's backend says about its user.
type identityClaims struct {
	jwt.RegisteredClaims
	Email string `json:"email"`
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// UnmarshalJSON reads claims as strictly as the API reads bodies: a site that builds them from text
// may have let a visitor write a second sub into them, or a Sub.
func (c *identityClaims) UnmarshalJSON(claims []byte) error {
	type plain identityClaims
	return json.Unmarshal(claims, (*plain)(c))
}

// Identity is a person as the site's backend knows it.
type Identity struct {
	ExternalID string
	Claims
}

// readIdentity checks an identity token: HS256 with the bytes of the token's own secret, for this
// support token, ending within the hour. Every fault is the same answer.
func (s *Service) readIdentity(ctx context.Context, t TokenAuth, signed string) (Identity, error) {
	sealed, err := identitySecret(ctx, s.db.Read(), t.AccountID, t.ID)
	if err != nil {
		return Identity{}, err
	}
	if sealed == "" {
		return Identity{}, errIdentity
	}
	secret, err := s.keys.Open(keys.Identity, t.ID, sealed)
	if err != nil {
		return Identity{}, err
	}
	return parseIdentity(signed, secret, t.ID, s.now)
}

func parseIdentity(signed, secret, tokenID string, now func() time.Time) (Identity, error) {
	var claims identityClaims
	_, err := jwt.ParseWithClaims(signed, &claims, func(*jwt.Token) (any, error) { return []byte(secret), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(tokenID), jwt.WithExpirationRequired(), jwt.WithTimeFunc(now))
	if err != nil {
		return Identity{}, fault.Wrap(fault.Unauthenticated, errIdentity.Code, errIdentity.Message, err)
	}
	if claims.ExpiresAt.After(now().Add(identityLife + identitySkew)) {
		return Identity{}, errIdentity
	}
	who := Identity{ExternalID: claims.Subject, Claims: Claims{Name: claims.Name, Email: claims.Email, Phone: claims.Phone}}
	bad := fault.Fields{}
	who.normalise(bad)
	if who.ExternalID == "" || len(who.ExternalID) > maxExternalID || containsControl(who.ExternalID) || len(bad) > 0 {
		return Identity{}, errIdentity
	}
	return who, nil
}

func containsControl(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) {
			return true
		}
	}
	return false
}

// Identify proves a session's visitor by a token that the site's own backend signed. It does
// what a right code does, with the contact that bears the signed id: the session's secret is
// replaced, and its conversation becomes the contact's newest open proven one. Somebody who
// joined a session without its secret gets a session of their own instead, because the one that
// they joined is not theirs to take along. Kinds: Unauthenticated, RateLimited.
func (s *Service) Identify(ctx context.Context, t TokenAuth, v SessionAuth, ip netip.Addr, signed string) (VerifiedSession, error) {
	who, err := s.readIdentity(ctx, t, signed)
	if err != nil {
		return VerifiedSession{}, err
	}
	var out VerifiedSession
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		session, err := sessionOf(ctx, tx, v.AccountID, v.ID)
		if err != nil {
			return err
		}
		if !v.Original {
			if session, err = s.splitSession(ctx, tx, t, v, session, ip); err != nil {
				return err
			}
		}
		contactID, err := s.identifiedContact(ctx, tx, session, who)
		if err != nil {
			return err
		}
		before := session.Proofs
		// What the visitor claimed stays: a session is found again by it.
		session.Proofs = Proofs{ExternalID: who.ExternalID, ProvenEmail: who.Email, ProvenPhone: who.Phone}
		if who.Name != "" {
			session.Name = who.Name
		}
		out, err = s.prove(ctx, tx, session, before, contactID, cmp.Or(who.Email, who.Phone, who.ExternalID))
		return err
	})
	return out, err
}

// splitSession takes somebody who joined a session out of it, into one of their own.
func (s *Service) splitSession(ctx context.Context, tx *db.Tx, t TokenAuth, v SessionAuth, joined Session, ip netip.Addr) (Session, error) {
	if _, err := deleteSessionToken(ctx, tx, v.ID, v.Digest); err != nil {
		return Session{}, err
	}
	own := StartedSession{}
	err := s.newSession(ctx, tx, t, StartSession{DeviceID: joined.DeviceID, IP: ip, UserAgent: joined.UserAgent, proven: true}, heldSession{}, &own)
	return own.Session, err
}

// identifiedContact returns the contact of a signed person: the one that bears their id; else
// the one already verified for their address, unless that is another of the site's users; else
// the session's own, when nobody has proven anything about it and it bears no other address;
// else a new one. What the site signed is then verified.
func (s *Service) identifiedContact(ctx context.Context, tx *db.Tx, v Session, who Identity) (string, error) {
	contact, err := s.findIdentified(ctx, tx, v, who)
	if err != nil {
		return "", err
	}
	known := contact
	if !contact.proven() {
		// What a stranger had written on it is not theirs to keep.
		contact = Contact{ID: contact.ID, Name: v.Name}
	}
	contact.ExternalID = who.ExternalID
	if who.Name != "" {
		contact.Name = who.Name
	}
	for _, address := range []struct {
		signed   string
		to       *string
		verified *bool
		owner    func(context.Context, db.Querier, string, string) (string, error)
	}{
		{who.Email, &contact.Email, &contact.EmailVerified, verifiedByEmail},
		{who.Phone, &contact.Phone, &contact.PhoneVerified, verifiedByPhone},
	} {
		if address.signed == "" {
			continue
		}
		owner, err := address.owner(ctx, tx, v.AccountID, address.signed)
		if err != nil {
			return "", err
		}
		// An address is verified for one contact at most: two of the site's users may share one.
		*address.to, *address.verified = address.signed, owner == "" || owner == contact.ID
	}
	if contact.ID == "" {
		contact.ID = id.NewRandom()
		return contact.ID, insertContact(ctx, tx, v.AccountID, contact, s.millis())
	}
	if contact == known {
		return contact.ID, nil // a site says who somebody is on each of its pages
	}
	return contact.ID, s.saveContact(ctx, tx, v.AccountID, contact, s.millis())
}

// findIdentified looks for the contact of a signed person; one without an id when there is none.
func (s *Service) findIdentified(ctx context.Context, tx *db.Tx, v Session, who Identity) (Contact, error) {
	found, err := contactByExternalID(ctx, tx, v.AccountID, who.ExternalID)
	if err != nil {
		return Contact{}, err
	}
	if found != "" {
		return contactOf(ctx, tx, v.AccountID, found)
	}
	for _, find := range []func() (string, error){
		func() (string, error) { return verifiedByEmail(ctx, tx, v.AccountID, who.Email) },
		func() (string, error) { return verifiedByPhone(ctx, tx, v.AccountID, who.Phone) },
	} {
		if found, err = find(); err != nil {
			return Contact{}, err
		}
		if found == "" {
			continue
		}
		if contact, err := contactOf(ctx, tx, v.AccountID, found); err != nil || contact.ExternalID == "" {
			return contact, err
		}
	}
	own, err := contactOf(ctx, tx, v.AccountID, v.ContactID)
	if err != nil {
		return Contact{}, err
	}
	if own.proven() || (own.Email != "" && own.Email != who.Email) || (own.Phone != "" && own.Phone != who.Phone) {
		return Contact{}, nil
	}
	return own, nil
}
