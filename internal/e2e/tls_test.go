package e2e

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair puts a certificate and its key into two files.
func writePair(t testing.TB, pair tls.Certificate, cert, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// encrypted talks TLS to the server, over HTTP/2 where wanted.
func encrypted(s *server, roots *x509.CertPool, http2 bool) {
	s.url = strings.Replace(s.url, "http://", "https://", 1)
	transport := func() *http.Transport {
		return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: http2, DisableCompression: true}
	}
	s.client.Transport = transport()
	s.streams = &http.Client{Transport: transport()}
}

func testRoots(t testing.TB) *x509.CertPool {
	t.Helper()
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(caFile)
	if err != nil || !roots.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate", err)
	}
	return roots
}

func TestOwnCertificate(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP 1.1": false, "HTTP 2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := t.TempDir()
			cert, key := filepath.Join(files, "cert.pem"), filepath.Join(files, "key.pem")
			writePair(t, certificate, cert, key)
			plain, err := freeAddr()
			if err != nil {
				t.Fatal(err)
			}
			s := startServer(t, withDir(ownersDir(t)), withoutProxy(), withEnv("DESKBELL_TLS_CERT", cert), withEnv("DESKBELL_TLS_KEY", key), withEnv("DESKBELL_HTTP_ADDR", plain),
				func(s *server) { encrypted(s, testRoots(t), http2) })
			resp, err := s.client.Get(s.url + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if want := map[bool]int{false: 1, true: 2}[http2]; resp.ProtoMajor != want {
				t.Errorf("%s, want HTTP/%d", resp.Proto, want)
			}
			streamsStay(t, s, func() { renewed(t, s, cert, key) })
			old := &tls.Config{RootCAs: testRoots(t), MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
			if conn, err := tls.Dial("tcp", s.addr, old); err == nil {
				_ = conn.Close()
				t.Error("TLS 1.1 is spoken")
			}
			httpsInstead(t, s, plain)
			if r := s.cli(t, "", "healthcheck", "--addr", s.addr); r.code != 0 {
				t.Errorf("healthcheck: %s%s", r.stdout, r.stderr)
			}
		})
	}
}

// streamsStay has a visitor and an agent follow a conversation while something else happens.
func streamsStay(t *testing.T, s *server, meanwhile func()) {
	t.Helper()
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	visitors, team := v.stream(t, ""), a.stream(t)
	visitors.await(t, "state")
	team.await(t, "state")
	v.post(t, "before")
	visitors.until(t, "before")
	meanwhile()
	a.do(t, "POST", "/conversation/"+v.conversation+"/messages", obj{"client_id": unique("c"), "text": "an answer"}).ok(t, http.StatusCreated)
	visitors.until(t, "an answer")
	team.until(t, "an answer")
	visitors.close()
	team.close()
	if took := s.stop(t); took > 5*time.Second || s.code != 0 {
		t.Errorf("stopping took %v, exit code %d", took, s.code)
	}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// renewed replaces the certificate as a renewal does, first by files that don't fit together.
func renewed(t *testing.T, s *server, cert, key string) {
	t.Helper()
	shown := func() int64 {
		conn, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the new one is trusted by nobody
		if err != nil {
			return -1
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	next, err := newCertificate(2)
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	writePair(t, next, cert, key)
	if err := os.WriteFile(cert, was, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "a complaint about files that don't fit", func() bool {
		if n := shown(); n != 1 {
			t.Fatalf("certificate %d is shown while the files don't fit", n)
		}
		return strings.Contains(s.stderr.String(), "the former one stays")
	})
	writePair(t, next, cert, key)
	eventually(t, 10*time.Second, "the new certificate", func() bool { return shown() == 2 })
	writePair(t, certificate, cert, key)
	eventually(t, 10*time.Second, "the first certificate again", func() bool { return shown() == 1 })
}

// httpsInstead asks without TLS: everything is sent to our own address, whatever the request says.
func httpsInstead(t *testing.T, s *server, plain string) {
	t.Helper()
	for _, c := range []struct{ request, status, location string }{
		{"GET /demo?x=%2F HTTP/1.1\r\nHost: evil.example\r\n", "301", s.url + "/demo?x=%2F"},
		{"GET //evil.example/ HTTP/1.1\r\nHost: x\r\n", "301", s.url + "//evil.example/"},
		{"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n", "400", ""},
	} {
		conn, err := net.Dial("tcp", plain)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = conn.Write([]byte(c.request + "Connection: close\r\n\r\n"))
		var answer bytes.Buffer
		_, _ = answer.ReadFrom(conn)
		_ = conn.Close()
		if !strings.HasPrefix(answer.String(), "HTTP/1.1 "+c.status) || (c.location != "" && !strings.Contains(answer.String(), "\r\nLocation: "+c.location+"\r\n")) {
			t.Errorf("%q: %s", c.request, answer.String())
		}
	}
}

func TestTLSSettingsThatDontFit(t *testing.T) {
	t.Parallel()
	s := &server{dir: t.TempDir()}
	for _, c := range []struct{ args, says string }{
		{"--tls-cert c.pem", "go together"},
		{"--tls-cert c.pem --tls-key k.pem", "--base-url"},
		{"--tls-cert c.pem --tls-key k.pem --base-url http://chat.example", "https://"},
		{"--tls-cert c.pem --tls-key k.pem --base-url https://chat.example", "c.pem"},
		{"--domain chat.example --tls-cert c.pem --tls-key k.pem", "leave out --tls-cert"},
		{"--domain https://chat.example", "one name"},
		{"--domain *.example", "one name"},
		{"--domain 127.0.0.1", "one name"},
		{"--domain chat.example --base-url http://chat.example", "https://"},
		{"--http-addr 127.0.0.1:0", "needs --domain"},
		{"--acme-directory https://ca.example/dir", "needs --domain"},
	} {
		r := s.cli(t, "", append([]string{"serve", "--addr", "127.0.0.1:0"}, strings.Fields(c.args)...)...)
		if r.code != 1 || !strings.Contains(r.stderr, c.says) {
			t.Errorf("%s: %d, want %q in %s", c.args, r.code, c.says, r.stderr)
		}
	}
}
