package support

import (
	"context"

	"deskbell/internal/db"
)

func updateIdentitySecret(ctx context.Context, tx *db.Tx, accountID, tokenID, sealed string) error {
	_, err := tx.Exec(ctx, `/* updateIdentitySecret */ UPDATE support_tokens SET identity_secret = ? WHERE _id = ? AND account_id = ?`,
		sealed, tokenID, accountID)
	return err
}

// identitySecret returns a token's sealed secret; "" when it has none.
func identitySecret(ctx context.Context, q db.Querier, accountID, tokenID string) (string, error) {
	return optionalID(q.QueryRow(ctx, `/* identitySecret */ SELECT COALESCE(identity_secret, '') FROM support_tokens
		WHERE _id = ? AND account_id = ?`, tokenID, accountID))
}
