package support

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/keys"
)

// What webhooks can be told of. WebhookTest is told on demand, whatever a webhook has chosen.
const (
	WebhookMessage  = "message.created"
	WebhookCreated  = "conversation.created"
	WebhookAssigned = "conversation.assigned"
	WebhookClosed   = "conversation.closed"
	WebhookReopened = "conversation.reopened"
	WebhookRated    = "rating.created"
	WebhookContact  = "contact.updated"
	WebhookTest     = "webhook.test"
)

// WebhookEvents are the choices for Webhook.Events.
var WebhookEvents = []string{WebhookMessage, WebhookCreated, WebhookAssigned, WebhookClosed, WebhookReopened, WebhookRated, WebhookContact}

// webhookEventOf names the event that a deed of a thread is to webhooks.
var webhookEventOf = map[string]string{
	EventAssigned: WebhookAssigned, EventClosed: WebhookClosed, EventReopened: WebhookReopened, EventRated: WebhookRated,
}

const (
	maxWebhooks   = 10
	maxWebhookURL = 2000
	// secretPrefix begins a secret, as Standard Webhooks has it.
	secretPrefix = "whsec_"
)

var errWebhookDisabled = fault.New(fault.Conflict, "webhook_disabled", "This webhook is switched off")

// ErrWebhookStale tells of a webhook that somebody else has changed since it was read.
var ErrWebhookStale = fault.New(fault.Conflict, "webhook_changed", "Somebody has changed this webhook meanwhile")

// Webhook is an address that is told what happens in its account.
type Webhook struct {
	ID        string
	AccountID string
	URL       string
	// Events are some of WebhookEvents, in their order.
	Events    []string
	CreatedAt int64
	// FailingSince is since when nothing has arrived (Unix ms); nil while it works.
	FailingSince *int64
	// DisabledAt is when it was switched off because it had failed for days, or because it answered 410.
	DisabledAt *int64
	// Version counts the changes of address and events; 0 before the first.
	Version int64

	sealed string
}

func (w *Webhook) validate() error {
	bad := fault.Fields{}
	if !validWebhookURL(w.URL) {
		bad.Add("url", "url must be an https address, or http within your own network")
	}
	for _, event := range w.Events {
		if !slices.Contains(WebhookEvents, event) {
			bad.Add("events", "events must be some of "+strings.Join(WebhookEvents, ", "))
		}
	}
	if len(w.Events) == 0 {
		bad.Add("events", "events must name at least one")
	}
	w.Events = slices.DeleteFunc(slices.Clone(WebhookEvents), func(event string) bool { return !slices.Contains(w.Events, event) })
	return bad.Err()
}

// validWebhookURL looks at the form only: whether the address may be reached is decided when it is dialled.
func validWebhookURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxWebhookURL || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && isOwnNetwork(u.Hostname()))
}

// isOwnNetwork reports whether a host can only be one near the server, so that nobody listens on the way.
func isOwnNetwork(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsPrivate() || addr.Unmap().IsLoopback()
	}
	return isLoopback(host) || !strings.Contains(host, ".")
}

// Webhooks lists the account's webhooks, oldest first. Admins only. Kinds: Forbidden.
func (s *Service) Webhooks(ctx context.Context, a Actor) ([]Webhook, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	return s.webhooksOf(ctx, a.AccountID)
}

// Webhook returns one of the account's webhooks. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) Webhook(ctx context.Context, a Actor, webhookID string) (Webhook, error) {
	if err := a.mustAdmin(); err != nil {
		return Webhook{}, err
	}
	return webhookOf(ctx, s.db.Read(), a.AccountID, webhookID)
}

// WebhookOff returns the webhook that was switched off last, to warn admins of it; found is false when
// all are on. Agents are told of none.
func (s *Service) WebhookOff(ctx context.Context, a Actor) (off Webhook, found bool, err error) {
	if !a.Admin {
		return off, false, nil
	}
	list, err := s.webhooksOf(ctx, a.AccountID)
	for _, w := range list {
		if w.DisabledAt != nil && (!found || *w.DisabledAt > *off.DisabledAt) {
			off, found = w, true
		}
	}
	return off, found, err
}

