package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a person of these tests waits for something to appear: long, as it costs only who waits in vain.
const patience = 30 * time.Second

// chromium is the one browser process; everybody in the tests has a profile of their own in it.
type chromium struct {
	ctx context.Context
	// srv serves the journeys that need no server of their own.
	srv *server
}

// TestBrowser walks whole journeys of visitors and agents in a real browser. The journeys run
// beside each other but before the parallel tests of the package, which measure times.
func TestBrowser(t *testing.T) {
	path := findChromium()
	if path == "" {
		const missing = "No Chromium found (chromium, chromium-browser or google-chrome), so the browser tests are left out."
		if os.Getenv("DESKBELL_TEST_BROWSER") == "1" {
			t.Fatal(missing)
		}
		fmt.Fprintln(os.Stderr, missing)
		t.Skip(missing)
	}
	b := &chromium{ctx: launchChromium(t, path), srv: startServerWithMail(t, manySessions(), watched(t))}
	type walk struct {
		name string
		walk func(*testing.T, *chromium)
	}
	journeys := []walk{
		{"first conversation", firstConversation},
		{"answer before the line", answerBeforeTheLine},
		{"demo and chat page", demoAndChatPage},
		{"foreign page", foreignPage},
		{"token that ends", tokenThatEnds},
		{"before opening", beforeOpening},
		{"form and code", formAndCode},
		{"life of a conversation", lifeOfAConversation},
		{"another in two tabs", anotherInTwoTabs},
		{"transcripts", transcripts},
		{"own questions", ownQuestions},
		{"code in two tabs", codeInTwoTabs},
		{"verified in two tabs", verifiedInTwoTabs},
		{"asked to verify", askedToVerify},
		{"blocked", blockedVisitor},
		{"codes run out", codesRunOut},
		{"back by mail", backByMail},
		{"nobody there", nobodyThere},
		{"title of a hidden tab", titleOfAHiddenTab},
		{"failed send", failedSend},
		{"two tabs", twoTabs},
		{"page script", pageScript},
		{"page hears all", pageHearsAll},
		{"keyboard only", keyboardOnly},
		{"phone and dark", phoneAndDark},
		{"strict host", strictHost},
		{"trusted types host", trustedTypesHost},
		{"hostile host styles", hostileHostStyles},
		{"hostile messages", hostileMessages},
		{"console", consoleJourney},
		{"thread-changes", threadChanges},
		{"thread-files", threadFiles},
		{"console without script", consoleWithoutScript},
		{"accessible before login", accessibleBeforeLogin},
		{"accessible console", accessibleConsole},
		{"accessible widget", accessibleWidget},
		{"tokens page", tokensPage},
		{"settings without script", settingsWithoutScript},
		{"accessible settings", accessibleSettings},
		{"every page", everyPage},
		{"narrow settings", narrowSettings},
		{"site settings", siteSettings},
		{"settings in other languages", settingsInOtherLanguages},
		{"search", searching},
		{"keys", consoleKeys},
		{"contacts", contactsJourney},
		{"contacts without script", contactsWithoutScript},
		{"accessible contacts", accessibleContacts},
		{"accessible visit", accessibleVisit},
		{"files", sendingFiles},
		{"files that fail", filesThatFail},
		{"files on a strict host", filesOnAStrictHost},
		{"pictures", lookingAtPictures},
		{"links that end", linksThatEnd},
		{"emoji", pickingEmoji},
		{"preview", previewedMessage},
		{"preview after a gap", previewAfterAGap},
		{"typing preview", typingPreview},
		{"changed messages", changedMessages},
		{"eight tabs", eightTabs},
		{"without locks", withoutLocks},
		{"offline for a while", offlineForAWhile},
		{"online at once", onlineAtOnce},
		{"lost answers", lostAnswers},
		{"server dies", serverDies},
		{"held back stream", heldBackStream},
		{"slowed down", slowedDown},
		{"unwell server", unwellServer},
		{"strict hosts", strictHosts},
		{"odd hosts", oddHosts},
		{"behind a dialog", behindADialog},
		{"storage blocked", storageBlocked},
		{"wrong clock", wrongClock},
		{"nothing else", nothingElse},
		{"screen reader", screenReader},
		{"keyboard journey", keyboardJourney},
		{"whole journey by keyboard", wholeJourneyByKeyboard},
		{"escape in order", escapeInOrder},
		{"motion and contrast", motionAndContrast},
		{"zoomed in", zoomedIn},
		{"big targets", bigTargets},
		{"extreme messages", extremeMessages},
		{"any brand colour", anyBrandColour},
		{"starts small", startsSmall},
		{"own words of the page", ownWords},
		{"domain refused", domainRefused},
		{"work in a rush", workInTheBrowser},
		{"launcher as set", launcherAsSet},
		{"launcher hidden", launcherHidden},
		{"other languages", otherLanguages},
		{"api methods", apiMethods},
		{"api destroy", apiDestroy},
		{"api single page", apiSinglePage},
		{"api broken page", apiBrokenPage},
		{"api identity", apiIdentity},
		{"chat page", chatPage},
		{"chat frame", chatFrame},
		{"recipes for websites", recipesForWebsites},
		{"recipes for frameworks", recipesForFrameworks},
		{"recipe for turbo", recipeForTurbo},
		{"recipe for astro", recipeForAstro},
		{"recipe for consent", recipeForConsent},
		{"recipe for calls", recipeForCalls},
		{"recipe for identity", recipeForIdentity},
		{"recipe for a policy", recipeForAPolicy},
		{"recipes for links and apps", recipesForLinksAndApps},
		{"guide to the widget", guideToTheWidget},
		{"guide to troubles", troubles},
		{"views of the inbox", viewsOfTheInbox},
		{"saved views", savedViews},
		{"waiting long enough", waitingLongEnough},
		{"notes beside a thread", notesBesideAThread},
		{"two people editing", twoPeopleEditing},
		{"merging live", mergingLive},
		{"reports", reportsJourney},
		{"accessible reports", accessibleReports},
		{"composing", composing},
		{"bulk changes", bulkChanges},
		{"merging conversations", mergingConversations},
		{"composer emoji", composerEmoji},
		{"away for lunch", awayForLunch},
		{"taking back", takingBack},
		{"people and profile", peopleAndProfile},
		{"canned replies", cannedReplies},
		{"teams and tags", teamsAndTags},
		{"tried mail", triedMail},
		{"blocks page", blocksPage},
		{"retention page", retentionPage},
		{"webhooks page", webhooksPage},
		{"replaced token", replacedToken},
		{"thread-events", threadEvents},
		{"unread", unreadMessages},
		{"alerts", alertedAgent},
		{"profile_picture", profilePicture},
		{"widget_preview", widgetPreview},
		{"team_picture", teamPicture},
		{"pushes", pushedAgent},
		{"hour", workingDay},
	}
	if os.Getenv("DESKBELL_PICTURES") != "" {
		journeys = append(journeys, walk{"readme pictures", readmePictures})
	}
	for _, l := range looks {
		journeys = append(journeys, walk{"every state " + l.name, l.everyState})
	}
	for _, j := range journeys {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			j.walk(t, b)
		})
	}
}

