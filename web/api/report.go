package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

// durationsJSON are seconds; null when there was nothing to take time.
type durationsJSON struct {
	Count    int64           `json:"count"`
	Median   *int64          `json:"median"`
	P90      *int64          `json:"p90"`
	Business percentilesJSON `json:"business"`
}

type percentilesJSON struct {
	Median *int64 `json:"median"`
	P90    *int64 `json:"p90"`
}

func showDurations(d support.Durations) durationsJSON {
	out := durationsJSON{Count: d.Count}
	if d.Count > 0 {
		out.Median, out.P90, out.Business = &d.Median, &d.P90, percentilesJSON{&d.OpenMedian, &d.OpenP90}
	}
	return out
}

type volumeJSON struct {
	Conversations   int64 `json:"conversations"`
	VisitorMessages int64 `json:"visitor_messages"`
	Replies         int64 `json:"replies"`
	Closed          int64 `json:"closed"`
}

func showVolume(f support.Figures) volumeJSON {
	return volumeJSON{f.Conversations, f.VisitorMessages, f.Replies, f.Resolution.Count}
}

type responsesJSON struct {
	FirstResponse durationsJSON `json:"first_response"`
	Resolution    durationsJSON `json:"resolution"`
}

func showResponses(f support.Figures) responsesJSON {
	return responsesJSON{showDurations(f.FirstResponse), showDurations(f.Resolution)}
}

type ratingsJSON struct {
	Count   int64    `json:"count"`
	Average *float64 `json:"average"`
	// Scores are how many gave 1, 2, 3, 4 and 5.
	Scores [5]int64 `json:"scores"`
}

func showRatings(f support.Figures) ratingsJSON {
	out := ratingsJSON{Count: f.Rated(), Scores: f.Ratings}
	if out.Count > 0 {
		average := f.Rating()
		out.Average = &average
	}
	return out
}

type reportPeriodJSON struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Zone   string `json:"tz"`
	Behind int64  `json:"behind"`
}

func showPeriod(p support.ReportPeriod) reportPeriodJSON {
	return reportPeriodJSON{p.From, p.To, p.Zone, p.Behind}
}

type reportAnswer[T any] struct {
	Success bool `json:"success"`
	Report  T    `json:"report"`
}

func writeReport[T any](c httpio.Ctx, report T) error {
	return c.JSON(http.StatusOK, reportAnswer[T]{true, report})
}

func reportFilter(c httpio.Ctx) support.ReportFilter {
	return support.ReportFilter{
		From: c.QueryParam("from"), To: c.QueryParam("to"), Zone: c.QueryParam("tz"),
		Site: c.QueryParam("site"), AgentID: c.QueryParam("agent"), Tag: c.QueryParam("tag"),
	}
}

type seriesJSON[T any] struct {
	reportPeriodJSON
	Interval string        `json:"interval"`
	Total    T             `json:"total"`
	Before   T             `json:"before"`
	Cells    []cellJSON[T] `json:"cells"`
}

type cellJSON[T any] struct {
	Start   string `json:"start"`
	Figures T      `json:"figures"`
}

// series answers with figures of a period, those before it, and those of each part of it.
func series[T any](h *handler, show func(support.Figures) T) func(httpio.Ctx, auth.TokenUser) error {
	return func(c httpio.Ctx, u auth.TokenUser) error {
		r, err := h.support.Report(c.Request().Context(), actor(u), reportFilter(c))
		if err != nil {
			return err
		}
		out := seriesJSON[T]{showPeriod(r.ReportPeriod), r.Interval, show(r.Total), show(r.Before), make([]cellJSON[T], len(r.Cells))}
		for i, cell := range r.Cells {
			out.Cells[i] = cellJSON[T]{cell.Start, show(cell.Figures)}
		}
		return writeReport(c, out)
	}
}

type reportRowJSON struct {
	Agent *agentJSON `json:"agent,omitempty"`
	Site  *string    `json:"site,omitempty"`
	Tag   *string    `json:"tag,omitempty"`
	volumeJSON
	responsesJSON
	Ratings ratingsJSON `json:"ratings"`
}

