package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// What the site's owner has set shows on the page: the launcher's picture, words and place, and the
// team's name and picture.
func launcherAsSet(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"widget_settings": obj{
		"title": "Ask Ann", "team_name": "Ann & Bo", "avatar_url": "/demo-avatar", "launcher_icon": "hand", "launcher_text": "Need help?",
		"offset_x": 40, "offset_y": 90, "position": "bottom-left", "primary_color": "#7a2048",
		"texts": obj{"panel.placeholder": "Tell us", "launcher.close": "Put it away"}, "greeting_message": "What can we do for you?",
	}})
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.expectRefusals() // There is no such picture.
	v.open(shop.url)
	v.until("the launcher where and as it should be", `shown('@launcher') && text('@launcher') === 'Need help?' &&
		(r => r.left === 40 && innerHeight - r.bottom === 90)($('@launcher').getBoundingClientRect())`)
	v.calm()
	v.shot("launcher-pill")
	equal(t, "its name", see[[]string](v, "[$('@launcher').getAttribute('aria-label')]"), []string{"Need help? Open chat"})
	equal(t, "its colour", see[[]string](v, "[getComputedStyle($('@launcher')).backgroundColor]"), []string{"rgb(122, 32, 72)"})
	if see[bool](v, "$('@launcher svg path').getAttribute('d').startsWith('M21 11.5')") {
		t.Error("the usual picture in spite of the setting")
	}
	v.openChat()
	v.until("title, words, and the bell in place of a picture that cannot be had",
		"text('#title') === 'Ask Ann' && $('@composer-input').placeholder === 'Tell us' && shown('.bell svg') && !$('.bell img')")
	equal(t, "the launcher of an open chat", see[[]string](v, "[$('@launcher').getAttribute('aria-label'), text('@launcher')]"), []string{"Put it away", ""})
	if !see[bool](v, "(r => r.left === 40 && r.top >= 0 && r.bottom < $('@launcher').getBoundingClientRect().top)($('@panel').getBoundingClientRect())") {
		t.Error("the panel does not stand over the launcher")
	}
	v.calm()
	v.shot("launcher-pill-open")

	sender := started(t, b.srv, shop.newToken(t, shop.site.url, "chat", "file_upload"), obj{})
	picture := strings.TrimPrefix(str(t, sender.file(t, "ann.png", pngOf(t, photo(64, 64))), "url"), b.srv.url)
	for _, icon := range []string{"question", "mail"} {
		shop.configure(t, obj{"widget_settings": obj{"launcher_icon": icon, "launcher_text": "", "avatar_url": picture}})
		other := b.newVisitor(t, shop)
		other.until("the launcher, round without words", "shown('@launcher') && (r => r.width === 60 && r.height === 60)($('@launcher').getBoundingClientRect())")
		other.calm()
		other.shot("launcher-" + icon)
		other.openChat()
		other.until("the team's picture", "shown('.bell img') && $('.bell img').naturalWidth > 0 && (r => r.width === r.height)($('.bell img').getBoundingClientRect())")
	}
}

// sleeper lets a page that is open get older at once: later(hours) is what happens meanwhile.
const sleeper = `<script>{
	const { setTimeout: real } = window, now = Date.now, far = [];
	let ahead = 0;
	Date.now = () => now() + ahead;
	window.setTimeout = (f, ms, ...more) => ms > 60e3 ? -far.push([Date.now() + ms, f]) : real(f, ms, ...more);
	window.later = hours => { ahead += hours * 3600e3; for (const [at, f] of far) if (at <= Date.now()) f() };
}</script>`

// The launcher stays away where, when and from whom the owner wants it to.
func launcherHidden(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	ready := `<script>addEventListener('deskbell:ready', () => document.documentElement.dataset.ready = '1')</script>`
	page := hostPage{head: ready, body: snippet(b.srv, shop.widget.token)}
	shop.site.set("/shop", page)
	shop.site.set("/checkout/pay", page)
	visit := func(path string, width, height int64) *person {
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
		v.do(chromedp.EmulateViewport(width, height))
		v.open(shop.site.url + path)
		v.until("the chat ready", "document.documentElement.dataset.ready")
		return v
	}
	see1 := func(v *person, what string, want bool) {
		t.Helper()
		if got := see[bool](v, "shown('@launcher')"); got != want {
			t.Errorf("%s: launcher shown %v, want %v", what, got, want)
		}
	}

	shop.configure(t, obj{"hide": obj{"urls": []string{"/checkout*", "*#quiet"}}})
	see1(visit("/checkout/pay", 1280, 800), "an address of the list", false)
	v := visit("/shop", 1280, 800)
	see1(v, "another address", true)
	for _, step := range []struct {
		js   string
		want bool
	}{
		{"history.pushState(0, '', '/checkout')", false},
		{"history.back()", true},
		{"history.replaceState(0, '', '/checkout?step=2')", false},
		{"history.replaceState(0, '', '/shop')", true},
		{"location.hash = 'quiet'", false},
		{"location.hash = ''", true},
	} {
		see[bool](v, step.js+", true")
		v.until("the launcher as "+step.js+" wants", map[bool]string{true: "", false: "!"}[step.want]+"shown('@launcher')")
	}
	see[bool](v, "history.pushState(0, '', '/checkout'), Deskbell('open'), true")
	v.until("the page's own script opens it all the same", "shown('@panel')")

	shop.configure(t, obj{"hide": obj{"urls": []string{}, "phone": true}})
	see1(visit("/shop", 390, 844), "a phone", false)
	v = visit("/shop", 1280, 800)
	see1(v, "a desktop", true)
	v.do(chromedp.EmulateViewport(390, 844))
	v.until("it gone from a window made narrow", "!shown('@launcher')")
	shop.configure(t, obj{"hide": obj{"phone": false, "desktop": true}})
	see1(visit("/shop", 390, 844), "a phone, with desktops left out", true)
	see1(visit("/shop", 1280, 800), "a desktop left out", false)

	day := func(ahead int) string {
		return strings.ToLower(time.Now().UTC().AddDate(0, 0, ahead).Weekday().String())
	}
	allDay := obj{"start": "00:00", "end": "24:00"}
	shop.site.set("/all-day", hostPage{head: ready + sleeper, body: page.body})
	shop.configure(t, obj{"hide": obj{"desktop": false, "outside_hours": true}, "business_hours": obj{"timezone": "UTC", "schedule": obj{day(2): allDay}}})
	v = visit("/all-day", 1280, 800)
	see1(v, "outside the hours", false)
	see[bool](v, "later(49), true")
	v.until("it when the hours have begun", "shown('@launcher')")
	shop.configure(t, obj{"business_hours": obj{"schedule": obj{day(0): allDay, day(1): allDay}}})
	v = visit("/all-day", 1280, 800)
	see1(v, "within the hours", true)
	see[bool](v, "later(49), true")
	v.until("it gone when the hours have ended", "!shown('@launcher')")
}

