// Command seed fills a data directory with conversations in the number that a large installation
// has after years, so that its speed can be measured:
//
//	go run ./internal/seed -data DIR -conversations 1000000 -messages 1050000
//
// The same parameters make the same rows. A directory that was filled before with the same ones
// is used again.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"deskbell/internal/db"
	"deskbell/migrations"
)

// stampFile lies in a directory that is filled completely.
const stampFile = "seed.json"

// version changes when the same parameters make other rows.
const version = 3

// parameters say what a directory holds.
type parameters struct {
	Version       int    `json:"version"`
	Schema        string `json:"schema"`
	Conversations int    `json:"conversations"`
	Messages      int    `json:"messages"`
	Seed          uint64 `json:"seed"`
}

// stamp is what the seeding tells about a directory.
type stamp struct {
	Parameters parameters `json:"parameters"`
	Dir        string     `json:"dir"`
	AccountID  string     `json:"account_id"`
	UserID     string     `json:"user_id"`
	Email      string     `json:"email"`
	Password   string     `json:"password"`
	Token      string     `json:"token"`
	// Longest is the conversation with the most messages.
	Longest string `json:"longest"`
	// Common is a word that about 40 % of the messages have, Second one that a third have, Rare
	// one that a few hundred of a million have.
	Common string `json:"common"`
	Second string `json:"second"`
	Rare   string `json:"rare"`
	Tag    string `json:"tag"`
	// Site is one that few conversations come from.
	Site string `json:"site"`
	// Regular is the contact with the most conversations.
	Regular string `json:"regular"`
	Seeded  string `json:"seeded"`
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			_, _ = fmt.Fprintln(os.Stderr, "seed:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	flags.SetOutput(progress)
	dir := flags.String("data", "", "data directory to fill")
	p := parameters{Version: version}
	flags.IntVar(&p.Conversations, "conversations", 10_000, "how many conversations")
	flags.IntVar(&p.Messages, "messages", 0, "how many messages (default: 5 % more than conversations)")
	flags.Uint64Var(&p.Seed, "seed", 1, "another number makes other rows")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.Messages == 0 {
		p.Messages = p.Conversations + p.Conversations/20
	}
	if *dir == "" || p.Conversations < 100 || p.Messages < p.Conversations {
		return errors.New("give -data, at least 100 -conversations and as many -messages")
	}
	var err error
	if p.Schema, err = schema(); err != nil {
		return err
	}
	s, err := reuse(*dir, p)
	if err != nil {
		return err
	}
	if s == nil {
		if s, err = make1(ctx, *dir, p, progress); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, string(text))
	return err
}

// schema names the migrations that a directory was made with.
func schema() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrations.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := migrations.Files.ReadFile(path)
		h.Write(content)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}

// reuse returns the stamp of a directory that holds what is wanted, nil when it must be filled,
// and refuses one that holds anything which was not made here.
func reuse(dir string, p parameters) (*stamp, error) {
	text, err := os.ReadFile(filepath.Join(dir, stampFile)) //nolint:gosec // the caller names the directory
	if errors.Is(err, fs.ErrNotExist) {
		if content, _ := os.ReadDir(dir); len(content) > 0 {
			return nil, fmt.Errorf("%s holds something else; give an empty or a new directory", dir)
		}
		return nil, nil //nolint:nilnil // nothing there yet
	}
	if err != nil {
		return nil, err
	}
	var s stamp
	if err := json.Unmarshal(text, &s); err != nil || s.Parameters != p {
		return nil, nil //nolint:nilnil,nilerr // made here, with other parameters
	}
	s.Dir = dir
	return &s, nil
}

// make1 fills a directory beside dir and puts it in place when it is complete.
func make1(ctx context.Context, dir string, p parameters, progress io.Writer) (*stamp, error) {
	began := time.Now()
	part := filepath.Clean(dir) + ".part"
	if err := os.RemoveAll(part); err != nil {
		return nil, err
	}
	s := &stamp{Parameters: p, Dir: dir}
	if err := fill(ctx, part, s, progress); err != nil {
		return nil, err
	}
	s.Seeded = time.Since(began).Round(100 * time.Millisecond).String()
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return s, errors.Join(
		os.WriteFile(filepath.Join(part, stampFile), text, 0o600), os.RemoveAll(dir), os.Rename(part, dir))
}

// remove what only the filling needed.
func leftovers(dir string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(filepath.Join(dir, db.FileName+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