func (s *Service) webhooksOf(ctx context.Context, accountID string) ([]Webhook, error) {
	return s.webhooks.Get(ctx, accountID, func(ctx context.Context) ([]Webhook, error) {
		return listWebhooks(ctx, s.db.Read(), accountID)
	})
}

// CreateWebhook adds an address to be told of events, at most 10 in an account, and returns the secret
// that signs what is sent; it is shown only now. Admins only. Kinds: Forbidden, Invalid.
func (s *Service) CreateWebhook(ctx context.Context, a Actor, address string, events []string) (Webhook, string, error) {
	if err := a.mustAdmin(); err != nil {
		return Webhook{}, "", err
	}
	w := Webhook{ID: s.newID(), AccountID: a.AccountID, URL: strings.TrimSpace(address), Events: events, CreatedAt: s.millis()}
	if err := w.validate(); err != nil {
		return Webhook{}, "", err
	}
	var key [32]byte
	_, _ = rand.Read(key[:])
	secret := secretPrefix + base64.StdEncoding.EncodeToString(key[:])
	w.sealed = s.keys.Seal(keys.Webhook, w.ID, secret)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if n, err := countWebhooks(ctx, tx, a.AccountID); err != nil || n >= maxWebhooks {
			return orElse(err, fault.Field("url", "an account may have at most 10 webhooks"))
		}
		if err := insertWebhook(ctx, tx, w); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "webhook.create", w.ID, w.Host())
	})
	return w, secret, err
}

// WebhookChange is the input of ChangeWebhook; what is nil stays as it is.
type WebhookChange struct {
	URL    *string
	Events *[]string
	// Version is the one that the change is based on.
	Version int64
}

// ChangeWebhook gives a webhook another address or other events; it keeps its secret, and what waits for it goes to the
// new address. The change must be based on the version that holds unless it changes nothing. Admins only. Kinds:
// Forbidden, NotFound, Invalid, Conflict.
func (s *Service) ChangeWebhook(ctx context.Context, a Actor, webhookID string, in WebhookChange) (Webhook, error) {
	if err := a.mustAdmin(); err != nil {
		return Webhook{}, err
	}
	var w Webhook
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := webhookOf(ctx, tx, a.AccountID, webhookID)
		if err != nil {
			return err
		}
		w = now
		if in.URL != nil {
			w.URL = strings.TrimSpace(*in.URL)
		}
		if in.Events != nil {
			w.Events = *in.Events
		}
		if err := w.validate(); err != nil {
			return err
		}
		if w.URL == now.URL && slices.Equal(w.Events, now.Events) {
			return nil
		}
		if in.Version != now.Version {
			return ErrWebhookStale
		}
		w.Version++
		if w.URL != now.URL && w.DisabledAt == nil {
			w.FailingSince = nil // that was the other address
		}
		if err := updateWebhook(ctx, tx, w); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "webhook.change", w.ID, w.Host())
	})
	return w, err
}

// Host is what may be named of an address in logs and to everybody: its path and query may be secret.
func (w Webhook) Host() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// changeWebhook does something to one of the account's webhooks and notes it as action.
func (s *Service) changeWebhook(ctx context.Context, a Actor, webhookID string, change func(*db.Tx, Webhook) error, action string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		w, err := webhookOf(ctx, tx, a.AccountID, webhookID)
		if err != nil {
			return err
		}
		if err := change(tx, w); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, action, w.ID, w.Host())
	})
}

// DeleteWebhook ends a webhook with all that waits for it. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) DeleteWebhook(ctx context.Context, a Actor, webhookID string) error {
	return s.changeWebhook(ctx, a, webhookID, func(tx *db.Tx, w Webhook) error {
		return deleteWebhook(ctx, tx, w)
	}, "webhook.delete")
}

// EnableWebhook switches a webhook on again; what happened meanwhile is not told. One that is on stays so. Admins
// only. Kinds: Forbidden, NotFound.
func (s *Service) EnableWebhook(ctx context.Context, a Actor, webhookID string) error {
	if w, err := s.Webhook(ctx, a, webhookID); err != nil || w.DisabledAt == nil {
		return err
	}
	return s.changeWebhook(ctx, a, webhookID, func(tx *db.Tx, w Webhook) error {
		return updateWebhookHealth(ctx, tx, w.ID, nil, nil)
	}, "webhook.enable")
}
