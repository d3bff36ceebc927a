package support

import (
	"cmp"
	"context"
	"slices"
	"time"

	"deskbell/internal/fault"
)

// ReportFilter says what a report is about. At most one of Site, AgentID and Tag is set.
type ReportFilter struct {
	// From and To are dates such as 2025-10-08 on the clocks of Zone, both included; without them the
	// 28 days up to today. At most 1,100 days.
	From, To string
	// Zone is a name such as Europe/Berlin; empty is UTC.
	Zone string
	// Site is the domain of a token, AgentID a user's id, Tag a word.
	Site, AgentID, Tag string
}

// Durations sum up how long something took, in seconds: to the second below 64, within 1.6 % above.
// The Open ones count business hours only, as they were set at the time.
type Durations struct {
	Count               int64
	Median, P90         int64
	OpenMedian, OpenP90 int64
}

// Figures are the numbers of one stretch of time. Nothing of a spam conversation is among them; what was
// counted stays when a contact is erased.
type Figures struct {
	// Conversations are those whose first message was written then.
	Conversations   int64
	VisitorMessages int64
	// Replies are the team's messages to visitors.
	Replies int64
	// FirstResponse is from a visitor's first message to the team's first reply after it, counted when
	// that was sent.
	FirstResponse Durations
	// Resolution is from the first message to closing, counted then; a conversation that was reopened
	// counts anew from the message that reopened it.
	Resolution Durations
	// Ratings are how many gave 1 to 5; of a conversation the newest one counts.
	Ratings [5]int64
}

// Rated is how many ratings there are.
func (f Figures) Rated() (n int64) {
	for _, more := range f.Ratings {
		n += more
	}
	return n
}

// Rating is the average rating, 1 to 5; 0 when there is none.
func (f Figures) Rating() float64 {
	sum := int64(0)
	for i, n := range f.Ratings {
		sum += int64(i+1) * n
	}
	return float64(sum) / float64(max(f.Rated(), 1))
}

// ReportPeriod is what a report really covers.
type ReportPeriod struct {
	From, To, Zone string
	// Behind is how many messages, closings and changes are not counted yet.
	Behind int64
}

// ReportCell is a part of a report's time.
type ReportCell struct {
	// Start is its beginning on the clock, such as 2025-10-08, or 2025-10-08T14:00 for an hour.
	Start string
	Figures
}

// HourOfWeek is how much began in one hour of the week.
type HourOfWeek struct{ Conversations, VisitorMessages int64 }

// Report is a period's figures, cut into hours, days, weeks (from Monday on) or months.
type Report struct {
	ReportPeriod
	// Interval is EachHour, EachDay, EachWeek or EachMonth.
	Interval string
	Cells    []ReportCell
	Total    Figures
	// Before are the figures of as many days before; up to the same time of day when the period is not over.
	Before Figures
	// Hours are by weekday, Monday first, and hour of the clock.
	Hours [7][24]HourOfWeek
}

// ReportRow is the figures of one agent, site or tag.
type ReportRow struct {
	// Name is the agent's name, empty for one who is gone; else the site or tag.
	Name string
	// AgentID is set in a report by agent.
	AgentID string
	Figures
}

// ReportTable compares agents, sites or tags, those with the most conversations or replies first.
type ReportTable struct {
	ReportPeriod
	Rows []ReportRow
}

// The parts that sums are kept for.
const (
	partAll   = "all"
	partSite  = "site"
	partAgent = "agent"
	partTag   = "tag"
)

// mostReportRows bounds a table.
const mostReportRows = 500

// part is what the filter asks for.
func (f ReportFilter) part(a Actor) (part, value string, err error) {
	part = partAll
	for _, one := range []struct{ part, value string }{{partSite, f.Site}, {partAgent, f.AgentID}, {partTag, f.Tag}} {
		if one.value == "" {
			continue
		}
		if part != partAll {
			return "", "", fault.Field(one.part, "only one of site, agent and tag can be asked for")
		}
		part, value = one.part, one.value
	}
	if part == partAgent && !a.Admin && value != a.UserID {
		return "", "", ErrAdminOnly
	}
	return part, value, nil
}

// Report sums up a period. Agents may ask for the team's figures and for their own; admins for
// everybody's. Kinds: Invalid, Forbidden.
func (s *Service) Report(ctx context.Context, a Actor, f ReportFilter) (Report, error) {
	now := s.now()
	span, err := f.span(now)
	if err != nil {
		return Report{}, err
	}
	part, value, err := f.part(a)
	if err != nil {
		return Report{}, err
	}
	r := Report{ReportPeriod: span.period(s.countForReport(ctx)), Interval: span.interval()}
	l := span.timeline(r.Interval, end)
	cells, total := make([]sums, len(l.labels)), sums{}
	err = s.eachReportDay(ctx, a.AccountID, part, value, l, func(_ string, day int64, counts, times []byte) {
		whole, one := l.whole(day)
		add := func(key uint32, n int64) {
			quarter, m, step := splitKey(key)
			cell := whole
			if isCount(m) || !one {
				cell = l.at(day, quarter)
			}
			if cell == outside {
				return
			}
			cells[cell].add(m, step, n)
			total.add(m, step, n)
			if hour := int(l.hours[(day-l.firstDay)*quarters+int64(quarter)]); m == mStarted {
				r.Hours[hour/24][hour%24].Conversations += n
			} else if m == mAsked {
				r.Hours[hour/24][hour%24].VisitorMessages += n
			}
		}
		eachPacked(counts, add)
		eachPacked(times, add)
	})
	if err != nil {
		return Report{}, err
	}
	for i := range cells {
		r.Cells = append(r.Cells, ReportCell{Start: l.labels[i], Figures: cells[i].figures()})
	}
	r.Total = total.figures()
	before, until := span.before(now)
	byValue, err := s.sumsByValue(ctx, a.AccountID, part, value, before.timeline("", until))
	if sum := byValue[value]; sum != nil {
		r.Before = sum.figures()
	}
	return r, err
}

