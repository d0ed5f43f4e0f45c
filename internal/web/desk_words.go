package web

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"

	"pahra/internal/service"
	"pahra/internal/store"
)

// deskFuncs are what the templates of the desk call.
func deskFuncs() template.FuncMap {
	return template.FuncMap{
		"todoTitle": todoTitle, "todoAbout": todoAbout, "deskState": deskStateWord, "grouped": grouped, "ago": ago, "clip": func(most int, text string) string { return clip(most, text) },
		"age": func(now, t time.Time) string { return shortAge(now.Sub(t)) }, "clockOf": clockOf, "epidemic": drawDays, "multiple": drawMultiple,
		"moveWord": moveWord, "states": deskStates, "spans": func() []int { return []int{28, 56, 91} },
		"noticeStates": NoticeStates, "waited": waitedText, "recovery": recoveryText, "reached": reachedText, "timesSpans": TimesSpans, "count2": count,
		"reportStates": func() []string { return []string{"waiting", "read", "refused"} }, "placeStates": func() []string { return []string{"held", "mended", "dropped", ""} }, "pctOr": percentOr, "bandClass": bandClass, "one": func(x float64) string { return fmt.Sprintf("%.1f", x) },
		"incidentPath": IncidentPath, "growth": growthWord, "sizeOf": sizeWord, "short1": func(t time.Time) string { return t.UTC().Format("2 Jan") },
		"count": func(n int64, one, many string) string {
			if n == 1 {
				return "1 " + one
			}
			return grouped(n) + " " + many
		},
	}
}

// reachedText gives a median, "" where it is not reached.
func reachedText(median string) string {
	if median == notReached {
		return ""
	}
	return median
}

// todoTitle names what is to be done about a group of cases.
func todoTitle(t store.Todo) string {
	switch t {
	case store.TodoOverdue:
		return "Overdue"
	case store.TodoReply:
		return "Reply waiting"
	case store.TodoDisputed:
		return "Disputed"
	case store.TodoReopened:
		return "Came back"
	case store.TodoNew:
		return "New"
	case store.TodoClose:
		return "Recovered"
	case store.TodoWaiting:
		return "Waiting for them"
	}
	return "Cases"
}

// todoAbout says what to do with them.
func todoAbout(t store.Todo) string {
	switch t {
	case store.TodoOverdue:
		return "a deadline has passed: act, or say why not"
	case store.TodoReply:
		return "they wrote and nobody has answered"
	case store.TodoDisputed:
		return "they say that it is not theirs, or not true: decide"
	case store.TodoReopened:
		return "seen again after it had stopped: tell them again"
	case store.TodoNew:
		return "look, and tell the party"
	case store.TodoClose:
		return "later reports do not see it any more: close"
	case store.TodoWaiting:
		return "told, not over: nothing to do for now"
	}
	return ""
}

func deskStateWord(state string) string {
	switch state {
	case "in-progress":
		return "in progress"
	case "reopened":
		return "came back"
	}
	return state
}

// moveWord says what a button does that brings a case to a state.
func moveWord(state string) string {
	switch state {
	case "notified":
		return "Mark as told"
	case "acknowledged":
		return "Acknowledge"
	case "in-progress":
		return "In progress"
	case "closed":
		return "Close"
	case "reopened":
		return "Open again"
	}
	return state
}

// shortAge writes how long something is ago in as little as a column has room for: "3 h", "12 d".
func shortAge(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}

// clockOf says how a deadline stands: its class, and in words.
func clockOf(now time.Time, due *time.Time) [2]string {
	switch {
	case due == nil:
		return [2]string{"", ""}
	case !due.After(now):
		return [2]string{"over", shortAge(now.Sub(*due)) + " over"}
	case due.Sub(now) < 6*time.Hour:
		return [2]string{"soon", shortAge(due.Sub(now)) + " left"}
	}
	return [2]string{"", shortAge(due.Sub(now)) + " left"}
}

// PriorityWord puts a priority into one of three bands.
func (l DeskLine) PriorityWord() string {
	switch {
	case l.Priority >= 70:
		return "high"
	case l.Priority >= 40:
		return "medium"
	}
	return "low"
}

