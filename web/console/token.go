package console

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var tokensPage = page{title: "nav.tokens", active: "tokens", translated: true}

var identityPage = page{title: "Identity secret", active: "tokens"}

// The lives a form proposes, in days.
const (
	plainDays     = "365"
	sensitiveDays = "30"
	dayMillis     = int64(24 * time.Hour / time.Millisecond)
)

func (h *Handler) showTokens(c httpio.Ctx) error {
	form := settings.TokenForm{Scopes: []string{support.ScopeChat, support.ScopeSupport}, Expiry: plainDays, Domain: c.QueryParam("domain")}
	return h.renderTokens(c, http.StatusOK, form)
}

func (h *Handler) renderTokens(c httpio.Ctx, status int, form settings.TokenForm) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	tokens, err := h.Support.Tokens(ctx, who)
	if err != nil {
		return err
	}
	requests, err := h.Support.TokenRequests(ctx, who, tokens)
	if err != nil {
		return err
	}
	refused, err := h.Support.RefusedOrigins(ctx, who, tokens)
	if err != nil {
		return err
	}
	if form.FormID == "" {
		form.FormID = id.Secret()
	}
	welcome := c.QueryParam("welcome") != "" && len(tokens) == 0
	return h.render(c, status, tokensPage, settings.Tokens(settings.TokensProps{Tokens: tokens, Requests: requests, Refused: refused, Form: form, Welcome: welcome}))
}

var tokenLabels = map[string]string{"domain": "The website", "scopes": "The list", "expiry_time": "The time"}

// createToken answers with the new token itself: a redirect would need it in an address.
func (h *Handler) createToken(c httpio.Ctx) error {
	form, err := readTokenForm(c)
	if err != nil {
		return err
	}
	if !h.forms.use(form.FormID, h.Now()) {
		return h.madeAlready(c)
	}
	in := support.NewToken{Domain: form.Domain, Scopes: form.Scopes, RequireOrigin: form.RequireOrigin, ExpiryTime: form.life()}
	token, secret, err := h.Support.CreateToken(c.Request().Context(), actor(loginOf(c)), in)
	if message, fields, ok := refusal(err, tokenLabels); ok {
		h.forms.release(form.FormID)
		form.Message, form.Fields = message, fields
		return h.renderTokens(c, http.StatusUnprocessableEntity, form.TokenForm)
	}
	if err != nil {
		return err
	}
	return h.renderSnippet(c, token, secret)
}

// madeAlready answers a form that has made its token before: what was shown once is not shown again.
func (h *Handler) madeAlready(c httpio.Ctx) error {
	return h.leadBack(c, "/settings/tokens", "That token was made already. Its snippet was shown once; regenerate it to get a new one.")
}

// tokenForm is a token form as sent.
type tokenForm struct{ settings.TokenForm }

func readTokenForm(c httpio.Ctx) (tokenForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return tokenForm{}, badForm(err)
	}
	f := tokenForm{settings.TokenForm{
		Domain: values.Get("domain"), Scopes: values["scopes"], Expiry: values.Get("expiry"), CustomDays: values.Get("custom_days"),
		RequireOrigin: values.Get("require_origin") != "", FormID: values.Get("form_id"),
	}}
	if f.Scopes == nil {
		f.Scopes = []string{} // none ticked is a mistake to show, not the default
	}
	if f.Expiry == "" {
		f.Expiry = plainDays
		if slices.Contains(f.Scopes, support.ScopeHistory) || slices.Contains(f.Scopes, support.ScopeFileUpload) {
			f.Expiry = sensitiveDays
		}
	}
	return f, nil
}

// life is the chosen time in milliseconds; what is no number of days becomes one that the
// domain refuses.
func (f tokenForm) life() *int64 {
	text := f.Expiry
	if text == "custom" {
		text = f.CustomDays
	}
	days, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		days = 0
	}
	millis := days * dayMillis
	return &millis
}

func (h *Handler) renderSnippet(c httpio.Ctx, token support.Token, secret string) error {
	return h.render(c, http.StatusOK, tokensPage, settings.Snippet(settings.SnippetProps{Token: token, Secret: secret, BaseURL: h.BaseURL}))
}

func (h *Handler) confirmRegenerate(c httpio.Ctx) error { return h.confirm(c, false) }

func (h *Handler) confirmDelete(c httpio.Ctx) error { return h.confirm(c, true) }

func (h *Handler) confirm(c httpio.Ctx, remove bool) error {
	token, err := h.Support.Token(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, tokensPage, settings.Confirm(settings.ConfirmProps{Token: token, Delete: remove, FormID: id.Secret()}))
}

func (h *Handler) regenerateToken(c httpio.Ctx) error {
	formID := c.FormValue("form_id")
	if !h.forms.use(formID, h.Now()) {
		return h.madeAlready(c)
	}
	token, secret, err := h.Support.RegenerateToken(c.Request().Context(), actor(loginOf(c)), c.Param("id"), nil)
	if err != nil {
		h.forms.release(formID)
		return err
	}
	return h.renderSnippet(c, token, secret)
}

func (h *Handler) confirmReplace(c httpio.Ctx) error {
	token, err := h.Support.Token(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, tokensPage, settings.Replace(token))
}

// replaceToken answers with the new token itself, as createToken does.
func (h *Handler) replaceToken(c httpio.Ctx) error {
	hours, err := strconv.Atoi(c.FormValue("hours"))
	if err != nil {
		hours = 0 // refused
	}
	token, secret, err := h.Support.ReplaceToken(c.Request().Context(), actor(loginOf(c)), c.Param("id"), time.Duration(hours)*time.Hour)
	if fault.Is(err, fault.Conflict) {
		return h.leadBack(c, "/settings/tokens", fault.As(err).Message)
	}
	if err != nil {
		return err
	}
	return h.renderSnippet(c, token, secret)
}

func (h *Handler) keepToken(c httpio.Ctx) error {
	if err := h.Support.KeepToken(c.Request().Context(), actor(loginOf(c)), c.Param("id")); err != nil {
		return err
	}
	return h.leadBack(c, "/settings/tokens", "The token stays.")
}

func (h *Handler) deleteToken(c httpio.Ctx) error {
	err := h.Support.DeleteToken(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.takenAway(c, err, "/settings/tokens", "The token is deleted. The chat is gone from its site.")
}

func (h *Handler) showIdentity(c httpio.Ctx) error {
	token, err := h.Support.Token(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, identityPage, settings.Identity(settings.IdentityProps{Token: token, FormID: id.Secret()}))
}

// newIdentity makes a secret in the place of the one before, and shows it in the answer alone.
func (h *Handler) newIdentity(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	token, err := h.Support.Token(ctx, who, c.Param("id"))
	if err != nil {
		return err
	}
	formID := c.FormValue("form_id")
	if !h.forms.use(formID, h.Now()) {
		return h.leadBack(c, "/settings/tokens", "That secret was made already, and shown once. Make another one if you have not kept it.")
	}
	secret, err := h.Support.NewIdentitySecret(ctx, who, token.ID)
	if err != nil {
		h.forms.release(formID)
		return err
	}
	return h.render(c, http.StatusOK, identityPage, settings.Identity(settings.IdentityProps{Token: token, Secret: secret}))
}
