// Package config is the program's settings: one struct that the command line, the environment
// and the help text are all made from. Flag beats environment beats default.
package config

import (
	"cmp"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"deskbell/internal/ratelimit"
)

// Prefix begins every environment variable of the program.
const Prefix = "DESKBELL_"

// Secret is a setting that never shows in logs or help.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// DataDir is the setting that every command shares.
type DataDir struct {
	DataDir string `help:"Folder for the database, the key, files and mails." default:"./data" env:"DESKBELL_DATA_DIR" placeholder:"DIR"`
}

// Serve is what the server can be told.
type Serve struct {
	DataDir
	Addr           string   `help:"Address to listen on (default: 127.0.0.1:8080; with --domain :443)." env:"DESKBELL_ADDR" placeholder:"ADDR"`
	BaseURL        string   `help:"Public address, such as https://chat.example; with https, cookies are Secure (default: http://localhost and the port)." env:"DESKBELL_BASE_URL" placeholder:"URL"`
	SMTPURL        Secret   `name:"smtp-url" help:"Mail server: smtp://user:pass@host:587 uses STARTTLS when offered and insists on it with a password; smtps:// is TLS from the start." env:"DESKBELL_SMTP_URL" placeholder:"URL"`
	MailFrom       string   `help:"Sender of mails (default: deskbell@ and the host of the base URL)." env:"DESKBELL_MAIL_FROM" placeholder:"ADDRESS"`
	SMSURL         Secret   `name:"sms-url" help:"SMS gateway: https://SID:TOKEN@host/path, a Twilio-compatible form post." env:"DESKBELL_SMS_URL" placeholder:"URL"`
	SMSFrom        string   `help:"Sender of text messages." env:"DESKBELL_SMS_FROM" placeholder:"NUMBER"`
	TrustedProxies []string `help:"Networks of proxies whose X-Forwarded headers count, such as 127.0.0.1/32,10.0.0.0/8." env:"DESKBELL_TRUSTED_PROXIES" placeholder:"CIDR"`
	OutboundAllow  []string `help:"Networks that webhooks and pushes may reach although they are not public; all else that is not public is refused." env:"DESKBELL_OUTBOUND_ALLOW" placeholder:"CIDR"`
	LogLevel       string   `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"DESKBELL_LOG_LEVEL"`
	LogFormat      string   `help:"text, json, or auto: text on a terminal, else JSON." enum:"auto,text,json" default:"auto" env:"DESKBELL_LOG_FORMAT"`

	MetricsAddr  string `help:"Address that /metrics alone listens on; open to whoever reaches it unless there is a token too." env:"DESKBELL_METRICS_ADDR" placeholder:"ADDR"`
	MetricsToken Secret `help:"Bearer token that opens /metrics; without --metrics-addr on the main address." env:"DESKBELL_METRICS_TOKEN" placeholder:"TOKEN"`

	TLS

	LimitSessionsPerIP       ratelimit.Limit `help:"New sessions of one address; an IPv6 /64 counts as one." default:"10/h" env:"DESKBELL_LIMIT_SESSIONS_PER_IP" placeholder:"N/h"`
	LimitSessionsPerDevice   int             `help:"Active sessions of one device." default:"5" env:"DESKBELL_LIMIT_SESSIONS_PER_DEVICE" placeholder:"N"`
	LimitSessionsWithoutWork ratelimit.Limit `help:"New sessions of one account before further visitors' browsers have to solve a small puzzle first, until the rush is over; 0, or no limit for addresses, to ask nobody." default:"300/min" env:"DESKBELL_LIMIT_SESSIONS_WITHOUT_WORK" placeholder:"N/min"`
	LimitOTPSends            ratelimit.Limit `name:"limit-otp-sends" help:"Codes sent to one destination, and for one session; besides 10 for one address in the same span." default:"3/h" env:"DESKBELL_LIMIT_OTP_SENDS" placeholder:"N/h"`
	LimitOTPAttempts         int             `name:"limit-otp-attempts" help:"Wrong guesses of one code." default:"3" env:"DESKBELL_LIMIT_OTP_ATTEMPTS" placeholder:"N"`
	LimitMessages            ratelimit.Limit `help:"Messages of one session." default:"30/min" env:"DESKBELL_LIMIT_MESSAGES" placeholder:"N/min"`

	MaxFileSize int64 `help:"Largest file in bytes." default:"10485760" env:"DESKBELL_MAX_FILE_SIZE" placeholder:"BYTES"`
	FilesQuota  int64 `help:"Bytes that all files together may take; then uploads are answered 503 and all else goes on. 0 for no limit." default:"10737418240" env:"DESKBELL_FILES_QUOTA" placeholder:"BYTES"`

	Backups
}

