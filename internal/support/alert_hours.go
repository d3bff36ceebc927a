package support

import (
	"slices"
	"strings"
	"time"

	"deskbell/internal/fault"
)

// AlertHours are the days and the time of day at which a member is alerted.
type AlertHours struct {
	// Timezone is a name of the IANA list.
	Timezone string `json:"timezone"`
	// Days are those of Weekdays on which the hours begin.
	Days []string `json:"days"`
	// Start and End have the form 09:00. An end that is not after the start is on the next day.
	Start string `json:"start"`
	End   string `json:"end"`
}

func (h *AlertHours) validate(bad fault.Fields) {
	if h == nil {
		return
	}
	if h.Timezone = strings.TrimSpace(h.Timezone); !zoneExists(h.Timezone) {
		bad.Add("hours.timezone", zoneProblem)
	}
	slices.Sort(h.Days)
	h.Days = slices.Compact(h.Days)
	if len(h.Days) == 0 || slices.ContainsFunc(h.Days, func(day string) bool { return !slices.Contains(Weekdays, day) }) {
		bad.Add("hours.days", "choose at least one day of monday to sunday")
	}
	if !clockForm.MatchString(h.Start) || !clockForm.MatchString(h.End) {
		bad.Add("hours.start", "times must have the form 09:00")
	}
}

// at reports whether the member is alerted at a moment. No hours at all is always.
func (h *AlertHours) at(now time.Time) bool {
	if h == nil {
		return true
	}
	zone, err := time.LoadLocation(h.Timezone)
	if err != nil {
		return true // refused when saved; a zone that vanished must not silence anybody
	}
	local := now.In(zone)
	for offset := -1; offset <= 0; offset++ {
		day := noon(local, offset)
		if !slices.Contains(h.Days, Weekdays[day.Weekday()]) {
			continue
		}
		last := day
		if h.End <= h.Start {
			last = noon(local, offset+1)
		}
		if !now.Before(clockOn(day, h.Start)) && now.Before(clockOn(last, h.End)) {
			return true
		}
	}
	return false
}
