package console_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/db/dbtest"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/internal/upload"
	"deskbell/views/errs"
	"deskbell/web/console"
	"deskbell/web/httpio"
)

// desk is a console with a real database, driven by a browser without script.
type desk struct {
	t       *testing.T
	url     string
	http    *http.Client
	auth    *auth.Service
	support *support.Service
	// ahead is how many nanoseconds the console's clock is ahead of the real one.
	ahead atomic.Int64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	d := &desk{t: t}
	now := func() time.Time {
		return time.Now().Add(time.Duration(d.ahead.Load())).UTC().Truncate(time.Millisecond)
	}
	ring, err := keys.Load(t.TempDir(), false)
	must(t, err)
	database := dbtest.New(t)
	hub := realtime.NewHub()
	e := echo.New()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	t.Cleanup(hub.Close)
	base, err := url.Parse(server.URL)
	must(t, err)
	d.url, d.auth = server.URL, auth.New(database, ring, jobs.New(database, now, log), now)
	files, err := upload.NewStore(t.TempDir(), 1<<20, 0)
	must(t, err)
	d.support, err = support.New(support.Deps{
		DB: database, Jobs: jobs.New(database, now, log), Hub: hub, Keys: ring, Files: files, BaseURL: server.URL, Now: now, Log: log,
	})
	must(t, err)
	e.HTTPErrorHandler = httpio.ErrorHandler(func(c httpio.Ctx, status int, message, requestID string) error {
		return httpio.Render(c, status, errs.Page(errs.Props{Status: status, Message: message, RequestID: requestID}), nil)
	}, log)
	console.Register(e, console.Deps{
		Support: d.support, Auth: d.auth, Hub: hub, Logins: httpio.NewLogins(d.auth, base), BaseURL: server.URL,
		ReadMail: func(string) (string, error) { return "", io.EOF }, Now: now, Log: log,
	})
	d.http = d.browser()
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	must(d.t, err)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (d *desk) do(method, path string, form url.Values, header ...string) answer {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(form.Encode()))
	must(d.t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := d.http.Do(req)
	must(d.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	must(d.t, err)
	return answer{res.StatusCode, res.Header, string(body)}
}

func (d *desk) get(path string, header ...string) answer {
	d.t.Helper()
	return d.do(http.MethodGet, path, nil, header...)
}

func (d *desk) post(path string, form url.Values, header ...string) answer {
	d.t.Helper()
	return d.do(http.MethodPost, path, form, header...)
}

func (a answer) want(t *testing.T, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %.400s", a.status, status, a.body)
	}
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("answer lacks %q", part)
		}
	}
}

func (a answer) leadsTo(t *testing.T, path string) {
	t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != path {
		t.Fatalf("got %d to %q, want 303 to %q: %.400s", a.status, a.header.Get("Location"), path, a.body)
	}
}

func setupForm(key string) url.Values {
	return url.Values{"key": {key}, "account": {"Acme"}, "name": {"Sam"}, "email": {"sam@example.com"}, "password": {"correct horse"}}
}

// setUp makes the first account and leaves its owner signed in.
func (d *desk) setUp() *desk {
	d.t.Helper()
	d.post("/setup", setupForm(d.auth.SetupKey())).leadsTo(d.t, "/settings/tokens?welcome=1")
	return d
}

func (d *desk) actor() support.Actor {
	d.t.Helper()
	user, err := d.auth.CheckPassword(d.t.Context(), "sam@example.com", "correct horse", netip.MustParseAddr("127.0.0.1"))
	must(d.t, err)
	return support.Actor{AccountID: user.AccountID, UserID: user.ID, Name: user.Name, Admin: true}
}

