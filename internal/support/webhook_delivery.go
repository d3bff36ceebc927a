package support

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"deskbell/internal/contain"
	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/keys"
)

// The status values of a delivery.
const (
	DeliveryWaiting   = "waiting"
	DeliveryDelivered = "delivered"
	DeliveryFailed    = "failed"
)

const (
	// deliverers is how many webhooks are told at once; each hears one thing at a time, so that one that
	// hangs holds up no other.
	deliverers = 8
	// deliveryPoll is how soon a retry is noticed after it has become due.
	deliveryPoll = 2 * time.Second
	// The wait before a retry doubles from firstRetry up to lastRetry, for retriesFor in all.
	firstRetry = 5 * time.Second
	lastRetry  = 4 * time.Hour
	retriesFor = 24 * time.Hour
	// disableAfter is for how long a webhook may fail.
	disableAfter = 3 * 24 * time.Hour
	// deliveriesFor is how long the log keeps what was delivered or given up, expiredAtOnce how many of
	// those are deleted in one write.
	deliveriesFor = 7 * 24 * time.Hour
	expiredAtOnce = 500
	// gone is the status by which an address says that it wants no more.
	gone = 410
)

// WebhookDelivery is one event for one webhook, waiting or done.
type WebhookDelivery struct {
	// ID is the same in every try, so that a receiver can tell a repetition.
	ID             string
	WebhookID      string
	Event          string
	ConversationID string
	// Seq is the message's, for WebhookMessage.
	Seq int64
	// ContactID is empty except for WebhookContact.
	ContactID string
	Status    string
	Attempts  int64
	// Answer is the HTTP status of the last try, 0 without one; Error says in words what went wrong.
	Answer    int64
	Error     string
	NextAt    int64
	CreatedAt int64

	accountID string
	giveUpAt  int64
}

// WebhookCall is what is sent to a webhook. Conversation, Message and Contact are nil where an event has none.
type WebhookCall struct {
	WebhookDelivery
	URL    string
	Secret string
	// What it is about is as it stands when it is sent.
	Conversation *Conversation
	Message      *Message
	Contact      *Contact
}

// WebhookAnswer is what came of a call: the HTTP status, or in words why there is none.
type WebhookAnswer struct {
	Status int64
	Error  string
}

func (w WebhookAnswer) ok() bool { return w.Error == "" && w.Status >= 200 && w.Status < 300 }

// announce lets the webhooks of an account that want it be told of an event once the write is durable.
// about says which event, and of what.
func (s *Service) announce(ctx context.Context, tx *db.Tx, accountID string, about WebhookDelivery) error {
	list, err := s.webhooksOf(ctx, accountID)
	if err != nil {
		return err
	}
	for _, w := range list {
		if w.DisabledAt != nil || !slices.Contains(w.Events, about.Event) {
			continue
		}
		if err := s.deliverLater(ctx, tx, w, about); err != nil {
			return err
		}
	}
	return nil
}

// announceMessage announces a message, and its conversation when it is the first one: before it
// there is nothing to see.
func (s *Service) announceMessage(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	if m.Seq == 1 {
		if err := s.announce(ctx, tx, accountID, WebhookDelivery{Event: WebhookCreated, ConversationID: m.ConversationID}); err != nil {
			return err
		}
	}
	return s.announce(ctx, tx, accountID, WebhookDelivery{Event: WebhookMessage, ConversationID: m.ConversationID, Seq: m.Seq})
}

func (s *Service) deliverLater(ctx context.Context, tx *db.Tx, w Webhook, d WebhookDelivery) error {
	now := s.millis()
	tx.AfterCommit(s.wakeDeliverers)
	d.ID, d.WebhookID, d.accountID = s.newID(), w.ID, w.AccountID
	d.NextAt, d.giveUpAt, d.CreatedAt = now, now+retriesFor.Milliseconds(), now
	return insertDelivery(ctx, tx, d)
}

