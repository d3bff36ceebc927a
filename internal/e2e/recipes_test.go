package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"html"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sampleOf takes a sample out of the guide as a reader copies it, with the token filled in.
func sampleOf(t testing.TB, srv *server, file string, tok supportToken) string {
	t.Helper()
	page := srv.do(t, "GET", "/docs/widget", nil)
	if page.status != http.StatusOK {
		t.Fatal(page)
	}
	id := "sample-" + strings.ReplaceAll(file, ".", "-")
	found := regexp.MustCompile(`(?s)<pre [^>]*\bid="` + id + `"[^>]*>(.*?)</pre>`).FindSubmatch(page.body)
	if found == nil {
		t.Fatalf("the guide has no %s", id)
	}
	code := html.UnescapeString(string(found[1]))
	return strings.NewReplacer("YOUR_TOKEN_ID", tok.id, "YOUR_TOKEN", tok.token).Replace(code)
}

// runs executes a command and returns what it prints; where the tool is not installed, the test steps
// aside as for a fault that this machine can't have.
func runs(t testing.TB, env []string, name string, args ...string) string {
	t.Helper()
	needs(t, name)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// wordPress runs the sample as a theme's footer does and returns what it prints; without PHP it is
// the text between the tags, which PHP prints as it is.
func wordPress(t testing.TB, code string) string {
	t.Helper()
	if _, err := exec.LookPath("php"); err != nil {
		found := regexp.MustCompile(`(?s)\?>(.*)<\?php`).FindStringSubmatch(code)
		if found == nil {
			t.Fatalf("prints nothing: %s", code)
		}
		return found[1]
	}
	return runs(t, nil, "php", "-r", `function add_action($hook, $print) { if ($hook === 'wp_footer') $print(); }`+"\n"+code)
}

// What each server sample signs is taken for the person it names.
func TestRecipesForSigning(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat")
	secret := a.identitySecret(t, tok)
	const args = `"user-42", "zoë@customer.example", "Zoë \"Z\" O'Neil"`
	for _, language := range []struct {
		file, save, call string
		command          []string
	}{
		{"identity.mjs", "main.mjs", "\nconsole.log(identityToken(" + args + "))\n", []string{"node"}},
		{"identity.php", "main.php", "\necho identity_token(" + args + ");\n", []string{"php"}},
		{"identity.py", "main.py", "\nprint(identity_token(" + args + "))\n", []string{"python3"}},
		{"identity.rb", "main.rb", "\nputs identity_token(" + args + ")\n", []string{"ruby"}},
		{"identity.go.txt", "main.go", "\nfunc main() {\n\ttoken, err := identityToken(" + args + ")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tos.Stdout.WriteString(token)\n}\n", []string{"go", "run"}},
	} {
		t.Run(language.command[0], func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), language.save)
			if err := os.WriteFile(program, []byte(sampleOf(t, a.srv, language.file, tok)+language.call), 0o600); err != nil {
				t.Fatal(err)
			}
			token := runs(t, []string{"IDENTITY_SECRET=" + secret}, language.command[0], append(language.command[1:], program)...)
			v := started(t, a.srv, tok, obj{})
			v.identify(t, token)
			c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
			is(t, c, "verified", true)
			is(t, c, "contact.external_id", "user-42")
			is(t, c, "contact.name", `Zoë "Z" O'Neil`)
		})
	}
}

// The commands of the guide, one after the other, are a conversation.
func TestRecipesForTheShell(t *testing.T) {
	t.Parallel()
	srv := startServer(t, manySessions())
	a := newAccount(t, srv)
	tok := a.newToken(t, shop, "chat")
	env := []string{"TOKEN=" + tok.token, "DEVICE=" + unique("device")}
	// Steps aside where the shell would only say that there is no such command.
	runs(t, nil, "curl", "--version")
	command := func(file string) string { return sampleOf(t, srv, file, tok) }
	answer := func(text string) obj {
		var out obj
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return out
	}
	session := str(t, answer(runs(t, env, "sh", "-c", command("start.sh"))), "session.session_token")
	srv.keepOut(session)
	env = append(env, "SESSION="+session)
	is(t, answer(runs(t, env, "sh", "-c", command("send.sh"))), "message.text", "Where is my order?")
	is(t, answer(runs(t, env, "sh", "-c", command("send.sh"))), "duplicate", true)
	is(t, answer(runs(t, env, "sh", "-c", command("read.sh"))), "messages.0.text", "Where is my order?")
	if first := heard(t, env, command("listen.sh"), "Where is my order?"); !strings.Contains(first, "event: state") || !strings.Contains(first, "event: message") {
		t.Errorf("what the stream says first: %s", first)
	}

	signIn := strings.NewReplacer("you@example.com", a.email, "your password", a.password).Replace(command("secret.sh"))
	secret := str(t, answer(runs(t, env, "sh", "-c", signIn)), "identity_secret")
	srv.keepOut(secret)
	started(t, srv, tok, obj{}).identify(t, signed(t, secret, siteUser(tok, "user-1", nil)))
}

// heard listens to a command that has no end until it says something, and returns all it has said.
func heard(t testing.TB, env []string, command, until string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	// In place of the shell, so that it is the command itself that is stopped.
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+command)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); !strings.Contains(said.String(), until); said.WriteString(lines.Text() + "\n") {
		if !lines.Scan() {
			t.Fatalf("it never says %q: %s", until, said.String())
		}
	}
	stop()
	_ = cmd.Wait() // It was killed, and says so.
	return said.String()
}
