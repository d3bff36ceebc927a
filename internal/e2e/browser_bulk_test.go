package e2e

import (
	"strconv"
	"testing"
)

// Tidying up: several conversations picked by click, range and key, and something done to all of them.
func bulkChanges(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	for i := range 6 {
		started(t, srv, shop.widget, obj{"name": "Visitor " + strconv.Itoa(i)}).post(t, "Question "+strconv.Itoa(i))
	}
	colleague := b.newAgent(t, shop.joinNamed(t, srv, "agent", "Cleo Colleague"), "/inbox?view=mine")
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.until("six rows, none picked", "$$('.conv').length === 6 && !shown('#bulk')")
	agent.until("the live list", "$('#stream').dataset.htmxPowered")
	pick := func(n int) string { return ".conv-row:nth-child(" + strconv.Itoa(n) + ") .tick" }
	agent.click(pick(1))
	agent.until("the bar", "shown('#bulk') && $$('.tick:checked').length === 1")
	see[bool](agent, "$('"+pick(4)+"').dispatchEvent(new MouseEvent('click', {shiftKey: true, bubbles: true}))")
	agent.until("the range", "$$('.tick:checked').length === 4")
	// What arrives meanwhile does not undo what is picked.
	started(t, srv, shop.widget, obj{"name": "Visitor 6"}).post(t, "Question 6")
	agent.until("a seventh row, the same four picked", "$$('.conv').length === 7 && $$('.tick:checked').length === 4 && !$('.tick').checked")
	agent.inspect("bulk")
	agent.inspectAt("bulk", 1440, 1024)
	agent.click("@bulk-assign")
	agent.until("whom to give them to", "shown('.menu [name=assignee_id]')")
	agent.shot("bulk-assign")
	agent.accessible("bulk-assign")
	see[bool](agent, "$$('#bulk-assign button').find(b => b.innerText === 'Cleo Colleague').click(), true")
	agent.until("to how many", "text('@bulk-said') === '4 conversations assigned.' && !shown('#bulk') && !$('.tick:checked')")
	agent.shot("bulk-said")
	colleague.until("the four", "$$('.conv').length === 4")

	agent.click("@bulk-said")
	agent.keys("jxjx")
	agent.until("the two that were opened in a hurry", "$$('.tick:checked').map(p => p.value).join() === $$('.tick').slice(0, 2).map(p => p.value).join()")
	agent.until("the second one open", "said().join() === 'visitor: Question 5' || location.pathname === $$('.conv')[1].pathname")
	agent.click("@bulk-more")
	agent.expectRefusals()
	agent.click("@bulk-add-tag")
	agent.until("what is missing, all still picked", "text('#bulk-error') === 'Write the tag first.' && $$('.tick:checked').length === 2")
	agent.click("@bulk-more")
	agent.click("@bulk-tag")
	agent.keys("spring\r")
	agent.until("the tag on both", "text('@bulk-said') === '2 conversations tagged “spring”.' && $$('.conv .badge').filter(b => b.innerText === 'spring').length === 2")
	agent.keys("x")
	agent.until("one", "$$('.tick:checked').length === 1")
	agent.click("@bulk-all")
	agent.until("all", "$$('.tick:checked').length === 7")
	agent.click("@bulk-none")
	agent.until("none", "!shown('#bulk') && !$('.tick:checked')")
	agent.click(pick(2))
	agent.click("@bulk-all")
	agent.click("@bulk-close")
	agent.until("nothing left open", "text('@bulk-said') === '7 conversations closed.' && !$('.conv') && text('#n-all') === ''")
	colleague.until("nor there", "!$('.conv')")
}
