package support

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

// Carrier is a server that takes mails or text messages from this one.
type Carrier struct {
	// Server is its host and port; empty while none is set. What opens it is never in here.
	Server string
	// From is who its mails or messages come from.
	From string
}

// Delivery is how mails and text messages leave this server.
type Delivery struct {
	Mail, SMS Carrier
	// SendMail and SendSMS hand one over at once; nil means that the carrier took it.
	SendMail func(ctx context.Context, to, subject, text string) error
	SendSMS  func(ctx context.Context, to, text string) error
}

// deliveryTests bounds how often an account tries its carriers: text messages cost money.
var deliveryTests = ratelimit.Limit{N: 5, Per: time.Hour}

// Carriers returns by which servers mails and text messages leave. Admins only. Kinds: Forbidden.
func (s *Service) Carriers(a Actor) (mail, sms Carrier, err error) {
	return s.delivery.Mail, s.delivery.SMS, a.mustAdmin()
}

// TestMail sends a mail to the admin who asks for it, and returns where to. Kinds: Forbidden, Conflict (no mail
// server, or it did not take it), RateLimited.
func (s *Service) TestMail(ctx context.Context, a Actor) (to string, err error) {
	if s.delivery.Mail.Server == "" {
		return "", orElse(a.mustAdmin(), fault.New(fault.Conflict, "no_mail_server", "No mail server is set"))
	}
	if err := s.mayTest(ctx, a, s.delivery.Mail, "mail.test"); err != nil {
		return "", err
	}
	if err := s.db.Read().QueryRow(ctx, `/* ownEmail */ SELECT email FROM users WHERE _id = ? AND account_id = ?`, a.UserID, a.AccountID).Scan(&to); err != nil {
		return "", fmt.Errorf("read own address: %w", err)
	}
	err = s.delivery.SendMail(ctx, to, "A test from Deskbell", "Mails from "+s.baseURL+" reach you.\n")
	return to, notTaken("mail server", err)
}

// TestSMS sends a text message to a phone. Kinds: Forbidden, Invalid, Conflict (no gateway, or it did not take it),
// RateLimited.
func (s *Service) TestSMS(ctx context.Context, a Actor, to string) error {
	c, bad := Claims{Phone: to}, fault.Fields{}
	if c.normalise(bad); len(bad) > 0 || c.Phone == "" {
		return fault.Field("to", "to must be a phone number such as +49 30 123456")
	}
	if s.delivery.SMS.Server == "" {
		return orElse(a.mustAdmin(), fault.New(fault.Conflict, "no_gateway", "No SMS gateway is set"))
	}
	if err := s.mayTest(ctx, a, s.delivery.SMS, "sms.test"); err != nil {
		return err
	}
	return notTaken("SMS gateway", s.delivery.SendSMS(ctx, c.Phone, "A test from Deskbell at "+s.baseURL))
}

// mayTest counts a test before it is made, and notes it.
func (s *Service) mayTest(ctx context.Context, a Actor, by Carrier, action string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		wait, err := ratelimit.Hit(ctx, tx, s.keys.MAC(keys.RateKeys, action, a.AccountID), deliveryTests, s.millis())
		if err != nil {
			return err
		}
		if wait > 0 {
			return fault.Limited("too_many_tests", "Too many tests, please try again later", wait)
		}
		return s.audit(ctx, tx, a, action, a.AccountID, by.Server)
	})
}

// notTaken says in one line why a carrier did not take what it was given. The address of a gateway may
// hold an account's name, so it is left out.
func notTaken(carrier string, err error) error {
	if err == nil {
		return nil
	}
	why := err
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		why = failed.Err
	}
	return fault.Wrap(fault.Conflict, "not_taken", clip("The "+carrier+" did not take it: "+strings.Join(strings.Fields(why.Error()), " "), 300), err)
}
