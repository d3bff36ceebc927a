package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"deskbell/internal/backup"
	"deskbell/internal/config"
	"deskbell/internal/db"
)

type backupCmd struct {
	config.DataDir
	File string `arg:"" help:"File to write; it must not exist. It holds the root key: keep it like a password."`
}

type restoreCmd struct {
	config.DataDir
	File         string `arg:"" help:"Backup to read."`
	RevokeTokens bool   `help:"End all support tokens and logins: those that were ended after the backup would be alive again."`
}

// Run writes the backup, also while a server runs.
func (c *backupCmd) Run(ctx context.Context, std IO) error {
	m, err := backup.Write(ctx, c.DataDir.DataDir, c.File, Version, now())
	if err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.Out, "%s: %d files, %d bytes, read again and compared\n", c.File, len(m.Entries), info.Size())
	return err
}

// Run brings the backup into an empty data directory and opens it once.
func (c *restoreCmd) Run(ctx context.Context, std IO) error {
	release, err := db.LockDir(c.DataDir.DataDir)
	if err != nil {
		return err
	}
	defer release()
	m, err := backup.Restore(ctx, c.File, c.DataDir.DataDir)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, c.DataDir.DataDir, newLogger(std.Err, "warn", "auto"))
	if err != nil {
		return err
	}
	done := "its tokens and logins hold as they did then; `restore --revoke-tokens` ends them"
	if c.RevokeTokens {
		done = "all tokens and logins have ended: log in, and regenerate the tokens"
		err = c.revoke(ctx, s)
	}
	if err = errors.Join(err, s.db.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.Out, "restored %d files of %s into %s; %s\n", len(m.Entries), m.CreatedAt.UTC().Format(time.RFC3339), c.DataDir.DataDir, done)
	return err
}

func (c *restoreCmd) revoke(ctx context.Context, s store) error {
	domain, err := s.domain(c.DataDir)
	if err != nil {
		return err
	}
	return errors.Join(domain.RevokeAllTokens(ctx), s.team().EndAllLogins(ctx))
}

// backupName is that of a scheduled backup; sorted by name they are sorted by time.
const backupName = "deskbell-20060102-150405.backup"

// keepBackups writes a backup whenever the newest one is older than every, and keeps the newest ones.
func keepBackups(ctx context.Context, dataDir string, cfg config.Backups, log *slog.Logger) error {
	if cfg.BackupDir == "" {
		return nil
	}
	for {
		wait, err := nextBackup(cfg)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		file := filepath.Join(cfg.BackupDir, now().Format(backupName))
		began := time.Now()
		if _, err := backup.Write(ctx, dataDir, file, Version, now()); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			log.Error("backup failed", "error", err)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(min(cfg.BackupEvery, backupRetry)):
			}
			continue
		}
		log.Info("backup written", "file", file, "duration_ms", time.Since(began).Milliseconds())
		if err := dropBackups(cfg); err != nil {
			log.Error("old backups could not be removed", "error", err)
		}
	}
}

// backupRetry is how long after a failure the next backup is tried.
const backupRetry = 10 * time.Minute

// scheduled lists the backups in the folder, oldest first, and removes what one that was cut short has left.
func scheduled(cfg config.Backups) ([]string, error) {
	list, err := os.ReadDir(cfg.BackupDir)
	if err != nil {
		return nil, fmt.Errorf("--backup-dir: %w", err)
	}
	var names []string
	for _, e := range list {
		name, rest, _ := strings.Cut(e.Name(), ".backup")
		if _, err := time.Parse(backupName, name+".backup"); err != nil {
			continue
		}
		if rest != "" {
			_ = os.Remove(filepath.Join(cfg.BackupDir, e.Name()))
			continue
		}
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names, nil
}

func nextBackup(cfg config.Backups) (time.Duration, error) {
	if err := os.MkdirAll(cfg.BackupDir, 0o700); err != nil {
		return 0, fmt.Errorf("--backup-dir: %w", err)
	}
	names, err := scheduled(cfg)
	if err != nil || len(names) == 0 {
		return 0, err
	}
	last, err := time.Parse(backupName, names[len(names)-1])
	if err != nil {
		return 0, err
	}
	return max(0, time.Until(last.Add(cfg.BackupEvery))), nil
}

func dropBackups(cfg config.Backups) error {
	names, err := scheduled(cfg)
	for len(names) > cfg.BackupKeep && err == nil {
		err = os.Remove(filepath.Join(cfg.BackupDir, names[0]))
		names = names[1:]
	}
	return err
}
