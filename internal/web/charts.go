package web

import (
	"fmt"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/watch"
)

// segment is a part of a bar, in percent of its length.
type segment struct {
	Band norms.Band
	X, W float64
}

// bar lays the bands of a distribution side by side.
func bar(s service.Spread) []segment {
	list, x := []segment{}, 0.0
	for _, b := range s.Bands {
		if b.Networks > 0 {
			list = append(list, segment{b.Band, x, 100 * b.Share})
		}
		x += 100 * b.Share
	}
	return list
}

// columns is a row of small columns, one for each span of time.
type columns struct {
	Width float64
	Bars  []column
	Most  int
}

type column struct {
	X, Y, W, H float64
	Count      int
	Says       string
}

// The sizes of small columns.
const (
	columnsH = 30
	columnsW = 240
)

// countsOf draws how many incidents of a kind began in each span of time.
func countsOf(spans []service.SpanCount, kind string, most int) columns {
	c := columns{Width: columnsW, Most: most}
	w := float64(columnsW) / float64(max(1, len(spans)))
	for i, s := range spans {
		n := s.Kinds[watchKind(kind)]
		h := 0.0
		if n > 0 {
			h = max(3, float64(columnsH-2)*float64(n)/float64(max(1, most)))
		}
		c.Bars = append(c.Bars, column{float64(i) * w, columnsH - h, min(16, max(1, w-1)), h, n, fmt.Sprintf("%s: %d", s.From.Format("2006-01-02 15:04"), n)})
	}
	return c
}

// totalOf draws how many incidents of any kind began in each span of time.
func totalOf(spans []service.SpanCount) columns {
	sums := make([]service.SpanCount, len(spans))
	most := 0
	for n, s := range spans {
		sum := 0
		for _, count := range s.Kinds {
			sum += count
		}
		most = max(most, sum)
		sums[n] = service.SpanCount{From: s.From, Kinds: map[watch.Kind]int{"": sum}}
	}
	return countsOf(sums, "", most)
}

// endsOf says between which moments the columns lie.
func endsOf(spans []service.SpanCount) string {
	if len(spans) < 2 {
		return ""
	}
	first, last := spans[0].From, spans[len(spans)-1].From
	if last.Sub(first) < 24*time.Hour {
		return first.Format("15:04") + " → " + last.Format("15:04")
	}
	return first.Format("2 Jan 15:04") + " → " + last.Format("2 Jan 15:04")
}

// mostOf is the highest count of one kind in one span of time.
func mostOf(spans []service.SpanCount) (most int) {
	for _, s := range spans {
		for _, n := range s.Kinds {
			most = max(most, n)
		}
	}
	return most
}

// timeChart is how many sessions had seen an incident, as time went by.
type timeChart struct {
	Width, Height  float64
	Line, Area     string
	Ticks          []tick
	Base           float64
	Top            float64
	Most           int
	EndX           float64
	Open           bool
	Title, Desc    string
	StartX, LabelY float64
}

type tick struct {
	X      float64
	Text   string
	Anchor string
}

// The sizes of the timeline.
const (
	chartW, chartH = 1080.0, 132.0
	chartL, chartR = 44.0, 16.0
	chartT, chartB = 16.0, 30.0
)

