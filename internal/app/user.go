package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"deskbell/internal/auth"
	"deskbell/internal/config"
)

type userCmd struct {
	Create userCreateCmd `cmd:"" help:"Add a user. The first one creates the account and owns it."`
	List   userListCmd   `cmd:"" help:"List all users."`
	Set    userSetCmd    `cmd:"" help:"Change a user's role, disable it, or turn its two-step sign-in off; ends its logins."`
	Passwd userPasswdCmd `cmd:"" help:"Give a user a new password; ends its logins."`
}

type userCreateCmd struct {
	config.DataDir
	Email         string `help:"E-mail to log in with." required:""`
	Name          string `help:"Name that visitors see." required:""`
	Role          string `help:"admin or agent." enum:"admin,agent" default:"agent"`
	Account       string `help:"Account by name; created when there is none (default: the first account)."`
	PasswordStdin bool   `help:"Read the password from standard input." required:""`
}

type userListCmd struct{ config.DataDir }

type userSetCmd struct {
	config.DataDir
	Email        string  `help:"Which user." required:""`
	Role         *string `help:"admin or agent."`
	Disabled     *bool   `help:"true ends all logins and refuses new ones."`
	ResetTwoStep bool    `help:"Turn two-step sign-in off, for who has lost phone and recovery codes."`
}

type userPasswdCmd struct {
	config.DataDir
	Email         string `help:"Which user." required:""`
	PasswordStdin bool   `help:"Read the password from standard input." required:""`
}

// withUsers runs do with the team of a data directory.
func withUsers(ctx context.Context, dir config.DataDir, std IO, do func(*auth.Service) error) error {
	log := newLogger(std.Err, "warn", "auto")
	s, err := openStore(ctx, dir.DataDir, log)
	if err != nil {
		return err
	}
	return errors.Join(do(s.team()), s.db.Close())
}

// readPassword takes the first line, so that both `echo` and a file without a last newline work.
func readPassword(std IO) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(std.In, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errNoInput
	}
	return line, nil
}

// Run adds the user.
func (c *userCreateCmd) Run(ctx context.Context, std IO) error {
	password, err := readPassword(std)
	if err != nil {
		return err
	}
	return withUsers(ctx, c.DataDir, std, func(a *auth.Service) error {
		u, err := a.CreateUser(ctx, auth.NewUser{Email: c.Email, Name: c.Name, Role: c.Role, Password: password, Account: c.Account})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.Out, "%s created: %s (%s)\n", u.Email, u.ID, roleOf(u))
		return err
	})
}

// Run prints a table of users.
func (c *userListCmd) Run(ctx context.Context, std IO) error {
	return withUsers(ctx, c.DataDir, std, func(a *auth.Service) error {
		users, err := a.Users(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "EMAIL\tNAME\tROLE\tSTATUS\tACCOUNT")
		for _, u := range users {
			status := "active"
			if u.Disabled {
				status = "disabled"
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name, roleOf(u), status, u.AccountName)
		}
		return table.Flush()
	})
}

// Run changes the user.
func (c *userSetCmd) Run(ctx context.Context, std IO) error {
	if c.Role == nil && c.Disabled == nil && !c.ResetTwoStep {
		return errors.New("nothing to change: give --role, --disabled=true|false or --reset-two-step")
	}
	return changeUser(ctx, c.DataDir, std, c.Email, auth.UserChange{Role: c.Role, Disabled: c.Disabled, TwoStepOff: c.ResetTwoStep})
}

// Run sets the password.
func (c *userPasswdCmd) Run(ctx context.Context, std IO) error {
	password, err := readPassword(std)
	if err != nil {
		return err
	}
	return changeUser(ctx, c.DataDir, std, c.Email, auth.UserChange{Password: &password})
}

func changeUser(ctx context.Context, dir config.DataDir, std IO, email string, change auth.UserChange) error {
	return withUsers(ctx, dir, std, func(a *auth.Service) error {
		u, err := a.ChangeUser(ctx, email, change)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.Out, "%s changed (%s); its logins have ended\n", u.Email, roleOf(u))
		return err
	})
}

func roleOf(u auth.User) string {
	if u.Owner {
		return "owner"
	}
	return u.Role
}
