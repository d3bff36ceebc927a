package app

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestEverySettingIsDocumented holds the table in docs/operations.md to the settings that there are,
// and to their defaults.
func TestEverySettingIsDocumented(t *testing.T) {
	content, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(content), "| variable (flag) | default | meaning |")
	if !found {
		t.Fatal("the table of settings is gone")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	name, value := regexp.MustCompile("`(DESKBELL_[A-Z_]+)`"), regexp.MustCompile("`([^`]+)`")
	documented := map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		names := name.FindAllStringSubmatch(cells[0], -1)
		if len(names) == 0 {
			continue
		}
		defaults := value.FindAllStringSubmatch(cells[1], -1)
		for i, n := range names {
			documented[n[1]] = ""
			if len(defaults) == len(names) {
				documented[n[1]] = defaults[i][1]
			} else if len(defaults) > 0 {
				documented[n[1]] = defaults[0][1]
			}
		}
	}
	var cli commands
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Children {
		if command.Name != "serve" {
			continue
		}
		for _, flag := range command.Flags {
			for _, variable := range flag.Envs {
				told, known := documented[variable]
				if !known {
					t.Errorf("docs/operations.md does not tell of %s: %s", variable, flag.Help)
				}
				if flag.Default != "" && told != flag.Default {
					t.Errorf("the default of %s is %q, docs/operations.md tells %q", variable, flag.Default, told)
				}
				delete(documented, variable)
			}
		}
	}
	for variable := range documented {
		t.Errorf("docs/operations.md tells of %s, which is no setting", variable)
	}
}
