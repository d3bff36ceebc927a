package e2e

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var sample = regexp.MustCompile(`^([a-z_]+)(\{([a-z_]+="[^"\\]*",?)+\})? ([0-9.e+-]+|\+Inf)$`)

// scrape reads a page of metrics, every line of which must have the form that Prometheus reads.
func scrape(t testing.TB, page string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "# HELP ") || strings.HasPrefix(line, "# TYPE ") {
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no sample: %q", line)
			continue
		}
		v, err := strconv.ParseFloat(m[4], 64)
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if _, twice := values[m[1]+m[2]]; twice {
			t.Errorf("%s stands there twice", m[1]+m[2])
		}
		values[m[1]+m[2]] = v
	}
	return values
}

func TestMetricsCountWhatHappens(t *testing.T) {
	t.Parallel()
	const token = "metrics-token-of-this-test"
	s := startServer(t, withEnv("DESKBELL_METRICS_TOKEN", token))
	s.keepOut(token)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{"email": "someone@example.com"})
	v.do(t, "POST", "/session/messages", obj{"client_id": "c1", "text": "hello"}).ok(t, http.StatusCreated)
	v.do(t, "POST", "/otp/send", nil)
	v.do(t, "POST", "/otp/verify", obj{"code": "000000"})
	s.do(t, "GET", "/no-such-page/"+token, nil)
	s.do(t, "GET", "/api/no-such-call/"+token, nil)
	s.do(t, "GET", "/static/made-up-by-a-stranger.js", nil)
	s.do(t, "MADEUP", "/healthz", nil)
	stream := v.stream(t, "")
	defer stream.close()
	stream.await(t, "state")

	for _, wrong := range []string{"-", "Bearer", "Bearer " + token + "x", "Bearer " + token[1:], "Basic " + token} {
		s.do(t, "GET", "/metrics", nil, "Authorization", wrong).refused(t, http.StatusUnauthorized, "")
	}
	var page string
	read := func() map[string]float64 {
		r := s.do(t, "GET", "/metrics", nil, "Authorization", "Bearer "+token)
		if r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain; version=0.0.4") {
			t.Fatalf("%.300v", r)
		}
		page = string(r.body)
		return scrape(t, page)
	}
	var got map[string]float64
	eventually(t, 5*time.Second, "the visitor's stream among those that are open", func() bool {
		got = read()
		return got[`deskbell_streams{of="visitors"}`] == 1
	})
	for _, made := range []string{token, "no-such", "made-up", "MADEUP", "someone@example.com", v.conversation, a.email} {
		if strings.Contains(page, made) {
			t.Errorf("a stranger's %q is in the metrics", made)
		}
	}
	for name, want := range map[string]float64{
		`deskbell_requests_total{method="POST",route="` + api + `/session/messages",status="201"}`:      1,
		`deskbell_request_seconds_count{method="POST",route="` + api + `/session/messages"}`:            1,
		`deskbell_request_seconds_bucket{method="POST",route="` + api + `/session/messages",le="+Inf"}`: 1,
		`deskbell_refused_total{code="wrong_metrics_token"}`:                                            5,
		`deskbell_refused_total{code="invalid_otp"}`:                                                    1,
		`deskbell_otp_total{what="ordered"}`:                                                            1,
		`deskbell_otp_total{what="refused"}`:                                                            1,
		`deskbell_streams{of="team"}`:                                                                   0,
		`deskbell_jobs{status="dead"}`:                                                                  0,
		`deskbell_damaged`:                                                                              0,
		`deskbell_panics_total`:                                                                         0,
	} {
		if got, ok := got[name]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
		}
	}
	for _, name := range []string{"deskbell_commits_total", "deskbell_commit_writes_sum", "deskbell_commit_seconds_sum", "deskbell_database_bytes", "deskbell_log_bytes", "process_start_time_seconds", "go_goroutines"} {
		if got[name] <= 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	if got["deskbell_commit_writes_count"] != got["deskbell_commits_total"] {
		t.Errorf("%v commits, %v with their size", got["deskbell_commits_total"], got["deskbell_commit_writes_count"])
	}
	if _, timed := got[`deskbell_request_seconds_count{method="GET",route="`+api+`/session/events"}`]; timed {
		t.Error("streams are among the times of requests")
	}
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, withEnv("DESKBELL_METRICS_ADDR", addr))
	s.do(t, "GET", "/metrics", nil).refused(t, http.StatusNotFound, "")
	get := func(path string) (int, string) {
		resp, err := s.client.Get("http://" + addr + path)
		if err != nil {
			return 0, ""
		}
		defer func() { _ = resp.Body.Close() }()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	page := ""
	eventually(t, 5*time.Second, "the page on its own address", func() bool {
		status, text := get("/metrics")
		page = text
		return status == http.StatusOK
	})
	if scrape(t, page)["deskbell_commits_total"] <= 0 {
		t.Errorf("%.300s", page)
	}
	if status, _ := get("/login"); status != http.StatusNotFound {
		t.Errorf("the metrics' address serves more: %d", status)
	}
}

func TestNoMetricsUnlessWanted(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	s.do(t, "GET", "/metrics", nil, "Authorization", "Bearer ").refused(t, http.StatusNotFound, "")
}

// A board that asks for what is not there shows empty panels, which look like peace.
func TestBoardAsksForWhatIsThere(t *testing.T) {
	t.Parallel()
	const token = "metrics-token-of-the-board"
	s := startServer(t, withEnv("DESKBELL_METRICS_TOKEN", token))
	page := string(s.do(t, "GET", "/metrics", nil, "Authorization", "Bearer "+token).body)
	board, err := os.ReadFile("../../docs/monitoring/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`\b(?:deskbell|process|go)_[a-z_]+`).FindAllString(string(board), -1)
	if len(asked) < 15 {
		t.Fatalf("the board asks for %v", asked)
	}
	for _, name := range asked {
		family := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if !strings.Contains(page, "# TYPE "+name+" ") && !strings.Contains(page, "# TYPE "+family+" ") {
			t.Errorf("%s is not in the metrics", name)
		}
	}
}
