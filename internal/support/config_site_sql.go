package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// storedSite is how a site's own parts are kept: of the settings, the parts that Own does not name stand at
// their defaults and mean nothing.
type storedSite struct {
	Own      []string `json:"own"`
	Settings Settings `json:"settings"`
}

// settingsOfSite returns the configuration of a site, which is shared and must not be changed.
func (s *Service) settingsOfSite(ctx context.Context, accountID, siteID string) (Settings, error) {
	return s.settings.Get(ctx, siteID, func(ctx context.Context) (Settings, error) {
		account, err := s.settingsOf(ctx, accountID)
		if err != nil {
			return account, err
		}
		site, err := readSite(ctx, s.db.Read(), accountID, siteID, account)
		return site.Settings, err
	})
}

// readSiteSettings reads a site's own parts and the account's others.
func readSiteSettings(ctx context.Context, q db.Querier, accountID, siteID string) (SiteSettings, error) {
	account, err := readSettings(ctx, q, accountID)
	if err != nil {
		return SiteSettings{}, err
	}
	return readSite(ctx, q, accountID, siteID, account)
}

// readSite puts a site's own parts over the account's settings.
func readSite(ctx context.Context, q db.Querier, accountID, siteID string, account Settings) (SiteSettings, error) {
	site, stored := SiteSettings{Settings: account}, storedSite{Settings: DefaultSettings()}
	var content string
	err := q.QueryRow(ctx, `/* readSite */ SELECT settings, updated_at FROM support_configs
		WHERE account_id = ? AND token_id = ?`, accountID, siteID).Scan(&content, &site.UpdatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return site, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(content), &stored)
		stored.Settings.WidgetSettings.ownPicture()
	}
	if err != nil {
		return site, fmt.Errorf("read a site's settings: %w", err)
	}
	site.Own, site.Settings = stored.Own, account.With(stored.Own, stored.Settings)
	return site, nil
}

func upsertSiteSettings(ctx context.Context, tx *db.Tx, accountID, siteID, newID string, own []string, settings Settings, now int64) error {
	content, err := json.Marshal(storedSite{own, settings})
	if err != nil {
		return err
	}
	return upsertConfig(ctx, tx, accountID, siteID, newID, content, now)
}

func deleteSiteSettings(ctx context.Context, tx *db.Tx, accountID, siteID string) error {
	_, err := tx.Exec(ctx, `/* deleteSiteSettings */ DELETE FROM support_configs WHERE account_id = ? AND token_id = ?`, accountID, siteID)
	return err
}

// forgetSite deletes a site's settings once none of its tokens is left.
func forgetSite(ctx context.Context, tx *db.Tx, accountID, siteID string) error {
	_, err := tx.Exec(ctx, `/* forgetSite */ DELETE FROM support_configs WHERE account_id = ? AND token_id = ?
		AND NOT EXISTS (SELECT 1 FROM support_tokens WHERE account_id = ? AND COALESCE(first_id, _id) = ?)`, accountID, siteID, accountID, siteID)
	return err
}

// ownParts lists the own parts of each site of an account that has any.
func ownParts(ctx context.Context, q db.Querier, accountID string) (map[string][]string, error) {
	rows, err := q.Query(ctx, `/* ownParts */ SELECT token_id, settings FROM support_configs WHERE account_id = ? AND token_id <> ''`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list sites with own settings: %w", err)
	}
	parts := map[string][]string{}
	_, err = collect(rows, func(row db.Scanner) (none struct{}, err error) {
		var siteID, content string
		if err = row.Scan(&siteID, &content); err != nil {
			return none, err
		}
		var stored storedSite
		err = json.Unmarshal([]byte(content), &stored)
		parts[siteID] = stored.Own
		return none, err
	})
	return parts, err
}
