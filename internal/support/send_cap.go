package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/jobs"
)

// MaxSendCap is the most that a bound of a day can be set to.
const MaxSendCap = 1_000_000

// usualSendCaps hold until an admin chooses others: a busy site stays below them, a flood costs no more than
// a text message's price 200 times.
var usualSendCaps = SendCaps{Mails: 2000, SiteMails: 1000, SMS: 200, SiteSMS: 100}

// ErrSendCapsStale tells of limits that somebody else has changed since they were read.
var ErrSendCapsStale = fault.New(fault.Conflict, "limits_changed", "Somebody has changed these limits meanwhile")

// SendCaps bounds how many mails and text messages go to an account's visitors in a day, from midnight to
// midnight UTC, in all and for each site; 0 is no bound. What goes to the team is not counted, so that nobody
// is locked out.
type SendCaps struct {
	Mails, SiteMails int64
	SMS, SiteSMS     int64
	// Version counts the changes; 0 before the first.
	Version int64
}

func (c SendCaps) validate() error {
	bad := fault.Fields{}
	for name, n := range map[string]int64{"mails": c.Mails, "site_mails": c.SiteMails, "sms": c.SMS, "site_sms": c.SiteSMS} {
		if n < 0 || n > MaxSendCap {
			bad.Add(name, fmt.Sprintf("%s must be 1 to %d a day, or 0 for no limit", name, MaxSendCap))
		}
	}
	return bad.Err()
}

