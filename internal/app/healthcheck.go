package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"deskbell/internal/config"
)

type healthcheckCmd struct {
	Addr    string `help:"Address of the server (default: 127.0.0.1:8080; with --domain :443)." env:"DESKBELL_ADDR" placeholder:"ADDR"`
	Domain  string `help:"As the server's." env:"DESKBELL_DOMAIN" placeholder:"NAME"`
	TLSCert string `name:"tls-cert" help:"As the server's." env:"DESKBELL_TLS_CERT" placeholder:"FILE"`
}

// Run fails unless the server says that it is ready.
func (c *healthcheckCmd) Run(ctx context.Context, std IO) error {
	own := config.TLS{Domain: c.Domain, TLSCert: c.TLSCert}
	c.Addr = own.ListenOn(c.Addr)
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("--addr %q: write host:port", c.Addr)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	scheme, client := "http", http.DefaultClient
	if own.On() {
		// The certificate is for the public name and not for this address. Nothing secret goes there.
		scheme = "https"
		client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: c.Domain}}} //nolint:gosec // as said
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", res.Status)
	}
	_, err = fmt.Fprintln(std.Out, "ready")
	return err
}
