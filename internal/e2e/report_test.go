package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// report asks for one by its name and query.
func (m *member) report(t testing.TB, query string) any {
	t.Helper()
	return at(t, m.do(t, "GET", "/reports/"+query, nil).ok(t, http.StatusOK), "report")
}

// askedShop is an account with one of everything that reports tell of: two conversations, one of them
// answered by Ben, closed, rated, tagged and its contact erased; a third one that is spam.
func askedShop(t *testing.T, s *server) (a *account, ben, cyn *member) {
	t.Helper()
	a = newAccount(t, s)
	ben, cyn = a.joinNamed(t, s, "agent", "Ben"), a.joinNamed(t, s, "agent", "=Cyn")
	tok := a.newToken(t, shop, "chat", "support")
	other := a.newToken(t, "https://help.example")
	v := started(t, s, tok, obj{"name": "Vera"})
	v.post(t, "Hello?")
	v.post(t, "Anybody?")
	ben.reply(t, v.conversation, "Only for us", true)
	ben.reply(t, v.conversation, "Here I am", false)
	a.reply(t, v.conversation, "Me too", false)
	a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"assignee_id": ben.id, "tags": []string{"=1+1", "refund"}}).ok(t, http.StatusOK)
	a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"status": "closed"}).ok(t, http.StatusOK)
	v.do(t, "POST", "/session/rating", obj{"score": 2}).ok(t, http.StatusOK)
	v.do(t, "POST", "/session/rating", obj{"score": 5}).ok(t, http.StatusOK)
	started(t, s, other, obj{}).post(t, "I wait")
	spam := started(t, s, tok, obj{})
	spam.post(t, "Buy now")
	a.do(t, "PATCH", "/conversation/"+spam.conversation, obj{"spam": true}).ok(t, http.StatusOK)
	a.do(t, "DELETE", "/contact/"+v.contact, nil).ok(t, http.StatusNoContent)
	return a, ben, cyn
}

func TestReports(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	a, ben, cyn := askedShop(t, s)
	figures := func(r any, want string) {
		t.Helper()
		if got := fmt.Sprint(num(t, r, "conversations"), num(t, r, "visitor_messages"), num(t, r, "replies"), num(t, r, "closed")); got != want {
			t.Errorf("conversations, visitors' messages, replies, closed: %s, want %s", got, want)
		}
	}
	volume := a.report(t, "volume")
	figures(at(t, volume, "total"), "2 3 2 1")
	figures(at(t, volume, "before"), "0 0 0 0")
	is(t, volume, "interval", "day")
	is(t, volume, "behind", 0)
	cells := list(t, volume, "cells")
	if len(cells) != 28 {
		t.Errorf("%d days", len(cells))
	}
	figures(at(t, cells[27], "figures"), "2 3 2 1")
	for query, want := range map[string]string{
		"volume?site=" + url.QueryEscape(shop): "1 2 2 1", "volume?agent=" + ben.id: "0 0 1 1", "volume?tag=refund": "1 0 0 1",
		"volume?agent=" + cyn.id: "0 0 0 0", "volume?tag=none": "0 0 0 0", "volume?from=2020-01-01&to=2020-02-01": "0 0 0 0", "volume?tz=Pacific/Apia": "2 3 2 1",
	} {
		figures(at(t, a.report(t, query), "total"), want)
	}
	figures(at(t, ben.report(t, "volume?agent="+ben.id), "total"), "0 0 1 1")

	responses := at(t, a.report(t, "responses"), "total")
	is(t, responses, "first_response.count", 1)
	is(t, responses, "resolution.count", 1)
	if took := num(t, responses, "resolution.median"); took > 30 {
		t.Errorf("closed after %d s", took)
	}
	is(t, at(t, a.report(t, "responses?tag=none"), "total"), "first_response.median", nil)
	ratings := at(t, a.report(t, "ratings"), "total")
	is(t, ratings, "count", 1)
	is(t, ratings, "average", 5)

	rows := list(t, a.report(t, "agents"), "rows")
	if len(rows) != 2 {
		t.Fatalf("agents: %v", rows)
	}
	for _, row := range rows {
		count := 0
		if str(t, row, "agent._id") == ben.id {
			is(t, row, "agent.name", "Ben")
			count = 1
		}
		is(t, row, "replies", 1)
		is(t, row, "first_response.count", count)
		is(t, row, "ratings.count", count)
	}
	if own := list(t, ben.report(t, "agents"), "rows"); len(own) != 1 || str(t, own[0], "agent._id") != ben.id {
		t.Errorf("what Ben sees: %v", own)
	}
	if none := list(t, cyn.report(t, "agents"), "rows"); len(none) != 0 {
		t.Errorf("what Cyn sees: %v", none)
	}
	if sites := list(t, ben.report(t, "sites"), "rows"); len(sites) != 2 {
		t.Errorf("sites: %v", sites)
	}
	if tags := list(t, cyn.report(t, "tags"), "rows"); len(tags) != 2 || str(t, tags[0], "tag") != "=1+1" {
		t.Errorf("tags: %v", tags)
	}
	began, now := 0, time.Now().UTC()
	for _, hour := range list(t, a.report(t, "hours"), "hours") {
		began += int(num(t, hour, "conversations"))
		if num(t, hour, "conversations") > 0 && !strings.EqualFold(str(t, hour, "weekday"), now.Weekday().String()) && now.Hour() > 0 {
			t.Errorf("began on %v", hour)
		}
	}
	if began != 2 {
		t.Errorf("%d began in the hours of the week", began)
	}
	waiting := a.report(t, "now")
	is(t, waiting, "waiting", 1)
	is(t, list(t, waiting, "ages")[0], "count", 1)

	other := newAccount(t, s)
	figures(at(t, other.report(t, "volume?agent="+ben.id), "total"), "0 0 0 0")
	is(t, other.report(t, "now"), "waiting", 0)
	if rows := list(t, other.report(t, "sites"), "rows"); len(rows) != 0 {
		t.Errorf("another account's sites: %v", rows)
	}
}

