package e2e

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// inbox keeps what arrived and wakes those who wait for more.
type inbox[T any] struct {
	mu      sync.Mutex
	all     []T
	changed chan struct{}
}

func (b *inbox[T]) add(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, v)
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

func (b *inbox[T]) matching(keep func(T) bool) ([]T, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	var out []T
	for _, v := range b.all {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out, b.changed
}

// wait returns the nth (from 1) matching one.
func (b *inbox[T]) wait(t testing.TB, within time.Duration, what string, nth int, keep func(T) bool) T {
	t.Helper()
	deadline := time.After(within)
	for {
		found, changed := b.matching(keep)
		if len(found) >= nth {
			return found[nth-1]
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%s: %d of %d arrived within %v", what, len(found), nth, within)
		}
	}
}

// sentMail is what reached the SMTP server.
type sentMail struct {
	from, user string
	to         []string
	tls        bool
	header     mail.Header
	subject    string
	text       string
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func (m sentMail) code(t testing.TB) string {
	t.Helper()
	code := sixDigits.FindString(m.text)
	if code == "" {
		t.Fatalf("no code in %q", m.text)
	}
	return code
}

// mailSink is a real SMTP server that keeps what it is given.
type mailSink struct {
	addr   string
	server *smtp.Server
	box    inbox[sentMail]
}

const smtpUser, smtpPassword = "mailer", "smtp-secret-4711"

func newMailSink(withTLS bool) (*mailSink, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return serveMail(l, withTLS), nil
}

func serveMail(l net.Listener, withTLS bool) *mailSink {
	s := &mailSink{addr: l.Addr().String()}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &mailSession{sink: s, conn: c}, nil
	}))
	s.server.Domain = "127.0.0.1"
	s.server.ErrorLog = log.New(io.Discard, "", 0) // connections break when servers are killed
	s.server.AllowInsecureAuth = !withTLS
	if withTLS {
		s.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	go func() { _ = s.server.Serve(l) }()
	return s
}

// mustListen starts a mail server at an address that was free a moment ago.
func mustListen(t testing.TB, addr string) *mailSink {
	t.Helper()
	l, err := net.Listen("tcp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	return serveMail(l, false)
}

func (s *mailSink) close() { _ = s.server.Close() }

func (s *mailSink) to(address string) func(sentMail) bool {
	return func(m sentMail) bool { return slices.Contains(m.to, strings.ToLower(address)) }
}

func (s *mailSink) nth(t testing.TB, address string, nth int) sentMail {
	t.Helper()
	return s.box.wait(t, 15*time.Second, "mail", nth, s.to(address))
}

func (s *mailSink) countTo(address string) int {
	found, _ := s.box.matching(s.to(address))
	return len(found)
}

type mailSession struct {
	sink *mailSink
	conn *smtp.Conn
	mail sentMail
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != smtpUser || password != smtpPassword {
			return errors.New("wrong credentials")
		}
		s.mail.user = user
		return nil
	}), nil
}

func (s *mailSession) Reset()        { s.mail = sentMail{user: s.mail.user} }
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.mail.from = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = append(s.mail.to, strings.ToLower(to))
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	_, s.mail.tls = s.conn.TLSConnectionState()
	s.mail.header = m.Header
	if s.mail.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return err
	}
	if s.mail.text, err = plainText(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body); err != nil {
		return err
	}
	s.sink.box.add(s.mail)
	return nil
}

func plainText(contentType, encoding string, body io.Reader) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return "", err
			}
			if strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
				return plainText(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// sentSMS is one form post of the SMS provider's kind.
type sentSMS struct {
	method, path, user, password, contentType string
	form                                      url.Values
}

const (
	smsSID, smsToken = "AC0123456789", "sms-secret-0815"
	smsFrom          = "+15005550006"
	smsPath          = "/2010-04-01/Accounts/AC0123456789/Messages.json"
)

// smsSink stands in for the provider; it answers the way Twilio does.
type smsSink struct {
	server *httptest.Server
	box    inbox[sentSMS]
}

func newSMSSink() *smsSink {
	s := &smsSink{}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		_ = r.ParseForm()
		s.box.add(sentSMS{method: r.Method, path: r.URL.Path, user: user, password: password,
			contentType: r.Header.Get("Content-Type"), form: r.PostForm})
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid":"SM1","status":"queued"}`)
	}))
	s.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.server.StartTLS()
	return s
}

func (s *smsSink) url() string {
	return "https://" + smsSID + ":" + smsToken + "@" + s.server.Listener.Addr().String() + smsPath
}

func (s *smsSink) close() { s.server.Close() }

func (s *smsSink) nth(t testing.TB, phone string, nth int) sentSMS {
	t.Helper()
	return s.box.wait(t, 15*time.Second, "SMS", nth, func(m sentSMS) bool { return m.form.Get("To") == phone })
}

// serveMailTLS speaks TLS before SMTP, as smtps:// wants.
func serveMailTLS(l net.Listener) *mailSink {
	return serveMail(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}), false)
}

// spy passes connections on and keeps what the client says.
type spy struct {
	addr string
	said logBuffer
}

func newSpy(t testing.TB, target string) *spy {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &spy{addr: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go s.pass(client, target)
		}
	}()
	return s
}

func (s *spy) pass(client net.Conn, target string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp4", target)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	_, _ = io.Copy(io.MultiWriter(server, &s.said), client)
	_ = server.Close()
}
