package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/demo"
	"deskbell/views/words"
	"deskbell/web/httpio"
	"deskbell/widget/src/languages"
)

// pages are our own pages that carry the widget.
type pages struct {
	support *support.Service
	auth    *auth.Service
	logins  *httpio.Logins
	base    *url.URL
	proxies httpio.Proxies
}

// pageCSP lets a page of ours run the widget and nothing else; framing is decided by the page.
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors "

// demo handles GET /demo: the widget of the account that is logged in, else of the first one.
func (p *pages) demo(c httpio.Ctx) error {
	c.Response().Header().Set("Content-Security-Policy", pageCSP+"'none'")
	ctx := c.Request().Context()
	account, err := p.demoAccount(c)
	if err != nil {
		return err
	}
	if account == "" {
		return httpio.Render(c, http.StatusOK, words.In(httpio.Language(c.Request()), demo.BeforeSetup()), nil)
	}
	tokenID, err := p.support.DemoToken(ctx, account)
	if err != nil {
		return err
	}
	_, credential, err := p.support.PageCredential(ctx, tokenID)
	if err != nil {
		return err
	}
	return httpio.Render(c, http.StatusOK, words.In(httpio.Language(c.Request()), demo.Page(demo.Widget{Token: credential, TokenURL: renewURL(tokenID)})), nil)
}

func (p *pages) demoAccount(c httpio.Ctx) (string, error) {
	login, err := p.logins.Login(c)
	if err == nil {
		return login.AccountID, nil
	}
	if !fault.Is(err, fault.Unauthenticated) {
		return "", err
	}
	return p.auth.FirstAccount(c.Request().Context())
}

func renewURL(tokenID string) string { return "/chat/" + tokenID + "/token" }

// chat handles GET /chat/:token_id: the chat as a page, framed only by the token's own domain.
func (p *pages) chat(c httpio.Ctx) error {
	tokenID := c.Param("token_id")
	t, credential, err := p.pageCredential(c, tokenID)
	if err != nil {
		return err
	}
	settings, err := p.support.TokenSettings(c.Request().Context(), t)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", pageCSP+frameAncestors(t.Domain))
	language := languages.Choose(append([]string{c.QueryParam("locale"), settings.WidgetSettings.Locale}, httpio.Wishes(c.Request())...)...)
	return httpio.Render(c, http.StatusOK, words.In(language, demo.Chat(demo.Standalone{
		Widget: demo.Widget{Token: credential, TokenURL: renewURL(tokenID)},
		Title:  chatTitle(settings.WidgetSettings.In(language), language),
	})), nil)
}

// chatTitle is what heads the panel.
func chatTitle(w support.WidgetSettings, language string) string {
	return cmp.Or(w.Title, w.TeamName, w.Texts["panel.title"], languages.Of(language)["panel"]["title"])
}

// frameAncestors names who may frame a chat page. Domains were parsed to bare origins when they
// were stored; anything that could end the directive is refused all the same.
func frameAncestors(domain string) string {
	if strings.ContainsAny(domain, "; ,'\"") {
		return "'none'"
	}
	return domain
}

func (p *pages) pageCredential(c httpio.Ctx, tokenID string) (support.Token, string, error) {
	if !id.Valid(tokenID) {
		return support.Token{}, "", fault.New(fault.NotFound, "not_found", "Not found")
	}
	return p.support.PageCredential(c.Request().Context(), tokenID)
}

// credential handles GET /chat/:token_id/token: a fresh credential for an open page of ours.
func (p *pages) credential(c httpio.Ctx) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if !httpio.OwnOrigin(c.Request(), p.base) {
		return fault.New(fault.Forbidden, "domain_not_whitelisted", "Domain not whitelisted")
	}
	_, credential, err := p.pageCredential(c, c.Param("token_id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool   `json:"success"`
		Token   string `json:"token"`
	}{true, credential})
}
