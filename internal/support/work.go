package support

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"math/bits"
	"strconv"
	"strings"
	"sync"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

const (
	// workBits are the zero bits that the digest of a solution begins with: 65,536 tries on average,
	// which a phone makes in a second and a person does not notice while typing.
	workBits = 16
	// workLife is how long a challenge can be answered.
	workLife = 2 * time.Minute
	// rushHolds is how long after its last sign a rush is taken to go on.
	rushHolds = 5 * time.Minute
	maxWork   = 200
)

// Rush is a time in which more sessions began in an account than people alone would begin, in Unix milliseconds.
type Rush struct {
	// Began is 0 when there was none since the server started.
	Began int64
	// Until is when it ends unless it shows again, or when it ended.
	Until int64
	// Asked counts how often a new session was refused for want of a proof of work.
	Asked int
}

// rush notices when more sessions begin in an account than people alone would begin.
type rush struct {
	began *ratelimit.Window
	mu    sync.Mutex
	last  map[string]Rush // by account, of which there are few
}

// of returns the account's last rush.
func (r *rush) of(accountID string) Rush {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last[accountID]
}

// on reports whether the account's rush goes on.
func (r *rush) on(accountID string, now time.Time) bool {
	return now.UnixMilli() < r.of(accountID).Until
}

// count counts a session that begins. When the limit is reached it answers false, and the rush goes on.
func (r *rush) count(accountID string, now time.Time) bool {
	if r.began.Hit(accountID, now) == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	last, at := r.last[accountID], now.UnixMilli()
	if at >= last.Until {
		last = Rush{Began: at}
	}
	last.Until = at + rushHolds.Milliseconds()
	r.last[accountID] = last
	return false
}

// asked counts a session that has to work first.
func (r *rush) asked(accountID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.last[accountID]
	last.Asked++
	r.last[accountID] = last
}

// LastRush is the account's last rush of new sessions since the server started, and whether it goes on. Only
// admins are told of one.
func (s *Service) LastRush(a Actor) (last Rush, on bool) {
	if a.mustAdmin() != nil {
		return Rush{}, false
	}
	return s.rush.of(a.AccountID), s.rush.on(a.AccountID, s.now())
}

// mustWork refuses a new session without a solution while too many begin. Who switched off the limit
// for addresses expects many from one, and nobody is asked.
func (s *Service) mustWork(ctx context.Context, tx *db.Tx, t TokenAuth, in StartSession) error {
	now := s.now()
	if in.proven || s.limits.SessionsPerIP.N == 0 || (!s.rush.on(t.AccountID, now) && s.rush.count(t.AccountID, now)) {
		return nil
	}
	worked, err := s.hasWorked(ctx, tx, t, in, now)
	if err != nil {
		return err
	}
	if !worked {
		s.rush.asked(t.AccountID)
		return &fault.Error{
			Kind: fault.Unproven, Code: "work_required", Message: "Proof of work required",
			Challenge: s.challenge(t, in.DeviceID, strconv.FormatInt(now.Unix(), 10), id.NewRandom()), Difficulty: workBits,
		}
	}
	s.rush.count(t.AccountID, now)
	return nil
}

// challenge is a text that only this server can have made for the token and the device at that time.
func (s *Service) challenge(t TokenAuth, deviceID, at, random string) string {
	return at + "." + random + "." + s.keys.MAC(keys.Work, t.sessionsID(), deviceID, at, random)
}

// hasWorked reports whether the request brings a solution of a challenge of its own, and spends it. An error of
// the surrounding write gives it back.
func (s *Service) hasWorked(ctx context.Context, tx *db.Tx, t TokenAuth, in StartSession, now time.Time) (bool, error) {
	challenge, ok := s.solved(t, in.DeviceID, in.Work, now)
	if !ok {
		return false, nil
	}
	wait, err := ratelimit.Hit(ctx, tx, s.keys.MAC(keys.RateKeys, "work", challenge), ratelimit.Limit{N: 1, Per: 2 * workLife}, now.UnixMilli())
	return err == nil && wait == 0, err
}

// solved returns the challenge that the work solves, if the token and the device were asked it not long ago.
func (s *Service) solved(t TokenAuth, deviceID, work string, now time.Time) (challenge string, ok bool) {
	if len(work) > maxWork || zeroBits(sha256.Sum256([]byte(work))) < workBits {
		return "", false
	}
	challenge = work[:max(strings.LastIndexByte(work, '.'), 0)]
	parts := strings.Split(challenge, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(challenge), []byte(s.challenge(t, deviceID, parts[0], parts[1]))) {
		return "", false
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	return challenge, err == nil && now.Sub(time.Unix(at, 0)) <= workLife
}

// zeroBits are the zero bits that a digest begins with.
func zeroBits(sum [sha256.Size]byte) int {
	n := 0
	for _, b := range sum {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}
