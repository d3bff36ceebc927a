// Package notify sends mails and text messages. It knows no rules about who gets one.
package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"deskbell/internal/atomicfile"
)

// sendTimeout bounds one delivery to a mail server or SMS gateway.
const sendTimeout = 10 * time.Second

// Mail is a plain text mail to one person.
type Mail struct {
	// ID makes the Message-ID: a repeated delivery has the same one.
	ID      string
	To      string
	Subject string
	Text    string
	// StopURL is where whoever gets it stops mails of its kind; empty when there is no such place.
	StopURL string
}

// VerificationSubject and VerificationText are the documented mail; nothing a visitor typed is
// ever put into it, or strangers could use it to send mails of their own.
const VerificationSubject = "Your verification code"

// VerificationText returns the body with a code; a text message has the same two sentences.
func VerificationText(code string) string {
	return "Your verification code is: " + code + "\n\nThis code will expire in 10 minutes."
}

// maxLine is the longest line in bytes that any mail server takes (RFC 5321: 1,000 with its end).
const maxLine = 998

// encoding leaves plain short lines as they are, so that they can be read in the source too.
func encoding(text string) mail.Encoding {
	for line := range strings.Lines(text) {
		if len(line) > maxLine || strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
			return mail.EncodingQP
		}
	}
	return mail.NoEncoding
}

func compose(from string, m Mail) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithEncoding(encoding(m.Text)))
	if err := msg.From(from); err != nil {
		return nil, fmt.Errorf("mail sender: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("mail recipient: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	address := msg.GetFrom()[0].Address
	msg.SetMessageIDWithValue(m.ID + address[strings.LastIndex(address, "@"):])
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.StopURL != "" {
		msg.SetGenHeader("List-Unsubscribe", "<"+m.StopURL+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	return msg, nil
}

// SMTP sends through a mail server.
type SMTP struct {
	from   string
	client *mail.Client
}

// NewSMTP reads smtp://user:pass@host:port (STARTTLS when offered, and required with
// credentials) or smtps:// (TLS from the start).
func NewSMTP(u *url.URL, from string) (*SMTP, error) {
	options := []mail.Option{mail.WithTimeout(sendTimeout)}
	password, _ := u.User.Password()
	switch {
	case u.Scheme == "smtps":
		options = append(options, mail.WithSSL(), mail.WithPort(465))
	case u.User != nil:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithPort(587))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic), mail.WithPort(25))
	}
	if port := u.Port(); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil {
			return nil, fmt.Errorf("port of the mail server: %w", err)
		}
		options = append(options, mail.WithPort(n))
	}
	if u.User != nil {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	client, err := mail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return &SMTP{from: from, client: client}, nil
}

// Try connects, encrypts and logs in as Send does, and sends nothing. It tells whether the way is encrypted.
func (s *SMTP) Try(ctx context.Context) (encrypted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	conn, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return false, fmt.Errorf("mail server: %w", err)
	}
	_, encrypted = conn.TLSConnectionState()
	return encrypted, s.client.CloseWithSMTPClient(conn)
}

// Send delivers a mail to the server; nil means that the server took it.
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	msg, err := compose(s.from, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := s.client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

// Keeper writes mails to files instead of sending them, while no mail server is set.
type Keeper struct {
	from string
	dir  string
}

// NewKeeper keeps mails under dir, which is made readable for its owner only.
func NewKeeper(dir, from string) (*Keeper, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail directory: %w", err)
	}
	return &Keeper{from: from, dir: dir}, nil
}

// Keep writes a mail as NAME.eml with mode 0600 and returns the file's name. The name begins
// with the Unix ms after which Remove deletes it.
func (k *Keeper) Keep(m Mail, expiresAt int64) (file string, err error) {
	msg, err := compose(k.from, m)
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	if _, err := msg.WriteTo(&text); err != nil {
		return "", fmt.Errorf("write mail: %w", err)
	}
	file = strconv.FormatInt(expiresAt, 10) + "-" + m.ID + ".eml"
	if err := atomicfile.Write(filepath.Join(k.dir, file), text.Bytes()); err != nil {
		return "", fmt.Errorf("keep mail: %w", err)
	}
	return file, nil
}

// Read returns the text of a kept mail.
func (k *Keeper) Read(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join(k.dir, filepath.Base(file)))
	return string(text), err
}

// Remove deletes the named mails and those whose time is over by their name, which a crash may
// have left unlisted.
func (k *Keeper) Remove(files []string, now int64) error {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return fmt.Errorf("mail directory: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		text, _, _ := strings.Cut(name, "-")
		expiresAt, err := strconv.ParseInt(text, 10, 64)
		if !slices.Contains(files, name) && (err != nil || expiresAt > now) {
			continue
		}
		if err := os.Remove(filepath.Join(k.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete expired mail: %w", err)
		}
	}
	return nil
}
