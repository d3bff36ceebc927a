package support

import (
	"testing"
	"time"

	"deskbell/internal/fault"
)

// Hours are those of the agent's own clock, may last beyond midnight, and survive its changes.
func TestAlertHours(t *testing.T) {
	office := AlertHours{Timezone: "Europe/Berlin", Days: []string{"monday", "friday"}, Start: "09:00", End: "17:30"}
	night := AlertHours{Timezone: "America/New_York", Days: []string{"saturday"}, Start: "22:00", End: "06:00"}
	wholeDay := AlertHours{Timezone: "UTC", Days: []string{"sunday"}, Start: "00:00", End: "00:00"}
	for _, c := range []struct {
		hours AlertHours
		at    string
		want  bool
	}{
		{office, "2026-11-23T09:00:00+01:00", true},
		{office, "2026-11-23T08:59:59+01:00", false},
		{office, "2026-11-23T17:29:59+01:00", true},
		{office, "2026-11-23T17:30:00+01:00", false},
		{office, "2026-11-24T12:00:00+01:00", false},
		{office, "2026-07-03T09:00:00+02:00", true},
		{office, "2026-07-03T17:45:00+02:00", false},
		{night, "2026-11-21T21:59:00-05:00", false},
		{night, "2026-11-21T23:00:00-05:00", true},
		{night, "2026-11-22T05:59:00-05:00", true},
		{night, "2026-11-22T06:00:00-05:00", false},
		{night, "2026-11-22T23:00:00-05:00", false},
		// The night in which clocks go back has an hour more.
		{night, "2026-11-01T05:59:00-05:00", true},
		{night, "2026-11-01T06:00:00-05:00", false},
		{wholeDay, "2026-11-22T00:00:00Z", true},
		{wholeDay, "2026-11-22T23:59:59Z", true},
		{wholeDay, "2026-11-23T00:00:00Z", false},
	} {
		now, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.hours.at(now); got != c.want {
			t.Errorf("%s to %s, %s: alerted is %v at %s", c.hours.Start, c.hours.End, c.hours.Timezone, got, c.at)
		}
	}
}

func TestAlertHoursAreChecked(t *testing.T) {
	good := func() AlertHours {
		return AlertHours{Timezone: "Asia/Tokyo", Days: []string{"monday", "monday"}, Start: "09:00", End: "17:00"}
	}
	for field, spoil := range map[string]func(*AlertHours){
		"":               func(*AlertHours) {},
		"hours.timezone": func(h *AlertHours) { h.Timezone = "Local" },
		"hours.days":     func(h *AlertHours) { h.Days = nil },
		"hours.start":    func(h *AlertHours) { h.End = "24:00" },
	} {
		h, bad := good(), fault.Fields{}
		spoil(&h)
		h.validate(bad)
		if field == "" && (len(bad) != 0 || len(h.Days) != 1) {
			t.Errorf("%v refused: %v", h, bad)
		}
		if field != "" && (len(bad) != 1 || bad[field] == "") {
			t.Errorf("%s: %v", field, bad)
		}
	}
}
