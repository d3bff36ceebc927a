package reports

import (
	"fmt"
	"math"
	"strconv"

	"deskbell/internal/support"
)

// chart is bars or lines over time. Places are per cent of its width and pixels of its height, so that it fits any
// window and its words keep their size.
type chart struct {
	id, title, desc string
	interval        string
	starts          []string
	lines           bool
	series          []dataset
	write           func(float64) string
	top             float64
}

// dataset is one row of values; a negative one is a gap.
type dataset struct {
	name   string
	class  string
	values []float64
}

// Heights of the picture: what is above and below the plot, in pixels.
const (
	plotTop    = 8
	plotHeight = 144
	plotBottom = plotTop + plotHeight
	labelBase  = plotBottom + 18
)

func newChart(id, title string, r support.Report, lines bool, write func(float64) string, series ...dataset) chart {
	c := chart{id: id, title: title, interval: r.Interval, lines: lines, series: series, write: write}
	for _, cell := range r.Cells {
		c.starts = append(c.starts, cell.Start)
	}
	highest, at := -1.0, 0
	for _, s := range series {
		for i, v := range s.values {
			if v > highest {
				highest, at = v, i
			}
		}
	}
	if c.top = niceTop(highest, lines); highest > 0 {
		c.desc = fmt.Sprintf("By %s. The most is %s, %s.", r.Interval, write(highest), cellName(c.starts[at], r.Interval))
	} else {
		c.desc = "There was none."
	}
	return c
}

// seconds that make a round top of a chart of durations.
var roundSeconds = []float64{10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800}

// niceTop is a round number, not below the highest value, whose half is round too.
func niceTop(highest float64, seconds bool) float64 {
	if seconds {
		for _, top := range roundSeconds {
			if highest <= top {
				return top
			}
		}
		return math.Ceil(highest/172800) * 172800
	}
	if highest <= 4 {
		return 4
	}
	unit := math.Pow(10, math.Floor(math.Log10(highest)))
	for _, factor := range []float64{1, 2, 4, 6, 8, 10} {
		if highest <= factor*unit {
			return factor * unit
		}
	}
	return 10 * unit
}

func percent(of, all float64) string {
	return strconv.FormatFloat(100*of/all, 'f', 3, 64) + "%"
}

func pixels(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }

// left is where a cell begins, plus a part of it.
func (c chart) left(i int, plus float64) string {
	return percent(float64(i)+plus, float64(len(c.starts)))
}

func (c chart) width(part float64) string { return percent(part, float64(len(c.starts))) }

func (c chart) y(value float64) float64 { return plotTop + plotHeight*(1-value/c.top) }

// tip is what a pointer on a cell is told.
func (c chart) tip(i int) string {
	text := cellName(c.starts[i], c.interval)
	for _, s := range c.series {
		if s.values[i] >= 0 {
			text += "\n" + s.name + ": " + c.write(s.values[i])
		}
	}
	return text
}

// mark is a word under the chart.
type mark struct {
	x, text, anchor string
	// wide ones are left out in narrow windows.
	wide bool
}

func (c chart) marks() (list []mark) {
	n := len(c.starts)
	step := (n + 9) / 10
	for i := 0; i < n; i += step {
		m := mark{x: c.left(i, .5), text: cellMark(c.starts[i], c.interval), anchor: "middle", wide: i/step%2 == 1}
		switch {
		case i == 0 && n > 4:
			m.x, m.anchor = "0%", "start"
		case n > 4 && float64(i)+.5 > .96*float64(n):
			m.x, m.anchor = "100%", "end"
		}
		list = append(list, m)
	}
	return list
}

func volumeChart(r support.Report, agent bool) chart {
	began := dataset{name: "Conversations", class: "s1"}
	if agent {
		began.name = "Replies"
	}
	for _, cell := range r.Cells {
		value := cell.Conversations
		if agent {
			value = cell.Replies
		}
		began.values = append(began.values, float64(value))
	}
	return newChart("volume", began.name, r, false, whole, began)
}

func whole(v float64) string { return Number(int64(v)) }

// durationChart draws the median and what nine in ten stay below.
func durationChart(id, title string, r support.Report, of func(support.Figures) support.Durations) chart {
	median, p90 := dataset{name: "Half within", class: "s1"}, dataset{name: "9 in 10 within", class: "s2"}
	for _, cell := range r.Cells {
		d := of(cell.Figures)
		if d.Count == 0 {
			d.Median, d.P90 = -1, -1
		}
		median.values, p90.values = append(median.values, float64(d.Median)), append(p90.values, float64(d.P90))
	}
	return newChart(id, title, r, true, func(v float64) string { return Duration(int64(v)) }, median, p90)
}

func firstResponse(f support.Figures) support.Durations { return f.FirstResponse }
func resolution(f support.Figures) support.Durations    { return f.Resolution }

// heat is the hours of the week, each with a level from 0 to 5.
type heat struct {
	hours [7][24]support.HourOfWeek
	most  int64
}

func newHeat(r support.Report) heat {
	h := heat{hours: r.Hours}
	for _, day := range r.Hours {
		for _, hour := range day {
			h.most = max(h.most, hour.Conversations)
		}
	}
	return h
}

func (h heat) level(day, hour int) string {
	n := h.hours[day][hour].Conversations
	if n == 0 {
		return "q0"
	}
	return "q" + strconv.FormatInt((5*n+h.most-1)/h.most, 10)
}

func (h heat) tip(day, hour int) string {
	return fmt.Sprintf("%s %02d:00 to %02d:00\n%s: %s", dayNames[day], hour, hour+1, "Conversations", Number(h.hours[day][hour].Conversations))
}

// busiest names the hour of the week in which most begins.
func (h heat) busiest() string {
	for day := range h.hours {
		for hour := range h.hours[day] {
			if h.most > 0 && h.hours[day][hour].Conversations == h.most {
				return fmt.Sprintf("Most begin on %s from %02d:00 to %02d:00: %s.", dayNames[day], hour, hour+1, Number(h.most))
			}
		}
	}
	return "There were none."
}

// Heights of the heat map in pixels.
const (
	heatRow    = 22
	heatBottom = 7 * heatRow
)
