package console

import (
	"net/http"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/views/ui"
	"deskbell/web/httpio"
)

// readAuditFilter takes the filter from an address: as typed, and as the log takes it, with dates of
// the reader's own zone.
func readAuditFilter(c httpio.Ctx) (typed settings.AuditFilter, f support.AuditFilter, fields map[string]string) {
	typed = settings.AuditFilter{
		UserID: c.QueryParam("user"), Action: c.QueryParam("action"), From: c.QueryParam("from"), To: c.QueryParam("to"),
	}
	f = support.AuditFilter{UserID: typed.UserID, Action: typed.Action, Cursor: c.QueryParam("cursor")}
	fields = map[string]string{}
	for _, date := range []struct {
		name, typed string
		days        int
		to          *int64
	}{{"from", typed.From, 0, &f.From}, {"to", typed.To, 1, &f.To}} {
		if date.typed == "" {
			continue
		}
		ms, ok := ui.DayStart(c.Request().Context(), date.typed, date.days)
		if !ok {
			fields[date.name] = "“" + date.typed + "” is no date such as 2025-10-08"
			continue
		}
		*date.to = ms
	}
	return typed, f, fields
}

// showAudit is the audit log: as a page, or as the answer to another filter.
func (h *Handler) showAudit(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	typed, f, fields := readAuditFilter(c)
	p := settings.AuditProps{Filter: typed, Older: f.Cursor != "", Fields: fields}
	status := http.StatusOK
	if len(fields) > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		found, err := h.Support.AuditLog(ctx, who, f)
		if err != nil {
			return err
		}
		p.Entries, p.NextCursor = found.Entries, found.NextCursor
	}
	if httpio.Target(c) == "audit-body" && httpio.IsFragment(c) {
		return httpio.Render(c, status, settings.AuditBody(p), nil)
	}
	var err error
	if p.Team, err = h.Support.AuditUsers(ctx, who); err != nil {
		return err
	}
	return h.render(c, status, page{title: "Audit log", active: "audit"}, settings.Audit(p))
}

// exportAudit saves what the filter shows, all pages of it.
func (h *Handler) exportAudit(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	_, f, fields := readAuditFilter(c)
	for name, problem := range fields {
		return fault.Field(name, problem)
	}
	f.Cursor, f.Limit = "", auditAtOnce
	found, err := h.Support.AuditLog(ctx, who, f)
	if err != nil {
		return err
	}
	table, err := httpio.StartCSV(c, "audit.csv", "time", "who", "what", "action", "target_id", "detail")
	for err == nil {
		for _, e := range found.Entries {
			if err == nil {
				err = table.Row(httpio.CSVTime(e.CreatedAt), e.UserName, settings.Sentence(e), e.Action, e.TargetID, e.Detail)
			}
		}
		if err == nil {
			err = table.Flush()
		}
		if f.Cursor = found.NextCursor; f.Cursor == "" || err != nil {
			break
		}
		found, err = h.Support.AuditLog(ctx, who, f)
	}
	if err != nil {
		table.Abort()
	}
	return nil
}

// auditAtOnce is how many entries are read together for a file.
const auditAtOnce = 100
