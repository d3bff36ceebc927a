package auth

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/fault"
)

// The lengths a password may have, in characters; 10 is the least that throttled guessing
// doesn't reach, 200 bounds the work of hashing.
const (
	MinPassword = 10
	maxPassword = 200
)

//go:embed common.txt
var commonText string

// common are passwords that everybody tries first, as plain makes them.
var common = func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		set[plain(word)] = true
	}
	return set
}()

// plain is a password without what people add to a word to make it look like more: case, spaces,
// signs and look-alikes of letters.
func plain(password string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '@', '4':
			return 'a'
		case '3':
			return 'e'
		case '0':
			return 'o'
		case '$', '5':
			return 's'
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, password)
}

// checkPassword notes why a password is refused: its length, or that it is among the first that
// anybody would try on this person.
func checkPassword(bad fault.Fields, password, email, name string) {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		bad.Add("password", fmt.Sprintf("password must have at least %d characters", MinPassword))
	case n > maxPassword:
		bad.Add("password", fmt.Sprintf("password may have at most %d characters", maxPassword))
	case common[plain(password)] || repeats(password):
		bad.Add("password", "password is too common, anybody would try it")
	case tells(password, email, name):
		bad.Add("password", "password is too much like your name or e-mail")
	}
}

// repeats reports whether a password is one short piece over and over, such as aaaaaaaaaa or 1212121212.
func repeats(password string) bool {
	p := []rune(strings.ToLower(password))
	for size := 1; size <= 4; size++ {
		same := true
		for i := size; i < len(p) && same; i++ {
			same = p[i] == p[i-size]
		}
		if same {
			return true
		}
	}
	return false
}

// tells reports whether a password is little more than what everybody knows of its owner: fewer
// than five characters are left without it.
func tells(password, email, name string) bool {
	left := plain(password)
	local, domain, _ := strings.Cut(email, "@")
	host, _, _ := strings.Cut(domain, ".")
	for _, known := range append([]string{email, name, local, host}, strings.Fields(name)...) {
		known = plain(known)
		if utf8.RuneCountInString(known) >= 3 && strings.Contains(left, known) {
			left = strings.ReplaceAll(left, known, "")
			if utf8.RuneCountInString(left) < 5 {
				return true
			}
		}
	}
	return false
}
