package support

import (
	"context"
	"errors"
	"net/url"
	"sync"

	"golang.org/x/sync/errgroup"

	"deskbell/internal/contain"
	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
	"deskbell/internal/webpush"
)

const (
	// maxPushBrowsers is to how many browsers of a member pushes go; more replace the oldest.
	maxPushBrowsers = 10
	// maxEndpoint is the longest address of a push service in bytes.
	maxEndpoint = 1024
	// pushQueue is how many messages may wait for their pushes; more are told by other means only.
	pushQueue = 1024
	// pushWorkers is how many messages are pushed at once; each waits for a push service.
	pushWorkers = 4
)

// PushBrowser is a browser that is told of visitors' messages while no page of the console is open.
type PushBrowser struct {
	ID        string
	UserAgent string
	CreatedAt int64
	webpush.Subscription

	userID string
}

// Push is a message to a browser about an alert.
type Push struct {
	Alert
	To webpush.Subscription
}

// AddPush lets the actor's browser, logged in by the given login, have pushes. The same browser again
// is renewed. Kinds: Invalid.
func (s *Service) AddPush(ctx context.Context, a Actor, login string, b PushBrowser) error {
	u, err := url.Parse(b.Endpoint)
	if err != nil || len(b.Endpoint) > maxEndpoint || u.Host == "" || u.User != nil || (u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname()))) {
		return fault.Field("endpoint", "endpoint must be the https address of a push service")
	}
	if err := b.Check(); err != nil {
		return fault.Field("keys", "keys must be those of a browser")
	}
	b.ID, b.CreatedAt, b.userID = s.newID(), s.millis(), a.UserID
	b.UserAgent = clip(b.UserAgent, 300)
	return s.db.Write(ctx, func(tx *db.Tx) error { return upsertPush(ctx, tx, a, login, b) })
}

// PushBrowsers lists the actor's browsers that have pushes, newest first.
func (s *Service) PushBrowsers(ctx context.Context, a Actor) ([]PushBrowser, error) {
	return listPush(ctx, s.db.Read(), a.AccountID, a.UserID)
}

// RemovePush ends pushes to one of the actor's browsers. Kinds: NotFound.
func (s *Service) RemovePush(ctx context.Context, a Actor, browserID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := deletePush(ctx, tx, a.AccountID, a.UserID, browserID)
		if err == nil && n == 0 {
			err = errNotFound
		}
		return err
	})
}

// EndPush ends pushes to the actor's browser that is signed out of a login.
func (s *Service) EndPush(ctx context.Context, a Actor, login string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return deletePushOf(ctx, tx, a, login) })
}

// EndOtherPush ends pushes to all of the actor's browsers but that of one login.
func (s *Service) EndOtherPush(ctx context.Context, a Actor, login string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return deleteOtherPush(ctx, tx, a, login) })
}

// alertTabs counts the pages that listen for alerts, by user.
type alertTabs struct {
	mu   sync.Mutex
	open map[string]int
}

// EnterAlerts notes that a page of a member listens for alerts until leave is called.
func (s *Service) EnterAlerts(a Actor) (leave func()) {
	add := func(n int) {
		s.alertTabs.mu.Lock()
		defer s.alertTabs.mu.Unlock()
		if s.alertTabs.open[a.UserID] += n; s.alertTabs.open[a.UserID] == 0 {
			delete(s.alertTabs.open, a.UserID)
		}
	}
	add(1)
	return func() { add(-1) }
}

// hasPage reports whether a member has a page of the console open that tells them.
func (s *Service) hasPage(accountID, userID string) bool {
	s.alertTabs.mu.Lock()
	defer s.alertTabs.mu.Unlock()
	return s.alertTabs.open[userID] > 0 || s.hub.IsOnline(accountID, userID)
}

// pushLater lets a message be pushed once it is durable, when any browser of the account has pushes.
func (s *Service) pushLater(ctx context.Context, tx *db.Tx, e realtime.Event) error {
	wanted, err := s.pushWanted.Get(ctx, e.AccountID, func(ctx context.Context) (bool, error) {
		return anyPush(ctx, s.db.Read(), e.AccountID)
	})
	if err != nil || !wanted {
		return err
	}
	tx.AfterCommit(func() {
		select {
		case s.pushes <- e:
		default: // a rush; the messages themselves are safe
		}
	})
	return nil
}

// KeepPushing hands visitors' messages to send, for each browser of a member who wants to be told
// of them and has no page open, until ctx ends. A subscription that send says is gone is forgotten.
func (s *Service) KeepPushing(ctx context.Context, send func(context.Context, Push) error) error {
	var group errgroup.Group
	for range pushWorkers {
		group.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case e := <-s.pushes:
					if err := contain.Call(s.log, "a push", func() error { return s.push(ctx, e, send) }); err != nil && ctx.Err() == nil {
						s.log.Error("push failed", "error", err)
					}
				}
			}
		})
	}
	return group.Wait()
}

func (s *Service) push(ctx context.Context, e realtime.Event, send func(context.Context, Push) error) error {
	list, err := listPush(ctx, s.db.Read(), e.AccountID, "")
	if err != nil {
		return err
	}
	alerts := map[string]*Alert{}
	for _, b := range list {
		alert, known := alerts[b.userID]
		if !known {
			if !s.hasPage(e.AccountID, b.userID) {
				if alert, err = s.AlertOf(ctx, Actor{AccountID: e.AccountID, UserID: b.userID}, e); err != nil {
					return err
				}
			}
			alerts[b.userID] = alert
		}
		if alert == nil {
			continue
		}
		if err := s.pushTo(ctx, e.AccountID, b, *alert, send); err != nil {
			return err
		}
	}
	return nil
}

// pushTo passes over a service that does not answer: the next message is another try.
func (s *Service) pushTo(ctx context.Context, accountID string, b PushBrowser, alert Alert, send func(context.Context, Push) error) error {
	err := send(ctx, Push{Alert: alert, To: b.Subscription})
	if err == nil {
		return nil
	}
	if !errors.Is(err, webpush.ErrGone) {
		// Neither the cause nor the address: both may hold the secret part of an endpoint.
		s.log.Warn("browser not reached by push", "browser_id", b.ID)
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := deletePush(ctx, tx, accountID, b.userID, b.ID)
		return err
	})
}
