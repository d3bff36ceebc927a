package api

import (
	"context"
	"strconv"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type reportTable func(context.Context, support.Actor, support.ReportFilter) (support.ReportTable, error)

// columns are some of a report's numbers as a file of rows has them.
type columns struct {
	head  []string
	cells func(support.Figures) []string
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

var volumeColumns = columns{[]string{"conversations", "visitor_messages", "replies", "closed"}, func(f support.Figures) []string {
	return []string{number(f.Conversations), number(f.VisitorMessages), number(f.Replies), number(f.Resolution.Count)}
}}

var responseColumns = columns{[]string{
	"first_responses", "first_response_median_s", "first_response_p90_s", "first_response_business_median_s", "first_response_business_p90_s",
	"resolutions", "resolution_median_s", "resolution_p90_s", "resolution_business_median_s", "resolution_business_p90_s",
}, func(f support.Figures) (cells []string) {
	for _, d := range []support.Durations{f.FirstResponse, f.Resolution} {
		cells = append(cells, number(d.Count))
		for _, seconds := range []int64{d.Median, d.P90, d.OpenMedian, d.OpenP90} {
			if d.Count == 0 {
				cells = append(cells, "")
			} else {
				cells = append(cells, number(seconds))
			}
		}
	}
	return cells
}}

var ratingColumns = columns{[]string{"ratings", "average", "score_1", "score_2", "score_3", "score_4", "score_5"}, func(f support.Figures) []string {
	cells := []string{number(f.Rated()), ""}
	if f.Rated() > 0 {
		cells[1] = strconv.FormatFloat(f.Rating(), 'f', 2, 64)
	}
	for _, n := range f.Ratings {
		cells = append(cells, number(n))
	}
	return cells
}}

func join(all ...columns) columns {
	head := []string{}
	for _, one := range all {
		head = append(head, one.head...)
	}
	return columns{head, func(f support.Figures) (cells []string) {
		for _, one := range all {
			cells = append(cells, one.cells(f)...)
		}
		return cells
	}}
}

var allColumns = join(volumeColumns, responseColumns, ratingColumns)

// WriteReportFile answers with a report as a file of rows: volume.csv, responses.csv, ratings.csv, agents.csv,
// sites.csv, tags.csv, hours.csv or now.csv. Kinds: NotFound for another name, Invalid, Forbidden.
func WriteReportFile(c httpio.Ctx, s *support.Service, a support.Actor, f support.ReportFilter, file string) error {
	ctx := c.Request().Context()
	var head []string
	var rows [][]string
	var err error
	byTime := func(columns columns) {
		var r support.Report
		r, err = s.Report(ctx, a, f)
		head = append([]string{"start"}, columns.head...)
		for _, cell := range r.Cells {
			rows = append(rows, append([]string{cell.Start}, columns.cells(cell.Figures)...))
		}
	}
	byRow := func(read reportTable, names []string, name func(support.ReportRow) []string) {
		var t support.ReportTable
		t, err = read(ctx, a, f)
		head = append(names, allColumns.head...)
		for _, row := range t.Rows {
			rows = append(rows, append(name(row), allColumns.cells(row.Figures)...))
		}
	}
	byName := func(r support.ReportRow) []string { return []string{r.Name} }
	switch file {
	case "volume.csv":
		byTime(volumeColumns)
	case "responses.csv":
		byTime(responseColumns)
	case "ratings.csv":
		byTime(ratingColumns)
	case "agents.csv":
		byRow(s.ReportByAgent, []string{"agent_id", "agent"}, func(r support.ReportRow) []string { return []string{r.AgentID, r.Name} })
	case "sites.csv":
		byRow(s.ReportBySite, []string{"site"}, byName)
	case "tags.csv":
		byRow(s.ReportByTag, []string{"tag"}, byName)
	case "hours.csv":
		head, rows, err = hourRows(ctx, s, a, f)
	case "now.csv":
		head, rows, err = nowRows(ctx, s, a)
	default:
		return fault.New(fault.NotFound, "not_found", "Not found")
	}
	if err != nil {
		return err
	}
	t, err := httpio.StartCSV(c, file, head...)
	for _, row := range rows {
		if err == nil {
			err = t.Row(row...)
		}
	}
	if err != nil {
		return err
	}
	return t.Flush()
}

func hourRows(ctx context.Context, s *support.Service, a support.Actor, f support.ReportFilter) (head []string, rows [][]string, err error) {
	r, err := s.Report(ctx, a, f)
	for day, hours := range r.Hours {
		for hour, n := range hours {
			rows = append(rows, []string{weekday(day), strconv.Itoa(hour), number(n.Conversations), number(n.VisitorMessages)})
		}
	}
	return []string{"weekday", "hour", "conversations", "visitor_messages"}, rows, err
}

func nowRows(ctx context.Context, s *support.Service, a support.Actor) (head []string, rows [][]string, err error) {
	w, err := s.WaitingNow(ctx, a)
	from := int64(0)
	for _, age := range w.Ages {
		below := ""
		if age.Below > 0 {
			below = number(age.Below)
		}
		rows = append(rows, []string{number(from), below, number(age.Count)})
		from = age.Below
	}
	return []string{"waited_from_s", "waited_below_s", "waiting"}, rows, err
}
