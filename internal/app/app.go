// Package app puts the program together: its commands, and the server with everything in it.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // containers and Windows have no time zones of their own

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"deskbell/internal/config"
	"deskbell/internal/db"
	"deskbell/internal/keys"
)

// Version is set when a release is built.
var Version = "dev"

// IO is where a command reads and writes.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
}

type commands struct {
	Serve       serveCmd       `cmd:"" help:"Run the server."`
	User        userCmd        `cmd:"" help:"Manage the team."`
	Token       tokenCmd       `cmd:"" help:"Manage support tokens."`
	Backup      backupCmd      `cmd:"" help:"Write everything into one file, also while the server runs."`
	Restore     restoreCmd     `cmd:"" help:"Bring a backup into an empty data directory."`
	Doctor      doctorCmd      `cmd:"" help:"Look at everything a server with these settings needs, and say what to do about what is wrong."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running server whether it is ready; for containers."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// command is what each of the commands does.
type command interface {
	Run(ctx context.Context, std IO) error
}

// exited carries kong's wish to end out of its callbacks.
type exited int

// Run parses the arguments, runs the command and returns the exit code: 0 on success, 1 when
// the command failed, 2 when it was called wrongly.
func Run(ctx context.Context, args, environ []string, std IO) (code int) {
	defer func() {
		if p := recover(); p != nil {
			wish, ok := p.(exited)
			if !ok {
				panic(p)
			}
			code = int(wish)
		}
	}()
	for _, pair := range environ {
		// Compose files and unit files pass on variables that are not set as empty ones.
		if name, value, _ := strings.Cut(pair, "="); value == "" && strings.HasPrefix(name, config.Prefix) {
			_ = os.Unsetenv(name)
		}
	}
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("deskbell"), kong.Description("Self-hosted live chat for support teams."),
		kong.Writers(std.Out, std.Err), kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Resolvers(fileResolver(environ)), kong.UsageOnError(),
	)
	if err != nil {
		_, _ = fmt.Fprintln(std.Err, "deskbell:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if err == nil {
		err = config.CheckEnvironment(environ, variables(parser.Model.Node))
	}
	if err != nil {
		_, _ = fmt.Fprintln(std.Err, "deskbell:", err)
		return 2
	}
	chosen, ok := parsed.Selected().Target.Addr().Interface().(command)
	if !ok {
		_, _ = fmt.Fprintln(std.Err, "deskbell: choose a command")
		return 2
	}
	if err := chosen.Run(ctx, std); err != nil {
		_, _ = fmt.Fprintln(std.Err, "deskbell:", err)
		return 1
	}
	return 0
}

// variables lists every environment variable of a command and those below it.
func variables(node *kong.Node) []string {
	var names []string
	for _, flag := range node.Flags {
		names = append(names, flag.Envs...)
	}
	for _, child := range node.Children {
		names = append(names, variables(child)...)
	}
	return names
}

// fileResolver reads DESKBELL_X_FILE where DESKBELL_X is not set, as container secrets want it.
func fileResolver(environ []string) kong.Resolver {
	files := map[string]string{}
	for _, pair := range environ {
		if name, file, _ := strings.Cut(pair, "="); strings.HasPrefix(name, config.Prefix) && strings.HasSuffix(name, "_FILE") && file != "" {
			files[strings.TrimSuffix(name, "_FILE")] = file
		}
	}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); value != "" {
			delete(files, name)
		}
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range flag.Envs {
			if file, ok := files[name]; ok {
				text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
				if err != nil {
					return nil, fmt.Errorf("%s_FILE: %w", name, err)
				}
				return strings.TrimSpace(string(text)), nil
			}
		}
		return nil, nil //nolint:nilnil // kong's way to say "not here"
	})
}

// newLogger writes to w in the wanted form; auto is text on a terminal, else JSON.
func newLogger(w io.Writer, level, format string) *slog.Logger {
	var lowest slog.Level
	_ = lowest.UnmarshalText([]byte(level)) // kong has checked it against the four names
	file, isFile := w.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd())) //nolint:gosec // descriptors are small
	if format == "text" || (format == "auto" && terminal) {
		return slog.New(tint.NewHandler(w, &tint.Options{Level: lowest, TimeFormat: time.TimeOnly, NoColor: !terminal}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: lowest}))
}

// store is an opened data directory.
type store struct {
	db   *db.DB
	keys *keys.Ring
}

// openStore makes the data directory when needed, and opens what is in it.
func openStore(ctx context.Context, dir string, log *slog.Logger) (store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return store{}, fmt.Errorf("data directory: %w", err)
	}
	ring, err := keys.Load(dir, db.Exists(dir))
	if err != nil {
		return store{}, err
	}
	d, err := db.Open(ctx, dir, log)
	if err != nil {
		return store{}, err
	}
	return store{db: d, keys: ring}, nil
}

// now is the program's clock: UTC in whole milliseconds, as the tables keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(_ context.Context, std IO) error {
	_, err := fmt.Fprintln(std.Out, "deskbell", Version)
	return err
}

var (
	_          command = (*versionCmd)(nil)
	errNoInput         = errors.New("nothing came in on standard input")
)
