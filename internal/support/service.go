// Package support is the domain of Deskbell: tokens, sessions, contacts, conversations,
// messages, one-time codes and the widget's configuration, with their rules and their SQL. It
// knows neither HTTP nor HTML. A concept's rules are in concept.go, its statements in
// concept_sql.go; an exported method of Service is one use case.
package support

import (
	"errors"
	"log/slog"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/metrics"
	"deskbell/internal/ratelimit"
	"deskbell/internal/realtime"
	"deskbell/internal/upload"
)

// Limits are the documented limits; a zero one is switched off.
type Limits struct {
	// SessionsPerIP bounds new sessions of one address (IPv6: one /64).
	SessionsPerIP ratelimit.Limit
	// SessionsPerDevice bounds active sessions of one device within an account.
	SessionsPerDevice int
	// SessionsWithoutWork bounds new sessions of one account before a proof of work is asked for.
	SessionsWithoutWork ratelimit.Limit
	// OTPSends bounds codes for one destination and for one session.
	OTPSends ratelimit.Limit
	// OTPAttempts bounds wrong guesses of one code.
	OTPAttempts int
	// Messages bounds a session's messages.
	Messages ratelimit.Limit
}

// Deps is what the domain needs. All fields are required.
type Deps struct {
	DB     *db.DB
	Jobs   *jobs.Queue
	Hub    *realtime.Hub
	Keys   *keys.Ring
	Files  *upload.Store
	Limits Limits
	// BaseURL is the server's own public address, such as https://chat.example.
	BaseURL string
	// Delivery is how mails and text messages leave.
	Delivery Delivery
	Now      func() time.Time
	Log      *slog.Logger
}

// Service offers the use cases.
type Service struct {
	db       *db.DB
	jobs     *jobs.Queue
	hub      *realtime.Hub
	keys     *keys.Ring
	files    *upload.Store
	limits   Limits
	baseURL  string
	delivery Delivery
	now      func() time.Time
	log      *slog.Logger
	messages *ratelimit.Window
	rush     rush
	used     tokenUses
	refused  refusals
	present  presences
	codes    codeFigures
	// capped counts what was not sent because a limit of a day was reached.
	capped metrics.Counter
	// supportKey signs support tokens; derived once, because each derivation costs a few µs.
	supportKey []byte
	signed     signedBearers
	// Rows that nearly every request needs and that hardly ever change.
	tokens   *db.Memo[Token]
	settings *db.Memo[Settings]
	// tokenLists are the tokens of an account.
	tokenLists *db.Memo[[]Token]
	sessions   *db.Memo[openSession]
	blocks     *db.Memo[blockList]
	away       *db.Memo[map[string]bool]
	alerts     *db.Memo[AlertSettings]
	// mailDelays are after how many minutes anybody of an account wants a mail.
	mailDelays *db.Memo[[]int64]
	// replyMails says when an account mails unread answers.
	replyMails *db.Memo[ReplyMailRule]
	// pushWanted says whether any browser of an account has pushes; pushes are messages to push.
	pushWanted *db.Memo[bool]
	pushes     chan realtime.Event
	// webhooks are those of an account; deliveries wakes whoever tells them, told counts what came of it.
	webhooks   *db.Memo[[]Webhook]
	deliveries chan struct{}
	told       webhookFigures
	// retain wakes whoever applies the rules of retention.
	retain chan struct{}
	// alertTabs are the open pages that listen for alerts.
	alertTabs alertTabs
}

// New checks that nothing is missing and returns the domain.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Jobs == nil || d.Hub == nil || d.Keys == nil || d.Files == nil || d.Now == nil || d.Log == nil || d.BaseURL == "" {
		return nil, errors.New("support: a dependency is missing")
	}
	return &Service{
		db: d.DB, jobs: d.Jobs, hub: d.Hub, keys: d.Keys, files: d.Files, limits: d.Limits,
		baseURL: d.BaseURL, delivery: d.Delivery, now: d.Now, log: d.Log,
		messages:   ratelimit.NewWindow(d.Limits.Messages),
		rush:       rush{began: ratelimit.NewWindow(d.Limits.SessionsWithoutWork), last: map[string]Rush{}},
		present:    presences{list: map[string]map[string]*present{}},
		used:       tokenUses{of: map[tokenDay]*tokenUse{}},
		refused:    refusals{of: map[string]map[string]RefusedOrigin{}},
		supportKey: d.Keys.Key(keys.SupportJWT),
		tokens:     db.NewRowMemo[Token](d.DB, 10_000, "support_tokens"),
		tokenLists: db.NewMemo[[]Token](d.DB, 10_000, "support_tokens"),
		blocks:     db.NewMemo[blockList](d.DB, 10_000, "support_blocks"),
		away:       db.NewMemo[map[string]bool](d.DB, 10_000, "users"),
		alerts:     db.NewMemo[AlertSettings](d.DB, 10_000, "alert_settings"),
		pushWanted: db.NewMemo[bool](d.DB, 10_000, "push_subscriptions"),
		pushes:     make(chan realtime.Event, pushQueue),
		webhooks:   db.NewMemo[[]Webhook](d.DB, 10_000, "webhooks"),
		deliveries: make(chan struct{}, 1),
		retain:     make(chan struct{}, 1),
		alertTabs:  alertTabs{open: map[string]int{}},
		mailDelays: db.NewMemo[[]int64](d.DB, 10_000, "alert_settings"),
		replyMails: db.NewMemo[ReplyMailRule](d.DB, 10_000, "reply_mail_rules"),
		settings:   db.NewMemo[Settings](d.DB, 10_000, "support_configs"),
		sessions:   db.NewRowMemo[openSession](d.DB, 1000, "support_sessions", "support_session_tokens"),
	}, nil
}

// Actor is the team member on whose behalf a use case runs.
type Actor struct {
	AccountID string
	UserID    string
	Name      string
	// Admin is true for admins and for the owner.
	Admin bool
}

var errNotFound = fault.New(fault.NotFound, "not_found", "Not found")

// ErrAdminOnly refuses agents what only admins may do.
var ErrAdminOnly = fault.New(fault.Forbidden, "admin_only", "Only admins may do this")

func (a Actor) mustAdmin() error {
	if !a.Admin {
		return ErrAdminOnly
	}
	return nil
}

// millis is the clock in Unix milliseconds, which is what the tables keep.
func (s *Service) millis() int64 { return s.now().UnixMilli() }

func (s *Service) newID() string { return id.New(s.now()) }

// publishAfter announces an event once the write is durable.
func (s *Service) publishAfter(tx *db.Tx, e realtime.Event) {
	tx.AfterCommit(func() { s.hub.Publish(e) })
}