// drawTime draws an incident's life: how many sessions had it, from its start to its end.
func drawTime(page *service.IncidentPage) *timeChart {
	if len(page.Sights) == 0 {
		return nil
	}
	i := page.Incident
	start, end := i.Start, page.Run.To
	if i.End != nil {
		end = *i.End
	}
	if first := page.Sights[0].Time; first.Before(start) {
		start = first
	}
	span := max(time.Second, end.Sub(start))
	from, to := start.Add(-span/12), end.Add(span/12)
	x := func(t time.Time) float64 {
		share := float64(t.Sub(from)) / float64(to.Sub(from))
		return chartL + (chartW-chartL-chartR)*min(1, max(0, share))
	}
	c := &timeChart{
		Width: chartW, Height: chartH, Base: chartH - chartB, Top: chartT, Most: len(page.Sights), Open: i.End == nil,
		EndX: x(end), StartX: x(start), LabelY: chartH - chartB + 18,
	}
	y := func(n int) float64 { return c.Base - (c.Base-c.Top)*float64(n)/float64(c.Most) }
	var line strings.Builder
	fmt.Fprintf(&line, "M%.1f %.1f", x(start), c.Base)
	for n, s := range page.Sights {
		if s.Time.After(end) { // one that came to have it when too few others still had
			break
		}
		fmt.Fprintf(&line, " H%.1f V%.1f", x(s.Time), y(n+1))
	}
	fmt.Fprintf(&line, " H%.1f", c.EndX)
	c.Area = line.String() + fmt.Sprintf(" V%.1f Z", c.Base)
	if i.End != nil {
		fmt.Fprintf(&line, " V%.1f", c.Base)
	}
	c.Line = line.String()
	c.Ticks = []tick{{x(start), clock(start, span), "start"}, {c.EndX, clock(end, span), "end"}}
	if span >= 2*time.Second {
		middle := start.Add(span / 2)
		c.Ticks = append(c.Ticks, tick{x(middle), clock(middle, span), "middle"})
	}
	c.Title = "How many sessions had it"
	c.Desc = fmt.Sprintf("Sessions that had it rise from none at %s to %d at %s; ", stamp(start), c.Most, stamp(page.Sights[len(page.Sights)-1].Time))
	if c.Open {
		c.Desc += "it was still seen when the run ended."
	} else {
		c.Desc += "too few had it from " + stamp(end) + " on."
	}
	return c
}

// clock writes a time of day, with the day where the span is long.
func clock(t time.Time, span time.Duration) string {
	if span > 36*time.Hour {
		return t.UTC().Format("2 Jan 15:04")
	}
	return t.UTC().Format("15:04:05")
}

// curveChart is the curve from penalty to percentage.
type curveChart struct {
	Line           string
	Width, Height  float64
	Points         []curvePoint
	ReadyY, AspirY float64
	Base, Left     float64
	XTicks, YTicks []tick
}

type curvePoint struct {
	X, Y float64
	Says string
}

// The sizes of the curve's picture.
const (
	curveW, curveH = 560.0, 240.0
	curveL, curveB = 46.0, 30.0
	curveMaxRaw    = 6.0
)

// drawCurve draws the curve through the worked examples.
func drawCurve(page service.MethodPage) curveChart {
	x := func(raw float64) float64 { return curveL + (curveW-curveL-14)*raw/curveMaxRaw }
	y := func(percent float64) float64 { return 12 + (curveH-curveB-12)*(100-percent)/100 }
	c := curveChart{Width: curveW, Height: curveH, ReadyY: y(page.ReadyFrom), AspirY: y(page.AspiringFrom), Base: y(0), Left: curveL}
	var line strings.Builder
	for n, p := range page.Line {
		fmt.Fprintf(&line, "%c%.1f %.1f ", "ML"[min(n, 1)], x(p.Raw), y(p.Percent))
	}
	c.Line = strings.TrimSpace(line.String())
	for _, p := range page.Curve {
		if p.Raw <= curveMaxRaw {
			c.Points = append(c.Points, curvePoint{x(p.Raw), y(p.Percent), fmt.Sprintf("penalty %s: %s", number(p.Raw), percent1(p.Percent))})
		}
	}
	for n := 0.0; n <= curveMaxRaw; n++ {
		c.XTicks = append(c.XTicks, tick{X: x(n), Text: number(n)})
	}
	for _, n := range []float64{0, page.AspiringFrom, page.ReadyFrom, 100} {
		c.YTicks = append(c.YTicks, tick{X: y(n), Text: number(n) + " %"})
	}
	return c
}