// manySessions lifts the limits per address: everybody here comes from the same one.
func manySessions() option {
	return func(s *server) {
		s.env = append(s.env, "DESKBELL_LIMIT_SESSIONS_PER_IP=0", "DESKBELL_LIMIT_OTP_SENDS=100/h")
	}
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func launchChromium(t testing.TB, path string) context.Context {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		// With every window, Chromium would load two pages of its own for the address bar: a sixth of the time here.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup"))
	allocated, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		// Waits for the process to end, so that its profile can be removed.
		_ = chromedp.Cancel(ctx)
		cancel()
		release()
	})
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// person is somebody at a screen: a fresh profile with one tab.
type person struct {
	t    testing.TB
	name string
	ctx  context.Context

	mu sync.Mutex
	// wrong collects what a developer would see in red: exceptions and errors on the console.
	wrong []string
	// refusals are the browser's own remarks on requests that failed.
	refusals []string
	requests []request
	origins  []string
	// rough says that this journey makes requests fail on purpose.
	rough bool
	// chooser is the file field whose dialog is open.
	chooser cdp.BackendNodeID
	// held counts the requests that hold keeps from leaving.
	held int
}

type request struct{ method, url string }

// newPerson opens a browser at 1280×800. The pages may talk to the given origins only; at the
// end of the test nothing may have gone wrong in them.
func (b *chromium) newPerson(t testing.TB, name string, origins ...string) *person {
	t.Helper()
	return newTab(t, b.ctx, name, origins, chromedp.WithNewBrowserContext())
}

// another is a second tab of the same person's browser.
func (p *person) another() *person {
	p.t.Helper()
	return newTab(p.t, p.ctx, p.name+"'s other tab", p.origins)
}

func newTab(t testing.TB, parent context.Context, name string, origins []string, options ...chromedp.ContextOption) *person {
	t.Helper()
	p := &person{t: t, name: name, origins: origins}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(p.notice))...)
	p.ctx = ctx
	t.Cleanup(func() {
		if t.Failed() {
			p.shot("failed-" + strings.ReplaceAll(t.Name(), "/", "-") + "-" + name)
		}
		p.allWell()
		cancel()
	})
	// The tab lives as long as the context of the first call, so that one has no time-out.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatal(err)
	}
	// Several windows at once: each behaves as the one in front.
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	return p
}