func (s *Service) wakeDeliverers() {
	select {
	case s.deliveries <- struct{}{}:
	default: // woken already
	}
}

// TestWebhook sends a WebhookTest. Admins only. Kinds: Forbidden, NotFound, Conflict when it is switched off.
func (s *Service) TestWebhook(ctx context.Context, a Actor, webhookID string) error {
	return s.changeWebhook(ctx, a, webhookID, func(tx *db.Tx, w Webhook) error {
		if w.DisabledAt != nil {
			return errWebhookDisabled
		}
		return s.deliverLater(ctx, tx, w, WebhookDelivery{Event: WebhookTest})
	}, "webhook.test")
}

// WebhookDeliveries lists what a webhook was or is to be told, newest first, at most 100. What is done
// is kept for a week. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) WebhookDeliveries(ctx context.Context, a Actor, webhookID string) ([]WebhookDelivery, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	if _, err := webhookOf(ctx, s.db.Read(), a.AccountID, webhookID); err != nil {
		return nil, err
	}
	return listDeliveries(ctx, s.db.Read(), webhookID)
}

// Redeliver tells a webhook something once more, under the same id, and tries again for a day. Admins
// only. Kinds: Forbidden, NotFound, Conflict when the webhook is switched off.
func (s *Service) Redeliver(ctx context.Context, a Actor, webhookID, deliveryID string) error {
	return s.changeWebhook(ctx, a, webhookID, func(tx *db.Tx, w Webhook) error {
		if w.DisabledAt != nil {
			return errWebhookDisabled
		}
		d, err := deliveryOf(ctx, tx, w.ID, deliveryID)
		if err != nil {
			return err
		}
		d.Status, d.Attempts, d.NextAt = DeliveryWaiting, 0, s.millis()
		d.giveUpAt = d.NextAt + retriesFor.Milliseconds()
		tx.AfterCommit(s.wakeDeliverers)
		return updateDelivery(ctx, tx, d)
	}, "webhook.redeliver")
}

