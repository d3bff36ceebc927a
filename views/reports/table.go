package reports

import (
	"strings"

	"deskbell/internal/support"
)

// kind is how agents, sites or tags are compared.
type kind struct {
	// head names the rows, label the table, file the report to save.
	head, label, file string
	none              string
	show              func(support.ReportRow) string
	columns           []column
}

type column struct {
	head string
	cell func(support.Figures) string
}

func counts(head string, of func(support.Figures) int64) column {
	return column{head, func(f support.Figures) string { return Number(of(f)) }}
}

func halfWithin(head string, of func(support.Figures) support.Durations) column {
	return column{head, func(f support.Figures) string { return took(of(f).Count, of(f).Median) }}
}

var (
	began         = counts("Conversations", func(f support.Figures) int64 { return f.Conversations })
	asked         = counts("Visitors’ messages", func(f support.Figures) int64 { return f.VisitorMessages })
	replies       = counts("Replies", func(f support.Figures) int64 { return f.Replies })
	answered      = counts("Answered", func(f support.Figures) int64 { return f.FirstResponse.Count })
	responseTime  = halfWithin("First response", firstResponse)
	closed        = counts("Closed", func(f support.Figures) int64 { return f.Resolution.Count })
	resolvingTime = halfWithin("Resolution", resolution)
	ratings       = column{"Rating", score}
)

// kinds by the page's address.
var kinds = map[string]kind{
	"/reports/agents": {
		"Agent", "Agents", "agents", "Nobody replied or closed anything.",
		func(r support.ReportRow) string { return "agent:" + r.AgentID },
		[]column{replies, answered, responseTime, closed, resolvingTime, ratings},
	},
	"/reports/sites": {
		"Site", "Sites", "sites", "No visitor wrote on any site.",
		func(r support.ReportRow) string { return "site:" + r.Name },
		[]column{began, asked, replies, responseTime, closed, resolvingTime, ratings},
	},
	"/reports/tags": {
		"Tag", "Tags", "tags", "No conversation with a tag began or was closed. Give conversations tags in the inbox.",
		func(r support.ReportRow) string { return "tag:" + r.Name },
		[]column{began, responseTime, closed, resolvingTime, ratings},
	},
}

func (p TableProps) kind() kind { return kinds[p.Path] }

// share is what the bar beside a name shows.
func (p TableProps) share(row support.ReportRow) int64 {
	if row.AgentID != "" {
		return row.Replies
	}
	return row.Conversations
}

func (p TableProps) most() (n int64) {
	for _, row := range p.Table.Rows {
		n = max(n, p.share(row))
	}
	return n
}

func rowLabel(row support.ReportRow) string {
	if row.Name == "" {
		return "Somebody who left"
	}
	return strings.TrimPrefix(row.Name, "https://")
}

// agent says that the overview is about one agent, to whom no conversation belongs when it begins.
func (p OverviewProps) agent() bool { return strings.HasPrefix(p.Show, "agent:") }

// fresh says that nothing ever happened.
func (p OverviewProps) fresh() bool { return len(p.Choices.Sites) == 0 }

// offered says that the filter is among the choices.
func (h Head) offered() bool {
	part, value, _ := strings.Cut(h.Show, ":")
	list := map[string][]string{"site": h.Choices.Sites, "tag": h.Choices.Tags}[part]
	for _, m := range h.Choices.Agents {
		if part == "agent" {
			list = append(list, m.ID)
		}
	}
	for _, one := range list {
		if one == value {
			return true
		}
	}
	return false
}

func inHours(d support.Durations) string {
	if d.Count == 0 || d.Median == d.OpenMedian {
		return ""
	}
	return Duration(d.OpenMedian) + " in business hours"
}

func within(d support.Durations) string {
	if d.Count == 0 {
		return "There was none."
	}
	text := "Half within " + Duration(d.Median) + ", 9 in 10 within " + Duration(d.P90)
	if d.Median != d.OpenMedian || d.P90 != d.OpenP90 {
		text += "; in business hours " + Duration(d.OpenMedian) + " and " + Duration(d.OpenP90)
	}
	return text + "."
}

func volumeName(p OverviewProps) string {
	if p.agent() {
		return "Replies"
	}
	return "Conversations"
}

func volumeRemark(p OverviewProps) string {
	f := p.Report.Total
	if p.agent() {
		return Number(f.Replies) + " replies, " + Number(f.Resolution.Count) + " closed."
	}
	if strings.HasPrefix(p.Show, "tag:") {
		return Number(f.Conversations) + " begun, " + Number(f.Resolution.Count) + " closed."
	}
	return Number(f.Conversations) + " begun, " + Number(f.Resolution.Count) + " closed. " + Number(f.VisitorMessages) + " messages by visitors, " + Number(f.Replies) + " replies."
}
