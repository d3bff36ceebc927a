package console

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/reports"
	"deskbell/views/ui"
	"deskbell/web/api"
	"deskbell/web/httpio"
)

// defaultDays is how long a report is that was asked for without dates.
const defaultDays = 28

// setTeamClock makes a request's days those of the team's business hours, so that everybody in it reads the same figures.
// Without business hours they stay the reader's.
func (h *Handler) setTeamClock(c httpio.Ctx) error {
	zone, err := h.Support.ReportZone(c.Request().Context(), actor(loginOf(c)))
	if err != nil || zone == nil {
		return err
	}
	c.SetRequest(c.Request().WithContext(ui.WithClock(c.Request().Context(), h.Now(), zone)))
	return nil
}

// readReport takes a report's days and what it is about from an address.
func (h *Handler) readReport(c httpio.Ctx) (typed reports.Filter, f support.ReportFilter, err error) {
	if err := h.setTeamClock(c); err != nil {
		return typed, f, err
	}
	ctx := c.Request().Context()
	today := ui.Now(ctx)
	typed = reports.Filter{From: c.QueryParam("from"), To: c.QueryParam("to"), Show: c.QueryParam("show")}
	if typed.From == "" && typed.To == "" {
		days, err := strconv.Atoi(c.QueryParam("days"))
		if err != nil || days < 1 || days > 1000 {
			days = defaultDays
		}
		typed.From, typed.To = today.AddDate(0, 0, 1-days).Format(time.DateOnly), today.Format(time.DateOnly)
	}
	f = support.ReportFilter{From: typed.From, To: typed.To, Zone: ui.Zone(ctx).String()}
	switch part, value, _ := strings.Cut(typed.Show, ":"); part {
	case "site":
		f.Site = value
	case "agent":
		f.AgentID = value
	case "tag":
		f.Tag = value
	default:
		typed.Show = ""
	}
	return typed, f, nil
}

// reportHead fills what every page of the reports begins with, once its period is known.
func reportHead(c httpio.Ctx, typed reports.Filter, p support.ReportPeriod) reports.Head {
	h := reports.Head{Filter: typed, Path: c.Path(), Zone: ui.Zone(c.Request().Context()).String(), Behind: p.Behind}
	if p.From == "" {
		return h
	}
	h.From, h.To = p.From, p.To
	from, errFrom := time.Parse(time.DateOnly, p.From)
	to, errTo := time.Parse(time.DateOnly, p.To)
	if errFrom == nil && errTo == nil {
		h.Length = int(to.Sub(from).Hours()/24) + 1
	}
	if p.To == ui.Now(c.Request().Context()).Format(time.DateOnly) {
		h.Days = h.Length
	}
	return h
}

// renderReport answers with a page, or with what is wrong with its dates.
func (h *Handler) renderReport(c httpio.Ctx, head *reports.Head, err error, body func() templ.Component) error {
	status := http.StatusOK
	if _, fields, ok := refusal(err, map[string]string{"from": "This", "to": "This"}); ok {
		head.Fields, status = fields, http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	return h.render(c, status, page{title: "Reports", active: "reports"}, body())
}

// showReports is the overview.
func (h *Handler) showReports(c httpio.Ctx) error {
	typed, f, err := h.readReport(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	r, err := h.Support.Report(ctx, who, f)
	p := reports.OverviewProps{Head: reportHead(c, typed, r.ReportPeriod), Report: r, Now: h.Now().UnixMilli()}
	var more error
	if p.Choices, more = h.Support.ReportChoices(ctx, who); more != nil {
		return more
	}
	if p.Waiting, more = h.Support.WaitingNow(ctx, who); more != nil {
		return more
	}
	return h.renderReport(c, &p.Head, err, func() templ.Component { return reports.Overview(p) })
}

// showReportTable compares agents, sites or tags.
func (h *Handler) showReportTable(read func(context.Context, support.Actor, support.ReportFilter) (support.ReportTable, error), own bool) func(httpio.Ctx) error {
	return func(c httpio.Ctx) error {
		who := actor(loginOf(c))
		typed, f, err := h.readReport(c)
		if err != nil {
			return err
		}
		t, err := read(c.Request().Context(), who, support.ReportFilter{From: f.From, To: f.To, Zone: f.Zone})
		p := reports.TableProps{Head: reportHead(c, typed, t.ReportPeriod), Table: t, Own: own && !who.Admin}
		return h.renderReport(c, &p.Head, err, func() templ.Component { return reports.Table(p) })
	}
}

// saveReport answers with a report as a file of rows.
func (h *Handler) saveReport(c httpio.Ctx) error {
	file := c.Param("file")
	_, f, err := h.readReport(c)
	if err != nil {
		return err
	}
	switch file {
	case "agents.csv", "sites.csv", "tags.csv":
		f.Site, f.AgentID, f.Tag = "", "", ""
	}
	if !strings.HasSuffix(file, ".csv") {
		return fault.New(fault.NotFound, "not_found", "Not found")
	}
	return api.WriteReportFile(c, h.Support, actor(loginOf(c)), f, file)
}
