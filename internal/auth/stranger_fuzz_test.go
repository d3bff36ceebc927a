package auth

import (
	"testing"
	"time"

	"deskbell/internal/fault"
)

// FuzzTeamToken holds that no string passes for a team token but what the key has signed: one that did
// would be looked up in a database that there is none of here.
func FuzzTeamToken(f *testing.F) {
	s := &Service{jwtKey: []byte("a key of thirty-two bytes, or so"), now: time.Now}
	for _, seed := range []string{"", "..", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiIsInR5cCI6InRlYW0rand0In0.eyJleHAiOjk5OTk5OTk5OTl9.AAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bearer string) {
		if u, err := s.AuthenticateToken(t.Context(), bearer); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%q passes as %+v (%v)", bearer, u, err)
		}
	})
}
