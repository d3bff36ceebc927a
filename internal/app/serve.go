package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"deskbell/internal/auth"
	"deskbell/internal/config"
	"deskbell/internal/contain"
	"deskbell/internal/db"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/notify"
	"deskbell/internal/outbound"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/internal/upload"
	"deskbell/internal/webpush"
	"deskbell/web"
)

// drain is how long running requests may take to finish at shutdown.
const drain = 8 * time.Second

// cleanEvery is how often what has expired is removed, flushEvery how often the use of tokens is written,
// sweepEvery how often the folder of files is looked through for what a crash left.
const (
	cleanEvery = 5 * time.Second
	flushEvery = time.Minute
	sweepEvery = time.Hour
)

type serveCmd struct{ config.Serve }

// server is everything that runs while serving.
type server struct {
	settled config.Settled
	cfg     config.Serve
	log     *slog.Logger
	db      *db.DB
	keys    *keys.Ring
	hub     *realtime.Hub
	jobs    *jobs.Queue
	support *support.Service
	auth    *auth.Service
	post    *post
	push    *webpush.Sender
	// webhooks is the client that tells them.
	webhooks *http.Client
}

// Run serves until ctx ends, then lets requests finish, and returns.
func (c *serveCmd) Run(ctx context.Context, std IO) error {
	settled, err := c.Settle()
	if err != nil {
		return err
	}
	log := newLogger(std.Err, c.LogLevel, c.LogFormat)
	release, err := db.LockDir(c.DataDir.DataDir)
	if err != nil {
		return err
	}
	defer release()
	s, err := openStore(ctx, c.DataDir.DataDir, log)
	if err != nil {
		return err
	}
	app, err := c.assemble(settled, s, log)
	if err != nil {
		return errors.Join(err, s.db.Close())
	}
	return errors.Join(app.run(ctx, std), s.db.Close())
}

// assemble is the composition root: every part gets what it needs, here and nowhere else.
func (c *serveCmd) assemble(settled config.Settled, s store, log *slog.Logger) (*server, error) {
	app := &server{settled: settled, cfg: c.Serve, log: log, db: s.db, keys: s.keys, hub: realtime.NewHub(), jobs: jobs.New(s.db, now, log)}
	app.auth = auth.New(s.db, s.keys, app.jobs, now)
	files, err := upload.NewStore(filepath.Join(c.DataDir.DataDir, "files"), c.MaxFileSize, c.FilesQuota)
	if err != nil {
		return nil, err
	}
	if app.support, err = support.New(support.Deps{
		DB: s.db, Jobs: app.jobs, Hub: app.hub, Keys: s.keys, Files: files, BaseURL: settled.BaseURL.String(), Delivery: app.delivery(c.Serve), Now: now, Log: log,
		Limits: support.Limits{
			SessionsPerIP: c.LimitSessionsPerIP, SessionsPerDevice: c.LimitSessionsPerDevice, SessionsWithoutWork: c.LimitSessionsWithoutWork,
			OTPSends: c.LimitOTPSends, OTPAttempts: c.LimitOTPAttempts, Messages: c.LimitMessages,
		},
	}); err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(c.MailFrom)
	if err != nil {
		return nil, err
	}
	if app.push, err = webpush.NewSender(outbound.NewClient(settled.Outbound, pushTimeout), s.keys.Numbered(keys.WebPush), "mailto:"+from.Address); err != nil {
		return nil, err
	}
	app.webhooks = outbound.NewClient(settled.Outbound, webhookTimeout)
	app.post = &post{support: app.support, auth: app.auth, baseURL: settled.BaseURL.String()}
	// Also with a mail server: mails from before it was set still have to be shown and deleted.
	if app.post.keeper, err = notify.NewKeeper(filepath.Join(c.DataDir.DataDir, "mail"), c.MailFrom); err != nil {
		return nil, err
	}
	if settled.SMTP != nil {
		app.post.smtp, err = notify.NewSMTP(settled.SMTP, c.MailFrom)
	}
	if settled.SMS != nil {
		app.post.sms = notify.NewSMS(settled.SMS, c.SMSFrom)
	}
	return app, err
}