// Title is what a case is about, in words.
func (l DeskLine) Title() string {
	if l.Identifier == "" {
		return cmp.Or(l.ClassName, l.Class)
	}
	return cmp.Or(l.ClassName, l.Class) + ": " + l.Identifier
}

// Who names the party.
func (l DeskLine) Who() string {
	switch {
	case l.PartyName != "":
		return l.PartyName
	case l.ASN != 0:
		return "AS" + l.ASN.String()
	case l.Party == "none":
		return "nobody found"
	}
	return l.Party
}

// Sub is what stands small below the party's name.
func (l DeskLine) Sub() string {
	switch {
	case l.ASN != 0 && l.PartyName != "":
		return "AS" + l.ASN.String()
	case l.ASN == 0 && l.PartyName != "":
		return l.Party
	}
	return ""
}

// Last is how many addresses were seen on the last day with any; 0 where that is longer ago than the days that are shown.
func (l DeskLine) Last() int64 {
	for i := len(l.Days) - 1; i >= 0; i-- {
		if l.Days[i] > 0 {
			return l.Days[i]
		}
	}
	return 0
}

// Spark is the small picture of a case's days.
func (l DeskLine) Spark() spark {
	s := spark{Width: 4 * len(l.Days)}
	most := int64(0)
	for _, n := range l.Days {
		most = max(most, n)
	}
	var path strings.Builder
	for i, n := range l.Days {
		if n > 0 {
			h := max(2, int(18*n/most))
			fmt.Fprintf(&path, "M%d 20v-%dh3v%dz", 4*i, h, h)
		}
	}
	s.Path = path.String()
	s.Says = fmt.Sprintf("addresses a day over %d days: at most %d, last %d", len(l.Days), most, l.Days[max(0, len(l.Days)-1)])
	return s
}

type spark struct {
	Width int
	Path  string
	Says  string
}

// caseCurve is the curve of a case: addresses by day as columns.
type caseCurve struct {
	Width, Height, Base float64
	Bars                []column
	Ticks               []tick
	Lines               []tick // of the scale: X is the height
	Marks               []tick // moments of the case's life
	Desc                string
}

// The sizes of an epidemic curve.
const (
	curveDaysW, curveDaysH = 860.0, 190.0
	curveDaysL, curveDaysR = 44.0, 10.0
	curveDaysT, curveDaysB = 22.0, 26.0
	leastDays              = 28
)

// drawDays draws a case day by day.
func drawDays(c *DeskCase) *caseCurve {
	if len(c.Days) == 0 {
		return nil
	}
	first := c.Days[0].Day
	last := c.Days[len(c.Days)-1].Day
	if today := c.Now.UTC().Truncate(24 * time.Hour); today.After(last) && today.Sub(last) < 60*24*time.Hour {
		last = today
	}
	if early := last.AddDate(0, 0, 1-leastDays); early.Before(first) {
		first = early
	}
	n := int(last.Sub(first)/(24*time.Hour)) + 1
	most := int64(1)
	for _, d := range c.Days {
		most = max(most, d.Addresses)
	}
	top := niceTop(most)
	e := &caseCurve{Width: curveDaysW, Height: curveDaysH, Base: curveDaysH - curveDaysB}
	slot := (curveDaysW - curveDaysL - curveDaysR) / float64(n)
	x := func(day time.Time) float64 { return curveDaysL + slot*float64(day.Sub(first)/(24*time.Hour)) }
	y := func(v int64) float64 { return e.Base - (e.Base-curveDaysT)*float64(v)/float64(top) }
	for _, d := range c.Days {
		says := fmt.Sprintf("%s: %d addresses, %d events", d.Day.Format("2 Jan 2006"), d.Addresses, d.Events)
		e.Bars = append(e.Bars, column{x(d.Day) + slot*.1, y(d.Addresses), max(1, slot*.8), e.Base - y(d.Addresses), int(d.Addresses), says})
	}
	for _, v := range []int64{0, top / 2, top} {
		e.Lines = append(e.Lines, tick{X: y(v), Text: grouped(v)})
	}
	step := max(1, (n+7)/8)
	for i := 0; i < n; i += step {
		day := first.AddDate(0, 0, i)
		e.Ticks = append(e.Ticks, tick{X: x(day) + slot/2, Text: day.Format("2 Jan")})
	}
	for _, m := range c.Clocks {
		if m.At == nil || m.At.Before(first) || m.At.After(last.Add(24*time.Hour)) || m.Name != "Told" && m.Name != "Acknowledged" && m.Name != "Gone" {
			continue
		}
		e.Marks = append(e.Marks, tick{X: curveDaysL + slot*float64(m.At.Sub(first))/float64(24*time.Hour), Text: strings.ToLower(m.Name)})
	}
	e.Desc = fmt.Sprintf("Distinct addresses a day from %s to %s, at most %d on a day", first.Format("2 January"), last.Format("2 January 2006"), most)
	return e
}

