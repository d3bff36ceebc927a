package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"deskbell/internal/config"
	"deskbell/internal/db"
	"deskbell/internal/keys"
	"deskbell/internal/notify"
)

// roomAtLeast is the disk room below which something will soon be missing, whatever the database's size.
const roomAtLeast = 512 << 20

// filesAtLeast is how many files a server should be allowed to have open: each visitor's stream takes one.
const filesAtLeast = 4096

// doctorPatience is how long one look may take; only that at the database may take longer.
const doctorPatience = 15 * time.Second

type doctorCmd struct {
	config.Serve
	SendTo string `help:"Also send a mail there, to see it arrive." placeholder:"ADDRESS"`
}

// diagnosis collects findings, a line for each.
type diagnosis struct {
	std   IO
	wrong int
}

func (d *diagnosis) line(verdict, about, text string) {
	_, _ = fmt.Fprintf(d.std.Out, "%-6s %-13s %s\n", verdict, about, text)
}

func (d *diagnosis) fine(about, format string, args ...any) {
	d.line("ok", about, fmt.Sprintf(format, args...))
}

func (d *diagnosis) note(about, format string, args ...any) {
	d.line("note", about, fmt.Sprintf(format, args...))
}

// ill says what is wrong and what to do about it.
func (d *diagnosis) ill(about string, what any, cure string) {
	d.wrong++
	d.line("WRONG", about, fmt.Sprintf("%v. %s", what, cure))
}

// Run looks at everything that a server with these settings needs, changes nothing, and fails when
// something is wrong.
func (c *doctorCmd) Run(ctx context.Context, std IO) error {
	d := &diagnosis{std: std}
	settled, err := c.Settle()
	if err != nil {
		d.ill("settings", err, "Correct it; `deskbell serve --help` lists the settings.")
		return d.verdict()
	}
	c.files(ctx, d)
	c.openFiles(d)
	c.mail(ctx, d, settled)
	c.texts(ctx, d, settled)
	c.address(ctx, d, settled)
	return d.verdict()
}

func (d *diagnosis) verdict() error {
	if d.wrong > 0 {
		return fmt.Errorf("%d found to be wrong", d.wrong)
	}
	_, err := fmt.Fprintln(d.std.Out, "Nothing is wrong.")
	return err
}

// files looks at the data directory and what is in it.
func (c *doctorCmd) files(ctx context.Context, d *diagnosis) {
	dir := c.DataDir.DataDir
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		d.ill("data", dir+" is no directory", "Start `deskbell serve` once, which makes it, or set DESKBELL_DATA_DIR.")
		return
	}
	if info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
		d.ill("data", fmt.Sprintf("%s is open to other users of this machine (%v)", dir, info.Mode().Perm()), "Run: chmod 700 "+dir)
	} else {
		d.fine("data", "%s is its owner's alone", dir)
	}
	if f, err := os.CreateTemp(dir, "doctor.*"); err != nil {
		d.ill("data", dir+" can't be written", "Make it the user's that runs Deskbell, and run this as that user.")
	} else {
		_ = errors.Join(f.Close(), os.Remove(f.Name()))
		d.fine("data", "%s can be written", dir)
	}
	if !db.Exists(dir) {
		d.note("database", "there is none yet; the first start makes it")
		c.room(d, dir, 0)
		return
	}
	if _, err := keys.Load(dir, true); err != nil {
		d.ill("root key", err, "Without it every token and login is dead.")
	} else {
		d.fine("root key", "it is there and whole")
	}
	if err := db.Inspect(ctx, dir); err != nil {
		d.ill("database", err, "Keep a copy of the directory before you change anything.")
	} else {
		d.fine("database", "looked through, no damage")
	}
	size := int64(0)
	if file, err := os.Stat(filepath.Join(dir, db.FileName)); err == nil {
		size = file.Size()
	}
	c.room(d, dir, size)
}

// room wants space for a second copy of the database, which an upgrade makes.
func (c *doctorCmd) room(d *diagnosis, dir string, size int64) {
	free, known := diskFree(dir)
	switch {
	case !known:
		d.note("disk", "this system doesn't tell how much room there is")
	case free < roomAtLeast+size:
		d.ill("disk", fmt.Sprintf("%d MiB are free; an upgrade needs a copy of the database (%d MiB), and messages need room", free>>20, size>>20), "Free some, or move the data directory to a larger disk.")
	default:
		d.fine("disk", "%d MiB are free", free>>20)
	}
	if c.BackupDir == "" {
		d.note("backups", "the server makes none; DESKBELL_BACKUP_DIR has it make one a day")
		return
	}
	// The folder is only read: what looks left over may be a backup that is being written.
	names, _ := filepath.Glob(filepath.Join(c.BackupDir, "deskbell-*.backup"))
	if len(names) == 0 {
		d.ill("backups", "there is none in "+c.BackupDir, "The server writes the first at its start; is it running with this setting, and may it write there?")
		return
	}
	newest, err := os.Stat(slices.Max(names))
	switch {
	case err != nil:
		d.ill("backups", err, "Make DESKBELL_BACKUP_DIR a folder that Deskbell can read and write.")
	case time.Since(newest.ModTime()) > 2*c.BackupEvery:
		d.ill("backups", "the newest one is of "+newest.ModTime().Format(time.DateTime), "The server's log says why; often there is no room.")
	default:
		d.fine("backups", "the newest one is of %s", newest.ModTime().Format(time.DateTime))
	}
}

func (c *doctorCmd) openFiles(d *diagnosis) {
	n, known := openFilesLimit()
	switch {
	case !known:
	case n < filesAtLeast:
		d.ill("open files", fmt.Sprintf("here a process may open %d, and each visitor's stream takes one", n), "Raise it: LimitNOFILE=65536 in the unit file, or ulimit -n 65536.")
	default:
		d.fine("open files", "a process started here may open %d", n)
	}
}

func (c *doctorCmd) mail(ctx context.Context, d *diagnosis, settled config.Settled) {
	if settled.SMTP == nil {
		d.note("mail", "no mail server is set: mails are kept as files and listed in the console; DESKBELL_SMTP_URL sends them")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	server, err := notify.NewSMTP(settled.SMTP, c.MailFrom)
	encrypted := false
	if err == nil {
		encrypted, err = server.Try(ctx)
	}
	if err != nil {
		d.ill("mail", err, "Check host, port, user and password in DESKBELL_SMTP_URL: smtp:// is usually port 587, smtps:// 465.")
		return
	}
	d.fine("mail", "%s answers, and takes the login if one is set", settled.SMTP.Host)
	if !encrypted {
		d.note("mail", "the way there is not encrypted, which is right only within one machine or network")
	}
	if c.SendTo == "" {
		return
	}
	err = server.Send(ctx, notify.Mail{ID: "doctor", To: c.SendTo, Subject: "A mail from Deskbell", Text: "Mails of " + c.BaseURL + " arrive here.\n"})
	if err != nil {
		d.ill("mail", err, "The server refuses this sender or this receiver: see DESKBELL_MAIL_FROM.")
		return
	}
	d.fine("mail", "one was sent to %s", c.SendTo)
}
