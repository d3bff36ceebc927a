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

// sessionByToken reads the session behind a secret; an unknown secret, or one of a token
// that is not this one nor replaced by it, is Unauthenticated.
func sessionByToken(ctx context.Context, q db.Querier, t Token, digest string) (Session, sessionSecret, error) {
	var v Session
	var secret sessionSecret
	var joinedAs string
	err := q.QueryRow(ctx, `/* sessionByToken */ SELECT `+sessionColumns+`, st.from_seq, st.original, st.name
		FROM support_session_tokens st JOIN support_sessions s ON s._id = st.session_id
		WHERE st.digest = ? AND s.token_id = ? AND s.account_id = ?`, digest, t.sessionsID(), t.AccountID).
		Scan(append(v.fields(), &secret.fromSeq, &secret.original, text{&joinedAs})...)
	if errors.Is(err, db.ErrNoRows) {
		return v, secret, errSession
	}
	if err != nil {
		return v, secret, fmt.Errorf("read session: %w", err)
	}
	if !secret.original {
		v.Name = joinedAs // what others said in this session is not for who joined it
	}
	return v, secret, nil
}

// reusableSession finds the newest running session that a caller without its secret may join;
// an empty one when there is none.
func reusableSession(ctx context.Context, q db.Querier, t Token, in StartSession, aliveSince int64) (Session, error) {
	v, err := scanSession(q.QueryRow(ctx, `/* reusableSession */ SELECT `+sessionColumns+` FROM support_sessions s
		JOIN support_conversations c ON c._id = s.conversation_id AND c.account_id = s.account_id
		WHERE s.device_id = ? AND s.account_id = ? AND s.token_id = ? AND s.email IS NOT DISTINCT FROM ? AND s.phone IS NOT DISTINCT FROM ?
			AND s.status = ? AND s.last_activity > ? AND s.verified = false AND c.verified = false
		ORDER BY s.last_activity DESC, s._id DESC LIMIT 1`,
		in.DeviceID, t.AccountID, t.sessionsID(), nullable(in.Email), nullable(in.Phone), SessionActive, aliveSince))
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

// sessionToken is a secret of a session: the one it was created with, or that of somebody who
// joined it later, under a name of its own.
type sessionToken struct {
	digest    string
	sessionID string
	fromSeq   int64
	original  bool
	name      string
}

func insertSessionToken(ctx context.Context, tx *db.Tx, t sessionToken, now int64) error {
	_, err := tx.Exec(ctx, `/* insertSessionToken */ INSERT INTO support_session_tokens
		(digest, session_id, from_seq, original, name, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		t.digest, t.sessionID, t.fromSeq, t.original, nullable(t.name), now)
	return err
}

func renameSessionToken(ctx context.Context, tx *db.Tx, digest, name string) error {
	_, err := tx.Exec(ctx, `/* renameSessionToken */ UPDATE support_session_tokens SET name = ? WHERE digest = ?`, name, digest)
	return err
}

// deleteUnprovenTokens ends the secrets of a session and of every unproven session of a conversation.
func deleteUnprovenTokens(ctx context.Context, tx *db.Tx, v Session, convID string) error {
	_, err := tx.Exec(ctx, `/* deleteUnprovenTokens */ DELETE FROM support_session_tokens WHERE session_id = ?
		OR session_id IN (SELECT _id FROM support_sessions WHERE conversation_id = ? AND account_id = ? AND verified = false)`,
		v.ID, convID, v.AccountID)
	return err
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

// updateSessionClaims keeps the name when there is no new one.
func updateSessionClaims(ctx context.Context, tx *db.Tx, v Session, newName string) error {
	_, err := tx.Exec(ctx, `/* updateSessionClaims */ UPDATE support_sessions
		SET name = COALESCE(?, name), auth_attr = ?, last_activity = ? WHERE _id = ? AND account_id = ?`,
		nullable(newName), string(v.AuthAttr), v.LastActivity, v.ID, v.AccountID)
	return err
}

func updateSessionSaid(ctx context.Context, tx *db.Tx, v Session) error {
	_, err := tx.Exec(ctx, `/* updateSessionSaid */ UPDATE support_sessions SET name = ?, auth_attr = ?, last_activity = ?
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

// expireSessions also forgets the secrets of those who joined: only a session's own secret can
// go on with its conversation.
func expireSessions(ctx context.Context, tx *db.Tx, deadSince int64) error {
	if _, err := tx.Exec(ctx, `/* expireJoined */ DELETE FROM support_session_tokens WHERE original = false AND session_id IN
		(SELECT _id FROM support_sessions WHERE status <> 'inactive' AND last_activity <= ?)`, deadSince); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* expireSessions */ UPDATE support_sessions SET status = ? WHERE status <> 'inactive' AND last_activity <= ?`,
		SessionInactive, deadSince)
	return err
}

// sessionsOf lists also those that have gone on in another conversation.
func sessionsOf(ctx context.Context, q db.Querier, accountID, conversationID string, limit int) ([]Session, error) {
	rows, err := q.Query(ctx, `/* sessionsOf */ SELECT `+sessionColumns+` FROM support_sessions s
		WHERE (s.conversation_id = ? OR s._id IN (SELECT session_id FROM support_session_conversations WHERE conversation_id = ?))
			AND s.account_id = ? ORDER BY s.created_at DESC, s._id DESC LIMIT ?`, conversationID, conversationID, accountID, limit)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return collect(rows, scanSession)
}
