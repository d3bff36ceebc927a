package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

const sessionColumns = `s._id, s.account_id, s.token_id, s.conversation_id, s.contact_id, s.device_id, s.ip, s.user_agent,
	s.name, s.email, s.phone, s.auth_attr, s.verified, s.verified_email, s.verified_phone, s.external_id,
	s.status, s.created_at, s.last_activity`

func (v *Session) fields() []any {
	return []any{
		&v.ID, &v.AccountID, &v.TokenID, &v.ConversationID, &v.ContactID, &v.DeviceID, &v.IP, &v.UserAgent,
		text{&v.Name}, text{&v.Email}, text{&v.Phone}, (*[]byte)(&v.AuthAttr), &v.Verified,
		text{&v.ProvenEmail}, text{&v.ProvenPhone}, text{&v.ExternalID}, &v.Status, &v.CreatedAt, &v.LastActivity,
	}
}

func scanSession(row db.Scanner) (Session, error) {
	var v Session
	if err := row.Scan(v.fields()...); err != nil {
		return v, fmt.Errorf("read session: %w", err)
	}
	return v, nil
}

// sessionSecret is what one of a session's secrets allows.
type sessionSecret struct {
	// fromSeq is the position after which it may read.
	fromSeq  int64
	original bool
}

// sessionByToken reads the session behind a secret; an unknown secret, or one of another token
// row, is Unauthenticated.
func sessionByToken(ctx context.Context, q db.Querier, t Token, digest string) (Session, sessionSecret, error) {
	var v Session
	var secret sessionSecret
	err := q.QueryRow(ctx, `/* sessionByToken */ SELECT `+sessionColumns+`, st.from_seq, st.original
		FROM support_session_tokens st JOIN support_sessions s ON s._id = st.session_id
		WHERE st.digest = ? AND s.token_id = ? AND s.account_id = ?`, digest, t.ID, t.AccountID).
		Scan(append(v.fields(), &secret.fromSeq, &secret.original)...)
	if errors.Is(err, db.ErrNoRows) {
		return v, secret, errSession
	}
	if err != nil {
		return v, secret, fmt.Errorf("read session: %w", err)
	}
	return v, secret, nil
}

// reusableSession finds the newest running session that a caller without its secret may join;
// an empty one when there is none.
func reusableSession(ctx context.Context, q db.Querier, t Token, in StartSession, aliveSince int64) (Session, error) {
	v, err := scanSession(q.QueryRow(ctx, `/* reusableSession */ SELECT `+sessionColumns+` FROM support_sessions s
		WHERE s.device_id = ? AND s.account_id = ? AND s.token_id = ? AND s.email IS NOT DISTINCT FROM ? AND s.phone IS NOT DISTINCT FROM ?
			AND s.status = ? AND s.last_activity > ? AND s.verified = false
		ORDER BY s.last_activity DESC, s._id DESC LIMIT 1`,
		in.DeviceID, t.AccountID, t.ID, nullable(in.Email), nullable(in.Phone), SessionActive, aliveSince))
	if errors.Is(err, db.ErrNoRows) {
		return Session{}, nil
	}
	return v, err
}

// activeSessions counts a device's running sessions and tells the oldest activity among them.
func activeSessions(ctx context.Context, q db.Querier, accountID, deviceID string, aliveSince int64) (n int, oldest int64, err error) {
	err = q.QueryRow(ctx, `/* activeSessions */ SELECT COUNT(*), COALESCE(MIN(last_activity), 0) FROM support_sessions
		WHERE device_id = ? AND account_id = ? AND status = ? AND last_activity > ?`,
		deviceID, accountID, SessionActive, aliveSince).Scan(&n, &oldest)
	return n, oldest, err
}

