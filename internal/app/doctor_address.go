package app

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"deskbell/internal/config"
	"deskbell/internal/keys"
	"deskbell/web"
)

const (
	// proofLasts is how long the doctor's proof holds, and with it how wrong its clock may be.
	proofLasts = 10 * time.Minute
	// clockDrift is from which difference on signed links, codes and tokens behave strangely.
	clockDrift = 10 * time.Second
	// certificateLeft is how early an ending certificate is told; whoever renews by itself does so earlier.
	certificateLeft = 14 * 24 * time.Hour
)

// doctorProof shows the server that the doctor knows its root key, for a while.
func doctorProof(ring *keys.Ring, at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return stamp + "." + ring.MAC(keys.Doctor, stamp)
}

func (s *server) isDoctor(proof string) bool {
	stamp, mac, _ := strings.Cut(proof, ".")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > proofLasts {
		return false
	}
	return hmac.Equal([]byte(mac), []byte(s.keys.MAC(keys.Doctor, stamp)))
}

// texts looks whether the SMS gateway is there. Only a message would tell more, and costs money.
func (c *doctorCmd) texts(ctx context.Context, d *diagnosis, settled config.Settled) {
	if settled.SMS == nil {
		d.note("sms", "no gateway is set: codes go by mail alone")
		return
	}
	if settled.SMS.Scheme == "http" {
		d.note("sms", "the way to the gateway is not encrypted")
	}
	res, err := ask(ctx, settled.SMS.Scheme+"://"+settled.SMS.Host+"/", "")
	if err != nil {
		d.ill("sms", err, "Check the host in DESKBELL_SMS_URL, and that this machine may reach it.")
		return
	}
	d.fine("sms", "%s answers; only a code tells whether it takes the login", settled.SMS.Host)
	d.clock(res)
}

// clock compares with what another machine says.
func (d *diagnosis) clock(res *http.Response) {
	theirs, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return
	}
	if off := time.Since(theirs).Round(time.Second); off.Abs() > clockDrift {
		d.ill("clock", fmt.Sprintf("this machine's clock differs by %v from that of %s", off, res.Request.URL.Host), "Set it by NTP: timedatectl set-ntp true.")
	} else {
		d.fine("clock", "as that of %s", res.Request.URL.Host)
	}
}

// ask sends one GET, follows no redirect and has read the body.
func ask(ctx context.Context, address, proof string) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if proof != "" {
		req.Header.Set(web.DoctorProof, proof)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	res.Body = io.NopCloser(strings.NewReader(string(body)))
	return res, err
}

// address asks the server by its public address, as visitors do.
func (c *doctorCmd) address(ctx context.Context, d *diagnosis, settled config.Settled) {
	if settled.BaseURL.Scheme == "http" && !isLocal(settled.BaseURL) {
		d.ill("address", c.BaseURL+" has no TLS: logins travel in clear, and https pages load no chat from it", "Use --domain, a certificate, or a proxy with one, and set DESKBELL_BASE_URL to the https address.")
	}
	proof := ""
	if ring, err := keys.Load(c.DataDir.DataDir, true); err == nil {
		proof = doctorProof(ring, time.Now())
	}
	res, err := ask(ctx, c.BaseURL+"/healthz", proof)
	if err != nil {
		d.ill("address", err, "Is the server running, does the name lead here, and is the certificate right? DESKBELL_BASE_URL is what visitors' browsers use.")
		return
	}
	if to := res.Header.Get("Location"); to != "" {
		d.ill("address", c.BaseURL+" redirects to "+strings.TrimSuffix(to, "/healthz"), "Set DESKBELL_BASE_URL to that address.")
		return
	}
	var answer struct {
		Status string
		Seen   *web.Seen
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Status != "ok" {
		d.ill("address", fmt.Sprintf("what answers at %s is no Deskbell (%s)", c.BaseURL, res.Status), "Correct DESKBELL_BASE_URL, or where the proxy passes requests to.")
		return
	}
	d.fine("address", "Deskbell answers at %s", c.BaseURL)
	d.clock(res)
	d.certificate(res)
	if answer.Seen == nil {
		d.ill("address", "that server has another root key, or none of its requests keep "+web.DoctorProof, "Run this with the server's own --data-dir, as its user.")
		return
	}
	d.proxy(*answer.Seen, settled)
}

func isLocal(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}

func (d *diagnosis) certificate(res *http.Response) {
	if res.TLS == nil || len(res.TLS.PeerCertificates) == 0 {
		return
	}
	end := res.TLS.PeerCertificates[0].NotAfter
	if time.Until(end) < certificateLeft {
		d.ill("certificate", "it ends on "+end.Format(time.DateOnly), "Renew it; what should have done that by itself has not.")
	} else {
		d.fine("certificate", "it is good until %s", end.Format(time.DateOnly))
	}
}

// proxy judges the way that the request took.
func (d *diagnosis) proxy(seen web.Seen, settled config.Settled) {
	if !strings.EqualFold(seen.Host, settled.BaseURL.Host) {
		d.ill("proxy", "it asks for the host "+seen.Host+" in place of "+settled.BaseURL.Host, "Have it keep Host: in nginx, proxy_set_header Host $host;")
	}
	switch {
	case seen.Forwarded && !seen.Trusted:
		d.ill("proxy", "the proxy at "+seen.Peer+" is not trusted, so all visitors share its limits", "Set DESKBELL_TRUSTED_PROXIES="+seen.Peer+"/32, or its network.")
	case !seen.Forwarded && seen.Trusted && len(settled.Proxies) > 0:
		d.ill("proxy", seen.Peer+" is trusted as a proxy but passes no X-Forwarded-For, so all visitors share its limits", "In nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;")
	}
	d.note("client", "the server sees you as %s; is that you, and not your proxy?", seen.Client)
}
