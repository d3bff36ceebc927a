package auth

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

var errNoUser = fault.New(fault.NotFound, "no_user", "No user has this e-mail")

const userColumns = `u._id, u.account_id, a.name, u.email, u.name, u.role, u.owner, u.disabled, u.password_hash, u.token_version,
	u.created_at, u.last_login, u.theme, u.density, u.language, u.totp_secret, u.totp_step, u.picture`

const userTables = ` FROM users u JOIN accounts a ON a._id = u.account_id `

func scanUser(row db.Scanner) (User, error) {
	var u User
	err := row.Scan(&u.ID, &u.AccountID, &u.AccountName, &u.Email, &u.Name, &u.Role, &u.Owner, &u.Disabled, &u.passwordHash,
		&u.tokenVersion, &u.CreatedAt, &u.LastLogin,
		&u.Look.Theme, &u.Look.Density, &u.Look.Language, &u.totpSecret, &u.totpStep, &u.Picture)
	if errors.Is(err, db.ErrNoRows) {
		return u, errNoUser
	}
	if err != nil {
		return u, fmt.Errorf("read user: %w", err)
	}
	return u, nil
}

func userByEmail(ctx context.Context, q db.Querier, email string) (User, error) {
	return scanUser(q.QueryRow(ctx, `/* userByEmail */ SELECT `+userColumns+userTables+`WHERE u.email = ?`, email))
}

func userByID(ctx context.Context, q db.Querier, userID string) (User, error) {
	return scanUser(q.QueryRow(ctx, `/* userByID */ SELECT `+userColumns+userTables+`WHERE u._id = ?`, userID))
}

func listUsers(ctx context.Context, q db.Querier) ([]User, error) {
	rows, err := q.Query(ctx, `/* listUsers */ SELECT `+userColumns+userTables+`ORDER BY a.created_at, u.created_at, u._id`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return db.Collect(rows, scanUser)
}

func accountUsers(ctx context.Context, q db.Querier, accountID string) ([]User, error) {
	rows, err := q.Query(ctx, `/* accountUsers */ SELECT `+userColumns+userTables+`WHERE u.account_id = ? ORDER BY lower(u.name), u._id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return db.Collect(rows, scanUser)
}

// insertUser reports false when the e-mail is taken.
func insertUser(ctx context.Context, tx *db.Tx, u User) (bool, error) {
	n, err := tx.Exec(ctx, `/* insertUser */ INSERT INTO users
		(_id, account_id, email, name, role, owner, disabled, password_hash, token_version, created_at)
		VALUES (?, ?, ?, ?, ?, ?, false, ?, 0, ?) ON CONFLICT (email) DO NOTHING`,
		u.ID, u.AccountID, u.Email, u.Name, u.Role, u.Owner, u.passwordHash, u.CreatedAt)
	return n == 1, err
}

func updateUser(ctx context.Context, tx *db.Tx, u User) error {
	if _, err := tx.Exec(ctx, `/* updateUser */ UPDATE users SET role = ?, disabled = ?, password_hash = ?, token_version = ?
		WHERE _id = ?`, u.Role, u.Disabled, u.passwordHash, u.tokenVersion, u.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* endLogins */ DELETE FROM login_sessions WHERE user_id = ?`, u.ID)
	return err
}

func endAllLogins(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `/* endTeamTokens */ UPDATE users SET token_version = token_version + 1`); err != nil {
		return err
	}
	// Links that were used after a backup would work again.
	for _, statement := range []string{
		`/* endAllLogins */ DELETE FROM login_sessions`, `/* endAllLinks */ DELETE FROM access_links`, `/* endAllInvites */ DELETE FROM invites`,
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func updateLastLogin(ctx context.Context, tx *db.Tx, userID string, now int64) error {
	_, err := tx.Exec(ctx, `/* updateLastLogin */ UPDATE users SET last_login = ? WHERE _id = ?`, now, userID)
	return err
}

func anyUser(ctx context.Context, q db.Querier) (found bool, err error) {
	err = q.QueryRow(ctx, `/* anyUser */ SELECT EXISTS (SELECT 1 FROM users)`).Scan(&found)
	return found, err
}

// findAccount finds an account by name, or the first one when name is empty; "" when there is none.
func findAccount(ctx context.Context, q db.Querier, name string) (accountID string, err error) {
	err = q.QueryRow(ctx, `/* findAccount */ SELECT _id FROM accounts WHERE ? = '' OR name = ? ORDER BY created_at, _id LIMIT 1`,
		name, name).Scan(&accountID)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return accountID, err
}

func insertAccount(ctx context.Context, tx *db.Tx, accountID, name string, now int64) error {
	_, err := tx.Exec(ctx, `/* insertAccount */ INSERT INTO accounts (_id, name, created_at) VALUES (?, ?, ?)`, accountID, name, now)
	return err
}
