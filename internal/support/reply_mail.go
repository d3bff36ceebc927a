package support

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
	"deskbell/internal/realtime"
)

// The kinds of the jobs that mail unread answers: one looks after each answer whether a mail is due, one sends it.
const (
	JobReplyMails = "reply.mails"
	JobReplyMail  = "reply.mail"
)

// MaxReplyMinutes is the longest that answers can wait for their reader before they are mailed.
const MaxReplyMinutes = 24 * 60

// replyMailLife is how long an answer is worth a mail, and sending one is tried.
const replyMailLife = 24 * time.Hour

// replyMails bounds how many such mails one address gets of an account.
var replyMails = ratelimit.Limit{N: 5, Per: 24 * time.Hour}

// ErrReplyMailsStale tells of a rule that somebody else has changed since it was read.
var ErrReplyMailsStale = fault.New(fault.Conflict, "reply_mails_changed", "Somebody has changed this meanwhile")

// ReplyMailRule says whether visitors who left get a mail about answers that they have not read.
type ReplyMailRule struct {
	// Minutes is how long an answer waits for its reader first; 0 is no mail.
	Minutes int64
	// Version counts the changes; 0 before the first.
	Version int64
}

// ReplyMailRule returns the account's rule. Admins only. Kinds: Forbidden.
func (s *Service) ReplyMailRule(ctx context.Context, a Actor) (ReplyMailRule, error) {
	if err := a.mustAdmin(); err != nil {
		return ReplyMailRule{}, err
	}
	return replyMailRuleOf(ctx, s.db.Read(), a.AccountID)
}

// SetReplyMailRule replaces the rule, which must be based on the version that holds unless it is the same. It holds
// for answers written from now on. Admins only. Kinds: Forbidden, Invalid, Conflict.
func (s *Service) SetReplyMailRule(ctx context.Context, a Actor, r ReplyMailRule) (ReplyMailRule, error) {
	if err := a.mustAdmin(); err != nil {
		return ReplyMailRule{}, err
	}
	if r.Minutes < 0 || r.Minutes > MaxReplyMinutes {
		return ReplyMailRule{}, fault.Field("minutes", fmt.Sprintf("minutes must be 1 to %d, or 0 for no mails", MaxReplyMinutes))
	}
	saved := r
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := replyMailRuleOf(ctx, tx, a.AccountID)
		if err != nil {
			return err
		}
		if saved.Version = now.Version; saved == now {
			return nil
		}
		if r.Version != now.Version {
			return ErrReplyMailsStale
		}
		saved.Version++
		if err := upsertReplyMailRule(ctx, tx, a.AccountID, saved); err != nil {
			return err
		}
		said := "never"
		if saved.Minutes > 0 {
			said = fmt.Sprintf("after %d minutes", saved.Minutes)
		}
		return s.audit(ctx, tx, a, "reply_mails.change", a.AccountID, said)
	})
	return saved, err
}

// ReplyMailJob is the payload of both kinds.
type ReplyMailJob struct {
	ConversationID string `json:"conversation_id"`
	// AfterSeq and Seq are between which messages a mail tells of answers; AfterSeq itself is none of them.
	AfterSeq int64 `json:"after_seq,omitempty"`
	Seq      int64 `json:"seq"`
	// Until is when it is too late for a mail (Unix ms).
	Until int64 `json:"until"`
}

// orderReplyMails has somebody look later whether an answer was read.
func (s *Service) orderReplyMails(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	rule, err := s.replyMails.Get(ctx, accountID, func(ctx context.Context) (ReplyMailRule, error) {
		return replyMailRuleOf(ctx, s.db.Read(), accountID)
	})
	if err != nil || rule.Minutes == 0 {
		return err
	}
	at := m.CreatedAt + rule.Minutes*time.Minute.Milliseconds()
	return s.enqueueReplyMail(ctx, tx, accountID, JobReplyMails, at, ReplyMailJob{
		ConversationID: m.ConversationID, Seq: m.Seq, Until: at + replyMailLife.Milliseconds(),
	})
}

func (s *Service) enqueueReplyMail(ctx context.Context, tx *db.Tx, accountID, kind string, at int64, job ReplyMailJob) error {
	payload, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return s.jobs.Enqueue(ctx, tx, jobs.Job{
		ID: s.newID(), AccountID: accountID, Kind: kind, Payload: payload, RunAt: at, GiveUpAt: at + replyMailLife.Milliseconds(),
	})
}

