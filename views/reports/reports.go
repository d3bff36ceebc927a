// Package reports shows what happened, in numbers and charts. Charts are made of what the server knows
// and need no script; behind each stands a table.
package reports

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"deskbell/internal/support"
)

// Filter is what a report is about, as the address says it.
type Filter struct {
	// From and To are dates such as 2025-10-08, both included.
	From, To string
	// Show is empty for everything, or site:, agent: or tag: and which one.
	Show string
}

// Query is the filter as part of an address.
func (f Filter) Query() string {
	v := url.Values{"from": {f.From}, "to": {f.To}}
	if f.Show != "" {
		v.Set("show", f.Show)
	}
	return v.Encode()
}

func (f Filter) file(name string) templ.SafeURL {
	return templ.SafeURL("/reports/" + name + ".csv?" + f.Query())
}

// preset is the address of the last days up to today.
func (f Filter) preset(path string, days int) templ.SafeURL {
	v := url.Values{"days": {strconv.Itoa(days)}}
	if f.Show != "" && path == "/reports" {
		v.Set("show", f.Show)
	}
	return templ.SafeURL(path + "?" + v.Encode())
}

// about is the overview for one agent, site or tag.
func (f Filter) about(show string) templ.SafeURL {
	f.Show = show
	return templ.SafeURL("/reports?" + f.Query())
}

// Head is what every page of the reports begins with.
type Head struct {
	Filter
	// Path is the page's own address.
	Path string
	// Days is how many these are when they end today, 0 otherwise.
	Days int
	// Length is how many days there are in any case.
	Length  int
	Zone    string
	Behind  int64
	Choices support.ReportChoices
	// Fields says what is wrong with the dates.
	Fields map[string]string
}

// OverviewProps is the page about all conversations, or those of one agent, site or tag.
type OverviewProps struct {
	Head
	Report  support.Report
	Waiting support.WaitingNow
	// Now is the present in Unix ms.
	Now int64
}

// TableProps is the page that compares agents, sites or tags.
type TableProps struct {
	Head
	Table support.ReportTable
	// Own says that there is only the reader's row.
	Own bool
}

// presets are the periods to choose by one click.
var presets = []struct {
	days  int
	label string
}{{1, "Today"}, {7, "7 days"}, {28, "28 days"}, {90, "90 days"}}

// pages are the tabs.
var pages = []struct{ path, label string }{
	{"/reports", "Overview"}, {"/reports/agents", "Agents"}, {"/reports/sites", "Sites"}, {"/reports/tags", "Tags"},
}

// Number writes a number with its thousands apart.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Duration writes seconds in at most two units.
func Duration(seconds int64) string {
	units := []struct {
		name   string
		length int64
	}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}
	for i, u := range units {
		if seconds < u.length && u.length > 1 {
			continue
		}
		text := fmt.Sprintf("%d %s", seconds/u.length, u.name)
		if rest := seconds % u.length; u.length > 1 && rest/units[i+1].length > 0 {
			text += fmt.Sprintf(" %d %s", rest/units[i+1].length, units[i+1].name)
		}
		return text
	}
	return ""
}

// took is a duration, or a dash when nothing took any time.
func took(count, seconds int64) string {
	if count == 0 {
		return "–"
	}
	return Duration(seconds)
}

func score(f support.Figures) string {
	if f.Rated() == 0 {
		return "–"
	}
	return strconv.FormatFloat(f.Rating(), 'f', 1, 64)
}

// trend compares a figure with the one before.
type trend struct {
	text string
	// kind is "good", "poor" or empty.
	kind string
}

// trendOf says by how much a figure differs; better is 1 when more is good, -1 when less is, 0 when neither.
func trendOf(now, before float64, better int) trend {
	if before == 0 || math.Round(100*(now-before)/before) == 0 {
		if before == 0 && now != 0 {
			return trend{text: "none before"}
		}
		return trend{text: "as before"}
	}
	if now >= 10*before {
		return trend{text: Number(int64(now/before)) + " times as many"}
	}
	percent := int64(math.Round(100 * (now - before) / before))
	t := trend{text: "+" + Number(percent) + " %"}
	if percent < 0 {
		t.text = "−" + Number(-percent) + " %"
	}
	if better != 0 {
		if t.kind = "poor"; (percent > 0) == (better > 0) {
			t.kind = "good"
		}
	}
	return t
}

func trendOfDurations(now, before support.Durations) trend {
	if now.Count == 0 || before.Count == 0 {
		return trend{}
	}
	return trendOf(float64(now.Median), float64(before.Median), -1)
}

func trendOfRatings(now, before support.Figures) trend {
	if now.Rated() == 0 || before.Rated() == 0 {
		return trend{}
	}
	return trendOf(now.Rating(), before.Rating(), 1)
}

// date reads what a report calls a day.
func date(text string) time.Time {
	for _, form := range []string{"2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// span says which days a report is about.
func (h Head) span() string {
	from, to := date(h.From), date(h.To)
	switch {
	case h.From == h.To:
		return to.Format("Monday, 2 January 2006")
	case from.Year() == to.Year():
		return from.Format("2 January") + " to " + to.Format("2 January 2006")
	}
	return from.Format("2 January 2006") + " to " + to.Format("2 January 2006")
}

// before says what a period is compared with.
func (h Head) before() string {
	switch {
	case h.Days == 1:
		return "yesterday up to this time"
	case h.Length == 1:
		return "the day before"
	}
	return fmt.Sprintf("the %d days before", h.Length)
}

// cellName is a cell in full, as a table and a tooltip say it.
func cellName(start, interval string) string {
	t := date(start)
	switch interval {
	case support.EachHour:
		return t.Format("Mon 2 Jan, 15:04")
	case support.EachWeek:
		return "Week of " + t.Format("2 Jan 2006")
	case support.EachMonth:
		return t.Format("January 2006")
	}
	return t.Format("Mon 2 Jan 2006")
}

// cellMark is a cell's short name under a chart.
func cellMark(start, interval string) string {
	t := date(start)
	switch interval {
	case support.EachHour:
		return t.Format("15:04")
	case support.EachMonth:
		return t.Format("Jan 06")
	}
	return t.Format("2 Jan")
}

// each is what a cell is called in a table's head.
func each(interval string) string { return strings.ToUpper(interval[:1]) + interval[1:] }

var dayNames = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
