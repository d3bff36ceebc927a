// Package e2e drives the built program from outside, over HTTP, its command line, SMTP and its
// data directory, and holds it to the documented behaviour.
package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	// The binary is built from these packages: naming them keeps go from reusing the results of
	// a run against an older program.
	_ "deskbell/internal/app"
)

const api = "/api/conversation-v2/support"

var (
	// binary is the program under test, built once for the whole run.
	binary string
	// scratch holds what outlives single tests: the binary, certificates, the shared server's data.
	scratch string
	// certificate is trusted by every server the tests start, through caFile.
	certificate tls.Certificate
	caFile      string
)

func TestMain(m *testing.M) {
	if addr, dir, found := strings.Cut(os.Getenv(yardstickEnv), " "); found {
		fmt.Fprintln(os.Stderr, "yardstick:", runYardstick(addr, dir))
		os.Exit(1)
	}
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	if scratch, err = os.MkdirTemp("", "deskbell-e2e-"); err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if err = makeCertificate(); err != nil {
		return 1, err
	}
	if err = loadDescription(); err != nil {
		return 1, err
	}
	binary = filepath.Join(scratch, "deskbell")
	build := exec.Command("go", "build", "-o", binary, "deskbell")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build: %w\n%s", err, out)
	}
	code = m.Run()
	printAttacks()
	return code, errors.Join(stopShared(), undescribed())
}

func makeCertificate() (err error) {
	if certificate, err = newCertificate(1); err != nil {
		return err
	}
	caFile = filepath.Join(scratch, "ca.pem")
	return os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}), 0o600)
}

// newCertificate signs itself, for this machine.
func newCertificate(serial int64) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "deskbell tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// One server serves every test that needs nothing special; each test has accounts of its own in
// it, so that what leaks between accounts shows.
var shared struct {
	once  sync.Once
	srv   *server
	mails *mailSink
	sms   *smsSink
	err   error
}

func sharedServer(t testing.TB) *server {
	t.Helper()
	shared.once.Do(func() {
		shared.mails, shared.err = newMailSink(false)
		if shared.err != nil {
			return
		}
		shared.sms = newSMSSink()
		dir := filepath.Join(scratch, "shared")
		shared.srv, shared.err = newServer(dir,
			withEnv("DESKBELL_SMTP_URL", "smtp://"+shared.mails.addr),
			withEnv("DESKBELL_SMS_URL", shared.sms.url()),
			withEnv("DESKBELL_SMS_FROM", smsFrom))
		if shared.err == nil {
			shared.srv.mails, shared.srv.sms = shared.mails, shared.sms
			shared.err = shared.srv.start()
		}
	})
	if shared.err != nil {
		t.Fatalf("shared server: %v", shared.err)
	}
	return shared.srv
}

func stopShared() error {
	if shared.srv == nil {
		return nil
	}
	shared.srv.kill()
	shared.mails.close()
	shared.sms.close()
	return shared.srv.leaks()
}