func TestReportRefusals(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	ben := a.join(t, a.srv, "agent")
	ben.do(t, "GET", "/reports/volume?agent="+a.id, nil).refused(t, http.StatusForbidden, "Only admins may do this")
	ben.do(t, "GET", "/reports/volume.csv?agent="+a.id, nil).refused(t, http.StatusForbidden, "Only admins may do this")
	for query, field := range map[string]string{
		"volume?from=yesterday": "from", "volume?to=2025-02-30": "to", "hours?tz=Mars": "tz", "agents?tz=Local": "tz", "volume?tz=../../etc/passwd": "tz",
		"ratings?from=2025-02-02&to=2025-02-01": "to", "volume?from=2015-01-01": "from", "responses?site=a&tag=b": "tag", "tags?site=a": "site",
	} {
		v := a.do(t, "GET", "/reports/"+query, nil).refused(t, http.StatusBadRequest, "")
		if at(t, v, "fields").(obj)[field] == nil {
			t.Errorf("%s: %v", query, v)
		}
	}
	a.do(t, "GET", "/reports/everything.csv", nil).refused(t, http.StatusNotFound, "Not found")
	a.srv.do(t, "GET", api+"/reports/volume", nil).refused(t, http.StatusUnauthorized, "")
}

// A report's file has what the report has, and nothing in it runs as a formula.
func TestReportFiles(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	a, ben, _ := askedShop(t, s)
	file := func(m *member, name string) [][]string {
		t.Helper()
		rows := m.do(t, "GET", "/reports/"+name, nil).rows(t)
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.Contains("=+-@\t\r", cell[:1]) {
					t.Errorf("%s: a cell that runs: %q", name, cell)
				}
			}
		}
		return rows
	}
	last := func(rows [][]string) string { return strings.Join(rows[len(rows)-1][1:], " ") }
	if rows := file(a.member, "volume.csv?tz=Asia/Kolkata"); len(rows) != 28 || last(rows) != "2 3 2 1" {
		t.Errorf("volume %v", rows)
	}
	if rows := file(a.member, "responses.csv"); len(rows) != 28 || !strings.HasPrefix(last(rows), "1 ") || len(rows[27]) != 11 {
		t.Errorf("responses %v", rows[27])
	}
	if rows := file(a.member, "ratings.csv"); last(rows) != "1 5.00 0 0 0 0 1" {
		t.Errorf("ratings %v", rows)
	}
	if rows := file(a.member, "agents.csv"); len(rows) != 2 {
		t.Errorf("agents %v", rows)
	}
	if rows := file(ben, "agents.csv"); len(rows) != 1 || rows[0][0] != ben.id {
		t.Errorf("Ben's agents %v", rows)
	}
	if rows := file(ben, "sites.csv"); len(rows) != 2 || rows[0][1] != "1" {
		t.Errorf("sites %v", rows)
	}
	if rows := file(ben, "tags.csv"); len(rows) != 2 || rows[0][0] != "'=1+1" {
		t.Errorf("tags %v", rows)
	}
	if rows := file(a.member, "hours.csv"); len(rows) != 168 {
		t.Errorf("%d hours", len(rows))
	}
	if rows := file(a.member, "now.csv"); len(rows) != 6 || strings.Join(rows[0], " ") != "0 300 1" {
		t.Errorf("now %v", rows)
	}
}

// A server that dies while it counts neither forgets a message nor counts one twice.
func TestReportsSurviveKills(t *testing.T) {
	t.Parallel()
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "warn"))
	a := newAccount(t, s)
	all := scribes(t, s, a.newToken(t, shop), 4)
	for range 4 {
		answers := make(chan int, 1<<16)
		wait := writeUntil(t, all, nil, func(status int) { answers <- status })
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() { // a report counts what there is before it answers
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
					_ = a.fetch("/reports/volume")
				}
			}
		}()
		tally(t, answers, 150)
		s.kill()
		wait()
		close(stop)
		<-stopped
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
	}
	want := s.count(t, "SELECT COUNT(*) FROM support_messages WHERE sender_type = 'visitor'")
	eventually(t, 10*time.Second, "that all are counted", func() bool { return num(t, a.report(t, "volume"), "behind") == 0 })
	is(t, at(t, a.report(t, "volume"), "total"), "visitor_messages", want)
	is(t, at(t, a.report(t, "volume"), "total"), "conversations", len(all))
	s.undamaged(t)
}
