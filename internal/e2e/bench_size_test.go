package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/internal/upload"
)

// seededDir is a data directory of a certain size, and what the seeding told about it.
type seededDir struct {
	Dir       string `json:"dir"`
	AccountID string `json:"account_id"`
	UserID    string `json:"user_id"`
	Email     string `json:"email"`
	Password  string `json:"password"`
	Longest   string `json:"longest"`
	Common    string `json:"common"`
	Second    string `json:"second"`
	Rare      string `json:"rare"`
	Tag       string `json:"tag"`
	Site      string `json:"site"`
	Regular   string `json:"regular"`
}

// seeding is how long data directories took to make.
var seeding time.Duration

// seeded makes a data directory of that many conversations, or takes the one of an earlier run.
func seeded(b testing.TB, conversations int) seededDir {
	b.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		b.Fatal(err)
	}
	program := filepath.Join(scratch, "seed")
	if out, err := exec.Command("go", "build", "-o", program, "deskbell/internal/seed").CombinedOutput(); err != nil {
		b.Fatalf("build seed: %v\n%s", err, out)
	}
	if err := os.MkdirAll(filepath.Join(cache, "deskbell-bench"), 0o700); err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(cache, "deskbell-bench", strconv.Itoa(conversations))
	var told, progress bytes.Buffer
	cmd := exec.Command(program, "-data", dir, "-conversations", strconv.Itoa(conversations))
	cmd.Stdout, cmd.Stderr = &told, &progress
	var s seededDir
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("seed: %v\n%s", err, progress.String())
	}
	seeding += time.Since(began)
	if err := json.Unmarshal(told.Bytes(), &s); err != nil {
		b.Fatal(err)
	}
	return s
}

// copied is a copy to write into: the next run finds the directory as this one did.
func (s seededDir) copied(b testing.TB) seededDir {
	b.Helper()
	began := time.Now()
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS(s.Dir)); err != nil {
		b.Fatal(err)
	}
	seeding += time.Since(began)
	s.Dir = dir
	return s
}

