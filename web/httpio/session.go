package httpio

import (
	"net/http"
	"net/url"

	"github.com/gorilla/sessions"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
)

// The values of a console session: who logs in now, and the login that was opened.
const (
	userValue  = "user"
	loginValue = "login"
	agentValue = "user_agent"
	ipValue    = "ip"
)

// Logins is a sessions.Store whose sessions are rows that can be revoked: the cookie holds only
// a random secret. (gorilla's own cookie store keeps the state in the browser, where a logout
// can't end it.)
type Logins struct {
	auth    *auth.Service
	name    string
	options sessions.Options
}

var _ sessions.Store = (*Logins)(nil)

// cookieLife keeps the cookie as long as a login can live at most; the row decides.
const cookieLife = 7 * 24 * 3600

// NewLogins returns the store. On https the cookie has the __Host- prefix and is Secure; plain
// http exists for a first try on one's own machine, where browsers would drop such a cookie.
func NewLogins(a *auth.Service, base *url.URL) *Logins {
	secure := base.Scheme == "https"
	name := "deskbell"
	if secure {
		name = "__Host-deskbell"
	}
	return &Logins{auth: a, name: name, options: sessions.Options{
		Path: "/", MaxAge: cookieLife, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}}
}

// Get returns the request's session, opened at most once.
func (s *Logins) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New opens the login behind the cookie; without one that holds, the session is new and empty.
func (s *Logins) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := s.options
	session.Options, session.IsNew = &options, true
	cookie, err := r.Cookie(name)
	if err != nil {
		return session, nil //nolint:nilerr // no cookie is no error, it is nobody
	}
	login, err := s.auth.OpenLogin(r.Context(), cookie.Value)
	if fault.Is(err, fault.Unauthenticated) {
		return session, nil
	}
	if err != nil {
		return session, err
	}
	session.Values[loginValue], session.IsNew = login, false
	return session, nil
}

// Save begins a login for the user in the session, always under a new secret, or ends the login
// when MaxAge is negative.
func (s *Logins) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		if login, ok := session.Values[loginValue].(auth.LoginSession); ok {
			if err := s.auth.EndLogin(r.Context(), login); err != nil {
				return err
			}
		}
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		return nil
	}
	user, ok := session.Values[userValue].(auth.User)
	if !ok {
		return nil
	}
	ip, _ := session.Values[ipValue].(string)
	agent, _ := session.Values[agentValue].(string)
	secret, err := s.auth.StartLogin(r.Context(), user, ip, agent)
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), secret, session.Options))
	return nil
}

// Login returns the login of a request. Kinds: Unauthenticated.
func (s *Logins) Login(c Ctx) (auth.LoginSession, error) {
	session, err := s.Get(c.Request(), s.name)
	if err != nil {
		return auth.LoginSession{}, err
	}
	login, ok := session.Values[loginValue].(auth.LoginSession)
	if !ok {
		return auth.LoginSession{}, fault.New(fault.Unauthenticated, "not_logged_in", "Please log in")
	}
	c.Set(AccountKey, login.AccountID)
	return login, nil
}

// Start logs a user in; a login that the browser had before ends.
func (s *Logins) Start(c Ctx, user auth.User, ip string) error {
	if err := s.End(c); err != nil {
		return err
	}
	session := sessions.NewSession(s, s.name)
	options := s.options
	session.Options = &options
	session.Values[userValue], session.Values[ipValue], session.Values[agentValue] = user, ip, c.Request().UserAgent()
	c.Response().Header().Del("Set-Cookie")
	return session.Save(c.Request(), c.Response())
}

// End logs the browser out.
func (s *Logins) End(c Ctx) error {
	session, err := s.Get(c.Request(), s.name)
	if err != nil {
		return err
	}
	session.Options.MaxAge = -1
	return session.Save(c.Request(), c.Response())
}
