package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// sendCapsOf returns an account's limits; before the first change the usual ones.
func sendCapsOf(ctx context.Context, q db.Querier, accountID string) (c SendCaps, err error) {
	err = q.QueryRow(ctx, `/* sendCapsOf */ SELECT mails, site_mails, sms, site_sms, version FROM send_caps WHERE account_id = ?`, accountID).
		Scan(&c.Mails, &c.SiteMails, &c.SMS, &c.SiteSMS, &c.Version)
	if errors.Is(err, db.ErrNoRows) {
		return usualSendCaps, nil
	}
	if err != nil {
		return c, fmt.Errorf("read limits: %w", err)
	}
	return c, nil
}

func upsertSendCaps(ctx context.Context, tx *db.Tx, accountID string, c SendCaps) error {
	_, err := tx.Exec(ctx, `/* upsertSendCaps */ INSERT INTO send_caps (account_id, mails, site_mails, sms, site_sms, version) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET mails = excluded.mails, site_mails = excluded.site_mails, sms = excluded.sms,
			site_sms = excluded.site_sms, version = excluded.version`, accountID, c.Mails, c.SiteMails, c.SMS, c.SiteSMS, c.Version)
	return err
}

// addSend counts one more and returns how many they are now.
func addSend(ctx context.Context, tx *db.Tx, accountID, siteID string, day int64, by carrierKind) (n int64, err error) {
	sent := Sent{Mails: 1}
	if by == bySMS {
		sent = Sent{SMS: 1}
	}
	err = tx.QueryRow(ctx, `/* addSend */ INSERT INTO send_counts (account_id, day, site_id, mails, sms) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, day, site_id) DO UPDATE SET mails = mails + excluded.mails, sms = sms + excluded.sms RETURNING mails, sms`,
		accountID, day, siteID, sent.Mails, sent.SMS).Scan(&sent.Mails, &sent.SMS)
	if err != nil {
		return 0, fmt.Errorf("count what is sent: %w", err)
	}
	if by == bySMS {
		return sent.SMS, nil
	}
	return sent.Mails, nil
}

// siteDomain is where the newest of a site's tokens is for; it takes the site and the account.
const siteDomain = `SELECT t.domain FROM support_tokens t WHERE COALESCE(t.first_id, t._id) = %s AND t.account_id = %s ORDER BY t.created_at DESC, t._id DESC LIMIT 1`

// sendsOf lists what went out on a day, in all (no ID) and for each site; a site that is gone has no domain.
func sendsOf(ctx context.Context, q db.Querier, accountID string, day int64) ([]SiteSent, error) {
	rows, err := q.Query(ctx, `/* sendsOf */ SELECT n.site_id, (`+fmt.Sprintf(siteDomain, `n.site_id`, `n.account_id`)+`) AS domain, n.mails, n.sms
		FROM send_counts n WHERE n.account_id = ? AND n.day = ? ORDER BY domain, n.site_id`, accountID, day)
	if err != nil {
		return nil, fmt.Errorf("list what was sent: %w", err)
	}
	return collect(rows, func(row db.Scanner) (v SiteSent, err error) {
		err = row.Scan(&v.ID, text{&v.Domain}, &v.Mails, &v.SMS)
		return v, err
	})
}

// siteName returns a site's domain. Kinds: NotFound.
func siteName(ctx context.Context, q db.Querier, accountID, siteID string) (domain string, err error) {
	err = q.QueryRow(ctx, `/* siteName */ `+fmt.Sprintf(siteDomain, "?", "?"), siteID, accountID).Scan(&domain)
	if errors.Is(err, db.ErrNoRows) {
		return "", errNotFound
	}
	return domain, err
}
