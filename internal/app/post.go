package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"deskbell/internal/auth"
	"deskbell/internal/config"
	"deskbell/internal/id"
	"deskbell/internal/jobs"
	"deskbell/internal/notify"
	"deskbell/internal/support"
)

// post delivers what the domain has ordered. Mails are kept while smtp is nil; sms may be nil.
type post struct {
	support *support.Service
	auth    *auth.Service
	// baseURL begins the links in mails.
	baseURL string
	smtp    *notify.SMTP
	keeper  *notify.Keeper
	sms     *notify.SMS
}

// delivery is what the domain needs to show how mails and text messages leave, and to try it.
func (s *server) delivery(c config.Serve) (d support.Delivery) {
	if s.settled.SMTP != nil {
		d.Mail = support.Carrier{Server: s.settled.SMTP.Host, From: c.MailFrom}
	}
	if s.settled.SMS != nil {
		d.SMS = support.Carrier{Server: s.settled.SMS.Host, From: c.SMSFrom}
	}
	d.SendMail = func(ctx context.Context, to, subject, text string) error {
		return s.post.smtp.Send(ctx, notify.Mail{ID: id.New(now()), To: to, Subject: subject, Text: text})
	}
	d.SendSMS = func(ctx context.Context, to, text string) error { return s.post.sms.Send(ctx, to, text) }
	return d
}

func (p *post) handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{
		support.JobSendOTP: p.sendOTP, support.JobSendTranscript: p.sendTranscript, support.JobWake: p.wakeConversation,
		support.JobDeleteToken: p.deleteToken, support.JobReplyMails: p.orderReplyMail, support.JobReplyMail: p.sendReplyMail,
		support.JobTokenMail: p.sendTokenMail, support.JobCapMail: p.sendCapMail, support.JobAlertMails: p.orderAlertMails, support.JobAlertMail: p.sendAlertMail,
		support.JobSendPending: p.sendPending, auth.JobSendInvite: p.sendLink(p.auth.MakeInviteMail), auth.JobSendReset: p.sendLink(p.auth.MakeResetMail),
	}
}

// wakeConversation brings a snoozed conversation back.
func (p *post) wakeConversation(ctx context.Context, job jobs.Job) error {
	var order support.WakeJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	return p.support.WakeConversation(ctx, job.AccountID, order)
}

// deleteToken deletes a token that was replaced.
func (p *post) deleteToken(ctx context.Context, job jobs.Job) error {
	var order support.DeleteTokenJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	return p.support.DeleteReplacedToken(ctx, job.AccountID, order)
}

// sendPending sends a message that waited for its writer to take it back.
func (p *post) sendPending(ctx context.Context, job jobs.Job) error {
	var order support.PendingJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	return p.support.SendPending(ctx, order)
}

// sendOTP makes a code at the moment it is sent. A retry makes a new one, so that no code ever
// lies in the queue.
func (p *post) sendOTP(ctx context.Context, job jobs.Job) error {
	var order support.OTPJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	to, code, expiry, err := p.support.MakeOTP(ctx, order)
	if err != nil {
		return err
	}
	text := notify.VerificationText(code)
	if !strings.Contains(to, "@") {
		if p.sms == nil {
			return errors.New("no SMS gateway is set")
		}
		return p.sms.Send(ctx, to, text)
	}
	return p.mail(ctx, job, notify.Mail{ID: job.ID, To: to, Subject: notify.VerificationSubject, Text: text}, expiry)
}

// sendTranscript makes a transcript at the moment it is sent: what was taken back meanwhile is not
// in it.
func (p *post) sendTranscript(ctx context.Context, job jobs.Job) error {
	var order support.TranscriptJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	to, text, expiry, err := p.support.MakeTranscript(ctx, order)
	if err != nil {
		return err
	}
	return p.mail(ctx, job, notify.Mail{ID: job.ID, To: to, Subject: support.TranscriptSubject, Text: text}, expiry)
}

