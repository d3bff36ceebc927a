package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// lighthouseVersion is the last one that Node 20 runs.
const lighthouseVersion = "lighthouse@12.8.2"

// lighthouseGoals are the least scores of a page, in the order in which they are shown.
var lighthouseGoals = []struct {
	category string
	least    float64
}{{"performance", 98}, {"accessibility", 100}, {"best-practices", 100}}

var lighthouseScreens = []string{"phone", "desk"}

// lighthouseReport is what is read of a report.
type lighthouseReport struct {
	Shown      string `json:"finalDisplayedUrl"`
	Categories map[string]struct {
		Score     float64 `json:"score"`
		AuditRefs []struct {
			ID     string  `json:"id"`
			Weight float64 `json:"weight"`
		} `json:"auditRefs"`
	} `json:"categories"`
	Audits map[string]struct {
		Title        string          `json:"title"`
		Score        *float64        `json:"score"`
		DisplayValue string          `json:"displayValue"`
		Details      json.RawMessage `json:"details"`
	} `json:"audits"`
}

// BenchmarkLighthouse prints what Lighthouse says of the console's busiest pages, signed in and with a
// year's work in them, as the medians of five visits: on a phone with a slow line, and at a desk.
func BenchmarkLighthouse(b *testing.B) {
	s := startServer(b, manySessions())
	home := newShop(b, s)
	home.pastWeeks(b, home.member, home.joinNamed(b, s, "agent", "Ben Okafor"))
	for n := range 30 {
		v := started(b, s, home.widget, obj{"name": fmt.Sprint("Visitor ", n)})
		v.post(b, "Where is my parcel? It was to come on Monday.")
		home.reply(b, v.conversation, "It is on its way to you.", false)
	}
	port := signedIn(b, home.member)
	showLighthouseGoals()
	for _, screen := range lighthouseScreens {
		for _, path := range []string{"/inbox", "/settings/tokens", "/settings", "/reports", "/inbox/" + home.newest(b), "/settings/widget"} {
			scores, missing := lighthouseScores{}, map[string]bool{}
			for range 5 {
				lighthouse(b, s.url+path, port, screen).add(scores, missing)
			}
			scores.show(path+", "+screen, missing)
			for _, goal := range lighthouseGoals {
				if scores.median(goal.category) < goal.least {
					b.Errorf("%s, %s: %s %v", path, screen, goal.category, scores[goal.category])
				}
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLighthouseHost prints what Lighthouse says of a shop's page without the widget and with it, as the
// medians of five visits each, in turns. The widget may take no more than one point of any of them.
func BenchmarkLighthouseHost(b *testing.B) {
	shop := newShop(b, startServer(b, manySessions()))
	pages := []struct{ name, address string }{
		{"without", shop.site.set("/without", hostPage{body: startThings})},
		{"with", shop.site.set("/with", hostPage{body: startThings + snippet(shop.srv, shop.widget.token)})},
	}
	port := portedBrowser(b, b.TempDir())
	showLighthouseGoals()
	for _, screen := range lighthouseScreens {
		scores, missing := []lighthouseScores{{}, {}}, []map[string]bool{{}, {}}
		for range 5 {
			for i, page := range pages {
				lighthouse(b, page.address, port, screen).add(scores[i], missing[i])
			}
		}
		for i, page := range pages {
			scores[i].show("a shop "+page.name+" the widget, "+screen, missing[i])
		}
		for _, goal := range lighthouseGoals {
			if without, with := scores[0].median(goal.category), scores[1].median(goal.category); without-with > 1 {
				b.Errorf("%s: %s %v without the widget, %v with it", screen, goal.category, scores[0][goal.category], scores[1][goal.category])
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

// lighthouseScores are the scores of a page's visits, of 100, by category.
type lighthouseScores map[string][]float64

func (s lighthouseScores) median(category string) float64 {
	sorted := slices.Sorted(slices.Values(s[category]))
	return sorted[len(sorted)/2]
}

// show prints a page's medians, and what took most of the rest away.
func (s lighthouseScores) show(page string, missing map[string]bool) {
	fmt.Printf("%-34s", page)
	for _, goal := range lighthouseGoals {
		fmt.Printf(" %15.0f", s.median(goal.category))
	}
	fmt.Println()
	for what := range missing {
		fmt.Println("    " + what)
	}
}

func showLighthouseGoals() {
	fmt.Printf("\n%-34s", "page")
	for _, goal := range lighthouseGoals {
		fmt.Printf(" %15s", goal.category)
	}
	fmt.Println()
}

// signedIn starts a browser of its own in which somebody is signed in, and returns the port it listens at.
func signedIn(b *testing.B, m *member) (port string) {
	b.Helper()
	dir, program := b.TempDir(), findChromium()
	allocated, release := chromedp.NewExecAllocator(context.Background(), append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.UserDataDir(dir))...)
	defer release()
	ctx, cancel := chromedp.NewContext(allocated)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(m.srv.url+"/login")); err != nil {
		b.Fatal(err)
	}
	p := &person{t: b, name: "agent", ctx: ctx}
	p.signIn(m.email, m.password)
	p.until("the inbox", "location.pathname === '/inbox'")
	if err := chromedp.Cancel(ctx); err != nil { // which writes the cookie down
		b.Fatal(err)
	}
	return portedBrowser(b, dir)
}

// portedBrowser starts a browser with that profile and returns the port it listens at.
func portedBrowser(b *testing.B, dir string) (port string) {
	b.Helper()
	program := findChromium()
	addr, err := freeAddr()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(program, "--headless=new", "--no-sandbox", "--no-first-run", "--password-store=basic", "--use-mock-keychain", "--user-data-dir="+dir,
		"--remote-debugging-port="+addr[strings.LastIndex(addr, ":")+1:], "about:blank")
	dieWithTests(cmd)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	eventually(b, patience, "the browser listening", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return addr[strings.LastIndex(addr, ":")+1:]
}

// lighthouse visits a page once.
func lighthouse(b *testing.B, address, port, screen string) (r lighthouseReport) {
	b.Helper()
	// The live lines stay open, so that the network is never quiet.
	args := []string{"--yes", lighthouseVersion, address, "--quiet", "--port=" + port, "--disable-storage-reset", "--max-wait-for-load=10000",
		"--only-categories=performance,accessibility,best-practices", "--output=json"}
	if screen == "desk" {
		args = append(args, "--preset=desktop")
	}
	var out []byte
	var err error
	// Now and then it loses the beginning of a visit, and says to try again.
	for range 3 {
		cmd := exec.Command("npx", args...)
		cmd.Stderr = os.Stderr
		if out, err = cmd.Output(); err == nil {
			break
		}
	}
	if err != nil {
		b.Fatalf("lighthouse needs Node 20 or newer: %v", err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		b.Fatal(err)
	}
	if r.Shown != address {
		b.Fatalf("%s led to %s", address, r.Shown)
	}
	return r
}

// add adds the scores, of 100, and what took most of the rest away.
func (r lighthouseReport) add(scores lighthouseScores, missing map[string]bool) {
	for name, category := range r.Categories {
		scores[name] = append(scores[name], 100*category.Score)
		for _, ref := range category.AuditRefs {
			if audit := r.Audits[ref.ID]; ref.Weight > 0 && audit.Score != nil && *audit.Score < 0.9 {
				details := string(audit.Details)
				if name == "performance" {
					details = ""
				}
				missing[fmt.Sprintf("%s: %s %s %.300s", name, audit.Title, audit.DisplayValue, details)] = true
			}
		}
	}
}
