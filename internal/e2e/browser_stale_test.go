package e2e

import "testing"

// Two admins have the widget's settings open; the one who saves second sees what the first has saved.
func twoPeopleEditing(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	a := newAccount(t, srv)
	one, two := b.newAgent(t, a.member, "/settings/widget"), b.newAgent(t, a.join(t, srv, "admin"), "/settings/widget")
	two.expectRefusals()
	one.fill("#greeting_message", "Ahoy! How can we help?")
	one.fill("#title", "Ask Ann")
	one.click("[name=requires_email]")
	one.click("@save")
	one.until("it saved", "text('#flash').includes('Saved')")
	two.fill("#greeting_message", "Moin")
	// A question added without saving does not make the form a newer one.
	two.click("@add-question")
	two.until("a question", "shown('@question')")
	two.click("@question [title='Remove']")
	two.until("none", "!$('@question')")
	two.click("@save")
	two.until("what is stored instead", "text('@stored-now').includes('Ahoy!') && text('@stored-now').includes('Ask Ann') && !text('@stored-now').includes('Theme')")
	two.until("what was typed", "$('#greeting_message').value === 'Moin'")
	two.inspectAt("settings-changed", 1440)
	two.inspect("settings-changed")
	two.click("@save")
	two.until("it saved knowingly", "text('#flash').includes('Saved') && $('#greeting_message').value === 'Moin' && !$('@stored-now')")
}
