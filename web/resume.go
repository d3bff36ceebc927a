package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/demo"
	"deskbell/views/words"
	"deskbell/web/httpio"
	"deskbell/widget/src/languages"
)

// registerResume adds where the links in mails about replies lead. None of their keys opens anything by itself.
func (p *pages) registerResume(e *echo.Echo) {
	g := e.Group("/resume", resumeHeaders, httpio.BoundForm(httpio.MaxBody))
	g.GET("", p.showResume)
	g.POST("", p.resume)
	g.POST("/code", p.sendResumeCode)
	g.GET("/stop", p.showStop)
	g.POST("/stop", p.stopReplyMails)
}

// resumeHeaders keeps the pages out of caches and frames, and their addresses from other sites.
func resumeHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		header := c.Response().Header()
		header.Set("Cache-Control", "no-store")
		header.Set("Referrer-Policy", "origin")
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "+
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		return next(c)
	}
}

// showResume handles GET /resume. Looking at a link, as mail servers do with all of them, does nothing.
func (p *pages) showResume(c httpio.Ctx) error {
	return p.renderResume(c, http.StatusOK, demo.ResumeProps{Key: c.QueryParam("key"), Sent: c.QueryParam("sent") != ""}, "")
}

// renderResume shows the form; problem names what is wrong with a code, by one of the widget's texts about codes.
func (p *pages) renderResume(c httpio.Ctx, status int, props demo.ResumeProps, problem string) error {
	r, err := p.support.Resume(c.Request().Context(), props.Key)
	if err != nil {
		return deadResume(c, err)
	}
	settings, err := p.support.TokenSettings(c.Request().Context(), r.Token)
	if err != nil {
		return err
	}
	language := languages.Choose(append([]string{settings.WidgetSettings.Locale}, httpio.Wishes(c.Request())...)...)
	props.Site, props.Address, props.Forms = strings.TrimPrefix(r.Token.Domain, "https://"), r.Address, languages.Of(language)["forms"]
	props.Message = props.Forms[problem]
	return httpio.Render(c, status, words.In(language, demo.Resume(props)), nil)
}

// renderPlain shows a page of which nobody knows the site.
func renderPlain(c httpio.Ctx, status int, body templ.Component) error {
	return httpio.Render(c, status, words.In(httpio.Language(c.Request()), body), nil)
}

func deadResume(c httpio.Ctx, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	return renderPlain(c, http.StatusNotFound, demo.DeadResume())
}

// sendResumeCode handles POST /resume/code.
func (p *pages) sendResumeCode(c httpio.Ctx) error {
	if err := p.mustBeOwn(c); err != nil {
		return err
	}
	r := c.Request()
	key := c.FormValue("key")
	err := p.support.SendResumeCode(r.Context(), key, p.proxies.ClientIP(r), r.UserAgent())
	if fault.Is(err, fault.RateLimited) {
		return p.renderResume(c, http.StatusTooManyRequests, demo.ResumeProps{Key: key, Sent: true, Later: true}, "")
	}
	if err != nil {
		return deadResume(c, err)
	}
	return httpio.SeeOther(c, support.ResumePath+key+"&sent=1")
}

// codeProblems are the texts of the widget for what can be wrong with a code.
var codeProblems = map[string]string{"otp_expired": "codeExpired", "too_many_attempts": "codeLocked"}

// resume handles POST /resume: with the right code the chat's own page goes on with the conversation.
func (p *pages) resume(c httpio.Ctx) error {
	if err := p.mustBeOwn(c); err != nil {
		return err
	}
	key := c.FormValue("key")
	out, err := p.support.ResumeWithCode(c.Request().Context(), key, c.FormValue("code"))
	if e := fault.As(err); e != nil && (e.Kind == fault.Invalid || e.Kind == fault.RateLimited) {
		problem, known := codeProblems[e.Code]
		if !known {
			problem = "codeWrong"
		}
		return p.renderResume(c, http.StatusUnprocessableEntity, demo.ResumeProps{Key: key, Sent: true}, problem)
	}
	if err != nil {
		return deadResume(c, err)
	}
	keep, err := stored(out)
	if err != nil {
		return err
	}
	return renderPlain(c, http.StatusOK, demo.Resumed("/chat/"+out.PageToken, keep))
}

// stored is what the widget finds in its storage when its page opens: this session, and nothing of another one.
func stored(out support.ResumedSession) (string, error) {
	type object map[string]any
	keep := map[string]string{}
	for key, value := range map[string]any{
		"device":  out.DeviceID,
		"session": object{"token": out.Token, "session_id": out.ID, "conversation_id": out.ConversationID, "requires_verification": false},
		"claims":  object{"name": out.Name, "email": out.Email},
		"answers": nil, "outbox": nil, "draft": nil, "files": nil,
	} {
		text, err := json.Marshal(value)
		if err != nil {
			return "", err
		}
		if value == nil {
			text = nil
		}
		keep["deskbell:"+out.TokenID+":"+key] = string(text)
	}
	all, err := json.Marshal(keep)
	return string(all), err
}

// mustBeOwn refuses forms of other sites, which could have a visitor talk in somebody else's name.
func (p *pages) mustBeOwn(c httpio.Ctx) error {
	if !httpio.OwnOrigin(c.Request(), p.base) {
		return fault.New(fault.Forbidden, "domain_not_whitelisted", "Domain not whitelisted")
	}
	return nil
}

// showStop handles GET /resume/stop.
func (p *pages) showStop(c httpio.Ctx) error {
	key := c.QueryParam("key")
	if err := p.support.CanStopReplyMails(c.Request().Context(), key); err != nil {
		return deadResume(c, err)
	}
	return renderPlain(c, http.StatusOK, demo.StopReplyMails(key, false))
}

// stopReplyMails handles POST /resume/stop, also from a mail program's own button, which has no origin.
func (p *pages) stopReplyMails(c httpio.Ctx) error {
	key := c.FormValue("key")
	if err := p.support.StopReplyMails(c.Request().Context(), key); err != nil {
		return deadResume(c, err)
	}
	return renderPlain(c, http.StatusOK, demo.StopReplyMails(key, true))
}
