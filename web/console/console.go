// Package console is the team's web interface: pages, forms and the live inbox. It holds no
// rules; it calls the same use cases as the JSON API.
package console

import (
	"log/slog"
	"sync"
	"time"

	"deskbell/internal/auth"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

// Deps is what the console needs. All fields are required.
type Deps struct {
	Support *support.Service
	Auth    *auth.Service
	Hub     *realtime.Hub
	Logins  *httpio.Logins
	Proxies httpio.Proxies
	// BaseURL is the public address without a slash at its end; it stands in snippets.
	BaseURL string
	// MailConfigured says whether a mail server is set.
	MailConfigured bool
	// PushKey is the public key with which browsers subscribe to pushes.
	PushKey string
	// ReadMail returns the text of a kept mail by its file's name.
	ReadMail func(file string) (string, error)
	Now      func() time.Time
	Log      *slog.Logger
}

// Handler answers the console's requests.
type Handler struct {
	Deps
	forms formIDs
}

// formIDs remembers the forms that made something, such as a token, so that reloading the answer or a double
// click makes no second one. It lives in memory: losing it costs a token too many at worst.
type formIDs struct {
	mu   sync.Mutex
	used map[string]time.Time
}

// formLife is how long a sent form is remembered.
const formLife = time.Hour

// use reports whether the form is sent for the first time.
func (f *formIDs) use(formID string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for old, at := range f.used {
		if now.Sub(at) > formLife {
			delete(f.used, old)
		}
	}
	if _, again := f.used[formID]; again {
		return false
	}
	if f.used == nil {
		f.used = map[string]time.Time{}
	}
	f.used[formID] = now
	return true
}

// release forgets a form whose input was refused, so that it can be sent again.
func (f *formIDs) release(formID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.used, formID)
}
