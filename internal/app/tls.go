package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"deskbell/internal/config"
)

// certificates is where the data directory keeps what --domain has got.
const certificates = "certificates"

// encryption is how the server speaks TLS: not at all without config.
type encryption struct {
	config *tls.Config
	// plain answers on the address without TLS: it shows the proof that a certificate authority
	// asks for, and sends everybody else to https.
	plain http.Handler
}

func newEncryption(cfg config.Serve, baseURL string, log *slog.Logger) (e encryption, err error) {
	e.plain = redirectTo(baseURL)
	switch {
	case cfg.Domain != "":
		manager := &autocert.Manager{
			Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(cfg.Domain),
			Cache: autocert.DirCache(filepath.Join(cfg.DataDir.DataDir, certificates)),
		}
		if cfg.ACMEDirectory != "" {
			manager.Client = &acme.Client{DirectoryURL: cfg.ACMEDirectory}
		}
		e.config, e.plain = manager.TLSConfig(), manager.HTTPHandler(e.plain)
	case cfg.TLSCert != "":
		pair := &keyPair{cert: cfg.TLSCert, key: cfg.TLSKey, log: log}
		if err := pair.load(); err != nil {
			return encryption{}, err
		}
		e.config = &tls.Config{GetCertificate: pair.get, NextProtos: []string{"h2", "http/1.1"}} //nolint:gosec // the version is below
	default:
		return encryption{}, nil
	}
	e.config.MinVersion = tls.VersionTLS12
	return e, nil
}

// serveOn serves, encrypted when there is a config for it.
func serveOn(srv *http.Server, listener net.Listener, encrypted *tls.Config) error {
	if encrypted == nil {
		return srv.Serve(listener)
	}
	srv.TLSConfig = encrypted
	return srv.ServeTLS(listener, "", "")
}

// redirectTo sends to our own address, never to one that the request names.
func redirectTo(baseURL string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "Use "+baseURL, http.StatusBadRequest)
			return
		}
		w.Header().Set("Location", baseURL+r.URL.RequestURI())
		w.WriteHeader(http.StatusMovedPermanently)
	})
}

// servePlain answers without TLS until ctx ends; without an address it does nothing.
func (s *server) servePlain(ctx context.Context, plain http.Handler) error {
	if s.cfg.HTTPAddr == "" {
		return nil
	}
	return serveBeside(ctx, s.cfg.HTTPAddr, plain)
}

// serveBeside serves a small page beside the main address until ctx ends.
func serveBeside(ctx context.Context, addr string, page http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: page, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	defer context.AfterFunc(ctx, func() { _ = srv.Close() })()
	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", addr, err)
	}
	return nil
}

// keyPair is the operator's own certificate; what renews it only has to replace the files.
type keyPair struct {
	cert, key string
	log       *slog.Logger

	mu       sync.Mutex
	pair     *tls.Certificate
	written  [2]time.Time
	lookedAt time.Time
}

// lookAgain is how often the files are looked at.
const lookAgain = time.Second

func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.lookedAt) >= lookAgain {
		// Of two files that are replaced one after the other, the new ones may not fit for a moment.
		if err := k.load(); err != nil {
			k.log.Error("certificate can't be read again, the former one stays", "error", err)
		}
	}
	return k.pair, nil
}

// load reads the files when they have changed.
func (k *keyPair) load() error {
	k.lookedAt = time.Now()
	var written [2]time.Time
	for i, file := range []string{k.cert, k.key} {
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		written[i] = info.ModTime()
	}
	if k.pair != nil && written == k.written {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if k.pair != nil {
		k.log.Info("certificate read again", "until", pair.Leaf.NotAfter)
	}
	k.pair, k.written = &pair, written
	return nil
}