// visitor starts a conversation and writes its first message.
func (d *desk) visitor(claims support.Claims, text string) (token support.TokenAuth, session support.SessionAuth) {
	d.t.Helper()
	ctx := d.t.Context()
	_, secret, err := d.support.CreateToken(ctx, d.actor(), support.NewToken{Domain: "https://shop.example.com", Scopes: []string{"chat"}})
	must(d.t, err)
	token, err = d.support.AuthenticateToken(ctx, secret, support.Origin{}, "chat")
	must(d.t, err)
	started, err := d.support.StartSession(ctx, token, support.StartSession{Claims: claims, DeviceID: "device", IP: netip.MustParseAddr("203.0.113.9")})
	must(d.t, err)
	session, err = d.support.OpenSession(ctx, token, started.Token, "device")
	must(d.t, err)
	d.says(session, "first", text)
	return token, session
}

func (d *desk) says(v support.SessionAuth, clientID, text string) {
	d.t.Helper()
	_, _, err := d.support.PostVisitorMessage(d.t.Context(), v, support.PostMessage{ClientID: clientID, Text: text})
	must(d.t, err)
}

func TestSetupLinkWorksOnce(t *testing.T) {
	d := newDesk(t)
	d.get("/").want(t, http.StatusOK, "Open the set-up link")
	d.get("/setup?key=wrong").want(t, http.StatusNotFound, "This link does not work")
	short := setupForm(d.auth.SetupKey())
	short.Set("password", "short")
	d.post("/setup", short).want(t, http.StatusUnprocessableEntity, "The password must have at least 10 characters", `value="sam@example.com"`)
	d.setUp()
	d.get("/settings/tokens?welcome=1").want(t, http.StatusOK, "Make a token", "Paste the snippet", "/demo")
	d.post("/setup", setupForm(d.auth.SetupKey())).want(t, http.StatusNotFound, "Set-up is done")
	d.get("/").leadsTo(t, "/inbox")
}