// orderAlertMails looks at the time whether a visitor still waits, and who wants to know.
func (p *post) orderAlertMails(ctx context.Context, job jobs.Job) error {
	var order support.AlertMailJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	return p.support.OrderAlertMails(ctx, job.AccountID, order)
}

// sendAlertMail tells a member of a visitor who still waits.
func (p *post) sendAlertMail(ctx context.Context, job jobs.Job) error {
	var order support.AlertMailJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	m, err := p.support.MakeAlertMail(ctx, job.AccountID, order)
	if err != nil {
		return err
	}
	return p.mail(ctx, job, notify.Mail{ID: job.ID, To: m.To, Subject: m.Subject, Text: m.Text}, m.ExpiresAt)
}

// sendTokenMail warns an admin of a token that ends.
func (p *post) sendTokenMail(ctx context.Context, job jobs.Job) error {
	var order support.TokenMailJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	m, err := p.support.MakeTokenMail(ctx, job.AccountID, order)
	if err != nil {
		return err
	}
	return p.mail(ctx, job, notify.Mail{ID: job.ID, To: m.To, Subject: m.Subject, Text: m.Text}, m.ExpiresAt)
}

// sendCapMail warns an admin of a limit of a day.
func (p *post) sendCapMail(ctx context.Context, job jobs.Job) error {
	var order support.CapMailJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	m, err := p.support.MakeCapMail(ctx, job.AccountID, order)
	if err != nil {
		return err
	}
	return p.mail(ctx, job, notify.Mail{ID: job.ID, To: m.To, Subject: m.Subject, Text: m.Text}, m.ExpiresAt)
}

// orderReplyMail looks at the time whether a visitor has read an answer.
func (p *post) orderReplyMail(ctx context.Context, job jobs.Job) error {
	var order support.ReplyMailJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	return p.support.OrderReplyMail(ctx, job.AccountID, order)
}

// sendReplyMail tells a visitor who left of answers.
func (p *post) sendReplyMail(ctx context.Context, job jobs.Job) error {
	var order support.ReplyMailJob
	if err := json.Unmarshal(job.Payload, &order); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	m, err := p.support.MakeReplyMail(ctx, job.AccountID, order)
	if err != nil {
		return err
	}
	return p.mail(ctx, job, notify.Mail{ID: job.ID, To: m.To, Subject: m.Subject, Text: m.Text, StopURL: m.StopURL}, m.ExpiresAt)
}

// sendLink mails a link that is made at the moment it is sent, so that no key lies in the queue.
func (p *post) sendLink(compose func(context.Context, auth.LinkJob, string) (auth.LinkMail, error)) jobs.Handler {
	return func(ctx context.Context, job jobs.Job) error {
		var order auth.LinkJob
		if err := json.Unmarshal(job.Payload, &order); err != nil {
			return fmt.Errorf("read order: %w", err)
		}
		m, err := compose(ctx, order, p.baseURL)
		if err != nil {
			return err
		}
		return p.mail(ctx, job, notify.Mail{ID: job.ID, To: m.To, Subject: m.Subject, Text: m.Text}, m.ExpiresAt)
	}
}

// mail sends a mail, or keeps it until expiry (Unix ms) while no mail server is set.
func (p *post) mail(ctx context.Context, job jobs.Job, mail notify.Mail, expiry int64) error {
	if p.smtp != nil {
		return p.smtp.Send(ctx, mail)
	}
	file, err := p.keeper.Keep(mail, expiry)
	if err != nil {
		return err
	}
	return p.support.NoteKeptMail(ctx, support.KeptMail{
		AccountID: job.AccountID, File: file, Recipient: mail.To, Subject: mail.Subject, ExpiresAt: &expiry,
	})
}

// removeExpired deletes kept mails whose code has ended.
func (p *post) removeExpired(ctx context.Context) error {
	files, err := p.support.ExpireKeptMails(ctx)
	if err != nil {
		return err
	}
	return p.keeper.Remove(files, now().UnixMilli())
}