// notice runs inside the loop that reads the browser's messages and must stay quick.
func (p *person) notice(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if e := ev.ExceptionDetails.Exception; e != nil {
			text += " " + e.Description
		}
		p.wrong = append(p.wrong, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type != runtime.ConsoleAPICalledTypeError && ev.Type != runtime.ConsoleAPICalledTypeWarning && ev.Type != runtime.ConsoleAPICalledTypeAssert {
			return
		}
		text := fmt.Sprintf("console.%s:", ev.Type)
		for _, a := range ev.Args {
			text += " " + strings.TrimSpace(string(a.Value)+a.Description)
		}
		if strings.Contains(text, "htmx:sse:error") {
			// htmx tells the console of every lost connection before it makes a new one.
			p.refusals = append(p.refusals, text)
			return
		}
		p.wrong = append(p.wrong, text)
	case *log.EventEntryAdded:
		e := ev.Entry
		if e.Level != log.EntryLevelError && e.Level != log.EntryLevelWarning {
			return
		}
		text := fmt.Sprintf("%s: %s %s", e.Source, e.Text, e.URL)
		if e.Source == log.EntrySourceNetwork || strings.Contains(e.Text, "blocked by CORS policy") {
			p.refusals = append(p.refusals, text)
			return
		}
		p.wrong = append(p.wrong, text)
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, request{ev.Request.Method, ev.Request.URL})
	case *page.EventFileChooserOpened:
		p.chooser = ev.BackendNodeID
	case *fetch.EventRequestPaused:
		p.held++
	}
}

// allWell asserts a clean console and no request to a third party.
func (p *person) allWell() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.wrong {
		p.t.Errorf("%s's browser: %s", p.name, w)
	}
	if !p.rough {
		for _, r := range p.refusals {
			p.t.Errorf("%s's browser: %s", p.name, r)
		}
	}
	for _, r := range p.requests {
		u, err := url.Parse(r.url)
		if err != nil || u.Scheme == "data" || u.Scheme == "blob" || r.url == "about:blank" {
			continue
		}
		if !slices.Contains(p.origins, u.Scheme+"://"+u.Host) {
			p.t.Errorf("%s's browser asked a stranger: %s %s", p.name, r.method, r.url)
		}
	}
}

// expectRefusals says that requests fail from here on, as they do when a server dies.
func (p *person) expectRefusals() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rough = true
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 2*patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s's browser: %v", p.name, err)
	}
}

func (p *person) open(address string) {
	p.t.Helper()
	p.do(chromedp.Navigate(address))
}

func (p *person) reload() {
	p.t.Helper()
	p.do(chromedp.Reload())
}

// prelude gives page expressions short names. $ looks into the widget first, then the page;
// @name stands for [data-test="name"].
const prelude = `
const W = document.querySelector('deskbell-widget')?.shadowRoot;
const css = s => s.replace(/@([\w-]+)/g, '[data-test="$1"]');
const $ = s => W?.querySelector(css(s)) ?? document.querySelector(css(s));
const $$ = s => [...(W?.querySelectorAll(css(s)) ?? []), ...document.querySelectorAll(css(s))];
const shown = s => { const e = typeof s === 'string' ? $(s) : s; if (!e?.checkVisibility({visibilityProperty: true})) return false;
  const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 };
const text = s => $(s)?.innerText ?? '';
const active = () => { let a = document.activeElement; while (a?.shadowRoot?.activeElement) a = a.shadowRoot.activeElement; return a };
const said = () => W ? [...W.querySelectorAll(css('@message:not([data-sender=note])'))].map(m => m.dataset.sender + ': ' + m.querySelector('.bubble').innerText)
  : [...document.querySelectorAll('#thread .msg')].map(m => (m.classList.contains('note') ? 'note' : m.classList.contains('agent') ? 'agent' : 'visitor') + ': ' + m.querySelector('.bubble').innerText);
`

func script(expression string) string {
	return "(async()=>{" + prelude + "return (" + expression + ")})()"
}

// see evaluates an expression in the page; see prelude.
func see[T any](p *person, expression string) T {
	p.t.Helper()
	return seeWithin[T](p, patience, expression)
}

// seeWithin is see for what may take longer than a person's patience.
func seeWithin[T any](p *person, limit time.Duration, expression string) T {
	p.t.Helper()
	v, err := trySeeWithin[T](p, limit, expression)
	if err != nil {
		p.t.Fatalf("%s's browser: %s: %v", p.name, expression, err)
	}
	return v
}

func trySee[T any](p *person, expression string) (T, error) {
	return trySeeWithin[T](p, patience, expression)
}

func trySeeWithin[T any](p *person, limit time.Duration, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script(expression), chromedp.EvalAwaitPromise))
}

// until waits for an expression to become true, across page loads.
func (p *person) until(what, expression string) {
	p.t.Helper()
	var last error
	p.wait(what, func() bool {
		ok, err := trySee[bool](p, "!!("+expression+")")
		last = err
		return err == nil && ok
	}, func() string { return fmt.Sprintf("%s (%v)", expression, last) })
}

func (p *person) wait(what string, cond func() bool, more func() string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s does not see within %v: %s: %s\nbut: %s", p.name, patience, what, more(), p.sight())
		}
		<-tick.C
	}
}

// sight is what a person sees and what their page asked for last, on one line: a log that is cut keeps it.
func (p *person) sight() string {
	at, err := trySee[string](p, `location.href + ' ' + active()?.outerHTML.slice(0, 100) + ' | ' +
		(W ? text('@panel') : ($('main') ?? document.body).innerText).replace(/\s+/g, ' ').slice(0, 2000)`)
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintln(at, err, p.requests[max(0, len(p.requests)-12):])
}

// js writes a Go value as a JavaScript one.
func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