// OrderReplyMail orders one mail about all that a visitor has not read, unless an earlier one has told of it. Whoever
// still has the page open is looked after again later. Kinds: NotFound when there is nothing to mail, or nobody to
// mail it to, or enough was mailed, which ends the job.
func (s *Service) OrderReplyMail(ctx context.Context, accountID string, job ReplyMailJob) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		rule, err := replyMailRuleOf(ctx, tx, accountID)
		if err != nil {
			return err
		}
		u, err := unreadRepliesOf(ctx, tx, accountID, job.ConversationID)
		if err != nil {
			return err
		}
		now := s.millis()
		switch {
		case rule.Minutes == 0 || u.shelf == shelfSpam || job.Seq <= max(u.readSeq, u.mailedSeq) || now > job.Until:
			return errNotFound
		case s.hub.Listening(realtime.ConversationTopic(job.ConversationID)):
			return s.enqueueReplyMail(ctx, tx, accountID, JobReplyMails, now+rule.Minutes*time.Minute.Milliseconds(), job)
		}
		if err := s.mayMailReplies(ctx, tx, accountID, u); err != nil {
			return err
		}
		wait, err := ratelimit.Hit(ctx, tx, s.replyAddress(accountID, u.email), replyMails, now)
		if err != nil {
			return err
		}
		if wait > 0 {
			return errNotFound
		}
		if err := s.countSend(ctx, tx, accountID, u.siteID, byMail); err != nil {
			if fault.Is(err, fault.RateLimited) {
				return errNotFound
			}
			return err
		}
		job.AfterSeq, job.Seq = max(u.readSeq, u.mailedSeq), u.lastSeq
		if err := updateReplyMailed(ctx, tx, accountID, job.ConversationID, job.Seq); err != nil {
			return err
		}
		return s.enqueueReplyMail(ctx, tx, accountID, JobReplyMail, now, job)
	})
}

// mayMailReplies refuses when there is no address, or whoever has it wants no mails. Kinds: NotFound.
func (s *Service) mayMailReplies(ctx context.Context, q db.Querier, accountID string, u unreadReplies) error {
	if u.email == "" {
		return errNotFound
	}
	stopped, err := hasStoppedReplyMails(ctx, q, accountID, s.replyAddress(accountID, u.email))
	if err == nil && stopped {
		err = errNotFound
	}
	return err
}

// replyAddress stands for an address in what outlasts the person.
func (s *Service) replyAddress(accountID, email string) string {
	return s.keys.MAC(keys.RateKeys, "reply-mail", accountID, email)
}

// ReplyMail is a mail to a visitor who has left.
type ReplyMail struct {
	To, Subject, Text string
	// StopURL is where whoever gets it stops these mails.
	StopURL string
	// ExpiresAt is when its link ends (Unix ms).
	ExpiresAt int64
}

// MakeReplyMail writes a mail and its link at the moment it is sent. No message is in it: nobody has proven yet that
// the address is theirs. Kinds: NotFound when everything was read meanwhile, or no token of the site works any more,
// which ends the job.
func (s *Service) MakeReplyMail(ctx context.Context, accountID string, job ReplyMailJob) (m ReplyMail, err error) {
	key := id.Secret()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		u, err := unreadRepliesOf(ctx, tx, accountID, job.ConversationID)
		if err != nil {
			return err
		}
		if err := s.mayMailReplies(ctx, tx, accountID, u); err != nil {
			return err
		}
		n, err := countReplies(ctx, tx, accountID, job.ConversationID, max(job.AfterSeq, u.readSeq), job.Seq)
		if err != nil {
			return err
		}
		if n == 0 || u.shelf == shelfSpam {
			return errNotFound
		}
		t, err := workingToken(ctx, tx, accountID, u.siteID, s.millis())
		if err != nil {
			return err
		}
		l := resumeLink{accountID: accountID, conversationID: job.ConversationID, siteID: u.siteID, name: u.name, email: u.email, createdAt: s.millis()}
		m = ReplyMail{To: u.email, StopURL: s.baseURL + StopReplyMailsPath + key, ExpiresAt: l.expiresAt()}
		site := strings.TrimPrefix(t.Domain, "https://")
		m.Subject = "You have a reply from " + site
		m.Text = "There is a new reply for you on " + site + ". Read it and go on with the conversation here:\n\n"
		if n > 1 {
			m.Subject = "You have replies from " + site
			m.Text = fmt.Sprintf("There are %d new replies for you on %s. Read them and go on with the conversation here:\n\n", n, site)
		}
		m.Text += s.baseURL + ResumePath + key + "\n\nThe page first sends a code to this address, to be sure that it is you. The link works once, for 3 days.\n\n" +
			"Do you want no more mails about replies? Stop them here:\n\n" + m.StopURL + "\n"
		return insertResumeLink(ctx, tx, keys.Digest(key), l)
	})
	return m, err
}
