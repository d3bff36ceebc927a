// Package ui holds the small pieces every page is built of. It knows no domain type.
package ui

import (
	"context"
	"strconv"
	"time"

	"deskbell/views/words"
)

type clockKey struct{}

type clock struct {
	now  time.Time
	zone *time.Location
}

// WithClock tells the components rendered with ctx what time it is and in which zone the
// reader lives.
func WithClock(ctx context.Context, now time.Time, zone *time.Location) context.Context {
	return context.WithValue(ctx, clockKey{}, clock{now: now.In(zone), zone: zone})
}

func clockOf(ctx context.Context) clock {
	if c, ok := ctx.Value(clockKey{}).(clock); ok {
		return c
	}
	return clock{now: time.Now().UTC(), zone: time.UTC}
}

// Zone is where the reader lives, as far as is known.
func Zone(ctx context.Context) *time.Location { return clockOf(ctx).zone }

// Now is the present in the reader's zone.
func Now(ctx context.Context) time.Time { return clockOf(ctx).now }

// Style is how precisely a time is written.
type Style int

const (
	// Minute is the time of day: 14:05.
	Minute Style = iota
	// Short fits a list row: 14:05 today, Mon within a week, 3 Oct before.
	Short
	// Date is the day alone: 3 Oct 2025.
	Date
	// Full is day and time: 3 Oct 2025, 14:05.
	Full
	// Ago counts back for a day, 3 min ago, and is a day before that.
	Ago
)

// Format writes a moment (Unix ms) in the reader's zone.
func Format(ctx context.Context, ms int64, style Style) string {
	c := clockOf(ctx)
	t := time.UnixMilli(ms).In(c.zone)
	switch style {
	case Minute:
		return t.Format("15:04")
	case Short:
		switch {
		case sameDay(t, c.now):
			return t.Format("15:04")
		case c.now.Sub(t) < 6*24*time.Hour && c.now.After(t):
			return t.Format("Mon")
		case t.Year() == c.now.Year():
			return t.Format("2 Jan")
		}
		return t.Format("2 Jan 2006")
	case Date:
		return t.Format(words.Say(ctx, "time.date"))
	case Full:
		return t.Format(words.Say(ctx, "time.date") + ", 15:04")
	case Ago:
		switch gone := c.now.Sub(t); {
		case gone < time.Minute:
			return words.Say(ctx, "time.now")
		case gone < time.Hour:
			return words.Say(ctx, "time.minutes", "n", strconv.Itoa(int(gone.Minutes())))
		case gone < 24*time.Hour:
			return words.Say(ctx, "time.hours", "n", strconv.Itoa(int(gone.Hours())))
		}
		return Format(ctx, ms, Date)
	}
	return ""
}

// Day names the day of a moment (Unix ms) as a heading: Today, Yesterday, Monday, 3 October.
func Day(ctx context.Context, ms int64) string {
	c := clockOf(ctx)
	t := time.UnixMilli(ms).In(c.zone)
	switch {
	case sameDay(t, c.now):
		return "Today"
	case sameDay(t, c.now.AddDate(0, 0, -1)):
		return "Yesterday"
	case t.Year() == c.now.Year():
		return t.Format("Monday, 2 January")
	}
	return t.Format("Monday, 2 January 2006")
}

// SameDay reports whether two moments (Unix ms) fall on one day of the reader.
func SameDay(ctx context.Context, a, b int64) bool {
	zone := clockOf(ctx).zone
	return sameDay(time.UnixMilli(a).In(zone), time.UnixMilli(b).In(zone))
}

// DayStart is when a date such as 2025-10-08, plus some days, begins for the reader, in Unix ms; ok is
// false for what is no date.
func DayStart(ctx context.Context, date string, days int) (ms int64, ok bool) {
	t, err := time.ParseInLocation(time.DateOnly, date, clockOf(ctx).zone)
	return t.AddDate(0, 0, days).UnixMilli(), err == nil
}

// Tooltip is a moment (Unix ms) with its zone, for whoever wants to know exactly.
func Tooltip(ctx context.Context, ms int64) string {
	form := "Monday, 2 January 2006, 15:04:05 MST"
	if words.Language(ctx) != words.Fallback {
		form = words.Say(ctx, "time.date") + ", 15:04:05 MST"
	}
	return time.UnixMilli(ms).In(clockOf(ctx).zone).Format(form)
}

// Machine is a moment (Unix ms) as programs read it.
func Machine(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

func sameDay(a, b time.Time) bool {
	return a.YearDay() == b.YearDay() && a.Year() == b.Year()
}
