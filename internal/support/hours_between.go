package support

import (
	"slices"
	"time"
)

// openHours are business hours made ready for counting with them.
type openHours struct {
	BusinessHours
	zone *time.Location
}

func (h BusinessHours) open() openHours {
	zone, err := time.LoadLocation(h.Timezone)
	if err != nil {
		// Refused when saved; with a zone that vanished, hours are always open, as for visitors.
		return openHours{zone: time.UTC}
	}
	return openHours{h, zone}
}

// between is how much of a time lies within business hours.
func (h openHours) between(from, to time.Time) (open time.Duration) {
	if len(h.Schedule) == 0 {
		return max(to.Sub(from), 0)
	}
	local := from.In(h.zone)
	for offset := 0; ; offset++ {
		// Noon exists on every day; where clocks go forward at midnight, midnight does not.
		day := time.Date(local.Year(), local.Month(), local.Day()+offset, 12, 0, 0, 0, h.zone)
		if day.Add(-24 * time.Hour).After(to) {
			return open
		}
		hours, works := h.Schedule[Weekdays[day.Weekday()]]
		if !works || slices.Contains(h.Holidays, day.Format(time.DateOnly)) {
			continue
		}
		for _, r := range hours.Spans() {
			start, end := clockOn(day, r.Start), clockOn(day, r.End)
			if start.Before(from) {
				start = from
			}
			if end.After(to) {
				end = to
			}
			open += max(end.Sub(start), 0)
		}
	}
}