// ExpireDeliveries forgets what was delivered or given up more than a week ago, in small steps.
func (s *Service) ExpireDeliveries(ctx context.Context) error {
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = expireDeliveries(ctx, tx, s.now().Add(-deliveriesFor).UnixMilli(), expiredAtOnce)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// KeepDelivering hands what waits for webhooks to send, until ctx ends: to each webhook one thing after
// the other, at least once. What fails is tried again for a day, with growing waits.
func (s *Service) KeepDelivering(ctx context.Context, send func(context.Context, WebhookCall) WebhookAnswer) error {
	var group errgroup.Group
	group.SetLimit(deliverers)
	var mu sync.Mutex
	busy := map[string]bool{}
	timer := time.NewTicker(deliveryPoll)
	defer timer.Stop()
	for {
		due, err := dueWebhooks(ctx, s.db.Read(), s.millis())
		if err != nil && ctx.Err() == nil {
			s.log.Error("webhooks can't be read", "error", err)
		}
		for _, webhookID := range due {
			mu.Lock()
			if !busy[webhookID] {
				busy[webhookID] = group.TryGo(func() error {
					if err := contain.Call(s.log, "webhook deliveries", func() error { return s.deliverAll(ctx, webhookID, send) }); err != nil && ctx.Err() == nil {
						s.log.Error("webhook deliveries", "webhook_id", webhookID, "error", err)
					}
					mu.Lock()
					delete(busy, webhookID)
					mu.Unlock()
					return nil
				})
			}
			mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return group.Wait()
		case <-s.deliveries:
		case <-timer.C:
		}
	}
}

// deliverAll tells a webhook all that is due.
func (s *Service) deliverAll(ctx context.Context, webhookID string, send func(context.Context, WebhookCall) WebhookAnswer) error {
	for ctx.Err() == nil {
		d, err := dueDelivery(ctx, s.db.Read(), webhookID, s.millis())
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.deliver(ctx, d, send); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *Service) deliver(ctx context.Context, d WebhookDelivery, send func(context.Context, WebhookCall) WebhookAnswer) error {
	call, err := s.webhookCall(ctx, d)
	if fault.Is(err, fault.NotFound) {
		// What it was about was erased: there is nothing left to tell.
		return s.db.Write(ctx, func(tx *db.Tx) error { return deleteDelivery(ctx, tx, d.ID) })
	}
	if err != nil {
		return err
	}
	// A bug that one event meets is a failed try of that event: the others go on, and this one is not tried without a pause.
	answer := WebhookAnswer{Error: "This can't be sent"}
	_ = contain.Call(s.log, "a webhook delivery", func() error {
		answer = send(ctx, call)
		return nil
	}, "webhook_id", d.WebhookID)
	if ctx.Err() != nil {
		return ctx.Err() // a shutdown is not the receiver's fault; it is told again
	}
	s.told.count(answer)
	return s.settleDelivery(ctx, d, answer)
}

func (s *Service) webhookCall(ctx context.Context, d WebhookDelivery) (WebhookCall, error) {
	call := WebhookCall{WebhookDelivery: d}
	w, err := webhookOf(ctx, s.db.Read(), d.accountID, d.WebhookID)
	if err != nil {
		return call, err
	}
	call.URL = w.URL
	if call.Secret, err = s.keys.Open(keys.Webhook, w.ID, w.sealed); err != nil {
		return call, err
	}
	switch d.Event {
	case WebhookTest:
		return call, nil
	case WebhookContact:
		c, err := contactOf(ctx, s.db.Read(), d.accountID, d.ContactID)
		call.Contact = &c
		return call, err
	case WebhookMessage:
		m, err := messageBySeq(ctx, s.db.Read(), d.accountID, d.ConversationID, d.Seq)
		if err != nil {
			return call, err
		}
		call.Message = &m
		return call, s.fillFiles(ctx, s.db.Read(), d.accountID, &m)
	}
	c, err := conversationOf(ctx, s.db.Read(), d.accountID, d.ConversationID)
	call.Conversation = &c
	return call, err
}

// settleDelivery notes what came of a try, plans the next one, and switches off a webhook that has
// failed for days or wants no more.
func (s *Service) settleDelivery(ctx context.Context, d WebhookDelivery, answer WebhookAnswer) error {
	d.Attempts++
	d.Answer, d.Error = answer.Status, answer.Error
	return s.db.Write(ctx, func(tx *db.Tx) error {
		w, err := webhookOf(ctx, tx, d.accountID, d.WebhookID)
		if fault.Is(err, fault.NotFound) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		now := s.millis()
		if answer.ok() {
			d.Status = DeliveryDelivered
			if err := updateDelivery(ctx, tx, d); err != nil || w.FailingSince == nil {
				return err
			}
			return updateWebhookHealth(ctx, tx, w.ID, nil, w.DisabledAt)
		}
		if d.NextAt = now + retryAfter(d.Attempts).Milliseconds(); d.NextAt >= d.giveUpAt {
			d.Status = DeliveryFailed
		}
		if err := updateDelivery(ctx, tx, d); err != nil {
			return err
		}
		if w.FailingSince == nil {
			w.FailingSince = &now
		}
		if w.DisabledAt == nil && (answer.Status == gone || now-*w.FailingSince >= disableAfter.Milliseconds()) {
			w.DisabledAt = &now
		}
		if w.DisabledAt != nil {
			if err := failDeliveries(ctx, tx, w.ID); err != nil {
				return err
			}
		}
		return updateWebhookHealth(ctx, tx, w.ID, w.FailingSince, w.DisabledAt)
	})
}

func retryAfter(attempts int64) time.Duration {
	wait := firstRetry
	for ; attempts > 1 && wait < lastRetry; attempts-- {
		wait *= 2
	}
	return min(wait, lastRetry)
}
