package notify

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// SMS sends text messages through a Twilio-compatible gateway: a form post of From, To and
// Body with basic authentication.
type SMS struct {
	endpoint       string
	user, password string
	from           string
	client         *http.Client
}

// NewSMS reads https://SID:TOKEN@host/path.
func NewSMS(u *url.URL, from string) *SMS {
	password, _ := u.User.Password()
	endpoint := *u
	endpoint.User = nil
	return &SMS{
		endpoint: endpoint.String(), user: u.User.Username(), password: password, from: from,
		client: &http.Client{
			Timeout: sendTimeout,
			// A redirect would carry the message and its code to an address nobody configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Send delivers a text message to the gateway; nil means that the gateway took it.
func (s *SMS) Send(ctx context.Context, to, text string) error {
	form := url.Values{"From": {s.from}, "To": {to}, "Body": {text}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("send text message: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if s.user != "" {
		req.SetBasicAuth(s.user, s.password)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("send text message: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("send text message: the gateway answered %d", res.StatusCode)
	}
	return nil
}