func insertSession(ctx context.Context, tx *db.Tx, v Session) error {
	_, err := tx.Exec(ctx, `/* insertSession */ INSERT INTO support_sessions
		(_id, account_id, token_id, conversation_id, contact_id, device_id, ip, user_agent, name, email, phone, auth_attr,
		 otp_attempts, verified, status, created_at, last_activity)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
		v.ID, v.AccountID, v.TokenID, v.ConversationID, v.ContactID, v.DeviceID, v.IP, v.UserAgent, nullable(v.Name), nullable(v.Email),
		nullable(v.Phone), string(v.AuthAttr), v.Verified, v.Status, v.CreatedAt, v.LastActivity)
	return err
}

func insertSessionToken(ctx context.Context, tx *db.Tx, sessionID, digest string, fromSeq int64, original bool, now int64) error {
	_, err := tx.Exec(ctx, `/* insertSessionToken */ INSERT INTO support_session_tokens
		(digest, session_id, from_seq, original, created_at) VALUES (?, ?, ?, ?, ?)`, digest, sessionID, fromSeq, original, now)
	return err
}

func countSessionTokens(ctx context.Context, q db.Querier, sessionID string) (n int, err error) {
	err = q.QueryRow(ctx, `/* countSessionTokens */ SELECT COUNT(*) FROM support_session_tokens WHERE session_id = ?`, sessionID).Scan(&n)
	return n, err
}

func deleteSessionTokens(ctx context.Context, tx *db.Tx, sessionID string) error {
	_, err := tx.Exec(ctx, `/* deleteSessionTokens */ DELETE FROM support_session_tokens WHERE session_id = ?`, sessionID)
	return err
}

// deleteSessionToken reports whether the secret was the one that the session was created with.
func deleteSessionToken(ctx context.Context, tx *db.Tx, sessionID, digest string) (original bool, err error) {
	err = tx.QueryRow(ctx, `/* deleteSessionToken */ DELETE FROM support_session_tokens WHERE digest = ? AND session_id = ?
		RETURNING original`, digest, sessionID).Scan(&original)
	if errors.Is(err, db.ErrNoRows) {
		return false, errSession
	}
	return original, err
}

func endSession(ctx context.Context, tx *db.Tx, v Session) error {
	if err := deleteSessionTokens(ctx, tx, v.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* endSession */ UPDATE support_sessions SET status = ? WHERE _id = ? AND account_id = ?`,
		SessionInactive, v.ID, v.AccountID)
	return err
}

func updateSessionClaims(ctx context.Context, tx *db.Tx, v Session) error {
	_, err := tx.Exec(ctx, `/* updateSessionClaims */ UPDATE support_sessions SET name = ?, auth_attr = ?, last_activity = ?
		WHERE _id = ? AND account_id = ?`, nullable(v.Name), string(v.AuthAttr), v.LastActivity, v.ID, v.AccountID)
	return err
}

// updateSessionPerson stores who the visitor claims to be and has proven to be, with the contact
// and the conversation that follow from it. An outstanding code is spent or void by that.
func updateSessionPerson(ctx context.Context, tx *db.Tx, v Session) error {
	_, err := tx.Exec(ctx, `/* updateSessionPerson */ UPDATE support_sessions
		SET name = ?, email = ?, phone = ?, verified = ?, verified_email = ?, verified_phone = ?, external_id = ?,
			contact_id = ?, conversation_id = ?, otp_code = NULL, otp_address = NULL, otp_expiry = NULL, otp_attempts = 0, last_activity = ?
		WHERE _id = ? AND account_id = ?`, nullable(v.Name), nullable(v.Email), nullable(v.Phone), v.Verified, nullable(v.ProvenEmail),
		nullable(v.ProvenPhone), nullable(v.ExternalID), v.ContactID, v.ConversationID, v.LastActivity, v.ID, v.AccountID)
	return err
}

func touchSession(ctx context.Context, tx *db.Tx, accountID, sessionID string, now int64) error {
	_, err := tx.Exec(ctx, `/* touchSession */ UPDATE support_sessions SET last_activity = ? WHERE _id = ? AND account_id = ?`,
		now, sessionID, accountID)
	return err
}

func expireSessions(ctx context.Context, tx *db.Tx, deadSince int64) error {
	_, err := tx.Exec(ctx, `/* expireSessions */ UPDATE support_sessions SET status = ? WHERE status = ? AND last_activity <= ?`,
		SessionInactive, SessionActive, deadSince)
	return err
}

func sessionsOf(ctx context.Context, q db.Querier, accountID, conversationID string, limit int) ([]Session, error) {
	rows, err := q.Query(ctx, `/* sessionsOf */ SELECT `+sessionColumns+` FROM support_sessions s
		WHERE s.conversation_id = ? AND s.account_id = ? ORDER BY s.created_at DESC, s._id DESC LIMIT ?`, conversationID, accountID, limit)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return collect(rows, scanSession)
}
