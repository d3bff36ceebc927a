package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each rule of docs/security.md names tests that exist.
func TestEveryRuleHasATest(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	browser := regexp.MustCompile(`\{"([\w -]+)", \w+\},`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(content, -1) {
			known[string(m[1])] = true
		}
		if filepath.Base(path) == "browser_harness_test.go" {
			for _, m := range browser.FindAllSubmatch(content, -1) {
				known["TestBrowser/"+strings.ReplaceAll(string(m[1]), " ", "_")] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rules, _ := strings.Cut(string(page), "## Rules and their tests")
	named := regexp.MustCompile("`((?:Test|Fuzz)[\\w/]+)`")
	n := 0
	for line := range strings.Lines(rules) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| rule") {
			continue
		}
		n++
		tests := named.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 {
			t.Errorf("no test: %s", line)
		}
		for _, test := range tests {
			if !known[test[1]] {
				t.Errorf("%s is no test: %s", test[1], line)
			}
		}
	}
	if n < 60 {
		t.Errorf("%d rules found", n)
	}
}