// niceTop gives the end of a scale that is even and holds a value.
func niceTop(most int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, n := range []int64{2, 4, 6, 10} {
			if top := n * unit; top >= most {
				return top
			}
		}
	}
}

// multiple is a kind's small picture: its days as columns on a scale of its own.
type multiple struct {
	Width, Height float64
	Bars          []column
	Desc          string
}

func drawMultiple(k DeskKind) multiple {
	m := multiple{Width: 252, Height: 64}
	slot := m.Width / float64(max(1, len(k.Days)))
	for i, d := range k.Days {
		if d.Addresses == 0 {
			continue
		}
		h := max(1.5, (m.Height-4)*float64(d.Addresses)/float64(max(1, k.Most)))
		m.Bars = append(m.Bars, column{slot * float64(i), m.Height - h, max(1, slot-1), h, int(d.Addresses),
			fmt.Sprintf("%s: %s addresses", d.Day.Format("2 Jan"), grouped(d.Addresses))})
	}
	m.Desc = fmt.Sprintf("at most %s addresses a day, %.1f a day this week, %.1f the week before", grouped(k.Most), k.Week, k.Before)
	return m
}

// growthWord says how this week compares with the one before.
func growthWord(k DeskKind) string {
	switch {
	case k.Week == 0 && k.Before == 0:
		return "none in two weeks"
	case k.Before == 0:
		return "new this week"
	case k.Week == 0:
		return "none this week"
	}
	change := 100 * (k.Week/k.Before - 1)
	switch {
	case change >= 1000:
		return fmt.Sprintf("▲\u00a0×%.0f", k.Week/k.Before)
	case change >= 1:
		return fmt.Sprintf("▲\u00a0%.0f\u00a0%%", change)
	case change <= -1:
		return fmt.Sprintf("▼\u00a0%.0f\u00a0%%", -change)
	}
	return "as the week before"
}

// sizeWord writes a number of octets.
func sizeWord(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d B", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// DeskQuestion asks of a case what its page is about, and answers it from what was seen and said.
func DeskQuestion(now time.Time, l DeskLine, today int64) (question, answer string) {
	who := l.Who()
	if l.ASN != 0 && l.PartyName != "" {
		who += " (AS" + l.ASN.String() + ")"
	}
	if l.Party == "none" {
		who = "a network that is not known"
	}
	question = fmt.Sprintf("Is %s at %s over?", l.Title(), who)
	seen := "last seen " + ago(now, l.LastSeen)
	switch l.State {
	case "recovered":
		return question, "Yes: its sources went on to report and did not see it any more; " + seen + "."
	case "closed":
		return question, "It was closed by an analyst; " + seen + "."
	case "disputed":
		return question, "They say that it is not theirs, or not true; " + seen + "."
	case "reopened":
		return question, "No: it had stopped and came back; " + seen + "."
	}
	if today > 0 {
		addresses := grouped(today) + " addresses"
		if today == 1 {
			addresses = "1 address"
		}
		return question, fmt.Sprintf("No: %s; %s on its last day.", seen, addresses)
	}
	return question, "No: " + seen + "; its absence in later reports will tell."
}

// DeskSince writes how long something has been so.
func DeskSince(now, t time.Time) string { return service.InWords(now.Sub(t)) }

// NoticeStates are the states of notices that the desk lists.
func NoticeStates() []string {
	return []string{"proposed", "approved", "sent", "answered", "bounced", "failed", "unclear", "withdrawn"}
}

// deskStates are the states that the inbox can be kept to.
func deskStates() []string {
	return []string{"new", "notified", "acknowledged", "in-progress", "disputed", "reopened", "recovered", "closed"}
}
