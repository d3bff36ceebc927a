package support

import (
	"context"
	"slices"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// Which conversations a member is alerted to. What is spam or snoozed alerts nobody.
const (
	AlertMine = "mine"
	// AlertUnassigned are one's own and those that nobody takes care of.
	AlertUnassigned = "unassigned"
	AlertAll        = "all"
)

// AlertScopes are the choices for AlertSettings.Scope.
var AlertScopes = []string{AlertMine, AlertUnassigned, AlertAll}

// AlertSettings says what a member wants to be told of, and how.
type AlertSettings struct {
	Scope string
	// Sound rings at a new message; Repeat rings again, every 30 seconds, until somebody has answered.
	Sound, Repeat bool
	// Desktop shows a notification of the browser.
	Desktop bool
	// EmailAfter is for how many minutes somebody must have waited for a mail about it; 0 is never.
	EmailAfter int64
	// PushText lets pushes say what the visitor wrote.
	PushText bool
	// Hours are when any of this happens; nil is always.
	Hours *AlertHours
}

// Live reports whether an open page has to listen for alerts.
func (a AlertSettings) Live() bool { return a.Sound || a.Desktop }

var defaultAlerts = AlertSettings{Scope: AlertUnassigned, Sound: true}

// ringFor is for how long a waiting conversation rings again.
const ringFor = time.Hour

// Alert is what a member is told of a conversation.
type Alert struct {
	Conversation Conversation
	// News is what happened, Text the same with what was written.
	News, Text string
	Settings   AlertSettings
}

// AlertSettings returns what the actor wants to be told of.
func (s *Service) AlertSettings(ctx context.Context, a Actor) (AlertSettings, error) {
	return s.alerts.Get(ctx, a.UserID, func(ctx context.Context) (AlertSettings, error) {
		return alertSettingsOf(ctx, s.db.Read(), a.AccountID, a.UserID)
	})
}

// SaveAlertSettings keeps what the actor wants to be told of. Kinds: Invalid.
func (s *Service) SaveAlertSettings(ctx context.Context, a Actor, in AlertSettings) error {
	bad := fault.Fields{}
	if !slices.Contains(AlertScopes, in.Scope) {
		bad.Add("scope", "scope must be mine, unassigned or all")
	}
	if in.EmailAfter < 0 || in.EmailAfter > MaxAlertMinutes {
		bad.Add("email_after", "email_after must be 0 to 1440 minutes")
	}
	in.Hours.validate(bad)
	if err := bad.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return upsertAlertSettings(ctx, tx, a, in) })
}

// AlertOf is what the actor is told of an event: a visitor's message in a conversation of their scope,
// that somebody gave them a conversation, or named them in a note. It is nil for what is no news for
// them, such as spam, what is snoozed or closed, what they have before them, and all of it while they
// are away or outside their hours.
func (s *Service) AlertOf(ctx context.Context, a Actor, e realtime.Event) (*Alert, error) {
	m, written := e.Content.(Message)
	message := e.Kind == realtime.Message && written && !e.Changed && !e.Spam && m.SenderType == byVisitor
	assigned := e.Kind == realtime.Conversation && e.Assigned == a.UserID && a.UserID != ""
	named := e.Kind == realtime.Mention && written && e.UserID == a.UserID
	if !message && !assigned && !named {
		return nil, nil
	}
	settings, err := s.AlertSettings(ctx, a)
	if err != nil || !settings.Hours.at(s.now()) {
		return nil, err
	}
	c, err := conversationOf(ctx, s.db.Read(), a.AccountID, e.ConversationID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil || c.Spam || (!named && c.shelf() != shelfOpen) || (message && !settings.covers(c, a.UserID)) || s.present.has(c.ID, a.UserID) {
		return nil, err
	}
	if away, err := s.awayMembers(ctx, a.AccountID); err != nil || away[a.UserID] {
		return nil, err
	}
	alert := &Alert{Conversation: c, Settings: settings, News: "New message", Text: c.LastMessage}
	switch {
	case assigned:
		alert.News = "Given to you"
		alert.Text = alert.News + ": " + c.LastMessage
	case named:
		alert.News = m.SenderName + " mentioned you"
		alert.Text = alert.News + ": " + clip(m.Text, preview)
	}
	return alert, nil
}

func (a AlertSettings) covers(c Conversation, userID string) bool {
	return a.Scope == AlertAll || c.AssigneeID == userID || (a.Scope == AlertUnassigned && c.AssigneeID == "")
}

// MustRing reports whether the actor wants to be reminded, by another ring, of a conversation that
// has waited for an answer for some time but less than an hour, and that they don't have before them.
func (s *Service) MustRing(ctx context.Context, a Actor, waited time.Duration) (bool, error) {
	settings, err := s.AlertSettings(ctx, a)
	if err != nil || !settings.Sound || !settings.Repeat || !settings.Hours.at(s.now()) {
		return false, err
	}
	if away, err := s.awayMembers(ctx, a.AccountID); err != nil || away[a.UserID] {
		return false, err
	}
	now := s.now()
	list, err := waitingBetween(ctx, s.db.Read(), a, settings.Scope, now.Add(-ringFor).UnixMilli(), now.Add(-waited).UnixMilli())
	return slices.ContainsFunc(list, func(convID string) bool { return !s.present.has(convID, a.UserID) }), err
}
