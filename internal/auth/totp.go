package auth

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what authenticator apps compute (RFC 6238)
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

// totpStep is how long one code of an authenticator is shown; a code of the step before or after
// counts too, because clocks differ.
const totpStep = 30

var noPad = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpCode returns the six digits of a secret at a time step (RFC 6238, SHA-1).
func totpCode(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step)) //nolint:gosec // a step is never negative
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff)%1_000_000)
}

// totpMatch returns the time step whose code this is, none of which may be before or at after.
func totpMatch(secret []byte, code string, now time.Time, after int64) (step int64, ok bool) {
	current := now.Unix() / totpStep
	for step := current - 1; step <= current+1; step++ {
		if step > after && hmac.Equal([]byte(totpCode(secret, step)), []byte(code)) {
			return step, true
		}
	}
	return 0, false
}