// TLS is how the server encrypts by itself; without any of it, it speaks plain HTTP.
type TLS struct {
	Domain        string `help:"Name to get and renew a certificate for, such as chat.example; takes ports 443 and 80." env:"DESKBELL_DOMAIN" placeholder:"NAME"`
	ACMEDirectory string `name:"acme-directory" help:"Certificate authority to get it from (default: Let's Encrypt)." env:"DESKBELL_ACME_DIRECTORY" placeholder:"URL"`
	TLSCert       string `name:"tls-cert" help:"Own certificate with its chain, a PEM file; read again when it changes." env:"DESKBELL_TLS_CERT" placeholder:"FILE"`
	TLSKey        string `name:"tls-key" help:"Its key, a PEM file." env:"DESKBELL_TLS_KEY" placeholder:"FILE"`
	HTTPAddr      string `name:"http-addr" help:"Address that sends http to https (default: none; with --domain :80)." env:"DESKBELL_HTTP_ADDR" placeholder:"ADDR"`
}

// On says whether the server itself speaks TLS.
func (t TLS) On() bool { return t.Domain != "" || t.TLSCert != "" }

// ListenOn is the address to listen on when it is not set.
func (t TLS) ListenOn(addr string) string {
	switch {
	case addr != "":
		return addr
	case t.Domain != "":
		return ":443"
	}
	return "127.0.0.1:8080"
}

// settleTLS checks what goes together, and fills in what follows.
func (s *Serve) settleTLS() error {
	s.Addr = s.ListenOn(s.Addr)
	switch {
	case s.Domain != "" && s.TLSCert != "":
		return fmt.Errorf("--domain gets a certificate by itself: leave out --tls-cert")
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return fmt.Errorf("--tls-cert and --tls-key go together")
	case s.ACMEDirectory != "" && s.Domain == "":
		return fmt.Errorf("--acme-directory needs --domain")
	case s.HTTPAddr != "" && !s.On():
		return fmt.Errorf("--http-addr needs --domain or --tls-cert")
	case s.Domain != "":
		if strings.ContainsAny(s.Domain, "/:*_ ") || !strings.Contains(s.Domain, ".") || net.ParseIP(s.Domain) != nil {
			return fmt.Errorf("--domain %q: write one name such as chat.example", s.Domain)
		}
		s.Domain = strings.ToLower(s.Domain)
		s.HTTPAddr = cmp.Or(s.HTTPAddr, ":80")
		s.BaseURL = cmp.Or(s.BaseURL, "https://"+s.Domain)
	}
	if s.On() && !strings.HasPrefix(s.BaseURL, "https://") {
		return fmt.Errorf("--tls-cert needs --base-url with the https:// address")
	}
	return nil
}

// Backups is how the server backs itself up.
type Backups struct {
	BackupDir   string        `help:"Folder for backups that the server makes by itself." env:"DESKBELL_BACKUP_DIR" placeholder:"DIR"`
	BackupEvery time.Duration `help:"Time between two of them." default:"24h" env:"DESKBELL_BACKUP_EVERY" placeholder:"DURATION"`
	BackupKeep  int           `help:"How many of them are kept." default:"7" env:"DESKBELL_BACKUP_KEEP" placeholder:"N"`
}