// open opens the directory in this process: what a query costs shows without HTTP around it.
func (s seededDir) open(b testing.TB) *support.Service {
	b.Helper()
	ring, err := keys.Load(s.Dir, true)
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	d, err := db.Open(b.Context(), s.Dir, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	files, err := upload.NewStore(filepath.Join(s.Dir, "files"), 0, 0)
	if err != nil {
		b.Fatal(err)
	}
	domain, err := support.New(support.Deps{
		DB: d, Jobs: jobs.New(d, time.Now, log), Hub: realtime.NewHub(), Keys: ring, Files: files, BaseURL: "http://localhost",
		Now: time.Now, Log: log,
	})
	if err != nil {
		b.Fatal(err)
	}
	return domain
}

// places is how many pages of a list are read in turn, each once before that is measured.
const places = 40

// spread runs an operation until it is warm, then often enough for a 99th percentile, and returns
// the median and that, in µs.
func spread(b testing.TB, operation func() error) (p50, p99 float64) {
	b.Helper()
	return spreadOf(b, places, 200, operation)
}

// spreadOf is spread with as many runs as are given, first to become warm and then measured.
func spreadOf(b testing.TB, warm, measured int, operation func() error) (p50, p99 float64) {
	b.Helper()
	took := make([]time.Duration, 0, measured)
	for i := range warm + measured {
		began := time.Now()
		if err := operation(); err != nil {
			b.Fatal(err)
		}
		if i >= warm {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return micros(percentile(took, 0.5)), micros(percentile(took, 0.99))
}

// sizeFigures measures what must not depend on how much there is.
func sizeFigures(b *testing.B, length benchLength) []result {
	b.Helper()
	var all []result
	for _, n := range length.sizes {
		all = append(all, insideFigures(b, seeded(b, n), n)...)
	}
	empty, err := newServer(b.TempDir(), withEnv("DESKBELL_LOG_LEVEL", "error"))
	if err != nil {
		b.Fatal(err)
	}
	all = append(all, startFigures(b, empty, "empty", 100)...)
	if !length.outside {
		return all
	}
	all = append(all, flatness(all)...)
	n := length.sizes[len(length.sizes)-1]
	full := seeded(b, n).copied(b)
	large, err := newServer(full.Dir, withEnv("DESKBELL_LOG_LEVEL", "error"))
	if err != nil {
		b.Fatal(err)
	}
	all = append(all, startFigures(b, large, strconv.Itoa(n), 300)...)
	return append(all, outsideFigures(b, large, full, n)...)
}

// flatness says how much longer a page of the inbox takes where there are ten times as many conversations, and
// how much longer somewhere in the list than at its start. A list that is walked takes ten times as long, one by
// an index the same and what a colder cache costs: twice is where it is not flat any more.
func flatness(measured []result) (flat []result) {
	p50 := map[string]float64{}
	for _, r := range measured {
		p50[r.name] = r.value
	}
	for _, r := range measured {
		view, ok := strings.CutSuffix(r.name, ", any depth, 1000000, p50")
		if !ok {
			continue
		}
		flat = append(flat, result{name: view + ": any depth, 1,000,000 against 100,000", value: r.value, unit: "µs", yardstick: p50[view+", any depth, 100000, p50"], goal: 2},
			result{name: view + ": any depth against the first page, 1,000,000", value: r.value, unit: "µs", yardstick: p50[view+", first page, 1000000, p50"], goal: 2})
	}
	return flat
}

// listed is how many conversations the console lists at once.
const listed = 30

// insideFigures measures the use cases themselves.
func insideFigures(b *testing.B, s seededDir, n int) []result {
	b.Helper()
	domain, ctx, who := s.open(b), b.Context(), support.Actor{AccountID: s.AccountID, UserID: s.UserID, Admin: true}
	verified := true
	var list []result
	add := func(name string, goal float64, operation func() error) {
		p50, p99 := spread(b, operation)
		list = append(list, result{name: fmt.Sprintf("%s, %d, p50", name, n), value: p50, unit: "µs", goal: goal, guard: goal},
			result{name: fmt.Sprintf("%s, %d, p99", name, n), value: p99, unit: "µs"})
	}
	for _, view := range []struct {
		name   string
		filter support.ConversationFilter
	}{
		{"open", support.ConversationFilter{Status: "active"}}, {"closed", support.ConversationFilter{Status: "closed"}},
		{"all", support.ConversationFilter{}}, {"mine", support.ConversationFilter{View: "mine"}},
		{"unassigned", support.ConversationFilter{View: "unassigned"}}, {"snoozed", support.ConversationFilter{View: "snoozed"}},
		{"spam", support.ConversationFilter{View: "spam"}}, {"mentions", support.ConversationFilter{View: "mentions"}},
		{"longest waiting", support.ConversationFilter{View: "all", Sort: support.SortWaiting}},
		{"tag", support.ConversationFilter{Status: "active", Tag: s.Tag}}, {"one quiet site", support.ConversationFilter{Site: s.Site}},
		{"verified", support.ConversationFilter{Verified: &verified}}, {"waiting", support.ConversationFilter{Waiting: 1}}, {"urgent", support.ConversationFilter{Priority: "urgent"}}, {"empty ones too", support.ConversationFilter{Empty: true}},
	} {
		first, last := ends(b, domain, who, view.filter)
		page := func(cursor string) error {
			f := view.filter
			f.Cursor, f.Limit = cursor, listed
			found, err := domain.Conversations(ctx, who, f)
			if err == nil && cursor == "" && len(found.Conversations) == 0 {
				err = fmt.Errorf("%s: an empty page", view.name)
			}
			return err
		}
		add("inbox "+view.name+", first page", 1000, func() error { return page("") })
		var anywhere []string
		for range places {
			at := last + rand.Int64N(first-last)
			anywhere = append(anywhere, base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10)+"."+strings.Repeat("f", 24))))
		}
		next := 0
		add("inbox "+view.name+", any depth", 1000, func() error { next++; return page(anywhere[next%places]) })
	}
	add("unread count", 1000, func() error { _, err := domain.UnreadConversations(ctx, who); return err })
	add("history page of 50", 1000, func() error {
		found, err := domain.Messages(ctx, who, s.Longest, support.MessageRange{BeforeSeq: 60 + rand.Int64N(500), Limit: 50})
		if err == nil && len(found.Messages) != 50 {
			err = fmt.Errorf("%d messages", len(found.Messages))
		}
		return err
	})
	for _, query := range []struct{ name, words string }{
		{"common word", s.Common}, {"beginning of a common word", s.Common[:len(s.Common)-1]}, {"two letters", s.Common[:2]},
		{"rare word", s.Rare}, {"two common words", s.Common + " " + s.Second}, {"common and rare word", s.Rare + " " + s.Common},
		{"word of no message", "xylophone"}, {"beginning of many words", s.Rare[:2] + "na"},
	} {
		add("search "+query.name, 5000, func() error { _, err := domain.Search(ctx, who, query.words, "", 20); return err })
	}
	// Frequent words that are hardly ever together: what a search may take at most.
	add("search twelve common words", 100_000, func() error {
		_, err := domain.Search(ctx, who, "order please hello delivery account payment refund shipping address the your have", "", 20)
		return err
	})
	for _, query := range []struct{ name, words string }{{"common word", s.Common}, {"rare word", s.Rare}} {
		add("inbox search "+query.name, 0, func() error {
			_, err := domain.Conversations(ctx, who, support.ConversationFilter{Query: query.words, Limit: 30})
			return err
		})
	}
	for _, query := range []struct{ name, words string }{
		{"domain of all", "mail.exam"}, {"name", s.Rare}, {"nobody", "xylophone"},
	} {
		add("contacts search "+query.name, 5000, func() error {
			_, err := domain.Contacts(ctx, who, support.ContactFilter{Query: query.words})
			return err
		})
	}
	add("contacts list", 1000, func() error { _, err := domain.Contacts(ctx, who, support.ContactFilter{}); return err })
	return list
}

