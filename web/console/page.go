package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	views "deskbell/views/auth"
	"deskbell/views/layout"
	"deskbell/views/ui"
	"deskbell/views/words"
	"deskbell/web/httpio"
)

// page describes a page behind the login.
type page struct {
	title string
	// active is the nav item it belongs to.
	active string
	// translated pages have their texts in every language, and a name of one as their title.
	translated bool
}

// render answers with a page inside the app's frame, or with the body alone for htmx.
func (h *Handler) render(c httpio.Ctx, status int, p page, body templ.Component) error {
	login := loginOf(c)
	unread, err := h.Support.UnreadConversations(c.Request().Context(), actor(login))
	if err != nil {
		return err
	}
	alerts, err := h.Support.AlertSettings(c.Request().Context(), actor(login))
	if err != nil {
		return err
	}
	me, err := h.Support.Me(c.Request().Context(), actor(login))
	if err != nil {
		return err
	}
	expiring, warned, err := h.Support.ExpiringToken(c.Request().Context(), actor(login))
	if err != nil {
		return err
	}
	off, isOff, err := h.Support.WebhookOff(c.Request().Context(), actor(login))
	if err != nil {
		return err
	}
	limit, err := h.limitWarning(c, login)
	if err != nil {
		return err
	}
	_, rushing := h.Support.LastRush(actor(login))
	props := layout.Props{
		Title: p.title, Translated: p.translated, Path: backTo(c, p), Active: p.active, UserName: login.Name, Picture: login.Picture, AccountName: login.AccountName, Admin: login.Admin(), Away: me.Away,
		Unread: unread, Limit: limit, Rushing: rushing, NoMail: !h.MailConfigured, Theme: login.Look.Theme, Density: login.Look.Density,
		Alerts: alerts.Live() || p.active == alertsPage.active,
	}
	if warned {
		props.Expiring = &layout.Expiring{Domain: expiring.Domain, At: expiring.ExpiresAt}
	}
	if isOff {
		props.WebhookOff = &layout.WebhookOff{ID: off.ID, Host: off.Host()}
	}
	if p.translated {
		props.Title = words.Say(c.Request().Context(), p.title)
	} else {
		body = words.English(body)
	}
	if !httpio.IsFragment(c) {
		if props.Flash, err = h.takeFlash(c, login); err != nil {
			return err
		}
	}
	return httpio.Render(c, status, body, func(body templ.Component) templ.Component { return layout.App(props, body) })
}

// backTo is where somebody who chose a language is led: the page that was asked for, or the first
// of its kind when it was the answer to a form.
func backTo(c httpio.Ctx, p page) string {
	if c.Request().Method == http.MethodGet {
		return c.Request().URL.RequestURI()
	}
	if p.active == "inbox" || p.active == "contacts" || p.active == "reports" || p.active == "settings" {
		return "/" + p.active
	}
	return "/settings/" + p.active
}

// renderPlain answers with a page that needs no login.
func renderPlain(c httpio.Ctx, status int, title string, body templ.Component) error {
	return httpio.Render(c, status, body, func(body templ.Component) templ.Component {
		return words.English(layout.Plain(layout.PlainProps{Title: title}, body))
	})
}

// renderLogin answers with the sign-in form.
func renderLogin(c httpio.Ctx, status int, p views.LoginProps) error {
	props := layout.PlainProps{Title: words.Say(c.Request().Context(), "login.title"), Path: "/login?next=" + url.QueryEscape(p.Next)}
	return httpio.Render(c, status, views.Login(p), func(body templ.Component) templ.Component { return layout.Plain(props, body) })
}

// speak makes pages speak the language of their reader.
func speak(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(words.With(r.Context(), httpio.Language(r))))
	})
}

// chooseLanguage keeps the choice made at a page's foot and leads back to that page.
func (h *Handler) chooseLanguage(c httpio.Ctx) error {
	language := c.FormValue("language")
	if !words.Known(language) {
		return fault.New(fault.Invalid, "invalid_input", "Please choose one of the languages")
	}
	// Who has a profile has the language there, on every device.
	login, err := h.Logins.Login(c)
	if err == nil {
		err = h.Auth.ChooseLanguage(c.Request().Context(), login.User, language)
	}
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	httpio.SetLanguage(c, language, strings.HasPrefix(h.BaseURL, "https:"))
	return httpio.SeeOther(c, ownPath(c.FormValue("next")))
}