// Settled is what Serve means once it was checked.
type Settled struct {
	// BaseURL has no last slash.
	BaseURL *url.URL
	SMTP    *url.URL
	SMS     *url.URL
	Proxies []netip.Prefix
	// Outbound are networks that can be reached although they are not public.
	Outbound []netip.Prefix
}

// Settle checks the settings that no flag type checks and fills in what follows from others.
func (s *Serve) Settle() (Settled, error) {
	var out Settled
	if err := s.settleTLS(); err != nil {
		return out, err
	}
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return out, fmt.Errorf("--addr %q: write host:port, for example 127.0.0.1:8080", s.Addr)
	}
	if s.BaseURL == "" {
		if host == "" || net.ParseIP(host).IsUnspecified() || host == "127.0.0.1" {
			host = "localhost"
		}
		s.BaseURL = "http://" + net.JoinHostPort(host, port)
	}
	if out.BaseURL, err = parseURL("--base-url", strings.TrimRight(s.BaseURL, "/"), "https", "http"); err != nil {
		return out, err
	}
	if out.BaseURL.Path != "" || out.BaseURL.RawQuery != "" || out.BaseURL.User != nil {
		return out, fmt.Errorf("--base-url %q: write only scheme and host, Deskbell needs a host name of its own", s.BaseURL)
	}
	if s.SMTPURL != "" {
		if out.SMTP, err = parseURL("--smtp-url", string(s.SMTPURL), "smtp", "smtps"); err != nil {
			return out, err
		}
	}
	if s.SMSURL != "" {
		if out.SMS, err = parseURL("--sms-url", string(s.SMSURL), "https", "http"); err != nil {
			return out, err
		}
		if s.SMSFrom == "" {
			return out, fmt.Errorf("--sms-url needs --sms-from, the sender of the messages")
		}
	}
	if s.MailFrom == "" {
		s.MailFrom = "deskbell@" + out.BaseURL.Hostname()
		if net.ParseIP(out.BaseURL.Hostname()) != nil {
			s.MailFrom = "deskbell@localhost"
		}
	}
	if _, err := mail.ParseAddress(s.MailFrom); err != nil {
		return out, fmt.Errorf("--mail-from %q: write an address such as chat@example.com", s.MailFrom)
	}
	if out.Proxies, err = parsePrefixes("--trusted-proxies", s.TrustedProxies); err != nil {
		return out, err
	}
	if out.Outbound, err = parsePrefixes("--outbound-allow", s.OutboundAllow); err != nil {
		return out, err
	}
	if s.MaxFileSize < 1 || s.FilesQuota < 0 {
		return out, fmt.Errorf("--max-file-size must be at least one byte, and --files-quota can't be negative")
	}
	if s.BackupEvery < time.Second || s.BackupKeep < 1 {
		return out, fmt.Errorf("--backup-every must be at least a second, and --backup-keep at least 1")
	}
	if s.LimitSessionsPerDevice < 0 || s.LimitOTPAttempts < 0 {
		return out, fmt.Errorf("limits can't be negative; 0 switches one off")
	}
	return out, nil
}

// parseURL never repeats a secret value in its errors.
func parseURL(flag, value string, schemes ...string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return nil, fmt.Errorf("%s must be an address that begins with %s://", flag, strings.Join(schemes, ":// or "))
	}
	return u, nil
}

func parsePrefixes(flag string, list []string) (out []netip.Prefix, err error) {
	for _, text := range list {
		prefix, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%s %q: write networks such as 127.0.0.1/32,10.0.0.0/8", flag, text)
		}
		out = append(out, prefix)
	}
	return out, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Prefix(addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

// CheckEnvironment refuses a variable with our prefix that no setting has: most likely it is
// misspelt, and ignoring it would leave the operator with a default unawares.
func CheckEnvironment(environ, known []string) error {
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, Prefix) || slices.Contains(known, name) || slices.Contains(known, strings.TrimSuffix(name, "_FILE")) {
			continue
		}
		return fmt.Errorf("unknown environment variable %s; `deskbell serve --help` lists those that exist", name)
	}
	return nil
}
