package support

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

// JobSendTranscript is the kind of the job that mails a transcript.
const JobSendTranscript = "transcript.send"

// TranscriptSubject is the subject of the mail.
const TranscriptSubject = "Your conversation"

// transcriptLife is how long sending one is tried, and how long one is kept while no mail
// server is set.
const transcriptLife = 24 * time.Hour

// transcripts bounds how many one address gets.
var transcripts = ratelimit.Limit{N: 5, Per: time.Hour}

// maxTranscript is how many messages a transcript has, the newest ones.
const maxTranscript = 1000

// TranscriptJob is the payload of JobSendTranscript. It holds no address: the session's proven
// one is read when the mail is made.
type TranscriptJob struct {
	AccountID      string `json:"account_id"`
	SessionID      string `json:"session_id"`
	ConversationID string `json:"conversation_id"`
}

// OrderTranscript orders the session's conversation by mail to the address that the session has
// proven; a durable job sends it. Kinds: Forbidden (no proven address), RateLimited.
func (s *Service) OrderTranscript(ctx context.Context, v SessionAuth) error {
	if v.ProvenEmail == "" {
		return errUnverified
	}
	payload, err := json.Marshal(TranscriptJob{AccountID: v.AccountID, SessionID: v.ID, ConversationID: v.ConversationID})
	if err != nil {
		return err
	}
	now := s.millis()
	return s.db.Write(ctx, func(tx *db.Tx) error {
		wait, err := ratelimit.Hit(ctx, tx, s.keys.MAC(keys.RateKeys, "transcript", v.AccountID, v.ProvenEmail), transcripts, now)
		if err != nil {
			return err
		}
		if wait > 0 {
			return fault.Limited("too_many_transcripts", "Too many transcripts", wait)
		}
		if err := s.countSend(ctx, tx, v.AccountID, v.TokenID, byMail); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, jobs.Job{
			ID: s.newID(), AccountID: v.AccountID, Kind: JobSendTranscript, Payload: payload, RunAt: now,
			GiveUpAt: now + transcriptLife.Milliseconds(),
		})
	})
}

// MakeTranscript writes a transcript at the moment it is sent, as plain text without notes, and
// says to whom it goes and when a kept copy ends (Unix ms). Kinds: NotFound when the session no
// longer has a proven address or another conversation, which ends the job.
func (s *Service) MakeTranscript(ctx context.Context, job TranscriptJob) (to, body string, expiry int64, err error) {
	v, err := sessionOf(ctx, s.db.Read(), job.AccountID, job.SessionID)
	if err != nil {
		return "", "", 0, err
	}
	if v.ProvenEmail == "" || v.ConversationID != job.ConversationID {
		return "", "", 0, errNotFound
	}
	c, err := conversationOf(ctx, s.db.Read(), v.AccountID, v.ConversationID)
	if err != nil {
		return "", "", 0, err
	}
	var list []Message
	before := c.LastSeq + 1
	for len(list) < maxTranscript {
		page, err := s.page(ctx, v.AccountID, c.ID, MessageRange{BeforeSeq: before}, false)
		if err != nil {
			return "", "", 0, err
		}
		list = append(page.Messages, list...)
		if !page.HasMore {
			break
		}
		before = page.Messages[0].Seq
	}
	return v.ProvenEmail, writeTranscript(c, list), s.millis() + transcriptLife.Milliseconds(), nil
}

// writeTranscript is the mail's text; times are UTC, because where the reader is nobody knows.
func writeTranscript(c Conversation, list []Message) string {
	var b strings.Builder
	b.WriteString("Your conversation on " + c.Site + "\n")
	if len(list) > 0 && list[0].Seq > 1 && len(list) >= maxTranscript {
		b.WriteString("The newest messages of it; times are UTC.\n")
	} else {
		b.WriteString("Times are UTC.\n")
	}
	for _, m := range list {
		name := "You"
		if m.SenderType != byVisitor {
			if name = m.SenderName; name == "" {
				name = "Support"
			}
		}
		b.WriteString("\n" + time.UnixMilli(m.CreatedAt).UTC().Format("2006-01-02 15:04") + "  " + name + "\n")
		if m.DeletedAt != nil {
			b.WriteString("(deleted)\n")
		}
		if m.Text != "" {
			b.WriteString(m.Text + "\n")
		}
		for _, f := range m.Files {
			b.WriteString("(file: " + f.Name + ")\n")
		}
	}
	return b.String()
}
