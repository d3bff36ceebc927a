package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// An admin gives one site a look of its own, sees it in the preview, is told of what somebody else has changed, and
// has it follow all sites again.
func siteSettings(t *testing.T, b *chromium) {
	srv := startServer(t)
	shop := newShop(t, srv)
	other := shop.newToken(t, blog)
	shop.newToken(t, "https://a-very-long-name-for-a-shop.of-many-things.example")
	shop.newToken(t, "https://*.docs.example")
	admin := b.newAgent(t, shop.member, "/settings/widget")
	admin.expectRefusals()
	preview := frames{}
	admin.until("all sites first", "text('@sites [aria-current]') === 'All sites' && shown('#look .card-body')")
	admin.inspect("site-all-before")
	see[bool](admin, "$$('@sites a').find(a => a.textContent.includes('blog.example')).click(), true")
	admin.until("the site, which follows in everything", "text('@sites [aria-current]').includes('blog.example') && !$$('#widget-form .card-body').some(shown) && !$('@follow')")
	admin.inspect("site-follows")

	admin.click("@whose-look label:nth-of-type(2)")
	admin.until("the fields of its look alone", "$$('#widget-form .card-body').filter(shown).length === 1 && shown('#primary_color')")
	admin.click("@whose-words label:nth-of-type(2)")
	admin.fill("#title", "The blog's chat")
	admin.fill("#greeting_message", "Ahoy on the blog!")
	preview.until(admin, "the site in the preview", "text('.bubble') === 'Ahoy on the blog!'")
	admin.click("@whose-words label:nth-of-type(1)")
	preview.until(admin, "what all sites say", "text('.bubble').includes('How can we help you today?')")
	admin.click("@whose-words label:nth-of-type(2)")
	admin.until("what was typed", "$('#greeting_message').value === 'Ahoy on the blog!'")
	admin.fill("#launcher_text", "A text that is far too long for a button")
	admin.click("@save")
	admin.until("what is wrong, on the page of the site", "shown('#launcher_text-error') && text('@sites [aria-current]').includes('blog.example') && !shown('#hours .card-body')")
	admin.fill("#launcher_text", "Ask the blog")
	admin.click("@save")
	admin.until("that it is saved", "text('#flash').includes('Saved') && $('#title').value === 'The blog\\'s chat' && shown('@follow')")
	admin.inspect("site-own")
	config := func(tok supportToken) obj {
		t.Helper()
		return newVisitor(srv, tok).config(t).ok(t, http.StatusOK)
	}
	is(t, config(other), "config.widget_settings.launcher_text", "Ask the blog")
	is(t, config(other), "config.widget_settings.greeting_message", "Ahoy on the blog!")
	is(t, config(shop.widget), "config.widget_settings.greeting_message", "Hi! How can we help you today?")

	// Somebody else was here meanwhile. Sent again, it is meant.
	shop.configureSite(t, other, obj{"settings": obj{"widget_settings": obj{"title": "Theirs"}}})
	admin.fill("#title", "Mine")
	admin.click("@save")
	admin.until("that somebody has changed it", "$$('[role=alert]').some(e => shown(e) && e.textContent.includes('Somebody has changed')) && $('#title').value === 'Mine'")
	is(t, config(other), "config.widget_settings.title", "Theirs")
	admin.click("@save")
	admin.until("that it is saved", "text('#flash').includes('Saved')")
	is(t, config(other), "config.widget_settings.title", "Mine")

	admin.click("@sites a")
	admin.until("who does not follow", "text('@parting-look').includes('blog.example') && !$('@parting-hours')")
	admin.inspect("site-all")
	see[bool](admin, "history.back(), true")
	admin.until("the site again", "shown('@follow')")
	admin.click("@follow")
	admin.until("that it follows again", "text('#flash').includes('all sites again') && !$('@follow') && !$$('#widget-form .card-body').some(shown)")
	is(t, config(other), "config.widget_settings.greeting_message", "Hi! How can we help you today?")

	shop.do(t, "DELETE", "/token/"+other.id, nil).ok(t, http.StatusOK)
	admin.reload()
	admin.until("that the site is gone", "text('main').includes('gone') || text('main').includes('not')")
	if page := shop.console(t).get(t, "/settings/widget?site="+other.id); page.status != http.StatusNotFound || !strings.Contains(string(page.body), "<main") {
		t.Errorf("a site that is gone: %d", page.status)
	}
}
