package support

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
	"deskbell/internal/jobs"
	"deskbell/internal/keys"
	"deskbell/internal/realtime"
	"deskbell/internal/upload"
)

// happening is one thing that a report tells of, noted by hand.
type happening struct {
	what         metric
	at           time.Time
	began        time.Time
	score        int
	conversation string
	agent        string
}

// office is a team at work in made-up time, with its own notes of what happened.
type office struct {
	t     *testing.T
	s     *Service
	r     *rand.Rand
	now   time.Time
	zone  *time.Location
	notes []happening
	talks []*talk
	team  []string
	next  int
}

// talk is a conversation as the notes know it.
type talk struct {
	id, site, assignee string
	tags               []string
	spam, closed       bool
	asked, round       time.Time
	answered, last     string
	erased             bool
}

func newOffice(t *testing.T, d *db.DB) *office {
	o := &office{t: t, r: rand.New(rand.NewPCG(7, 7)), now: time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), team: []string{"ada", "ben", "cyn"}}
	log := slog.New(slog.DiscardHandler)
	files, err := upload.NewStore(t.TempDir(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Load(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return o.now }
	o.s, err = New(Deps{DB: d, Jobs: jobs.New(d, clock, log), Hub: realtime.NewHub(), Keys: ring, Files: files, BaseURL: "http://localhost", Now: clock, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if o.zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	hours := BusinessHours{Timezone: "Europe/Berlin", Holidays: []string{"2025-10-03"}, Schedule: map[string]DayHours{}}
	for _, day := range Weekdays[1:6] {
		hours.Schedule[day] = DayHours{Start: "09:00", End: "17:00", Ranges: []Range{{"09:00", "12:00"}, {"13:00", "17:00"}}}
	}
	o.write(func(tx *db.Tx) error {
		for _, query := range []string{
			`INSERT INTO accounts (_id, name, created_at) VALUES ('a', 'a', 0), ('b', 'b', 0)`,
			`INSERT INTO users (_id, account_id, email, name, role, owner, disabled, password_hash, token_version, created_at)
				VALUES ('ada', 'a', 'ada', 'Ada', 'admin', true, false, '', 0, 0), ('ben', 'a', 'ben', 'Ben', 'agent', false, false, '', 0, 0), ('cyn', 'a', 'cyn', 'Cyn', 'agent', false, false, '', 0, 0)`,
		} {
			if _, err := tx.Exec(t.Context(), query); err != nil {
				return err
			}
		}
		settings := DefaultSettings()
		settings.BusinessHours = hours
		return upsertSettings(t.Context(), tx, "a", "cfg", settings, 0)
	})
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) write(fn func(tx *db.Tx) error) {
	o.t.Helper()
	o.must(o.s.db.Write(o.t.Context(), fn))
}

func (o *office) actor() Actor {
	id := o.team[o.r.IntN(len(o.team))]
	return Actor{AccountID: "a", UserID: id, Name: id, Admin: true}
}

func (o *office) newTalk(account string) *talk {
	o.next++
	c := &talk{id: fmt.Sprintf("%024x", o.next), site: []string{"https://one.example", "https://two.example"}[o.next%2]}
	o.write(func(tx *db.Tx) error {
		if err := insertContact(o.t.Context(), tx, account, Contact{ID: "k" + c.id}, o.now.UnixMilli()); err != nil {
			return err
		}
		return insertConversation(o.t.Context(), tx, Session{AccountID: account, ConversationID: c.id, ContactID: "k" + c.id, AuthAttr: []byte("{}")}, c.site, o.now.UnixMilli())
	})
	return c
}

func (o *office) say(c *talk, account string, m Message, in PostMessage) {
	o.t.Helper()
	o.next++
	m.ConversationID, in.ClientID, in.Text = c.id, fmt.Sprint(o.next), "text"
	_, _, err := o.s.append(o.t.Context(), account, m, in)
	o.must(err)
	if in.Private || account != "a" {
		return
	}
	note := func(what metric, began time.Time) {
		o.notes = append(o.notes, happening{what: what, at: o.now, began: began, conversation: c.id, agent: m.SenderID})
	}
	if c.round.IsZero() {
		c.round = o.now
		if c.last == "" {
			o.notes = append(o.notes, happening{what: mStarted, at: o.now, conversation: c.id})
		}
	}
	c.last, c.closed = "somebody", false
	if m.SenderType == byVisitor {
		note(mAsked, time.Time{})
		if c.asked.IsZero() {
			c.asked = o.now
		}
		return
	}
	note(mReplies, time.Time{})
	c.last = m.SenderID
	if !c.asked.IsZero() && c.answered == "" {
		c.answered = m.SenderID
		note(mAnswered, c.asked)
	}
	if in.Close {
		o.closed(c)
	}
}

func (o *office) closed(c *talk) {
	if !c.round.IsZero() && !c.spam {
		o.notes = append(o.notes, happening{what: mResolved, at: o.now, began: c.round, conversation: c.id, agent: o.whose(c)})
		c.round = time.Time{}
	}
	c.closed = true
}

// whose is who a closing or rating counts for.
func (o *office) whose(c *talk) string {
	if c.assignee != "" {
		return c.assignee
	}
	last := ""
	for _, h := range o.notes {
		if h.conversation == c.id && h.what == mReplies {
			last = h.agent
		}
	}
	return last
}

func (o *office) change(c *talk, in ConversationChange) {
	o.t.Helper()
	_, err := o.s.ChangeConversation(o.t.Context(), o.actor(), c.id, in)
	o.must(err)
}

// work lets one thing happen.
func (o *office) work() {
	ctx := o.t.Context()
	c := o.talks[o.r.IntN(len(o.talks))]
	if c.erased {
		return
	}
	who := o.actor()
	agent := Message{SenderType: byAgent, SenderID: who.UserID, SenderName: who.Name}
	switch o.r.IntN(15) {
	case 0, 1, 2, 3:
		o.say(c, "a", Message{SenderType: byVisitor}, PostMessage{})
	case 4, 5, 6:
		o.say(c, "a", agent, PostMessage{})
	case 7:
		o.say(c, "a", agent, PostMessage{Private: true})
	case 8:
		if !c.spam {
			o.say(c, "a", agent, PostMessage{Close: true})
		}
	case 9, 10:
		if status := ConversationClosed; !c.closed && !c.spam {
			o.change(c, ConversationChange{Status: &status})
			o.closed(c)
		}
	case 11:
		tags := [][]string{{}, {"vip"}, {"vip", "bug"}, {"=cmd|' /C calc'!A0"}}[o.r.IntN(4)]
		o.change(c, ConversationChange{Tags: &tags})
		c.tags = tags
	case 12:
		c.assignee = []string{"", "ada", "ben"}[o.r.IntN(3)]
		o.change(c, ConversationChange{AssigneeID: &c.assignee})
	case 13:
		score := int64(1 + o.r.IntN(5))
		_, err := o.s.RateConversation(ctx, SessionAuth{Session: Session{AccountID: "a", ConversationID: c.id}}, &score, nil)
		o.must(err)
		o.notes = slices.DeleteFunc(o.notes, func(h happening) bool { return h.what == mRated && h.conversation == c.id })
		if c.last != "" {
			o.notes = append(o.notes, happening{what: mRated, at: o.now, score: int(score), conversation: c.id, agent: o.whose(c)})
		}
	case 14:
		if spam := !c.spam; !c.closed && (c.spam || o.r.IntN(3) == 0) {
			o.change(c, ConversationChange{Spam: &spam})
			c.spam = spam
		}
	}
	if o.r.IntN(40) == 0 {
		o.must(o.s.CountReports(ctx, time.Now().Add(time.Hour)))
	}
	if o.r.IntN(150) == 0 {
		o.must(o.s.EraseContact(ctx, Actor{AccountID: "a", UserID: "ada", Admin: true}, "k"+c.id))
		c.erased = true
	}
}

// clockChanges are the days in 2025 when the clocks of these zones change, and a quiet one.
var clockChanges = []string{"2025-03-09", "2025-03-30", "2025-04-06", "2025-06-15", "2025-09-07", "2025-10-05", "2025-10-26", "2025-11-02"}

var reportZones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/Santiago", "Asia/Beirut",
}

// busy makes a year's work around the days when clocks change, to the minute.
func busy(t *testing.T) *office {
	o := newOffice(t, dbtest.New(t))
	for _, day := range clockChanges {
		date, err := time.Parse(time.DateOnly, day)
		o.must(err)
		o.now = date.Add(-40 * time.Hour)
		for range 8 {
			o.talks = append(o.talks, o.newTalk("a"))
		}
		for o.now.Before(date.Add(60 * time.Hour)) {
			o.now = o.now.Add(time.Duration(o.r.IntN(90)) * time.Minute)
			o.work()
		}
		other := o.newTalk("b")
		o.say(other, "b", Message{SenderType: byVisitor}, PostMessage{})
	}
	return o
}

// minutes counts the minutes of a time that are within the office's hours, one by one.
func (o *office) minutes(from, to time.Time) (n int64) {
	for at := from.In(o.zone); at.Before(to); at = at.Add(time.Minute) {
		hour, weekday := at.Hour(), at.Weekday()
		if (hour >= 9 && hour < 12 || hour >= 13 && hour < 17) && weekday >= time.Monday && weekday <= time.Friday && at.Format(time.DateOnly) != "2025-10-03" {
			n++
		}
	}
	return n
}

// figured is the plain rule of a report for a list of happenings; open says how many minutes of each
// were within business hours.
func figured(list []happening, open map[happening]int64) Figures {
	f := Figures{}
	times := map[metric][]int64{}
	for _, h := range list {
		switch h.what {
		case mStarted:
			f.Conversations++
		case mAsked:
			f.VisitorMessages++
		case mReplies:
			f.Replies++
		case mRated:
			f.Ratings[h.score-1]++
		default:
			times[h.what] = append(times[h.what], h.at.Sub(h.began).Milliseconds())
			times[h.what+1] = append(times[h.what+1], open[h]*60_000)
		}
	}
	sum := func(clock metric) (d Durations) {
		rank := func(list []int64, percent int) int64 {
			if len(list) == 0 {
				return 0
			}
			slices.Sort(list)
			return stepSeconds(durationStep(list[(len(list)*percent+99)/100-1]))
		}
		d.Count = int64(len(times[clock]))
		d.Median, d.P90 = rank(times[clock], 50), rank(times[clock], 90)
		d.OpenMedian, d.OpenP90 = rank(times[clock+1], 50), rank(times[clock+1], 90)
		return d
	}
	f.FirstResponse, f.Resolution = sum(mAnswered), sum(mResolved)
	return f
}

// reportSpans are periods of every length, each change of the clock alone among them.
func reportSpans() [][2]string {
	spans := [][2]string{{"2025-03-05", "2025-05-20"}, {"2025-02-11", "2025-11-29"}, {"2024-11-30", "2026-08-01"}, {"2025-10-24", "2025-11-06"}}
	for _, day := range clockChanges {
		spans = append(spans, [2]string{day, day}, [2]string{day, shiftDays(day, 1)})
	}
	return spans
}

// Each cell of a report is what a plain recount of everything that happened finds, in every time
// zone, across all changes of the clock, for every part and length.
func TestReportIsARecount(t *testing.T) {
	o := busy(t)
	o.must(o.s.CountReports(t.Context(), time.Now().Add(time.Hour)))
	open, conversation := map[happening]int64{}, map[string]*talk{}
	for _, c := range o.talks {
		conversation[c.id] = c
	}
	o.notes = slices.DeleteFunc(o.notes, func(h happening) bool { return conversation[h.conversation].spam })
	for _, h := range o.notes {
		if h.what == mAnswered || h.what == mResolved {
			open[h] = o.minutes(h.began, h.at)
		}
	}
	parts := []struct {
		filter ReportFilter
		fits   func(happening) bool
	}{
		{ReportFilter{}, func(happening) bool { return true }},
		{ReportFilter{Site: "https://two.example"}, func(h happening) bool { return conversation[h.conversation].site == "https://two.example" }},
		{ReportFilter{AgentID: "ben"}, func(h happening) bool { return h.agent == "ben" }},
		{ReportFilter{Tag: "vip"}, func(h happening) bool {
			return slices.Contains(conversation[h.conversation].tags, "vip") && h.what != mAsked && h.what != mReplies
		}},
	}
	for _, name := range reportZones {
		zone, err := time.LoadLocation(name)
		o.must(err)
		for _, span := range reportSpans() {
			for _, part := range parts {
				part.filter.From, part.filter.To, part.filter.Zone = span[0], span[1], name
				var fitting []happening
				for _, h := range o.notes {
					if part.fits(h) {
						fitting = append(fitting, h)
					}
				}
				o.compare(part.filter, zone, fitting, open)
			}
		}
	}
	t.Logf("%d happenings in %d conversations", len(o.notes), len(o.talks))
}

// compare holds a report to the happenings that it is about.
func (o *office) compare(f ReportFilter, zone *time.Location, all []happening, open map[happening]int64) {
	o.t.Helper()
	r, err := o.s.Report(o.t.Context(), Actor{AccountID: "a", UserID: "ada", Admin: true}, f)
	o.must(err)
	cells, hours := map[string][]happening{}, [7][24]HourOfWeek{}
	var total, before []happening
	n := 1 + int(r.days(o.t)/24)
	local := o.now.In(zone)
	sameTime := time.Date(local.Year(), local.Month(), local.Day()-n, local.Hour(), local.Minute()/15*15+15, 0, 0, zone)
	for _, h := range all {
		local := h.at.In(zone)
		date := local.Format(time.DateOnly)
		if date >= shiftDays(f.From, -n) && date <= shiftDays(f.To, -n) && (f.To < o.now.In(zone).Format(time.DateOnly) || h.at.Before(sameTime)) {
			before = append(before, h)
		}
		if date < f.From || date > f.To {
			continue
		}
		total = append(total, h)
		cells[label(local, r.Interval)] = append(cells[label(local, r.Interval)], h)
		switch hour := &hours[mondayFirst(local.Weekday())][local.Hour()]; h.what {
		case mStarted:
			hour.Conversations++
		case mAsked:
			hour.VisitorMessages++
		}
	}
	for _, cell := range r.Cells {
		if want := figured(cells[cell.Start], open); cell.Figures != want {
			o.t.Fatalf("%+v %s:\n got %+v\nwant %+v", f, cell.Start, cell.Figures, want)
		}
		delete(cells, cell.Start)
	}
	if len(cells) > 0 {
		o.t.Fatalf("%+v: no cells for %v", f, cells)
	}
	if want := figured(total, open); r.Total != want || r.Behind != 0 {
		o.t.Fatalf("%+v:\n got %+v\nwant %+v, %d behind", f, r.Total, want, r.Behind)
	}
	if want := figured(before, open); r.Before != want {
		o.t.Fatalf("%+v before:\n got %+v\nwant %+v", f, r.Before, want)
	}
	if r.Hours != hours {
		o.t.Fatalf("%+v by hour:\n got %+v\nwant %+v", f, r.Hours, hours)
	}
}

func (p ReportPeriod) days(t *testing.T) float64 {
	from, err := time.Parse(time.DateOnly, p.From)
	to, err2 := time.Parse(time.DateOnly, p.To)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return to.Sub(from).Hours()
}

func shiftDays(day string, n int) string {
	date, _ := time.Parse(time.DateOnly, day)
	return date.AddDate(0, 0, n).Format(time.DateOnly)
}
