package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// front is a real proxy with the configuration that docs/deploy has for it, changed only in names,
// ports and the certificate.
type front struct {
	addr, plain, upstream, cert, key, dir string
}

func (f front) port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// config reads a file of docs/deploy and replaces texts in turn, each of which must be there.
func (f front) config(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	content, err := os.ReadFile("../../docs/deploy/" + name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%s has no %q", name, pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func (f front) write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNginx(t *testing.T) {
	t.Parallel()
	needs(t, "nginx")
	behind(t, func(f front) {
		f.write(t, "deskbell.conf", f.config(t, "nginx.conf",
			"listen 443", "listen "+f.addr, "listen 80", "listen "+f.plain, "https://chat.example$", "https://localhost:"+f.port(f.addr)+"$", "chat.example;", "localhost;",
			"/etc/letsencrypt/live/chat.example/fullchain.pem", f.cert, "/etc/letsencrypt/live/chat.example/privkey.pem", f.key, "127.0.0.1:8080;", f.upstream+";"))
		paths := ""
		for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			paths += fmt.Sprintf("\t%s_temp_path %s/%s;\n", what, f.dir, what)
		}
		all := f.write(t, "nginx.conf", fmt.Sprintf("daemon off;\nmaster_process off;\npid %s/pid;\nerror_log stderr;\nevents {}\nhttp {\n\taccess_log off;\n%s\tinclude %s/deskbell.conf;\n}\n", f.dir, paths, f.dir))
		runBeside(t, exec.Command("nginx", "-e", "stderr", "-p", f.dir, "-c", all))
	})
}

func TestCaddy(t *testing.T) {
	t.Parallel()
	needs(t, "caddy")
	behind(t, func(f front) {
		site := f.config(t, "Caddyfile", "\treverse_proxy", fmt.Sprintf("\ttls %s %s\n\treverse_proxy", f.cert, f.key))
		all := f.write(t, "Caddyfile", fmt.Sprintf("{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port %s\n\thttps_port %s\n\tskip_install_trust\n\tstorage file_system %s\n}\n%s", f.port(f.plain), f.port(f.addr), f.dir, site))
		cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", all)
		cmd.Env = append(os.Environ(), "HOME="+f.dir, "XDG_CONFIG_HOME="+f.dir, "DOMAIN=localhost", "UPSTREAM="+f.upstream)
		runBeside(t, cmd)
	})
}

// behind has visitors and the team use a server through a proxy, and looks for what proxies spoil.
func behind(t *testing.T, run func(front)) {
	t.Helper()
	s, err := newServer(ownersDir(t))
	if err != nil {
		t.Fatal(err)
	}
	f := front{upstream: s.addr, dir: t.TempDir()}
	f.cert, f.key = filepath.Join(f.dir, "cert.pem"), filepath.Join(f.dir, "key.pem")
	writePair(t, certificate, f.cert, f.key)
	for _, addr := range []*string{&f.addr, &f.plain} {
		if *addr, err = freeAddr(); err != nil {
			t.Fatal(err)
		}
	}
	run(f)
	s.url = "https://localhost:" + f.port(f.addr)
	encrypted(s, testRoots(t), true)
	// Visitors come from an address that is no proxy's.
	for _, client := range []*http.Client{s.client, s.streams} {
		client.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext(ctx, "tcp", f.addr)
		}
	}
	t.Cleanup(s.kill)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Get(s.url + "/login")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.ProtoMajor != 2 {
		t.Errorf("browsers get %s", resp.Proto)
	}
	if wrong, out := s.doctor(t, "DESKBELL_BASE_URL="+s.url); len(wrong) > 0 {
		t.Errorf("the doctor finds:\n%s", out.stdout)
	}
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, "chat", "support", "file_upload"), obj{})
	seen := list(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "sessions")
	// The visitor claims another address, as everybody can.
	if ip := str(t, seen[0], "ip"); ip != "127.0.0.2" {
		t.Errorf("the server takes the visitor for %s", ip)
	}
	streamsPass(t, a, v)
	most := make([]byte, 10<<20)
	copy(most, "%PDF-1.7\n")
	if r := v.upload(t, "largest.pdf", most); r.status != http.StatusCreated {
		t.Errorf("the largest file: %.300v", r)
	}
	s.client.Transport.(*http.Transport).DialContext = nil
	resp, err = s.client.Get("http://localhost:" + f.port(f.plain) + "/demo?x=%2F")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if to := resp.Header.Get("Location"); resp.StatusCode/100 != 3 || !strings.HasPrefix(to, "https://localhost") || !strings.HasSuffix(to, "/demo?x=%2F") {
		t.Errorf("without TLS: %d %s", resp.StatusCode, to)
	}
}

// streamsPass has each see at once what the other writes; a proxy that held it back would have them wait.
func streamsPass(t *testing.T, a *account, v *visitor) {
	t.Helper()
	visitors, team := v.stream(t, ""), a.stream(t)
	visitors.await(t, "state")
	team.await(t, "state")
	for i := range 5 {
		text := fmt.Sprint("answer ", i)
		a.do(t, "POST", "/conversation/"+v.conversation+"/messages", obj{"client_id": unique("c"), "text": text}).ok(t, http.StatusCreated)
		visitors.until(t, text)
		text = fmt.Sprint("question ", i)
		v.post(t, text)
		team.until(t, text)
	}
	visitors.close()
	team.close()
}
