package settings

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"deskbell/internal/support"
)

// Whoever adds a deed to the audit log says in audit.go how it is told.
func TestEveryDeedIsTold(t *testing.T) {
	files, err := filepath.Glob("../../internal/support/*.go")
	team, teamErr := filepath.Glob("../../internal/auth/*.go")
	files, err = append(files, team...), errors.Join(err, teamErr)
	if err != nil || len(team) == 0 || len(files) == len(team) {
		t.Fatal(files, err)
	}
	noted := regexp.MustCompile(`\.audit\(ctx, tx, [a-z.A-Z]+, "([^"]+)"|\baction :?= "([^"]+)"|, "([a-z]+\.[a-z_]+)"\)`)
	done := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range noted.FindAllSubmatch(source, -1) {
			action := string(match[1]) + string(match[2]) + string(match[3])
			done[action] = true
			if !slices.ContainsFunc(deeds, func(d deed) bool { return d.action == action }) {
				t.Errorf("%s: %q is not in views/settings/audit.go", file, action)
			}
		}
	}
	for _, d := range deeds {
		if !done[d.action] {
			t.Errorf("%q is told but never done", d.action)
		}
	}
}

func TestSentence(t *testing.T) {
	for want, entry := range map[string]support.AuditEntry{
		"Ada changed the name, e-mail and phone of Vera": {UserID: "u", UserName: "Ada", Action: "contact.change", TargetID: "c", TargetName: "Vera", TargetFound: true, Detail: "name, email, phone"},
		"Ada changed the phone of an anonymous contact":  {UserID: "u", UserName: "Ada", Action: "contact.change", TargetID: "c", TargetFound: true, Detail: "phone"},
		"Somebody who left erased a contact":             {UserID: "u", Action: "contact.erase", TargetID: "c"},
		"The command line made a token for https://x":    {Action: "token.create", TargetID: "t", Detail: "https://x"},
		"Ada did “later.deed” something":                 {UserID: "u", UserName: "Ada", Action: "later.deed", Detail: "something"},
	} {
		if got := Sentence(entry); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
