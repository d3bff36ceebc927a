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

// The first page of the day is light, whichever it is, also when its lists are full.
func TestFirstLoadIsSmall(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions(), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	w := newWorld(t, s)
	text := strings.Repeat("A message of some length, as people write them. ", 4)
	for range 40 {
		written(t, w.account, w.token, text)
		w.visitor.post(t, text)
	}
	w.ids["tag"] = "refund"
	w.change(t, w.visitor.conversation, obj{"tags": []string{w.ids["tag"]}})
	team, sizes := w.console(t), map[string]int{}
	nobody := &console{member: w.member}
	for _, p := range append(consolePages(t, w.of(t, w.member)), consolePage{name: "/login", path: "/login"}, consolePage{name: "/forgot", path: "/forgot"},
		consolePage{name: "search with hits", path: "/search?q=length"}) {
		if p.part {
			continue
		}
		reader := team
		if p.name == "/login" {
			reader = nobody
		}
		sent, page := reader.get(t, p.path, "Accept-Encoding", "gzip, br"), reader.get(t, p.path)
		if page.status != http.StatusOK {
			t.Fatalf("%s: %.300v", p.path, page)
		}
		if asked := strings.Contains(p.path, "?"); asked == (sent.header.Get("Content-Encoding") == "gzip") {
			t.Errorf("%s: compressed although it may show again what was asked for, or not although it can't", p.path)
		}
		sum, files := len(sent.body), map[string]bool{}
		for _, found := range loaded.FindAllStringSubmatch(string(page.body), -1) {
			file := found[1]
			if files[file] || strings.HasSuffix(file, ".woff2") {
				continue
			}
			files[file] = true
			if sizes[file] == 0 {
				sizes[file] = len(team.get(t, file, "Accept-Encoding", "br").body)
			}
			sum += sizes[file]
		}
		if len(files) < 2 {
			t.Errorf("%s loads only %v", p.path, files)
		}
		if sum > firstLoad {
			t.Errorf("%s: %d bytes, want at most %d: %v", p.path, sum, firstLoad, files)
		}
		t.Logf("%6d bytes: %s", sum, p.name)
	}
}
