package support

import (
	"context"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
)

// Contact is a person who wrote, or who somebody claims to be: an address counts as theirs
// only once it is verified.
type Contact struct {
	ID            string
	Name          string
	Email         string
	Phone         string
	EmailVerified bool
	PhoneVerified bool
	// ExternalID is the person's id in the site's own user list, as its backend signed it.
	ExternalID string
	CreatedAt  int64
	UpdatedAt  int64
	// LastSeen is when a session of theirs was last active, to the minute.
	LastSeen int64
}

// Called is what a contact is called: by name, else by address, else by the end of its id.
func (k Contact) Called() string {
	for _, name := range []string{k.Name, k.Email, k.Phone} {
		if name != "" {
			return name
		}
	}
	tail := k.ID
	if len(tail) > 4 {
		tail = tail[len(tail)-4:]
	}
	return "Visitor " + tail
}

// proven reports whether anybody has proven to be this contact.
func (c Contact) proven() bool { return c.EmailVerified || c.PhoneVerified || c.ExternalID != "" }

// Claims are what a caller says about itself. They prove nothing, stay on the session and
// never change or reveal a stored contact.
type Claims struct {
	Name  string
	Email string
	Phone string
}

// Lengths of what strangers claim: an address has at most 254 bytes (RFC 5321), names are
// counted in characters.
const (
	maxEmail = 254
	maxName  = 128
)

var phoneForm = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// phoneSeparators are what people type between the digits of a number.
var phoneSeparators = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "\u00a0", "")

// normalise puts claims into their stored form and notes what is wrong with them.
func (c *Claims) normalise(bad fault.Fields) {
	c.Name = strings.TrimSpace(c.Name)
	if utf8.RuneCountInString(c.Name) > maxName || strings.ContainsFunc(c.Name, unicode.IsControl) {
		bad.Add("name", "name must be one line of at most 128 characters")
	}
	if c.Email = strings.TrimSpace(c.Email); c.Email != "" {
		email, ok := NormaliseEmail(c.Email)
		if !ok {
			bad.Add("email", "email must be an e-mail address")
		}
		c.Email = email
	}
	if c.Phone = strings.TrimSpace(c.Phone); c.Phone != "" {
		c.Phone = phoneSeparators.Replace(c.Phone)
		if !phoneForm.MatchString(c.Phone) {
			bad.Add("phone", "phone must start with + and the country code, with 7 to 15 digits in all")
		}
	}
}

// isEmail tells an e-mail address from a phone number, both normalised.
func isEmail(address string) bool { return strings.Contains(address, "@") }

// NormaliseEmail returns a single plain address in lower case. Display names, comments, quotes
// and lists are refused: they could smuggle a second recipient into a mail.
func NormaliseEmail(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) > maxEmail || strings.ContainsAny(s, " \t\r\n,;:<>()[]\"\\") || strings.ContainsFunc(s, unicode.IsControl) {
		return "", false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return "", false
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(local) > 64 || strings.HasPrefix(domain, ".") || strings.HasPrefix(domain, "-") {
		return "", false
	}
	return strings.ToLower(s), true
}

// saveContact stores what is known of a contact from now on, and has webhooks told of it.
func (s *Service) saveContact(ctx context.Context, tx *db.Tx, accountID string, c Contact, now int64) error {
	if err := updateContact(ctx, tx, accountID, c, now); err != nil {
		return err
	}
	return s.announce(ctx, tx, accountID, WebhookDelivery{Event: WebhookContact, ContactID: c.ID})
}

// matchContact finds the contact that claims point to, by exact e-mail, then phone, else makes
// a new one that is flagged unverified. A match is only a label.
func (s *Service) matchContact(ctx context.Context, tx *db.Tx, accountID string, c Claims) (string, error) {
	if found, err := knownContact(ctx, tx, accountID, c); found != "" || err != nil {
		return found, err
	}
	contact := Contact{ID: id.NewRandom(), Name: c.Name, Email: c.Email, Phone: c.Phone}
	return contact.ID, insertContact(ctx, tx, accountID, contact, s.millis())
}

// proveContact returns the contact that owns a just proven address, by these rules:
// the contact already verified for it; else the session's own contact, when it bears exactly
// this address and nobody has proven anything about it yet; else a new contact. What an
// unverified stranger had put on the promoted contact is replaced by the prover's own claims,
// so that a phone planted beside a victim's e-mail never becomes a way in.
func (s *Service) proveContact(ctx context.Context, tx *db.Tx, accountID, sessionContact, address string, c Claims) (string, error) {
	// By its form: a claim may have changed since the code was ordered, this address has not.
	byEmail := isEmail(address)
	find := verifiedByPhone
	if byEmail {
		find = verifiedByEmail
	}
	if found, err := find(ctx, tx, accountID, address); found != "" || err != nil {
		return found, err
	}
	proven := Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, EmailVerified: byEmail, PhoneVerified: !byEmail}
	if byEmail {
		proven.Email = address
	} else {
		proven.Phone = address
	}
	own, err := contactOf(ctx, tx, accountID, sessionContact)
	if err != nil {
		return "", err
	}
	bears := (byEmail && own.Email == address) || (!byEmail && own.Phone == address)
	if bears && !own.proven() {
		proven.ID = own.ID
		return proven.ID, s.saveContact(ctx, tx, accountID, proven, s.millis())
	}
	proven.ID = id.NewRandom()
	return proven.ID, insertContact(ctx, tx, accountID, proven, s.millis())
}
