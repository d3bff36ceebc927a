package e2e

import (
	"fmt"
	"testing"
	"time"
)

// pastWeeks fills an account's past: more than a year's conversations, most of them in office hours, with answers, closings
// and ratings, by two agents on two sites.
func (a *account) pastWeeks(t testing.TB, agents ...*member) {
	t.Helper()
	now := time.Now().UnixMilli()
	const many = 3000
	series := fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d),
		c AS (SELECT i, printf('%%024x', i + 4096) AS id, %d - ((i * 7919 + (i * i) %% 1009 * 37) %% 375) * 86400000 - ((i * 7919 + i * i) %% 9 + (i * 31) %% 5 + 2) * 3600000 + i * 1700 AS at,
			20000 + (i * 7919) %% 900000 + ((i * 31) %% 7 = 0) * 7200000 AS took,
			CASE (i * 13) %% 3 WHEN 0 THEN '%s' ELSE '%s' END AS agent, (i * 17) %% 11 AS kind FROM n)`, many, now, agents[0].id, agents[1].id)
	a.srv.edit(t, `INSERT INTO contacts (_id, account_id, name, email_verified, phone_verified, created_at, updated_at) VALUES (printf('%024x', 1), ?, 'Past', false, false, 0, 0)`, a.accountID(t))
	for _, query := range []string{
		` INSERT INTO support_conversations (_id, account_id, contact_id, site, type, status, auth_attr, verified, last_seq, visitor_seq, visitor_read_seq,
			agent_read_seq, visitor_unread, agent_unread, last_message, last_sender, last_message_at, created_at, updated_at, tags, shelf, rating_score, rated_at, assignee_id)
			SELECT id, ?1, printf('%024x', 1), CASE WHEN kind < 8 THEN 'https://shop.example' ELSE 'https://help.example' END, 'support', 'closed', '{}', false, 2, 2, 2, 2, 0, 0,
			'Thanks', 'agent', at + took, at, at + 3 * took, CASE kind WHEN 1 THEN '["refund"]' WHEN 2 THEN '["shipping","vip"]' WHEN 3 THEN '["shipping"]' ELSE '[]' END, 'closed',
			CASE WHEN kind < 4 THEN 2 + (i * 7) % 4 END, CASE WHEN kind < 4 THEN at + 3 * took END, agent FROM c`,
		` INSERT INTO support_messages (_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, private, text, created_at)
			SELECT printf('%024x', i + 100000), ?1, id, 1, 'v', 'visitor', '', false, 'Hello', at FROM c`,
		` INSERT INTO support_messages (_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, private, text, created_at)
			SELECT printf('%024x', i + 200000), ?1, id, 2, 'a', 'agent', agent, false, 'Thanks', at + took FROM c WHERE ?1 <> ''`,
		` INSERT INTO report_changes (conversation_id, kind, at, seq, agent_id) SELECT id, 'closed', at + 3 * took, 2, agent FROM c WHERE ?1 <> ''`,
		` INSERT INTO report_changes (conversation_id, kind, at, score, agent_id) SELECT id, 'rated', at + 3 * took, 2 + (i * 7) % 4, agent FROM c WHERE kind < 4 AND ?1 <> ''`,
	} {
		a.srv.edit(t, series+query, a.accountID(t))
	}
	eventually(t, 30*time.Second, "that all is counted", func() bool { return num(t, a.report(t, "volume"), "behind") == 0 })
}

func (a *account) accountID(t testing.TB) string {
	t.Helper()
	return str(t, a.login(t), "user.account_id")
}

// Choosing days and an agent, reading the table behind a chart.
func reportsJourney(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	ben := shop.joinNamed(t, srv, "agent", "Ben Agent")
	p := b.newAgent(t, shop.member, "/reports")
	p.until("that there is nothing yet", "text('@empty').includes('Nothing to count yet')")
	shop.pastWeeks(t, shop.member, ben)
	v := started(t, srv, shop.widget, obj{"name": "Vera"})
	v.post(t, "Still here?")
	p.reload()
	p.until("the figures", "Number(text('@conversations')) > 100 && text('@waiting') === '1' && shown('@chart-volume')")
	p.until("the charts told in words", "$('#volume-desc').textContent.startsWith('By day. The most is') && $('#hours-desc').textContent.startsWith('Most begin on')")
	p.click(".tabs a[href*='days=7']")
	p.until("seven days", "location.search === '?days=7' && $$('@chart-volume .cell').length === 7 && $('.tabs [aria-current=true]').innerText === '7 days'")
	p.click(".behind summary")
	p.until("the table behind", "shown('.behind table') && $('.behind').querySelectorAll('tbody tr').length === 7")
	p.until("that both say the same", "$$('.card')[2].querySelectorAll('tbody tr').length === 7 && "+
		"[...$$('.card')[2].querySelectorAll('tbody td:nth-child(2)')].reduce((n, td) => n + Number(td.innerText), 0) === Number(text('@conversations'))")
	p.set("#show", "agent:"+ben.id)
	p.click("@filter button")
	p.until("Ben's alone", "location.search.includes('show=agent') && $('#show').value === 'agent:"+ben.id+"' && $('@replies') && !$('@chart-hours')")
	p.click(".tabs a[href^='/reports/sites']")
	p.until("every site, for the same days", "$$('@rows tbody tr').length === 3 && location.search.includes('from=') && text('@rows').includes('help.example')")
	p.click("@rows a")
	p.until("one of them", "$('#show').value.startsWith('site:') && $$('@chart-volume .cell').length === 7")

	own := b.newAgent(t, ben, "/reports/agents")
	own.until("only Ben's own row", "$$('@rows tbody tr').length === 1 && text('@rows').includes('Ben Agent')")
	own.noScript()
	own.open(srv.url + "/reports?days=1")
	own.until("today by hours, without script", "$$('@chart-volume .cell').length === 24 && $('#show').options.length > 3")
	own.set("#show", "tag:refund")
	own.click("@filter button")
	own.until("what bears a tag", "location.search.includes('show=tag') && $('#show').value === 'tag:refund'")
	shop.configure(t, obj{"business_hours": obj{"timezone": "Pacific/Kiritimati", "schedule": obj{"monday": obj{"start": "09:00", "end": "17:00"}}}})
	own.open(srv.url + "/reports?days=1")
	own.until("the team's today, wherever the reader is", "text('.page-head').includes('in Pacific/Kiritimati time') && $('#to').value === '"+
		time.Now().In(time.FixedZone("", 14*60*60)).Format(time.DateOnly)+"'")
}

// axe looks at reports that have something to show.
func accessibleReports(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	p := b.newAgent(t, shop.member, "/reports")
	p.expectRefusals()
	p.inspect("reports-empty")
	ben := shop.joinNamed(t, srv, "agent", "Ben Agent")
	shop.pastWeeks(t, shop.member, ben)
	// The other tables are built as this one, and everyPage sees them.
	for name, path := range map[string]string{"reports": "/reports", "reports-year": "/reports?days=365", "reports-agents": "/reports/agents"} {
		p.open(srv.url + path)
		p.inspectAt(name, 1440, 1024, 390)
	}
	p.open(srv.url + "/reports")
	p.until("every table", "$$('details').every(d => d.open = true)")
	p.inspect("reports-tables")
	p.open(srv.url + "/reports?from=2026-02-02&to=2026-02-01")
	p.until("what is wrong", "shown('#to-error')")
	p.inspect("reports-error")
}
