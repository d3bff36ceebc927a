package support

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"deskbell/internal/fault"
)

// Weekdays are the keys of a schedule, Sunday first as in package time.
var Weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// BusinessHours is when the team is there. An empty schedule is always open.
type BusinessHours struct {
	Timezone string              `json:"timezone"`
	Schedule map[string]DayHours `json:"schedule"`
	// Holidays are closed days of the form 2006-01-02.
	Holidays []string `json:"holidays,omitempty"`
}

// DayHours is one weekday: the documented start and end (first opening, last closing), and the
// ranges between them when there are several.
type DayHours struct {
	Start  string  `json:"start"`
	End    string  `json:"end"`
	Ranges []Range `json:"ranges,omitempty"`
}

// Range is a span of one day in local time, "09:00" to "17:00"; "24:00" is midnight after it.
type Range struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// MaxRanges is how many times a day may open.
const MaxRanges = 5

// maxHolidays bounds the closed days of a schedule.
const maxHolidays = 100

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// Spans returns the day's ranges, also when only the documented pair was given.
func (d DayHours) Spans() []Range {
	if len(d.Ranges) > 0 {
		return d.Ranges
	}
	return []Range{{Start: d.Start, End: d.End}}
}

const zoneProblem = "timezone must be a name such as America/New_York"

// zoneExists reports whether a name is one of a zone, and of the same one on every server.
func zoneExists(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

func (h *BusinessHours) validate(bad fault.Fields) {
	h.Timezone = strings.TrimSpace(h.Timezone)
	if !zoneExists(h.Timezone) {
		bad.Add("business_hours.timezone", zoneProblem)
	}
	if h.Schedule == nil {
		h.Schedule = map[string]DayHours{}
	}
	for day, hours := range h.Schedule {
		field := "business_hours.schedule." + day
		if !slices.Contains(Weekdays, day) {
			bad.Add("business_hours.schedule", "schedule may only name monday to sunday")
			continue
		}
		spans := hours.Spans()
		if problem := checkSpans(spans); problem != "" {
			bad.Add(field, day+": "+problem)
			continue
		}
		hours = DayHours{Start: spans[0].Start, End: spans[len(spans)-1].End}
		if len(spans) > 1 {
			hours.Ranges = spans
		}
		h.Schedule[day] = hours
	}
	for _, day := range h.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			bad.Add("business_hours.holidays", "holidays must be days such as 2026-12-25")
		}
	}
	if len(h.Holidays) > maxHolidays {
		bad.Add("business_hours.holidays", fmt.Sprintf("at most %d holidays", maxHolidays))
	}
}

// checkSpans says what is wrong with a day's ranges: each must end after it starts and start
// after the one before has ended. Times of the form HH:MM sort as text.
func checkSpans(spans []Range) string {
	if len(spans) > MaxRanges {
		return fmt.Sprintf("at most %d ranges", MaxRanges)
	}
	before := ""
	for _, r := range spans {
		if !clockForm.MatchString(r.Start) || (!clockForm.MatchString(r.End) && r.End != "24:00") {
			return "times must have the form 09:00"
		}
		if r.Start >= r.End {
			return "start must be before end"
		}
		if r.Start < before {
			return "ranges must follow one another"
		}
		before = r.End
	}
	return ""
}

// horizon bounds the search for the next change, in days: longer than any sensible series of
// holidays.
const horizon = 60

// at reports whether it is open at a moment and when that next changes, in Unix ms; nil when it
// never does (always open, or closed for the whole horizon). Each day's times are taken in the
// zone's own clock, so days with a change of daylight saving are right too.
func (h BusinessHours) at(now time.Time) (open bool, nextChange *int64) {
	if len(h.Schedule) == 0 {
		return true, nil
	}
	zone, err := time.LoadLocation(h.Timezone)
	if err != nil {
		return true, nil // refused when saved; a zone that vanished must not close the chat
	}
	local := now.In(zone)
	var until time.Time
	for offset := -1; offset <= horizon; offset++ {
		day := noon(local, offset)
		hours, works := h.Schedule[Weekdays[day.Weekday()]]
		if !works || slices.Contains(h.Holidays, day.Format(time.DateOnly)) {
			continue
		}
		for _, r := range hours.Spans() {
			start, end := clockOn(day, r.Start), clockOn(day, r.End)
			switch {
			case !end.After(now):
			case open && start.Equal(until): // goes on without a gap
				until = end
			case open:
				return true, millisOf(until)
			case start.After(now):
				return false, millisOf(start)
			default:
				open, until = true, end
			}
		}
	}
	if open && until.Before(now.AddDate(0, 0, horizon)) {
		return true, millisOf(until)
	}
	return open, nil
}

// noon of a number of days after a moment's. It exists on every day; where clocks go forward at midnight,
// midnight does not.
func noon(t time.Time, days int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 12, 0, 0, 0, t.Location())
}

func clockOn(day time.Time, clock string) time.Time {
	var hour, minute int
	_, _ = fmt.Sscanf(clock, "%d:%d", &hour, &minute)
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
}

func millisOf(t time.Time) *int64 {
	ms := t.UnixMilli()
	return &ms
}
