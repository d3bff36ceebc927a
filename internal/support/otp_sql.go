package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// otp is the outstanding code of a session; digest is empty when there is none.
type otp struct {
	digest   string
	address  string
	expiry   int64
	attempts int64
}

func sessionOf(ctx context.Context, q db.Querier, accountID, sessionID string) (Session, error) {
	v, err := scanSession(q.QueryRow(ctx, `/* sessionOf */ SELECT `+sessionColumns+` FROM support_sessions s
		WHERE s._id = ? AND s.account_id = ?`, sessionID, accountID))
	if errors.Is(err, db.ErrNoRows) {
		return v, errNotFound
	}
	return v, err
}

func otpOf(ctx context.Context, q db.Querier, accountID, sessionID string) (otp, error) {
	var o otp
	err := q.QueryRow(ctx, `/* otpOf */ SELECT otp_code, otp_address, COALESCE(otp_expiry, 0), otp_attempts FROM support_sessions
		WHERE _id = ? AND account_id = ?`, sessionID, accountID).Scan(text{&o.digest}, text{&o.address}, &o.expiry, &o.attempts)
	if err != nil {
		return o, fmt.Errorf("read code: %w", err)
	}
	return o, nil
}

func updateOTP(ctx context.Context, tx *db.Tx, v Session, o otp) error {
	_, err := tx.Exec(ctx, `/* updateOTP */ UPDATE support_sessions
		SET otp_code = ?, otp_address = ?, otp_expiry = ?, otp_attempts = 0 WHERE _id = ? AND account_id = ?`,
		o.digest, o.address, o.expiry, v.ID, v.AccountID)
	return err
}

func updateOTPAttempts(ctx context.Context, tx *db.Tx, v Session, attempts int64) error {
	_, err := tx.Exec(ctx, `/* updateOTPAttempts */ UPDATE support_sessions SET otp_attempts = ? WHERE _id = ? AND account_id = ?`,
		attempts, v.ID, v.AccountID)
	return err
}