// run listens and works until ctx ends. Streams end first, so that nothing waits for them; then
// requests finish, jobs that were begun are completed, and what is kept in memory is written.
func (s *server) run(ctx context.Context, std IO) error {
	secure, err := newEncryption(s.cfg, s.settled.BaseURL.String(), s.log)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	page := &web.Metrics{Token: string(s.cfg.MetricsToken), Apart: s.cfg.MetricsAddr != ""}
	srv, wires := web.NewServer(web.Deps{
		Metrics: page, IsDoctor: s.isDoctor, PushKey: s.push.PublicKey(),
		Ready: s.db.Ready, Support: s.support, Auth: s.auth, Hub: s.hub, ReadMail: s.post.keeper.Read, MailConfigured: s.post.smtp != nil,
		BaseURL: s.settled.BaseURL, Proxies: s.settled.Proxies, Now: now, Log: s.log,
	})
	page.Gather = s.gather(wires.Open)
	if err := s.greet(ctx, std, listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := serveOn(srv, listener, secure.config); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		s.log.Info("shutting down")
		tellSystemd("STOPPING=1", s.log)
		s.hub.Close()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		err := srv.Shutdown(stop)
		if errors.Is(err, context.DeadlineExceeded) {
			// Whoever is still sending half a request has had its time.
			return srv.Close()
		}
		return err
	})
	for part, run := range map[string]func(context.Context) error{
		"streams":             wires.Run,
		"garbage collection":  func(ctx context.Context) error { return limitGarbage(ctx, wires.Open) },
		"forgetting":          forgetStart,
		"metrics":             func(ctx context.Context) error { return s.serveMetrics(ctx, page) },
		"the plain address":   func(ctx context.Context) error { return s.servePlain(ctx, secure.plain) },
		"the job queue":       func(ctx context.Context) error { return s.jobs.Run(ctx, s.post.handlers()) },
		"pushes":              func(ctx context.Context) error { return s.support.KeepPushing(ctx, s.sendPush) },
		"webhooks":            func(ctx context.Context) error { return s.support.KeepDelivering(ctx, s.callWebhook) },
		"clean-up":            s.clean,
		"indexing":            s.support.KeepIndexed,
		"counting":            s.support.KeepCounted,
		"retention":           s.support.KeepRetention,
		"the integrity check": s.db.Watch,
		"backups":             func(ctx context.Context) error { return keepBackups(ctx, s.cfg.DataDir.DataDir, s.cfg.Backups, s.log) },
	} {
		group.Go(func() error { return contain.Keep(ctx, s.log, part, run) })
	}
	// Connections are taken since Listen; what comes before the routes are served waits for them.
	tellSystemd("READY=1", s.log)
	if err = group.Wait(); s.db.Damaged() {
		return err
	}
	last := context.WithoutCancel(ctx)
	return errors.Join(err, s.support.FlushTokenUse(last), s.support.FlushRefusedOrigins(last))
}

// greet says where the server is, and how to set it up while there is no account.
func (s *server) greet(ctx context.Context, std IO, addr net.Addr) error {
	s.log.Info("listening", "addr", addr.String(), "base_url", s.cfg.BaseURL, "version", Version)
	done, err := s.auth.SetupDone(ctx)
	if err != nil || done {
		return err
	}
	base := strings.TrimRight(s.cfg.BaseURL, "/")
	_, err = fmt.Fprintf(std.Err, "\nWelcome to Deskbell. Set it up here, once:\n\n    %s/setup?key=%s\n\n", base, s.auth.SetupKey())
	return err
}

// clean removes what has expired, writes once a minute what is kept in memory, warns of tokens, and sweeps files.
func (s *server) clean(ctx context.Context) error {
	steps := []func(context.Context) error{
		s.support.ExpireSessions, s.support.ExpireLimits, s.support.ExpireFiles, s.support.ExpireDeliveries, s.support.ForgetSends, s.support.ExpireResumeLinks, s.auth.ExpireLogins, s.auth.ExpireLinks, s.post.removeExpired,
	}
	clean, flush, sweep := time.NewTicker(cleanEvery), time.NewTicker(flushEvery), time.NewTicker(sweepEvery)
	defer clean.Stop()
	defer flush.Stop()
	defer sweep.Stop()
	try := func(step func(context.Context) error) {
		// Nothing can be removed from a damaged database; that was said once already.
		if s.db.Damaged() {
			return
		}
		// Each by itself: one with a bug must not keep the others from their turn.
		if err := contain.Call(s.log, "clean-up", func() error { return step(ctx) }); err != nil && ctx.Err() == nil {
			s.log.Error("clean-up failed", "error", err)
		}
	}
	try(s.support.SweepFiles)
	try(s.support.WarnOfTokens)
	for {
		for _, step := range steps {
			try(step)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-clean.C:
		case <-flush.C:
			try(s.support.FlushTokenUse)
			try(s.support.FlushRefusedOrigins)
			try(s.support.WarnOfTokens)
		case <-sweep.C:
			try(s.support.SweepFiles)
		}
	}
}
