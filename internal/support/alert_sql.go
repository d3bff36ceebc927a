package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"deskbell/internal/db"
)

func alertSettingsOf(ctx context.Context, q db.Querier, accountID, userID string) (AlertSettings, error) {
	in := defaultAlerts
	var hours string
	err := q.QueryRow(ctx, `/* alertSettingsOf */ SELECT scope, sound, repeats, desktop, email_after, push_text, hours FROM alert_settings
		WHERE user_id = ? AND account_id = ?`, userID, accountID).Scan(&in.Scope, &in.Sound, &in.Repeat, &in.Desktop, &in.EmailAfter, &in.PushText, &hours)
	if errors.Is(err, db.ErrNoRows) {
		return in, nil
	}
	if err == nil {
		in.Hours, err = readAlertHours(hours)
	}
	if err != nil {
		return in, fmt.Errorf("read alert settings: %w", err)
	}
	return in, nil
}

func readAlertHours(text string) (hours *AlertHours, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &hours)
	}
	return hours, err
}

func upsertAlertSettings(ctx context.Context, tx *db.Tx, a Actor, in AlertSettings) error {
	var hours []byte
	if in.Hours != nil {
		var err error
		if hours, err = json.Marshal(in.Hours); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `/* upsertAlertSettings */ INSERT INTO alert_settings (user_id, account_id, scope, sound, repeats, desktop, email_after, push_text, hours)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id)
		DO UPDATE SET scope = excluded.scope, sound = excluded.sound, repeats = excluded.repeats, desktop = excluded.desktop,
			email_after = excluded.email_after, push_text = excluded.push_text, hours = excluded.hours`,
		a.UserID, a.AccountID, in.Scope, in.Sound, in.Repeat, in.Desktop, in.EmailAfter, in.PushText, string(hours))
	return err
}

// waitingLooked is how many waiting conversations a reminder looks at.
const waitingLooked = 50

// waitingBetween lists open conversations of a scope whose visitor has waited since between two
// moments, the longest waiting first.
func waitingBetween(ctx context.Context, q db.Querier, a Actor, scope string, from, to int64) ([]string, error) {
	query, args := waitingQuery(a, scope, from, to)
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list who waits: %w", err)
	}
	return collect(rows, scanID)
}

func waitingQuery(a Actor, scope string, from, to int64) (string, []any) {
	query := `/* waitingBetween */ SELECT _id FROM support_conversations
		WHERE account_id = ? AND shelf = ? AND waiting_since BETWEEN ? AND ? AND last_seq > 0`
	args := []any{a.AccountID, shelfOpen, from, to}
	switch scope {
	case AlertMine:
		query += ` AND assignee_id = ?`
		args = append(args, a.UserID)
	case AlertUnassigned:
		query += ` AND (assignee_id = ? OR assignee_id IS NULL)`
		args = append(args, a.UserID)
	}
	return query + ` ORDER BY waiting_since LIMIT ?`, append(args, waitingLooked)
}

// alertMailDelays lists after how many minutes members of an account want a mail.
func alertMailDelays(ctx context.Context, q db.Querier, accountID string) ([]int64, error) {
	rows, err := q.Query(ctx, `/* alertMailDelays */ SELECT DISTINCT email_after FROM alert_settings WHERE account_id = ? AND email_after > 0`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list mail alerts: %w", err)
	}
	return collect(rows, func(row db.Scanner) (minutes int64, err error) {
		err = row.Scan(&minutes)
		return minutes, err
	})
}

type alertMailReader struct {
	userID, email, scope string
	hours                *AlertHours
}

// alertMailReaders are the members who want a mail after this time, are alerted at this moment, and are
// neither away nor disabled.
func alertMailReaders(ctx context.Context, q db.Querier, accountID string, minutes int64, now time.Time) ([]alertMailReader, error) {
	rows, err := q.Query(ctx, `/* alertMailReaders */ SELECT u._id, u.email, a.scope, a.hours FROM alert_settings a JOIN users u ON u._id = a.user_id
		WHERE a.account_id = ? AND a.email_after = ? AND a.email_after > 0 AND u.disabled = false AND u.away = false ORDER BY u._id`, accountID, minutes)
	if err != nil {
		return nil, fmt.Errorf("list who gets a mail: %w", err)
	}
	list, err := collect(rows, func(row db.Scanner) (r alertMailReader, err error) {
		var hours string
		if err = row.Scan(&r.userID, &r.email, &r.scope, &hours); err == nil {
			r.hours, err = readAlertHours(hours)
		}
		return r, err
	})
	return slices.DeleteFunc(list, func(r alertMailReader) bool { return !r.hours.at(now) }), err
}
