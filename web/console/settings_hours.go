package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

// editHours shows the form again, with hours more or less, or with one day's hours on the other open
// days; nothing is saved.
func (h *Handler) editHours(c httpio.Ctx) error {
	e, values, p, err := h.unsaved(c)
	if err != nil {
		return err
	}
	if !editSchedule(p, values) {
		return fault.New(fault.Invalid, "invalid_input", "Please choose again what to do with the hours")
	}
	return h.renderWidget(c, http.StatusOK, e, p)
}

// editSchedule does what a button of the hours says: "add monday", "remove monday 1", "copy monday".
func editSchedule(p settings.WidgetProps, values url.Values) bool {
	order := strings.Fields(values.Get("edit"))
	if len(order) < 2 || !slices.Contains(support.Weekdays, order[1]) {
		return false
	}
	day := order[1]
	spans := typedSpans(values, day)
	switch {
	case order[0] == "add" && len(order) == 2 && len(spans) < support.MaxRanges:
		p.Open[day] = true
		p.Settings.BusinessHours.Schedule[day] = support.DayHours{Ranges: append(spans, support.Range{})}
	case order[0] == "remove" && len(order) == 3:
		i, err := strconv.Atoi(order[2])
		if err != nil || i < 1 || i >= len(spans) {
			return false
		}
		p.Settings.BusinessHours.Schedule[day] = support.DayHours{Ranges: slices.Delete(spans, i, i+1)}
	case order[0] == "copy" && len(order) == 2 && len(spans) > 0:
		for other := range p.Open {
			p.Settings.BusinessHours.Schedule[other] = support.DayHours{Ranges: spans}
		}
	default:
		return false
	}
	return true
}

// typedSpans are the hours of a day as they were typed, at most one more than there may be. A
// closing time of 00:00 is the midnight after it.
func typedSpans(v url.Values, day string) (spans []support.Range) {
	starts, ends := v[day+"_start"], v[day+"_end"]
	for i := 0; i < min(len(starts), len(ends), support.MaxRanges+1); i++ {
		r := support.Range{Start: starts[i], End: ends[i]}
		if r.End == "00:00" {
			r.End = "24:00"
		}
		spans = append(spans, r)
	}
	return spans
}

// dayHours reads one day; hours that were left empty are left out.
func dayHours(v url.Values, day string) support.DayHours {
	spans := slices.DeleteFunc(typedSpans(v, day), func(r support.Range) bool { return r == support.Range{} })
	if len(spans) == 0 {
		return support.DayHours{}
	}
	return support.DayHours{Start: spans[0].Start, End: spans[len(spans)-1].End, Ranges: spans}
}