// ends returns the times of a list's newest and oldest page.
func ends(b testing.TB, domain *support.Service, who support.Actor, f support.ConversationFilter) (first, last int64) {
	b.Helper()
	f.Limit = 1
	newest, err := domain.Conversations(b.Context(), who, f)
	if err != nil || len(newest.Conversations) == 0 {
		b.Fatalf("no conversations: %v", err)
	}
	first = newest.Conversations[0].UpdatedAt
	// The seeding begins at the same time everywhere; the oldest hundredth would give pages that are not full.
	oldest := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC).UnixMilli()
	return first, first - (first-oldest)*99/100
}

// startFigures measures a start and what the server then takes while nobody does anything.
func startFigures(b *testing.B, s *server, name string, goal float64) []result {
	b.Helper()
	b.Cleanup(s.kill)
	var took []time.Duration
	for range 5 {
		began := time.Now()
		if err := s.start(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		s.stop(b)
		if name == "empty" {
			for _, file := range must(filepath.Glob(filepath.Join(s.dir, "*"))) {
				_ = os.RemoveAll(file)
			}
		}
	}
	slices.Sort(took)
	if err := s.start(); err != nil {
		b.Fatal(err)
	}
	return []result{
		{name: "start to ready, " + name, value: micros(took[len(took)/2]) / 1000, unit: "ms", goal: goal, guard: goal},
		{name: "memory of an idle server, " + name, value: s.resident(b), unit: "MiB", goal: 30},
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident is how much memory the server holds, in MiB, when that has come to rest.
func (s *server) resident(b testing.TB) float64 {
	b.Helper()
	read := func() float64 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
		if err != nil {
			b.Fatal(err)
		}
		kib, err := strconv.Atoi(residentLine.FindStringSubmatch(string(text))[1])
		if err != nil {
			b.Fatal(err)
		}
		return float64(kib) / 1024
	}
	before, now := 0.0, read()
	for now > before+0.5 || now < before-0.5 {
		<-time.After(2 * time.Second)
		before, now = now, read()
	}
	return now
}

// outsideFigures measures the same over HTTP, one request at a time, on a server with all data.
func outsideFigures(b *testing.B, s *server, from seededDir, n int) []result {
	b.Helper()
	m := &member{srv: s, email: from.Email, password: from.Password}
	m.login(b)
	var list []result
	for _, call := range []struct {
		name, path string
	}{
		{"inbox open", "/conversations?status=active"}, {"inbox all", "/conversations"},
		{"history page", "/conversation/" + from.Longest + "/messages?before_seq=500&limit=50"},
		{"search common word", "/search?limit=20&q=" + url.QueryEscape(from.Common)},
	} {
		p50, p99 := spread(b, func() error { return m.fetch(call.path) })
		list = append(list, result{name: fmt.Sprintf("HTTP %s, %d, p50", call.name, n), value: p50, unit: "µs"},
			result{name: fmt.Sprintf("HTTP %s, %d, p99", call.name, n), value: p99, unit: "µs"})
	}
	list = append(list, pageFigures(b, s, from, n)...)
	return append(list, result{name: fmt.Sprintf("memory after use, %d", n), value: s.resident(b), unit: "MiB"})
}

// fetch reads an answer and no more, so that what is measured is the server.
func (m *member) fetch(path string) error {
	req, err := http.NewRequest(http.MethodGet, m.srv.url+api+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+m.token)
	resp, err := m.srv.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %w", path, resp.StatusCode, err)
	}
	return nil
}