// String is the limits in words, for the audit log.
func (c SendCaps) String() string {
	limit := func(n int64) string {
		if n == 0 {
			return "any number"
		}
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("mails %s, per site %s; SMS %s, per site %s", limit(c.Mails), limit(c.SiteMails), limit(c.SMS), limit(c.SiteSMS))
}

// carrierKind is what something is sent by.
type carrierKind string

const (
	byMail carrierKind = "mail"
	bySMS  carrierKind = "sms"
)

// plural is what a carrier brings, as people call it.
func (k carrierKind) plural() string {
	if k == bySMS {
		return "text messages"
	}
	return "mails"
}

// of returns the limit of a site, or of the whole account when siteID is empty.
func (c SendCaps) of(by carrierKind, siteID string) int64 {
	switch {
	case by == bySMS && siteID == "":
		return c.SMS
	case by == bySMS:
		return c.SiteSMS
	case siteID == "":
		return c.Mails
	}
	return c.SiteMails
}

// nearlyAll is the number from which a limit counts as nearly reached: 80 of 100.
func nearlyAll(limit int64) int64 { return max(limit*8/10, 1) }

// today is when the day of the counts began (Unix ms).
func (s *Service) today() int64 { return s.millis() / dayMillis * dayMillis }

// countSend counts something that goes to a visitor of a site. When a limit is reached it fails, and what was
// counted goes with the write. Admins are told when a limit is nearly reached, and when it is.
// Kinds: RateLimited until the next day.
func (s *Service) countSend(ctx context.Context, tx *db.Tx, accountID, siteID string, by carrierKind) error {
	caps, err := sendCapsOf(ctx, tx, accountID)
	if err != nil {
		return err
	}
	for _, site := range []string{"", siteID} {
		n, err := addSend(ctx, tx, accountID, site, s.today(), by)
		if err != nil {
			return err
		}
		limit := caps.of(by, site)
		if limit == 0 {
			continue
		}
		if n > limit {
			s.capped.Inc()
			left := time.Duration(s.today()+dayMillis-s.millis()) * time.Millisecond
			return fault.Limited("daily_limit", "No more "+by.plural()+" can be sent today", left)
		}
		if n == limit || n == nearlyAll(limit) {
			if err := s.orderCapMails(ctx, tx, accountID, CapMailJob{SiteID: site, By: by, Day: s.today(), Limit: limit, Reached: n == limit}); err != nil {
				return err
			}
		}
	}
	return nil
}

// JobCapMail mails an admin that a limit of a day is nearly reached, or is.
const JobCapMail = "cap.mail"

// CapMailJob is the payload of JobCapMail. It does nothing once the day is over.
type CapMailJob struct {
	UserID  string      `json:"user_id"`
	SiteID  string      `json:"site_id,omitempty"`
	By      carrierKind `json:"by"`
	Day     int64       `json:"day"`
	Limit   int64       `json:"limit"`
	Reached bool        `json:"reached"`
}

func (s *Service) orderCapMails(ctx context.Context, tx *db.Tx, accountID string, job CapMailJob) error {
	admins, err := activeAdmins(ctx, tx, accountID)
	if err != nil {
		return err
	}
	for _, job.UserID = range admins {
		payload, err := json.Marshal(job)
		if err != nil {
			return err
		}
		if err := s.jobs.Enqueue(ctx, tx, jobs.Job{
			ID: s.newID(), AccountID: accountID, Kind: JobCapMail, Payload: payload, RunAt: s.millis(), GiveUpAt: job.Day + dayMillis,
		}); err != nil {
			return err
		}
	}
	return nil
}

// MakeCapMail writes a mail at the moment it is sent. Kinds: NotFound when the day is over, or the member is no
// active admin any more, which ends the job.
func (s *Service) MakeCapMail(ctx context.Context, accountID string, job CapMailJob) (m AdminMail, err error) {
	if job.Day != s.today() {
		return m, errNotFound
	}
	if m.To, err = adminEmail(ctx, s.db.Read(), accountID, job.UserID); err != nil {
		return m, err
	}
	where := "your account"
	if job.SiteID != "" {
		if where, err = siteName(ctx, s.db.Read(), accountID, job.SiteID); err != nil {
			return m, err
		}
	}
	what := job.By.plural()
	m.ExpiresAt = job.Day + dayMillis
	m.Subject = fmt.Sprintf("Nearly all %s of today have gone out", what)
	m.Text = fmt.Sprintf("%d of the %d %s that visitors of %s can get in a day have gone out.", nearlyAll(job.Limit), job.Limit, what, where)
	if job.Reached {
		m.Subject = fmt.Sprintf("No more %s go to visitors today", what)
		m.Text = fmt.Sprintf("All %d %s that visitors of %s can get in a day have gone out. Whoever asks for one now is told so.", job.Limit, what, where)
	}
	m.Text += " The next day begins at midnight UTC.\n\nIs that too few for the visitors you have? Raise the limit:\n" + s.baseURL +
		"/settings/mail\n\nAre these no visitors of yours? Block them:\n" + s.baseURL + "/settings/blocks\n"
	return m, nil
}

// Sent is how many mails and text messages went to visitors in a day.
type Sent struct{ Mails, SMS int64 }

// SiteSent is what went to a site's visitors.
type SiteSent struct {
	ID, Domain string
	Sent
}

// SentToday is what went to an account's visitors since midnight UTC, under which limits. Sites to whose visitors
// nothing went are left out, as are those that are gone, which count in Sent.
type SentToday struct {
	Caps  SendCaps
	Sent  Sent
	Sites []SiteSent
}

// Near reports whether any limit is nearly reached, and whether any is reached.
func (t SentToday) Near() (near, reached bool) {
	look := func(site string, sent Sent) {
		for by, n := range map[carrierKind]int64{byMail: sent.Mails, bySMS: sent.SMS} {
			if limit := t.Caps.of(by, site); limit > 0 {
				near, reached = near || n >= nearlyAll(limit), reached || n >= limit
			}
		}
	}
	look("", t.Sent)
	for _, site := range t.Sites {
		look(site.ID, site.Sent)
	}
	return near, reached
}

// SentToday returns what went to visitors today. Admins only. Kinds: Forbidden.
func (s *Service) SentToday(ctx context.Context, a Actor) (t SentToday, err error) {
	if err := a.mustAdmin(); err != nil {
		return t, err
	}
	if t.Caps, err = sendCapsOf(ctx, s.db.Read(), a.AccountID); err != nil {
		return t, err
	}
	sites, err := sendsOf(ctx, s.db.Read(), a.AccountID, s.today())
	for _, site := range sites {
		switch {
		case site.ID == "":
			t.Sent = site.Sent
		case site.Domain != "":
			t.Sites = append(t.Sites, site)
		}
	}
	return t, err
}

// SetSendCaps replaces the limits, which must be based on the version that holds unless they are the same. What went
// out already counts. Admins only. Kinds: Forbidden, Invalid, Conflict.
func (s *Service) SetSendCaps(ctx context.Context, a Actor, c SendCaps) (SendCaps, error) {
	if err := a.mustAdmin(); err != nil {
		return SendCaps{}, err
	}
	if err := c.validate(); err != nil {
		return SendCaps{}, err
	}
	saved := c
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := sendCapsOf(ctx, tx, a.AccountID)
		if err != nil {
			return err
		}
		if saved.Version = now.Version; saved == now {
			return nil
		}
		if c.Version != now.Version {
			return ErrSendCapsStale
		}
		saved.Version++
		if err := upsertSendCaps(ctx, tx, a.AccountID, saved); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "send_caps.change", a.AccountID, saved.String())
	})
	return saved, err
}

// ForgetSends drops the counts of days that are over.
func (s *Service) ForgetSends(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* forgetSends */ DELETE FROM send_counts WHERE day < ?`, s.today())
		return err
	})
}

// AdminMail is a mail to an admin.
type AdminMail struct {
	To, Subject, Text string
	// ExpiresAt is when a kept copy ends (Unix ms).
	ExpiresAt int64
}

func activeAdmins(ctx context.Context, q db.Querier, accountID string) ([]string, error) {
	rows, err := q.Query(ctx, `/* activeAdmins */ SELECT _id FROM users WHERE account_id = ? AND disabled = false AND (role = 'admin' OR owner = true)`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list admins: %w", err)
	}
	return collect(rows, scanID)
}

// adminEmail returns an active admin's address. Kinds: NotFound.
func adminEmail(ctx context.Context, q db.Querier, accountID, userID string) (email string, err error) {
	var admin bool
	err = q.QueryRow(ctx, `/* adminOf */ SELECT email, disabled = false AND (role = 'admin' OR owner = true) FROM users WHERE _id = ? AND account_id = ?`,
		userID, accountID).Scan(&email, &admin)
	if errors.Is(err, db.ErrNoRows) || err == nil && !admin {
		return "", errNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read admin: %w", err)
	}
	return email, nil
}
