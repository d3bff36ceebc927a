package auth

import (
	"testing"
	"time"
)

// The values of RFC 6238, appendix B, for SHA-1, cut to six digits.
func TestCodesOfAuthenticators(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		if got := totpCode(secret, at/totpStep); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	now := time.Unix(1111111111, 0)
	step, ok := totpMatch(secret, "050471", now, 0)
	if !ok {
		t.Fatal("the code of now is refused")
	}
	if _, again := totpMatch(secret, "050471", now, step); again {
		t.Error("a code works twice")
	}
	if _, early := totpMatch(secret, totpCode(secret, step+2), now, 0); early {
		t.Error("a code of the next minute works now")
	}
}

func TestEasyPasswords(t *testing.T) {
	const email, name = "ada.lovelace@analytical.example", "Ada Lovelace"
	for password, refused := range map[string]bool{
		"Password123": true, "P@ssw0rd-2024": true, "qwertyuiop": true, "aaaaaaaaaaaa": true, "1212121212": true, "Summer 2025": true,
		"adalovelace1": true, "Lovelace2024": true, "ada.lovelace@analytical.example": true, "analytical99": true,
		"correct horse": false, "a long enough password": false, "lovelace writes programs": false, "x7#kQ2!mPz9": false,
	} {
		bad := map[string]string{}
		checkPassword(bad, password, email, name)
		if (len(bad) > 0) != refused {
			t.Errorf("%q: %v, refused should be %v", password, bad, refused)
		}
	}
}
