package support

import (
	"testing"
	"time"
)

func TestBusinessHours(t *testing.T) {
	week := map[string]DayHours{
		"monday":    {Start: "09:00", End: "17:00"},
		"tuesday":   {Start: "09:00", End: "17:00", Ranges: []Range{{"09:00", "12:00"}, {"13:00", "17:00"}}},
		"wednesday": {Start: "20:00", End: "24:00"},
		"thursday":  {Start: "00:00", End: "02:00"},
	}
	tests := []struct {
		name, zone string
		schedule   map[string]DayHours
		holidays   []string
		now        string
		open       bool
		next       string
	}{
		{"no days is always open", "UTC", nil, nil, "2026-11-23T03:00:00Z", true, ""},
		{"before opening", "UTC", week, nil, "2026-11-23T08:59:59Z", false, "2026-11-23T09:00:00Z"},
		{"at opening", "UTC", week, nil, "2026-11-23T09:00:00Z", true, "2026-11-23T17:00:00Z"},
		{"at closing", "UTC", week, nil, "2026-11-23T17:00:00Z", false, "2026-11-24T09:00:00Z"},
		{"in the break", "UTC", week, nil, "2026-11-24T12:30:00Z", false, "2026-11-24T13:00:00Z"},
		{"over midnight", "UTC", week, nil, "2026-11-25T23:00:00Z", true, "2026-11-26T02:00:00Z"},
		{"over the weekend", "UTC", week, nil, "2026-11-27T12:00:00Z", false, "2026-11-30T09:00:00Z"},
		{"holiday", "UTC", week, []string{"2026-11-23"}, "2026-11-23T10:00:00Z", false, "2026-11-24T09:00:00Z"},
		{"zone", "America/New_York", week, nil, "2026-11-23T13:30:00Z", false, "2026-11-23T14:00:00Z"},
		// 2026-03-29 is a Sunday; clocks in Berlin go from 02:00 to 03:00.
		{"day of 23 hours", "Europe/Berlin", map[string]DayHours{"sunday": {Start: "01:00", End: "04:00"}}, nil,
			"2026-03-29T00:30:00Z", true, "2026-03-29T02:00:00Z"},
		{"never again", "UTC", map[string]DayHours{"monday": {Start: "00:00", End: "24:00"}, "tuesday": {Start: "00:00", End: "24:00"},
			"wednesday": {Start: "00:00", End: "24:00"}, "thursday": {Start: "00:00", End: "24:00"}, "friday": {Start: "00:00", End: "24:00"},
			"saturday": {Start: "00:00", End: "24:00"}, "sunday": {Start: "00:00", End: "24:00"}}, nil, "2026-11-23T10:00:00Z", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			open, next := BusinessHours{Timezone: tt.zone, Schedule: tt.schedule, Holidays: tt.holidays}.at(now)
			got := ""
			if next != nil {
				got = time.UnixMilli(*next).UTC().Format(time.RFC3339)
			}
			if open != tt.open || got != tt.next {
				t.Errorf("open %v until %q, want %v until %q", open, got, tt.open, tt.next)
			}
		})
	}
}

// TestBusinessHoursAgainstEveryMinute recounts a fortnight around a change of daylight saving
// minute by minute, by reading the wall clock, and compares.
func TestBusinessHoursAgainstEveryMinute(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	hours := BusinessHours{Timezone: "America/New_York", Schedule: map[string]DayHours{
		"sunday": {Start: "00:30", End: "05:00"}, "monday": {Start: "09:00", End: "17:00"},
		"friday": {Start: "22:00", End: "24:00"}, "saturday": {Start: "00:00", End: "01:15"},
	}}
	wall := func(at time.Time) bool {
		local := at.In(zone)
		day, works := hours.Schedule[Weekdays[local.Weekday()]]
		clock := local.Format("15:04")
		return works && clock >= day.Start && clock < day.End
	}
	at := time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC)
	for end := at.AddDate(0, 0, 14); at.Before(end); at = at.Add(time.Minute) {
		open, next := hours.at(at)
		if open != wall(at) {
			t.Fatalf("%s: open %v, the clock says %v", at, open, wall(at))
		}
		if next == nil {
			t.Fatalf("%s: no next change", at)
		}
		if change := time.UnixMilli(*next); wall(change) == open || wall(change.Add(-time.Minute)) != open {
			t.Fatalf("%s: open %v, but nothing changes at %s", at, open, change.UTC())
		}
	}
}

// TestBusinessHoursWithoutMidnight looks at days that begin at 01:00 because clocks go forward
// at midnight.
func TestBusinessHoursWithoutMidnight(t *testing.T) {
	for zone, day := range map[string]string{"America/Santiago": "2025-09-07", "America/Havana": "2025-03-09", "Atlantic/Azores": "2025-03-30"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		noon, err := time.ParseInLocation("2006-01-02 15:04", day+" 12:00", location)
		if err != nil {
			t.Fatal(err)
		}
		hours := BusinessHours{Timezone: zone, Schedule: map[string]DayHours{Weekdays[noon.Weekday()]: {Start: "09:00", End: "17:00"}}}
		if open, next := hours.at(noon); !open || next == nil || *next != noon.Add(5*time.Hour).UnixMilli() {
			t.Errorf("%s: open %v until %v at noon of a day from nine to five", zone, open, next)
		}
	}
}