// end is after everything that ever happened.
var end = time.Unix(1<<40, 0)

func (s reportSpan) period(behind int64) ReportPeriod {
	return ReportPeriod{From: s.from.Format(time.DateOnly), To: s.to.Format(time.DateOnly), Zone: s.zone.String(), Behind: behind}
}

// sumsByValue sums up all of a timeline; an empty value means each one, unless part is all.
func (s *Service) sumsByValue(ctx context.Context, accountID, part, value string, l *timeline) (map[string]*sums, error) {
	all := map[string]*sums{}
	err := s.eachReportDay(ctx, accountID, part, value, l, func(value string, day int64, counts, times []byte) {
		sum := all[value]
		if sum == nil {
			sum = &sums{}
			all[value] = sum
		}
		whole, one := l.whole(day)
		if one && whole == outside {
			return
		}
		add := func(key uint32, n int64) {
			if quarter, m, step := splitKey(key); one || l.at(day, quarter) != outside {
				sum.add(m, step, n)
			}
		}
		eachPacked(counts, add)
		eachPacked(times, add)
	})
	return all, err
}

func (s *Service) reportTable(ctx context.Context, a Actor, f ReportFilter, part string, name func(value string) ReportRow) (ReportTable, error) {
	span, err := f.span(s.now())
	if err != nil {
		return ReportTable{}, err
	}
	if asked, _, err := f.part(a); err != nil || asked != partAll {
		return ReportTable{}, orElse(err, fault.Field(asked, "a report by agent, site or tag has all of them"))
	}
	t := ReportTable{ReportPeriod: span.period(s.countForReport(ctx)), Rows: []ReportRow{}}
	all, err := s.sumsByValue(ctx, a.AccountID, part, "", span.timeline("", end))
	if err != nil {
		return t, err
	}
	for value, sum := range all {
		row := name(value)
		if row.Figures = sum.figures(); !row.Figures.empty() {
			t.Rows = append(t.Rows, row)
		}
	}
	slices.SortFunc(t.Rows, func(x, y ReportRow) int {
		return cmp.Or(cmp.Compare(y.Conversations, x.Conversations), cmp.Compare(y.Replies, x.Replies), cmp.Compare(x.Name, y.Name), cmp.Compare(x.AgentID, y.AgentID))
	})
	t.Rows = t.Rows[:min(len(t.Rows), mostReportRows)]
	return t, nil
}

func (f Figures) empty() bool { return f == Figures{} }

// ReportByAgent compares the members of the team; agents see their own row alone. Kinds: Invalid.
func (s *Service) ReportByAgent(ctx context.Context, a Actor, f ReportFilter) (ReportTable, error) {
	team, err := listTeammates(ctx, s.db.Read(), a.AccountID)
	if err != nil {
		return ReportTable{}, err
	}
	names := map[string]string{}
	for _, m := range team {
		names[m.ID] = m.Name
	}
	t, err := s.reportTable(ctx, a, f, partAgent, func(id string) ReportRow { return ReportRow{AgentID: id, Name: names[id]} })
	if !a.Admin {
		t.Rows = slices.DeleteFunc(t.Rows, func(r ReportRow) bool { return r.AgentID != a.UserID })
	}
	return t, err
}

// ReportBySite compares the sites that conversations began on. Kinds: Invalid.
func (s *Service) ReportBySite(ctx context.Context, a Actor, f ReportFilter) (ReportTable, error) {
	return s.reportTable(ctx, a, f, partSite, byName)
}

// ReportByTag compares tags, which a conversation counts under as long as it bears them. Messages are not
// counted by tag. Kinds: Invalid.
func (s *Service) ReportByTag(ctx context.Context, a Actor, f ReportFilter) (ReportTable, error) {
	return s.reportTable(ctx, a, f, partTag, byName)
}

// ReportZone is the time zone of the team's business hours; nil while none are set.
func (s *Service) ReportZone(ctx context.Context, a Actor) (*time.Location, error) {
	settings, err := s.settingsOf(ctx, a.AccountID)
	if err != nil || len(settings.BusinessHours.Schedule) == 0 {
		return nil, err
	}
	return settings.BusinessHours.open().zone, nil
}

func byName(value string) ReportRow { return ReportRow{Name: value} }

// ReportChoices are what a report can be narrowed to: what there ever were figures for.
type ReportChoices struct {
	// Agents are the whole team for admins, for others themselves.
	Agents      []Teammate
	Sites, Tags []string
}

// ReportChoices lists what a report can be narrowed to, by name.
func (s *Service) ReportChoices(ctx context.Context, a Actor) (ReportChoices, error) {
	c := ReportChoices{Agents: []Teammate{{ID: a.UserID, Name: a.Name}}}
	var err error
	if a.Admin {
		if c.Agents, err = listTeammates(ctx, s.db.Read(), a.AccountID); err != nil {
			return c, err
		}
	}
	if c.Sites, err = reportValues(ctx, s.db.Read(), a.AccountID, partSite); err != nil {
		return c, err
	}
	c.Tags, err = reportValues(ctx, s.db.Read(), a.AccountID, partTag)
	return c, err
}
