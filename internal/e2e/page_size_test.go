package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What a browser loads before the console can be used, the font aside, in bytes as they are sent.
const firstLoad = 100_000

var loaded = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)

// The first page of the day is light, whichever it is.
func TestFirstLoadIsSmall(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	conversation := ""
	for range 40 {
		conversation = written(t, a, tok, strings.Repeat("A message of some length, as people write them. ", 4)).conversation
	}
	team := a.console(t)
	for _, path := range []string{"/inbox", "/inbox/" + conversation, "/contacts", "/settings/widget", "/settings/tokens", "/settings/profile", "/search?q=length"} {
		sent := team.get(t, path, "Accept-Encoding", "gzip, br")
		page := team.get(t, path)
		sum, files := len(sent.body), map[string]bool{}
		if asked := strings.Contains(path, "?"); asked == (sent.header.Get("Content-Encoding") == "gzip") {
			t.Errorf("%s: compressed although it may show again what was asked for, or not although it can't", path)
		}
		if page.status != http.StatusOK {
			t.Fatalf("%s: %d", path, page.status)
		}
		for _, found := range loaded.FindAllStringSubmatch(string(page.body), -1) {
			file := found[1]
			if files[file] || strings.HasSuffix(file, ".woff2") {
				continue
			}
			files[file] = true
			sum += len(team.get(t, file, "Accept-Encoding", "br").body)
		}
		if len(files) < 3 {
			t.Errorf("%s loads only %v", path, files)
		}
		if sum > firstLoad {
			t.Errorf("%s: %d bytes, want at most %d: %v", path, sum, firstLoad, files)
		}
	}
}