type agentJSON struct {
	ID   string  `json:"_id"`
	Name *string `json:"name"`
}

type tableJSON struct {
	reportPeriodJSON
	Rows []reportRowJSON `json:"rows"`
}

func table(read reportTable, name func(*reportRowJSON, support.ReportRow)) func(httpio.Ctx, auth.TokenUser) error {
	return func(c httpio.Ctx, u auth.TokenUser) error {
		t, err := read(c.Request().Context(), actor(u), reportFilter(c))
		if err != nil {
			return err
		}
		out := tableJSON{showPeriod(t.ReportPeriod), make([]reportRowJSON, len(t.Rows))}
		for i, row := range t.Rows {
			out.Rows[i] = reportRowJSON{volumeJSON: showVolume(row.Figures), responsesJSON: showResponses(row.Figures), Ratings: showRatings(row.Figures)}
			name(&out.Rows[i], row)
		}
		return writeReport(c, out)
	}
}

type hourJSON struct {
	Weekday         string `json:"weekday"`
	Hour            int    `json:"hour"`
	Conversations   int64  `json:"conversations"`
	VisitorMessages int64  `json:"visitor_messages"`
}

// reportHours handles GET /reports/hours.
func (h *handler) reportHours(c httpio.Ctx, u auth.TokenUser) error {
	r, err := h.support.Report(c.Request().Context(), actor(u), reportFilter(c))
	if err != nil {
		return err
	}
	out := struct {
		reportPeriodJSON
		Hours []hourJSON `json:"hours"`
	}{showPeriod(r.ReportPeriod), nil}
	for day, hours := range r.Hours {
		for hour, n := range hours {
			out.Hours = append(out.Hours, hourJSON{weekday(day), hour, n.Conversations, n.VisitorMessages})
		}
	}
	return writeReport(c, out)
}

// weekday names a day that is counted from Monday.
func weekday(day int) string { return support.Weekdays[(day+1)%7] }

type waitingAgeJSON struct {
	Below *int64 `json:"below"`
	Count int64  `json:"count"`
}

// reportNow handles GET /reports/now.
func (h *handler) reportNow(c httpio.Ctx, u auth.TokenUser) error {
	w, err := h.support.WaitingNow(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := struct {
		Waiting      int64            `json:"waiting"`
		Longest      *httpio.Time     `json:"waiting_since"`
		Ages         []waitingAgeJSON `json:"ages"`
		AgentsOnline int              `json:"agents_online"`
	}{w.Waiting, httpio.OptionalTime(w.Longest), make([]waitingAgeJSON, len(w.Ages)), w.AgentsOnline}
	for i, age := range w.Ages {
		out.Ages[i].Count = age.Count
		if age.Below > 0 {
			out.Ages[i].Below = &age.Below
		}
	}
	return writeReport(c, out)
}

func (h *handler) registerReports(get func(path string, handle func(httpio.Ctx, auth.TokenUser) error)) {
	get("/reports/volume", series(h, showVolume))
	get("/reports/responses", series(h, showResponses))
	get("/reports/ratings", series(h, showRatings))
	get("/reports/agents", table(h.support.ReportByAgent, func(out *reportRowJSON, r support.ReportRow) {
		out.Agent = &agentJSON{r.AgentID, httpio.Optional(r.Name)}
	}))
	get("/reports/sites", table(h.support.ReportBySite, func(out *reportRowJSON, r support.ReportRow) { out.Site = &r.Name }))
	get("/reports/tags", table(h.support.ReportByTag, func(out *reportRowJSON, r support.ReportRow) { out.Tag = &r.Name }))
	get("/reports/hours", h.reportHours)
	get("/reports/now", h.reportNow)
	get("/reports/:file", func(c httpio.Ctx, u auth.TokenUser) error {
		return WriteReportFile(c, h.support, actor(u), reportFilter(c), c.Param("file"))
	})
}
