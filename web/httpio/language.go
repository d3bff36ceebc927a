package httpio

import (
	"net/http"

	"deskbell/views/words"
	"deskbell/widget/src/languages"
)

// languageCookie keeps the language that somebody chose.
const languageCookie = "lang"

// languageLife is a year, in seconds.
const languageLife = 365 * 24 * 3600

// Language is what a page speaks to whoever asks for it: the language chosen before, else the most
// wanted one of the browser that there is, else English.
func Language(r *http.Request) string {
	if cookie, err := r.Cookie(languageCookie); err == nil && words.Known(cookie.Value) {
		return cookie.Value
	}
	return languages.Choose(Wishes(r)...)
}

// Wishes are the languages that the browser's user reads, the most wanted first.
func Wishes(r *http.Request) []string { return words.Accepted(r.Header.Get("Accept-Language")) }

// SetLanguage keeps a choice for a year; an empty one leaves it to the browser again.
func SetLanguage(c Ctx, language string, secure bool) {
	life := languageLife
	if language == "" {
		life = -1
	}
	c.SetCookie(&http.Cookie{
		Name: languageCookie, Value: language, Path: "/", MaxAge: life, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
