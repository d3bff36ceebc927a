package config

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the table of settings into the document")

const document = "../../docs/operations.md"

// The table stands between these lines.
var (
	begin = []byte("<!-- settings: from internal/config, by make generate -->\n")
	end   = []byte("<!-- /settings -->\n")
)

// TestSettingsAreThoseOfTheDocument holds the table of settings that operators read to the settings
// there are, their defaults and their help. Run it with -update after changing them: make generate does.
func TestSettingsAreThoseOfTheDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := bytes.Cut(text, begin)
	_, after, ended := bytes.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table: it needs the lines\n%s%s", document, begin, end)
	}
	made := bytes.Join([][]byte{before, begin, settingsTable(t), end, after}, nil)
	if bytes.Equal(made, text) {
		return
	}
	if !*update {
		t.Fatalf("the settings in %s are not those of the code: run make generate", document)
	}
	if err := os.WriteFile(document, made, 0o644); err != nil {
		t.Fatal(err)
	}
}

// follows finds a default that other settings decide, as the help tells it.
var follows = regexp.MustCompile(` \(default: (.+)\)\.$`)

// settingsTable has a row for each setting, in the order of the struct.
func settingsTable(t *testing.T) []byte {
	var settings struct{ Serve }
	parser, err := kong.New(&settings)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	out.WriteString("| variable | default | meaning |\n|---|---|---|\n")
	for _, f := range parser.Model.Flags {
		if f.Name == "help" {
			continue
		}
		// The document says once how flags are called, and people guess them.
		variable := Prefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if len(f.Envs) != 1 || f.Envs[0] != variable {
			t.Errorf("--%s is read from %v, want %s", f.Name, f.Envs, variable)
		}
		value, meaning := "none", f.Help
		if told := follows.FindStringSubmatch(meaning); told != nil {
			value, meaning = told[1], follows.ReplaceAllString(meaning, ".")
		} else if f.Default != "" {
			value = "`" + f.Default + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", variable, value, meaning)
	}
	return out.Bytes()
}
