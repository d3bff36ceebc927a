package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// settingsOf returns an account's configuration, which is shared and must not be changed.
func (s *Service) settingsOf(ctx context.Context, accountID string) (Settings, error) {
	return s.settings.Get(ctx, accountID, func(ctx context.Context) (Settings, error) { return readSettings(ctx, s.db.Read(), accountID) })
}

// readSettings reads an account's configuration; a field that was added since it was saved has
// its default.
func readSettings(ctx context.Context, q db.Querier, accountID string) (Settings, error) {
	stored, err := readStoredSettings(ctx, q, accountID)
	return stored.Settings, err
}

func readStoredSettings(ctx context.Context, q db.Querier, accountID string) (StoredSettings, error) {
	stored := StoredSettings{Settings: DefaultSettings()}
	var text string
	err := q.QueryRow(ctx, `/* settingsOf */ SELECT settings, updated_at FROM support_configs
		WHERE account_id = ? AND token_id = ''`, accountID).Scan(&text, &stored.UpdatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return stored, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &stored.Settings)
		stored.Settings.WidgetSettings.ownPicture()
	}
	if err != nil {
		return stored, fmt.Errorf("read settings: %w", err)
	}
	return stored, nil
}

func upsertSettings(ctx context.Context, tx *db.Tx, accountID, newID string, c Settings, now int64) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return upsertConfig(ctx, tx, accountID, "", newID, text, now)
}

// upsertConfig stores the configuration of a site, "" for the account's.
func upsertConfig(ctx context.Context, tx *db.Tx, accountID, siteID, newID string, content []byte, now int64) error {
	_, err := tx.Exec(ctx, `/* upsertConfig */ INSERT INTO support_configs (_id, account_id, token_id, settings, updated_at)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, token_id) DO UPDATE SET settings = excluded.settings, updated_at = excluded.updated_at`,
		newID, accountID, siteID, string(content), now)
	return err
}
