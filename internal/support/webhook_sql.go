package support

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"deskbell/internal/db"
)

const webhookColumns = `w._id, w.account_id, w.url, w.events, w.secret, w.created_at, w.failing_since, w.disabled_at, w.version`

func webhookFields(w *Webhook, events *string) []any {
	return []any{&w.ID, &w.AccountID, &w.URL, events, &w.sealed, &w.CreatedAt, &w.FailingSince, &w.DisabledAt, &w.Version}
}

func scanWebhook(row db.Scanner) (w Webhook, err error) {
	var events string
	if err = row.Scan(webhookFields(&w, &events)...); errors.Is(err, db.ErrNoRows) {
		return w, errNotFound
	}
	w.Events = strings.Fields(events)
	return w, err
}

func listWebhooks(ctx context.Context, q db.Querier, accountID string) ([]Webhook, error) {
	rows, err := q.Query(ctx, `/* listWebhooks */ SELECT `+webhookColumns+` FROM webhooks w
		WHERE w.account_id = ? ORDER BY w.created_at, w._id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return collect(rows, scanWebhook)
}

func webhookOf(ctx context.Context, q db.Querier, accountID, webhookID string) (Webhook, error) {
	return scanWebhook(q.QueryRow(ctx, `/* webhookOf */ SELECT `+webhookColumns+` FROM webhooks w
		WHERE w._id = ? AND w.account_id = ?`, webhookID, accountID))
}

func countWebhooks(ctx context.Context, q db.Querier, accountID string) (n int, err error) {
	err = q.QueryRow(ctx, `/* countWebhooks */ SELECT COUNT(*) FROM webhooks WHERE account_id = ?`, accountID).Scan(&n)
	return n, err
}

func insertWebhook(ctx context.Context, tx *db.Tx, w Webhook) error {
	_, err := tx.Exec(ctx, `/* insertWebhook */ INSERT INTO webhooks (_id, account_id, url, events, secret, created_at)
		VALUES (?, ?, ?, ?, ?, ?)`, w.ID, w.AccountID, w.URL, strings.Join(w.Events, " "), w.sealed, w.CreatedAt)
	return err
}

func updateWebhook(ctx context.Context, tx *db.Tx, w Webhook) error {
	_, err := tx.Exec(ctx, `/* updateWebhook */ UPDATE webhooks SET url = ?, events = ?, failing_since = ?, version = ? WHERE _id = ? AND account_id = ?`,
		w.URL, strings.Join(w.Events, " "), w.FailingSince, w.Version, w.ID, w.AccountID)
	return err
}

func deleteWebhook(ctx context.Context, tx *db.Tx, w Webhook) error {
	_, err := tx.Exec(ctx, `/* deleteWebhook */ DELETE FROM webhooks WHERE _id = ? AND account_id = ?`, w.ID, w.AccountID)
	return err
}

func updateWebhookHealth(ctx context.Context, tx *db.Tx, webhookID string, failingSince, disabledAt *int64) error {
	_, err := tx.Exec(ctx, `/* updateWebhookHealth */ UPDATE webhooks SET failing_since = ?, disabled_at = ? WHERE _id = ?`,
		failingSince, disabledAt, webhookID)
	return err
}

const deliveryColumns = `d._id, d.webhook_id, d.account_id, d.event, d.conversation_id, d.seq, d.contact_id, d.status, d.attempts, d.answer, d.error, d.next_at, d.give_up_at, d.created_at`

func scanDelivery(row db.Scanner) (d WebhookDelivery, err error) {
	err = row.Scan(&d.ID, &d.WebhookID, &d.accountID, &d.Event, &d.ConversationID, &d.Seq, &d.ContactID, &d.Status, &d.Attempts, &d.Answer, &d.Error, &d.NextAt,
		&d.giveUpAt, &d.CreatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return d, errNotFound
	}
	return d, err
}

func insertDelivery(ctx context.Context, tx *db.Tx, d WebhookDelivery) error {
	_, err := tx.Exec(ctx, `/* insertDelivery */ INSERT INTO webhook_deliveries
		(_id, webhook_id, account_id, event, conversation_id, seq, contact_id, status, attempts, answer, error, next_at, give_up_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', ?, ?, ?)`,
		d.ID, d.WebhookID, d.accountID, d.Event, d.ConversationID, d.Seq, d.ContactID, DeliveryWaiting, d.NextAt, d.giveUpAt, d.CreatedAt)
	return err
}

// updateDelivery leaves alone one whose deletion came first.
func updateDelivery(ctx context.Context, tx *db.Tx, d WebhookDelivery) error {
	_, err := tx.Exec(ctx, `/* updateDelivery */ UPDATE webhook_deliveries SET status = ?, attempts = ?, answer = ?, error = ?, next_at = ?, give_up_at = ?
		WHERE _id = ?`, d.Status, d.Attempts, d.Answer, d.Error, d.NextAt, d.giveUpAt, d.ID)
	return err
}

func deleteDelivery(ctx context.Context, tx *db.Tx, deliveryID string) error {
	_, err := tx.Exec(ctx, `/* deleteDelivery */ DELETE FROM webhook_deliveries WHERE _id = ?`, deliveryID)
	return err
}

func deliveryOf(ctx context.Context, q db.Querier, webhookID, deliveryID string) (WebhookDelivery, error) {
	return scanDelivery(q.QueryRow(ctx, `/* deliveryOf */ SELECT `+deliveryColumns+` FROM webhook_deliveries d
		WHERE d._id = ? AND d.webhook_id = ?`, deliveryID, webhookID))
}

func listDeliveries(ctx context.Context, q db.Querier, webhookID string) ([]WebhookDelivery, error) {
	rows, err := q.Query(ctx, `/* listDeliveries */ SELECT `+deliveryColumns+` FROM webhook_deliveries d
		WHERE d.webhook_id = ? ORDER BY d.created_at DESC, d._id DESC LIMIT ?`, webhookID, maxPage)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return collect(rows, scanDelivery)
}

// dueWebhooks lists webhooks that something waits for. It asks for each, so that a long queue of one costs nothing.
func dueWebhooks(ctx context.Context, q db.Querier, now int64) ([]string, error) {
	rows, err := q.Query(ctx, `/* dueWebhooks */ SELECT w._id FROM webhooks w WHERE EXISTS
		(SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w._id AND d.status = 'waiting' AND d.next_at <= ?)`, now)
	if err != nil {
		return nil, fmt.Errorf("list due webhooks: %w", err)
	}
	return collect(rows, scanID)
}

// dueDelivery finds what one webhook is to be told next.
func dueDelivery(ctx context.Context, q db.Querier, webhookID string, now int64) (WebhookDelivery, error) {
	return scanDelivery(q.QueryRow(ctx, `/* dueDelivery */ SELECT `+deliveryColumns+` FROM webhook_deliveries d
		WHERE d.webhook_id = ? AND d.status = 'waiting' AND d.next_at <= ? ORDER BY d.next_at, d._id LIMIT 1`, webhookID, now))
}

func countWaitingDeliveries(ctx context.Context, q db.Querier) (n int64, err error) {
	err = q.QueryRow(ctx, `/* countWaitingDeliveries */ SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'waiting'`).Scan(&n)
	return n, err
}

func failDeliveries(ctx context.Context, tx *db.Tx, webhookID string) error {
	_, err := tx.Exec(ctx, `/* failDeliveries */ UPDATE webhook_deliveries SET status = ? WHERE webhook_id = ? AND status = 'waiting'`, DeliveryFailed, webhookID)
	return err
}

// expireDeliveries deletes some of those that are old enough; more says that others are left.
func expireDeliveries(ctx context.Context, tx *db.Tx, before int64, limit int64) (more bool, err error) {
	n, err := tx.Exec(ctx, `/* expireDeliveries */ DELETE FROM webhook_deliveries WHERE _id IN
		(SELECT _id FROM webhook_deliveries WHERE created_at < ? AND status <> 'waiting' ORDER BY created_at LIMIT ?)`, before, limit)
	return n == limit, err
}
