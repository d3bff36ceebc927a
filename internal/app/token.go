package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"deskbell/internal/auth"
	"deskbell/internal/config"
	"deskbell/internal/jobs"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/internal/upload"
)

type tokenCmd struct {
	Issue tokenIssueCmd `cmd:"" help:"Make a support token and print it; it can't be shown again."`
}

type tokenIssueCmd struct {
	config.DataDir
	Domain        string   `help:"The website's address, such as https://example.com." required:""`
	Scopes        []string `help:"chat, support, file_upload, history." default:"chat,support"`
	ExpiryTime    *int64   `help:"Life in milliseconds (default: one year)."`
	RequireOrigin bool     `help:"Refuse callers that send no Origin, such as apps and scripts."`
	Account       string   `help:"Account by name (default: the first account)."`
}

// Run makes the token.
func (c *tokenIssueCmd) Run(ctx context.Context, std IO) error {
	s, err := openStore(ctx, c.DataDir.DataDir, newLogger(std.Err, "warn", "auto"))
	if err != nil {
		return err
	}
	return errors.Join(c.issue(ctx, std, s), s.db.Close())
}

// domain opens the use cases for a command beside the server, which announces nothing to streams.
func (s store) domain(dir config.DataDir) (*support.Service, error) {
	quiet := slog.New(slog.DiscardHandler)
	files, err := upload.NewStore(filepath.Join(dir.DataDir, "files"), 0, 0)
	if err != nil {
		return nil, err
	}
	return support.New(support.Deps{
		DB: s.db, Jobs: jobs.New(s.db, now, quiet), Hub: realtime.NewHub(), Keys: s.keys, Files: files, BaseURL: "http://localhost", Now: now, Log: quiet,
	})
}

// team opens the team's use cases for a command beside the server.
func (s store) team() *auth.Service {
	return auth.New(s.db, s.keys, jobs.New(s.db, now, slog.New(slog.DiscardHandler)), now)
}

func (c *tokenIssueCmd) issue(ctx context.Context, std IO, s store) error {
	account, err := s.team().FindAccount(ctx, c.Account)
	if err != nil {
		return err
	}
	domain, err := s.domain(c.DataDir)
	if err != nil {
		return err
	}
	_, token, err := domain.CreateToken(ctx, support.Actor{AccountID: account, Admin: true}, support.NewToken{
		Domain: c.Domain, Scopes: c.Scopes, ExpiryTime: c.ExpiryTime, RequireOrigin: c.RequireOrigin,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.Out, token)
	return err
}
