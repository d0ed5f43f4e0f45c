package web

import (
	"fmt"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/service"
)

// trend is how the networks stood in an Action month by month: columns of the bands, and the mean as a line over them.
type trend struct {
	Action        norms.Metric
	Title         string
	Columns       []trendColumn
	Line          string // of the mean; empty for fewer than two months with data
	Dots          []curvePoint
	Width, Height float64
	First, Last   string // months
	Now           *float64
	Change        *float64 // against the month before, in points
	Desc          string
}

type trendColumn struct {
	X, W  float64
	Parts []trendPart
	Says  string
}

type trendPart struct {
	Band norms.Band
	Y, H float64
}

// The size of a trend's picture.
const (
	trendW, trendH = 252.0, 84.0
	maxTrend       = 24 // months
)

// trendOf draws a history, one picture for each Action.
func trendOf(history []service.HistoryMonth) (list []trend) {
	history = history[max(0, len(history)-maxTrend):]
	for n, a := range norms.Actions() {
		t := trend{Action: a, Width: trendW, Height: trendH}
		w, x0 := trendW/float64(max(12, len(history))), 0.0 // a year fills it
		var said []string
		var before *float64
		for k, m := range history {
			if n >= len(m.Distribution) || n >= len(m.Means) {
				continue
			}
			x := x0 + w*float64(k)
			t.Title = m.Distribution[n].Title
			t.Columns = append(t.Columns, columnOf(m, n, x, w))
			if p := m.Means[n].Percent; p != nil {
				t.Dots = append(t.Dots, curvePoint{x + w/2, trendH * (100 - *p) / 100, fmt.Sprintf("%s: mean %s", m.Month, percent1(*p))})
				said = append(said, fmt.Sprintf("%s %s", m.Month, percent1(*p)))
			}
			before, t.Now, t.Last = t.Now, m.Means[n].Percent, m.Month.String()
			if t.First == "" {
				t.First = m.Month.String()
			}
		}
		if t.Now != nil && before != nil {
			by := *t.Now - *before
			t.Change = &by
		}
		t.Line, t.Desc = lineThrough(t.Dots), "Mean by month: "+strings.Join(said, ", ")
		list = append(list, t)
	}
	return list
}

// columnOf stacks the bands of a month.
func columnOf(m service.HistoryMonth, n int, x, w float64) trendColumn {
	c := trendColumn{X: x, W: max(1, w-2)}
	y := trendH
	var said []string
	for _, b := range m.Distribution[n].Bands {
		h := trendH * b.Share
		y -= h
		if b.Networks > 0 {
			c.Parts = append(c.Parts, trendPart{b.Band, y, h})
			said = append(said, fmt.Sprintf("%d %s", b.Networks, b.Band))
		}
	}
	c.Says = m.Month.String() + ": " + strings.Join(said, ", ")
	return c
}

func lineThrough(dots []curvePoint) string {
	if len(dots) < 2 {
		return ""
	}
	var line strings.Builder
	for n, d := range dots {
		fmt.Fprintf(&line, "%c%.1f %.1f ", "ML"[min(n, 1)], d.X, d.Y)
	}
	return strings.TrimSpace(line.String())
}

// networkTrend draws a network's months the same way, without bands.
func networkTrend(history []service.PageMonth) (list []trend) {
	history = history[max(0, len(history)-maxTrend):]
	for _, a := range norms.Actions() {
		t := trend{Action: a, Width: trendW, Height: trendH}
		w := trendW / float64(max(12, len(history)))
		var said []string
		for k, m := range history {
			for _, s := range m.Actions {
				if s.Metric != a {
					continue
				}
				t.Title = s.Title
				if s.Percent != nil {
					t.Dots = append(t.Dots, curvePoint{w * (float64(k) + 0.5), 4 + (trendH-8)*(100-*s.Percent)/100, fmt.Sprintf("%s: %s", m.Month, percent1(*s.Percent))})
					said = append(said, fmt.Sprintf("%s %s", m.Month, percent1(*s.Percent)))
				}
				t.Now, t.Last = s.Percent, m.Month.String()
				if t.First == "" {
					t.First = m.Month.String()
				}
			}
		}
		t.Line, t.Desc = lineThrough(t.Dots), "By month: "+strings.Join(said, ", ")
		list = append(list, t)
	}
	return list
}
