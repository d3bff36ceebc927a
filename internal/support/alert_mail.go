package support

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/jobs"
)

// The kinds of the jobs that mail what has waited for an answer: one for each wait, which orders one for
// each member who wants a mail then.
const (
	JobAlertMails = "alert.mails"
	JobAlertMail  = "alert.mail"
)

// MaxAlertMinutes is the longest time after which a member can have a mail.
const MaxAlertMinutes = 24 * 60

// alertMailLife is for how long a mail about a waiting visitor is worth sending.
const alertMailLife = time.Hour

// AlertMailJob is the payload of both. It does nothing once the conversation no longer waits since then.
type AlertMailJob struct {
	ConversationID string `json:"conversation_id"`
	WaitingSince   int64  `json:"waiting_since"`
	// Minutes is after how long a mail is sent; UserID is to whom, for JobAlertMail.
	Minutes int64  `json:"minutes"`
	UserID  string `json:"user_id,omitempty"`
}

// AlertMail is a mail to a member about a visitor who waits.
type AlertMail struct {
	To, Subject, Text string
	// ExpiresAt is when a kept copy ends (Unix ms).
	ExpiresAt int64
}

// orderAlertMails orders mails about a visitor who has begun to wait, for each of the times after
// which members of the account want one.
func (s *Service) orderAlertMails(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	delays, err := s.mailDelays.Get(ctx, accountID, func(ctx context.Context) ([]int64, error) {
		return alertMailDelays(ctx, s.db.Read(), accountID)
	})
	if err != nil {
		return err
	}
	for _, minutes := range delays {
		job := AlertMailJob{ConversationID: m.ConversationID, WaitingSince: m.CreatedAt, Minutes: minutes}
		if err := s.enqueueAlertMail(ctx, tx, accountID, JobAlertMails, job, m.CreatedAt+minutes*time.Minute.Milliseconds()); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) enqueueAlertMail(ctx context.Context, tx *db.Tx, accountID, kind string, job AlertMailJob, runAt int64) error {
	payload, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return s.jobs.Enqueue(ctx, tx, jobs.Job{
		ID: s.newID(), AccountID: accountID, Kind: kind, Payload: payload, RunAt: runAt, GiveUpAt: runAt + alertMailLife.Milliseconds(),
	})
}

// OrderAlertMails orders a mail to each member who wants one after this time and is concerned by
// the conversation as it is now. Kinds: NotFound when nobody waits any more, which ends the job.
func (s *Service) OrderAlertMails(ctx context.Context, accountID string, job AlertMailJob) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		c, err := s.stillWaits(ctx, tx, accountID, job)
		if err != nil {
			return err
		}
		list, err := alertMailReaders(ctx, tx, accountID, job.Minutes, s.now())
		if err != nil {
			return err
		}
		for _, r := range list {
			if !(AlertSettings{Scope: r.scope}).covers(c, r.userID) {
				continue
			}
			job.UserID = r.userID
			if err := s.enqueueAlertMail(ctx, tx, accountID, JobAlertMail, job, s.millis()); err != nil {
				return err
			}
		}
		return nil
	})
}

// MakeAlertMail writes a mail at the moment it is sent. What the visitor wrote is not in it. Kinds:
// NotFound when nobody waits any more or the member wants none, which ends the job.
func (s *Service) MakeAlertMail(ctx context.Context, accountID string, job AlertMailJob) (AlertMail, error) {
	c, err := s.stillWaits(ctx, s.db.Read(), accountID, job)
	if err != nil {
		return AlertMail{}, err
	}
	list, err := alertMailReaders(ctx, s.db.Read(), accountID, job.Minutes, s.now())
	if err != nil {
		return AlertMail{}, err
	}
	for _, r := range list {
		if r.userID == job.UserID {
			return s.alertMail(c, r.email, job), nil
		}
	}
	return AlertMail{}, errNotFound
}

func (s *Service) stillWaits(ctx context.Context, q db.Querier, accountID string, job AlertMailJob) (Conversation, error) {
	c, err := conversationOf(ctx, q, accountID, job.ConversationID)
	if err == nil && (c.shelf() != shelfOpen || c.WaitingSince == nil || *c.WaitingSince != job.WaitingSince) {
		err = errNotFound
	}
	return c, err
}

func (s *Service) alertMail(c Conversation, to string, job AlertMailJob) AlertMail {
	waited := fmt.Sprintf("%d minutes", job.Minutes)
	if job.Minutes == 1 {
		waited = "a minute"
	}
	from := ""
	if c.Site != "" {
		from = " on " + c.Site
	}
	return AlertMail{
		To: to, Subject: "A visitor has been waiting for " + waited, ExpiresAt: job.WaitingSince + (24 * time.Hour).Milliseconds(),
		Text: c.Called() + " wrote" + from + " and has been waiting for an answer for " + waited + ":\n\n" + s.baseURL + "/inbox/" + c.ID +
			"\n\nYou chose to get these mails. Change that here:\n\n" + s.baseURL + "/settings/alerts\n",
	}
}