func TestLoginLeadsBackButNeverToAnotherSite(t *testing.T) {
	d := newDesk(t).setUp()
	d.post("/logout", url.Values{}).leadsTo(t, "/login")
	d.get("/settings/widget?a=1").leadsTo(t, "/login?next=%2Fsettings%2Fwidget%3Fa%3D1")
	d.get("/inbox/events", "HX-Request", "true").want(t, http.StatusUnauthorized)
	form := url.Values{"email": {"sam@example.com"}, "password": {"wrong wrong wrong"}, "next": {"/settings/widget"}}
	d.post("/login", form).want(t, http.StatusUnauthorized, "Wrong e-mail or password", `value="/settings/widget"`)
	form.Set("password", "correct horse")
	d.post("/login", form).leadsTo(t, "/settings/widget")
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/\t/evil.example", ""} {
		form.Set("next", next)
		d.post("/login", form).leadsTo(t, "/inbox")
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	d := newDesk(t).setUp()
	d.post("/logout", url.Values{}, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").want(t, http.StatusForbidden)
	d.get("/inbox").want(t, http.StatusOK)
}

func TestTokenIsShownOnceAndMadeOnce(t *testing.T) {
	d := newDesk(t).setUp()
	form := url.Values{"domain": {"example.com/path"}, "scopes": {"chat", "history"}, "form_id": {"one"}}
	d.post("/settings/tokens", form).want(t, http.StatusUnprocessableEntity, "The website", `value="example.com/path"`, `name="scopes" value="history" checked`)
	form.Set("domain", "https://example.com")
	made := d.post("/settings/tokens", form)
	made.want(t, http.StatusOK, "window.supportConfig = { token: &#39;eyJ", d.url+"/support-widget.js", "data-token=", "Authorization")
	if made.header.Get("Cache-Control") != "no-store" {
		t.Error("a page with a token may be kept by caches")
	}
	secret := regexp.MustCompile(`eyJ[\w.-]+`).FindString(made.body)
	d.post("/settings/tokens", form).leadsTo(t, "/settings/tokens")
	list := d.get("/settings/tokens")
	list.want(t, http.StatusOK, "That token was made already")
	if strings.Contains(list.body, "eyJ") {
		t.Error("the list shows a token's string")
	}
	tokens, err := d.support.Tokens(t.Context(), d.actor())
	must(t, err)
	if len(tokens) != 1 || tokens[0].ExpiryTime != support.SensitiveExpiry {
		t.Fatalf("tokens %+v, want one that lives 30 days because it shows history", tokens)
	}
	path := "/settings/tokens/" + tokens[0].ID
	d.get(path+"/regenerate").want(t, http.StatusOK, "stops working at once")
	again := d.post(path+"/regenerate", url.Values{})
	again.want(t, http.StatusOK, "eyJ")
	if strings.Contains(again.body, secret) {
		t.Error("regenerating shows the old token")
	}
	d.get(path+"/delete").want(t, http.StatusOK, "cannot be undone")
	d.post(path+"/delete", url.Values{}).leadsTo(t, "/settings/tokens")
	d.get(path+"/delete").want(t, http.StatusNotFound)
}

func TestSettingsAreForAdmins(t *testing.T) {
	d := newDesk(t).setUp()
	_, err := d.auth.CreateUser(t.Context(), auth.NewUser{Email: "ann@example.com", Name: "Ann", Role: auth.RoleAgent, Password: "correct horse"})
	must(t, err)
	d.http = d.browser()
	d.post("/login", url.Values{"email": {"ann@example.com"}, "password": {"correct horse"}}).leadsTo(t, "/inbox")
	for _, path := range []string{"/settings/tokens", "/settings/widget", "/settings/outbox"} {
		d.get(path).want(t, http.StatusForbidden)
	}
	inbox := d.get("/inbox")
	inbox.want(t, http.StatusOK)
	if strings.Contains(inbox.body, "/settings/tokens") {
		t.Error("an agent is offered the settings")
	}
}

func TestInboxWorksWithoutScript(t *testing.T) {
	d := newDesk(t).setUp()
	d.get("/inbox").want(t, http.StatusOK, "No conversations yet")
	_, v := d.visitor(support.Claims{Name: "Maria <b>", Email: "maria@example.com"}, "<script>alert(1)</script> help")
	d.get("/inbox").want(t, http.StatusOK, "conv-"+v.ConversationID, "Maria &lt;b&gt;", "<title>(1) Inbox")
	path := "/inbox/" + v.ConversationID
	thread := d.get(path)
	thread.want(t, http.StatusOK, "&lt;script&gt;alert(1)&lt;/script&gt; help", "maria@example.com", "Not verified", "203.0.113.9")
	d.get("/inbox").want(t, http.StatusOK, "<title>Inbox")
	clientID := regexp.MustCompile(`name="client_id" value="(\w+)"`).FindStringSubmatch(thread.body)[1]
	reply := url.Values{"client_id": {clientID}, "text": {"Hello Maria"}, "private": {""}}
	d.post(path+"/messages", reply).leadsTo(t, path)
	d.post(path+"/messages", reply).leadsTo(t, path)
	if n := strings.Count(d.get(path).body, "Hello Maria</p></div>"); n != 1 {
		t.Errorf("the reply stands there %d times, want once although it was sent twice", n)
	}
	d.post(path+"/messages", url.Values{"client_id": {"n"}, "text": {"for us"}, "private": {"true"}}).leadsTo(t, path)
	d.get(path).want(t, http.StatusOK, `class="msg note"`)
	d.post(path+"/messages", url.Values{"client_id": {"e"}, "text": {"  "}}).want(t, http.StatusUnprocessableEntity, "A message must have 1 to 10000 characters")
	d.post(path+"/status", url.Values{"status": {"closed"}}).leadsTo(t, path)
	d.get("/inbox?view=closed").want(t, http.StatusOK, "conv-"+v.ConversationID)
	d.get("/inbox").want(t, http.StatusOK, "All done")
	d.get("/inbox?q=nothing+like+it").want(t, http.StatusOK, "Nothing found")
	d.get("/inbox/ffffffffffffffffffffffff").want(t, http.StatusNotFound)
}

func TestClaimedNameOfAnotherIsNotVerified(t *testing.T) {
	d := newDesk(t).setUp()
	_, v := d.visitor(support.Claims{Email: "boss@example.com"}, "Send me the passwords")
	page := d.get("/inbox/" + v.ConversationID)
	page.want(t, http.StatusOK, "Nobody has checked this", `data-test="contact-claimed"`)
	if strings.Contains(page.body, `data-test="contact-verified"`) {
		t.Error("an unproven address is shown as verified")
	}
}

func TestAMessageOfFilesAloneShowsThem(t *testing.T) {
	d := newDesk(t).setUp()
	_, v := d.visitor(support.Claims{}, "hello")
	f, err := d.support.UploadAgentFile(t.Context(), d.actor(), v.ConversationID, "price list.txt", strings.NewReader("ten"))
	must(t, err)
	_, _, err = d.support.PostAgentMessage(t.Context(), d.actor(), v.ConversationID, support.PostMessage{ClientID: "files", Attachments: []string{f.ID}})
	must(t, err)
	page := d.get("/inbox/" + v.ConversationID)
	page.want(t, http.StatusOK, `href="/files/`+f.ID, "price list.txt", "3 B")
	if n := strings.Count(page.body, `class="bubble"`); n != 1 {
		t.Errorf("%d bubbles, want the one of the message with a text", n)
	}
}

func TestWidgetSettingsKeepWhatWasTyped(t *testing.T) {
	d := newDesk(t).setUp()
	form := url.Values{
		"theme": {"dark"}, "primary_color": {"red"}, "position": {"bottom-left"}, "greeting_message": {"Hi & welcome"},
		"offline_message": {"Away"}, "emoji_picker": {"true"}, "timezone": {"Europe/Berlin"}, "otp_verification_enabled": {"true"},
		"monday": {"true"}, "monday_start": {"18:00"}, "monday_end": {"09:00"}, "friday": {"true"}, "friday_start": {"20:00"}, "friday_end": {"00:00"}, "holidays": {"xmas"},
	}
	d.post("/settings/widget", form).want(t, http.StatusUnprocessableEntity, `value="red"`, "Hi &amp; welcome", "The colour must be",
		"Start must be before end", "Tick e-mail or phone too", `value="18:00"`, `<input type="color" value="#007bff"`, `autofocus`,
		"Holidays must be days such as 2026-12-25", "xmas")
	form.Set("primary_color", "#112233")
	form.Set("holidays", "2026-12-26\r\n2026-12-25\r\n2026-12-26")
	form.Set("monday_end", "22:00")
	form.Set("requires_email", "true")
	d.post("/settings/widget", form).leadsTo(t, "/settings/widget")
	saved, err := d.support.Settings(t.Context(), d.actor())
	must(t, err)
	friday := saved.BusinessHours.Schedule["friday"]
	if saved.WidgetSettings.Theme != "dark" || saved.Features.FileUpload || !saved.Features.EmojiPicker || !saved.RequiresEmail ||
		!saved.OTPVerificationEnabled || !slices.Equal(saved.BusinessHours.Holidays, []string{"2026-12-25", "2026-12-26"}) || saved.BusinessHours.Timezone != "Europe/Berlin" || friday.End != "24:00" || len(saved.BusinessHours.Schedule) != 2 {
		t.Errorf("saved %+v", saved)
	}
	d.get("/settings/widget").want(t, http.StatusOK, "Saved.", `name="friday_end" value="00:00"`)
}

func TestHoursWithBreaksAndHolidays(t *testing.T) {
	d := newDesk(t).setUp()
	settings := support.DefaultSettings()
	settings.BusinessHours.Holidays = []string{"2026-12-25"}
	settings.BusinessHours.Schedule["monday"] = support.DayHours{Ranges: []support.Range{{Start: "09:00", End: "12:00"}, {Start: "13:00", End: "17:00"}}}
	_, err := d.support.SaveSettings(t.Context(), d.actor(), settings, nil)
	must(t, err)
	form := url.Values{
		"theme": {"light"}, "primary_color": {"#112233"}, "position": {"bottom-left"}, "timezone": {"UTC"},
		"monday": {"true"}, "monday_start": {"09:00", "", "13:00"}, "monday_end": {"12:00", "", "00:00"}, "friday": {"true"}, "friday_start": {"10:00"}, "friday_end": {"11:00"},
		"sunday_start": {"09:00"}, "sunday_end": {"17:00"},
	}
	d.get("/settings/widget").want(t, http.StatusOK, `name="monday_end" value="12:00"`, `name="monday_start" value="13:00"`, "2026-12-25")
	edit := func(order string, status int, texts ...string) {
		t.Helper()
		form.Set("edit", order)
		d.post("/settings/widget/hours", form).want(t, status, texts...)
	}
	edit("add friday", http.StatusOK, `name="friday_start" value="10:00"`, `name="friday_start" value=""`, `value="remove friday 1"`)
	edit("add sunday", http.StatusOK, `name="sunday" value="true" checked`, `value="remove sunday 1"`)
	edit("copy monday", http.StatusOK, `name="friday_end" value="12:00"`, `name="friday_start" value="13:00"`, `name="friday_end" value="00:00"`)
	edit("remove monday 2", http.StatusOK, `name="monday_start" value=""`, `value="remove monday 1"`)
	for _, wrong := range []string{"", "add", "add someday", "remove monday 0", "remove monday 3", "remove monday x", "copy tuesday", "swap monday"} {
		edit(wrong, http.StatusBadRequest)
	}
	form.Del("edit")
	untouched, err := d.support.Settings(t.Context(), d.actor())
	must(t, err)
	if len(untouched.BusinessHours.Schedule) != 1 {
		t.Errorf("editing saved %+v", untouched.BusinessHours)
	}
	d.post("/settings/widget", form).leadsTo(t, "/settings/widget")
	saved, err := d.support.Settings(t.Context(), d.actor())
	must(t, err)
	monday := saved.BusinessHours.Schedule["monday"]
	if len(monday.Ranges) != 2 || monday.Start != "09:00" || monday.End != "24:00" || monday.Ranges[1].Start != "13:00" || len(saved.BusinessHours.Schedule["friday"].Ranges) != 0 || len(saved.BusinessHours.Holidays) != 1 {
		t.Errorf("saved %+v", saved.BusinessHours)
	}
}

// stream opens the inbox's stream and returns a function that reads until all parts have come.
func (d *desk) stream(query string, header ...string) (until func(parts ...string) string) {
	d.t.Helper()
	return d.follow("/inbox/events"+query, header...)
}

func (d *desk) follow(path string, header ...string) (until func(parts ...string) string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
	d.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+path, nil)
	must(d.t, err)
	req.Header.Set("HX-Request", "true")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := d.http.Do(req)
	must(d.t, err)
	d.t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return func(parts ...string) string {
		d.t.Helper()
		var seen strings.Builder
		for lines.Scan() {
			seen.WriteString(lines.Text() + "\n")
			missing := false
			for _, p := range parts {
				missing = missing || !strings.Contains(seen.String(), p)
			}
			if !missing {
				return seen.String()
			}
		}
		d.t.Fatalf("the stream ended without all of %q: %v", parts, lines.Err())
		return ""
	}
}

func TestStreamShowsEachMessageOnceAlsoAfterAReconnect(t *testing.T) {
	d := newDesk(t).setUp()
	_, v := d.visitor(support.Claims{Name: "Maria"}, "one")
	until := d.stream("?open=" + v.ConversationID + "&after=1")
	until(`hx-target="#list-body"`, "conv-"+v.ConversationID)
	d.says(v, "second", "two")
	until("id: 2", ">two</div>", `hx-target="#nav-unread"`)
	d.says(v, "third", "three")
	// The address still says after=1: the browser's Last-Event-ID knows better.
	again := d.stream("?open="+v.ConversationID+"&after=1", "Last-Event-ID", "2")
	if seen := again("id: 3", ">three</div>"); strings.Contains(seen, ">two</div>") {
		t.Error("a message came a second time after the reconnect")
	}
}

func TestStreamEndsWithItsLogin(t *testing.T) {
	d := newDesk(t).setUp()
	until := d.stream("")
	d.post("/logout", url.Values{}).leadsTo(t, "/login")
	began := time.Now()
	until("event: end")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the stream lived on for %s", took)
	}
}