// languagesOf are the tags of the widget's languages.
func languagesOf(t testing.TB) (tags []string) {
	t.Helper()
	files, err := filepath.Glob("../../widget/src/languages/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no languages (%v)", err)
	}
	for _, file := range files {
		tags = append(tags, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	return tags
}

// The chat speaks the page's language from the first, and another one when the page says so, with
// what is being written kept.
func otherLanguages(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"widget_settings": obj{"texts": obj{"panel.title": "Hallo!"}}})
	german := `<script>document.documentElement.lang = 'de-AT'</script>`
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/de", hostPage{head: german, body: `<button id="switch">Sprache</button>` + snippet(b.srv, shop.widget.token)}))
	v.until("the launcher's name in German, before it is opened", "shown('@launcher') && $('@launcher').getAttribute('aria-label') === 'Chat öffnen'")
	equal(t, "requests before opening", v.asked(b.srv.url), []string{"GET /support-widget.js", "GET " + api + "/config?lang=de-AT&locale="})
	v.openChat()
	v.write("Guten Tag")
	v.until("German with the owner's own words", "$('@composer-input').placeholder === 'Nachricht schreiben …' && text('#title') === 'Hallo!' && /^Heute/.test(text('.line'))")
	if clock := see[string](v, "$$('.meta').at(-1).innerText"); !regexp.MustCompile(`^\d\d:\d\d · `).MatchString(clock) {
		t.Errorf("the time in German is %q", clock)
	}
	v.fill("@composer-input", "Ein halber Satz")
	v.shot("language-de")

	see[bool](v, "Deskbell('locale', 'ar'), true")
	v.until("Arabic, from right to left, with the draft and the conversation", `$('@composer-input')?.placeholder === 'اكتب رسالة…' && $('@composer-input').value === 'Ein halber Satz' &&
		getComputedStyle($('@panel')).direction === 'rtl' && W.querySelector('.root').lang === 'ar' && said().join() === 'visitor: Guten Tag' && active() === $('@composer-input')`)
	v.calm()
	v.shot("language-ar")
	v.accessible("the panel in Arabic")
	shop.reply(t, shop.newest(t), "Here we are", false)
	v.hears("visitor: Guten Tag", "agent: Here we are")

	v.click("#switch")
	see[bool](v, "Deskbell('theme', 'dark'), Deskbell('locale', 'ja'), Deskbell('locale', 'en-GB'), true")
	v.until("English, dark, and the page's own focus kept", `$('@composer-input')?.placeholder === 'Write a message…' && W.querySelector('.root').dir === 'ltr' &&
		$('@composer-input').value === 'Ein halber Satz' && shown('@panel') && W.querySelector('.root').matches('[data-dark]') && document.activeElement.id === 'switch'`)
	v.keys("x") // on the page's button: nothing of it reaches the chat
	if n := see[int](v, "$$('@panel').length"); n != 1 {
		t.Errorf("%d panels", n)
	}
	v.hears("visitor: Guten Tag", "agent: Here we are")

	// Every language there is says what to write, in its own words, and fits.
	words := map[string]bool{}
	for _, language := range languagesOf(t) {
		see[bool](v, "Deskbell('locale', "+js(language)+"), true")
		v.until("the panel in "+language, "W.querySelector('.root').lang === "+js(language)+` && shown('@composer-input') && said().length === 2 && [...W.querySelectorAll('header, .log, .composer')].every(e => e.scrollWidth <= e.clientWidth + 1)`)
		words[see[string](v, "$('@composer-input').placeholder")] = true
		v.shot("language-" + language)
	}
	if len(words) != 12 {
		t.Errorf("%d languages of their own, want 12: %v", len(words), words)
	}

	queued := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	queued.open(shop.site.set("/queued", hostPage{head: `<script>
		window.Deskbell = function () { (Deskbell.q = Deskbell.q || []).push(arguments) };
		Deskbell('locale', 'ja');
	</script>`, body: snippet(b.srv, shop.widget.token)}))
	queued.until("the launcher in the language asked for before it was there", "$('@launcher').getAttribute('aria-label') === 'チャットを開く'")
	equal(t, "requests for it", queued.asked(b.srv.url), []string{"GET /support-widget.js", "GET " + api + "/config?lang=en&locale=ja"})
}
