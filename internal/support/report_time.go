package support

import (
	"fmt"
	"time"

	"deskbell/internal/fault"
)

// Lengths of what a report is cut into.
const (
	EachHour  = "hour"
	EachDay   = "day"
	EachWeek  = "week"
	EachMonth = "month"
)

// Up to how many days a report is cut into hours, days and weeks, and how long one may be.
const (
	mostDaysByHour = 2
	mostDaysByDay  = 92
	mostDaysByWeek = 400
	mostReportDays = 1100
)

// defaultReportDays is how long a report is that names no dates.
const defaultReportDays = 28

const quarterSeconds = 15 * 60

// outside marks a quarter of an hour that is in no cell.
const outside = -1

// timeline says for every quarter of an hour of some UTC days which cell of a report it is in. Clocks of
// all time zones are set by multiples of a quarter, so none is ever cut in two.
type timeline struct {
	firstDay int64
	// cells has one entry for each quarter; days is how many UTC days they make.
	cells []int16
	days  int64
	// hours says which hour of the week, Monday first, each quarter is in.
	hours []uint8
	// labels names the cells by their beginning on the clock.
	labels []string
}

// at returns the cell of a quarter of a day.
func (l *timeline) at(day int64, quarter int) int {
	return int(l.cells[(day-l.firstDay)*quarters+int64(quarter)])
}

// whole returns the cell that a whole day lies in; ok is false when it is cut.
func (l *timeline) whole(day int64) (cell int, ok bool) {
	at := l.cells[(day-l.firstDay)*quarters:][:quarters]
	for _, other := range at {
		if other != at[0] {
			return 0, false
		}
	}
	return int(at[0]), true
}

// reportSpan is the days of a report, both included, in a time zone.
type reportSpan struct {
	from, to time.Time // midnight in UTC of the dates' names
	zone     *time.Location
}

func (f ReportFilter) span(now time.Time) (reportSpan, error) {
	bad := fault.Fields{}
	s := reportSpan{zone: time.UTC}
	if f.Zone != "" {
		zone, err := time.LoadLocation(f.Zone)
		if err != nil || f.Zone == "Local" {
			bad.Add("tz", "tz must be a name such as America/New_York")
		} else {
			s.zone = zone
		}
	}
	today := dateOf(now.In(s.zone))
	read := func(field, typed string, otherwise time.Time) time.Time {
		if typed == "" {
			return otherwise
		}
		date, err := time.Parse(time.DateOnly, typed)
		if err != nil {
			bad.Add(field, field+" must be a date such as 2025-10-08")
		}
		return date
	}
	s.to = read("to", f.To, today)
	s.from = read("from", f.From, s.to.AddDate(0, 0, 1-defaultReportDays))
	if len(bad) == 0 && s.from.After(s.to) {
		bad.Add("to", "to must not be before from")
	} else if len(bad) == 0 && s.days() > mostReportDays {
		bad.Add("from", fmt.Sprintf("from must be at most %d days before to", mostReportDays))
	}
	return s, bad.Err()
}

// dateOf is the date that a clock shows, as midnight in UTC.
func dateOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func (s reportSpan) days() int { return int(s.to.Sub(s.from).Hours()/24) + 1 }

// interval is what the report is cut into.
func (s reportSpan) interval() string {
	switch n := s.days(); {
	case n <= mostDaysByHour:
		return EachHour
	case n <= mostDaysByDay:
		return EachDay
	case n <= mostDaysByWeek:
		return EachWeek
	}
	return EachMonth
}

// before is as many days before these; while these are not over, only up to the same time of day,
// so that like is compared with like.
func (s reportSpan) before(now time.Time) (span reportSpan, until time.Time) {
	n := s.days()
	span = reportSpan{from: s.from.AddDate(0, 0, -n), to: s.to.AddDate(0, 0, -n), zone: s.zone}
	local := now.In(s.zone)
	if dateOf(local).After(s.to) {
		return span, now
	}
	return span, time.Date(local.Year(), local.Month(), local.Day()-n, local.Hour(), local.Minute(), 0, 0, s.zone)
}

// label names the cell that a local time lies in by the beginning of that.
func label(local time.Time, interval string) string {
	switch interval {
	case EachHour:
		return local.Format("2006-01-02T15:00")
	case EachWeek:
		local = local.AddDate(0, 0, -mondayFirst(local.Weekday()))
	case EachMonth:
		local = local.AddDate(0, 0, 1-local.Day())
	}
	return local.Format(time.DateOnly)
}

// mondayFirst counts weekdays from Monday, 0, to Sunday, 6.
func mondayFirst(day time.Weekday) int { return (int(day) + 6) % 7 }

// timeline cuts the days into cells; an empty interval makes one cell of all. What begins after until is left out.
func (s reportSpan) timeline(interval string, until time.Time) *timeline {
	// No clock is more than 14 hours away from UTC.
	l := &timeline{firstDay: s.from.Unix()/86400 - 1}
	l.days = s.to.Unix()/86400 + 1 - l.firstDay + 1
	l.cells, l.hours = make([]int16, l.days*quarters), make([]uint8, l.days*quarters)
	index := map[string]int16{}
	if interval == "" {
		l.labels = []string{s.from.Format(time.DateOnly)}
	}
	var offset, offsetEnd int64 // how the clock is set, and until when
	lastHour, cell := int64(-1), int16(0)
	for i := range l.cells {
		at := l.firstDay*86400 + int64(i)*quarterSeconds
		if i == 0 || at >= offsetEnd {
			here := time.Unix(at, 0).In(s.zone)
			_, seconds := here.Zone()
			_, end := here.ZoneBounds()
			offset, offsetEnd = int64(seconds), 1<<62
			if !end.IsZero() {
				offsetEnd = end.Unix()
			}
		}
		clock := at + offset // as if the local clock were UTC's
		day := floorDiv(clock, 86400)
		if l.cells[i] = outside; day < s.from.Unix()/86400 || day > s.to.Unix()/86400 || at > until.Unix() {
			continue
		}
		hour := floorDiv(clock, 3600)
		if hour != lastHour {
			if lastHour, cell = hour, 0; interval != "" {
				cell = l.cell(index, label(time.Unix(clock, 0).UTC(), interval))
			}
		}
		l.cells[i] = cell
		l.hours[i] = uint8((floorDiv(clock, 86400)+3)%7*24 + (hour - day*24)) // 1970 began on a Thursday
	}
	return l
}

func (l *timeline) cell(index map[string]int16, name string) int16 {
	n, known := index[name]
	if !known {
		n = int16(len(l.labels))
		index[name], l.labels = n, append(l.labels, name)
	}
	return n
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
