package id

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// Whoever sees one id must not be able to tell its neighbours, nor from a contact's when it was made.
func TestIDsCannotBeGuessed(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for name, next := range map[string]func() string{"New": func() string { return New(now)[8:] }, "NewRandom": NewRandom, "Secret": Secret} {
		seen := map[string]bool{}
		differs := make([]map[byte]bool, len(next()))
		for range 2000 {
			s := next()
			if seen[s] {
				t.Fatalf("%s came twice: %s", name, s)
			}
			seen[s] = true
			for i := range s {
				if differs[i] == nil {
					differs[i] = map[byte]bool{}
				}
				differs[i][s[i]] = true
			}
		}
		for i, values := range differs {
			// Of sixteen digits each comes up in 2,000 draws; a counter or a clock leaves places as they are.
			if len(values) < 16 {
				t.Errorf("%s: place %d takes %d values", name, i, len(values))
			}
		}
	}
	if !strings.HasPrefix(New(now), "6b49d200") || !Valid(New(now)) || !Valid(NewRandom()) || len(Secret()) != 43 {
		t.Errorf("forms: %s %s %s", New(now), NewRandom(), Secret())
	}
}

// FuzzValid holds that what passes for an id is one, and nothing else: ids stand in addresses, paths and logs.
func FuzzValid(f *testing.F) {
	form := regexp.MustCompile(`^[0-9a-f]{24}$`)
	for _, seed := range []string{New(time.Unix(0, 0)), NewRandom(), "", "507F1F77BCF86CD799439011", "../../../../../../../../etc", "507f1f77bcf86cd79943901\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if Valid(s) != (form.MatchString(s) && len(s) == Size) {
			t.Errorf("%q: %v", s, Valid(s))
		}
	})
}
