// Package id makes and checks the 24-hex identifiers of the documented collections.
package id

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// Size is the length of an id in characters.
const Size = 24

// New returns 24 lowercase hex characters: 4 bytes of Unix seconds, then 8 random bytes. The
// random part is not the counter of a classic ObjectId, which can be guessed from a neighbour.
func New(now time.Time) string {
	var b [12]byte
	binary.BigEndian.PutUint32(b[:4], uint32(now.Unix())) //nolint:gosec // seconds fit until 2106, as in every ObjectId
	_, _ = rand.Read(b[4:])
	return hex.EncodeToString(b[:])
}

// NewRandom returns an id of 12 random bytes. Contacts use it: the time in New would tell
// whether an address was known before.
func NewRandom() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Valid reports whether s has the form of an id.
func Valid(s string) bool {
	if len(s) != Size {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Secret returns 256 random bits as 43 URL-safe characters, for bearer secrets.
func Secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