// setFlash keeps a text for the next page.
func (h *Handler) setFlash(c httpio.Ctx, text string) error {
	return h.Auth.SetFlash(c.Request().Context(), loginOf(c), text)
}

// leadBack says something on the page that a form leads to.
func (h *Handler) leadBack(c httpio.Ctx, page, flash string) error {
	if err := h.setFlash(c, flash); err != nil {
		return err
	}
	return httpio.SeeOther(c, page)
}

// takenAway answers a form that took something off a list. Pressed twice, or by two people at once, it is gone
// as wanted: the one who comes second sees the list without it.
func (h *Handler) takenAway(c httpio.Ctx, err error, list, flash string) error {
	if fault.Is(err, fault.NotFound) {
		return httpio.SeeOther(c, list)
	}
	if err != nil {
		return err
	}
	return h.leadBack(c, list, flash)
}

func (h *Handler) takeFlash(c httpio.Ctx, login auth.LoginSession) (*layout.Flash, error) {
	if login.Flash == "" {
		return nil, nil //nolint:nilnil // most pages have none
	}
	return &layout.Flash{Kind: "ok", Text: login.Flash}, h.Auth.SetFlash(c.Request().Context(), login, "")
}

func actor(login auth.LoginSession) support.Actor {
	return support.Actor{AccountID: login.AccountID, UserID: login.ID, Name: login.Name, Admin: login.Admin()}
}

// clock makes pages tell times in the reader's zone, which the script keeps in a cookie.
func (h *Handler) clock(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		zone := time.UTC
		if cookie, err := r.Cookie("tz"); err == nil {
			name, err := url.QueryUnescape(cookie.Value)
			if err == nil && len(name) < 64 && name != "Local" {
				if loaded, err := time.LoadLocation(name); err == nil {
					zone = loaded
				}
			}
		}
		next.ServeHTTP(w, r.WithContext(ui.WithClock(r.Context(), h.Now(), zone)))
	})
}

// maxForm bounds a form's body: a message of 10,000 characters may take twelve bytes for each.
const maxForm = 256 << 10

// guard sets the headers of every page, beside those of every answer.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", httpio.PagePolicy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

var (
	sameOrigin   = http.NewCrossOriginProtection()
	errOtherSite = fault.New(fault.Forbidden, "cross_origin", "Another site sent this. Please go on from here.")
)

// ownSite refuses changes that another site made a browser send.
func ownSite(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		if sameOrigin.Check(c.Request()) != nil {
			return errOtherSite
		}
		return next(c)
	}
}

// ownReads holds a read to the rule for changes: a stream costs something as long as it is open,
// and shows its reader as being there.
func ownReads(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		asChange := *c.Request()
		asChange.Method = http.MethodPost
		if sameOrigin.Check(&asChange) != nil {
			return errOtherSite
		}
		return next(c)
	}
}

// refusal turns an input's failure into what a form shows; ok is false for other failures.
// Labels replace the technical names that the messages begin with.
func refusal(err error, labels map[string]string) (message string, fields map[string]string, ok bool) {
	return refusalBy(err, lastWord, labels)
}

// refusalBy is refusal for a form that names its fields by other rules.
func refusalBy(err error, field func(path string) string, labels map[string]string) (message string, fields map[string]string, ok bool) {
	e := fault.As(err)
	if e == nil || (e.Kind != fault.Invalid && e.Kind != fault.Conflict) {
		return "", nil, false
	}
	fields = map[string]string{}
	for path, text := range e.Fields {
		fields[field(path)] = relabel(text, lastWord(path), labels)
	}
	if len(fields) == 0 {
		return e.Message, fields, true
	}
	return "Please check the marked fields", fields, true
}

func lastWord(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func relabel(text, name string, labels map[string]string) string {
	for _, start := range []string{name + ": ", name + " "} {
		if rest, found := strings.CutPrefix(text, start); found {
			if label := labels[name]; label != "" {
				return label + " " + rest
			}
			return rest
		}
	}
	return text
}
