package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// authority is a certificate authority that asks for the same proofs as Let's Encrypt, with a name
// server of its own in which every name is this machine.
type authority struct{ directory, root string }

func newAuthority(t *testing.T, httpPort, tlsPort string) authority {
	t.Helper()
	needs(t, "pebble")
	needs(t, "pebble-challtestsrv")
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certificate, cert, key)
	var addrs [3]string
	for i := range addrs {
		addr, err := freeAddr()
		if err != nil {
			t.Fatal(err)
		}
		addrs[i] = addr
	}
	settings, err := json.Marshal(obj{"pebble": obj{
		"listenAddress": addrs[0], "managementListenAddress": addrs[1], "certificate": cert, "privateKey": key,
		"httpPort": json.Number(httpPort), "tlsPort": json.Number(tlsPort),
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, settings, 0o600); err != nil {
		t.Fatal(err)
	}
	runBeside(t, exec.Command("pebble-challtestsrv", "-dnsserver", addrs[2], "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", "-management", ""))
	ca := exec.Command("pebble", "-config", file, "-dnsserver", addrs[2])
	ca.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	runBeside(t, ca)
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: testRoots(t), MinVersion: tls.VersionTLS12}}}
	a := authority{directory: "https://" + addrs[0] + "/dir"}
	eventually(t, 20*time.Second, "the certificate authority", func() bool {
		resp, err := client.Get("https://" + addrs[1] + "/roots/0")
		if err != nil {
			return false
		}
		defer func() { _ = resp.Body.Close() }()
		text, err := io.ReadAll(resp.Body)
		a.root = string(text)
		return err == nil && resp.StatusCode == http.StatusOK
	})
	return a
}

func TestCertificateForADomain(t *testing.T) {
	t.Parallel()
	plain, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(ownersDir(t), withoutProxy(), withEnv("DESKBELL_DOMAIN", "chat.example"), withEnv("DESKBELL_HTTP_ADDR", plain))
	if err != nil {
		t.Fatal(err)
	}
	_, httpPort, _ := net.SplitHostPort(plain)
	_, tlsPort, _ := net.SplitHostPort(s.addr)
	ca := newAuthority(t, httpPort, tlsPort)
	s.env = append(s.env, "DESKBELL_ACME_DIRECTORY="+ca.directory)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(ca.root)) {
		t.Fatalf("no root: %q", ca.root)
	}
	encrypted(s, roots, true)
	s.url = "https://chat.example:" + tlsPort
	s.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
	}
	t.Cleanup(s.kill)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	shown := func(name string) (*x509.Certificate, error) {
		conn, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS12})
		if err != nil {
			return nil, err
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0], nil
	}
	first, err := shown("chat.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"other.example", "x.chat.example", "localhost"} {
		if cert, err := shown(name); err == nil {
			t.Errorf("a certificate for %s: %v", name, cert.DNSNames)
		}
	}
	s.restart(t)
	again, err := shown("chat.example")
	if err != nil || again.SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Errorf("after a restart another certificate (%v): each week only a few are given", err)
	}
	if info, err := os.Stat(filepath.Join(s.dir, "certificates")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the certificates' folder is open to others: %v %v", info, err)
	}
	httpsInstead(t, s, plain)
}
