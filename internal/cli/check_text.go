package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/registry"
	"pahra/internal/service"
)

// shown bounds how many findings of one step a screen shows; JSON has all.
const shown = 4

// network draws what a run says of a network.
func (s *screen) network(c *service.NetworkCheck) {
	s.line("AS%s  %s", c.Who.ASN, cmp.Or(c.Who.Holder, c.Who.ASName, "holder not known"))
	s.answer(c)
	s.alarms(c.Alarms)
	s.head("WHO")
	s.who(c.Who)
	s.run(c.Run)
	for i, m := range c.Months {
		if i == 0 {
			s.month(m)
			continue
		}
		s.line("  %s: %s", m.Month, bandsOf(m))
	}
	if len(c.Steps) > 0 {
		s.head("TO MEND")
	}
	for i, step := range c.Steps {
		s.step(i+1, step, c.Findings)
	}
	s.missing(c.Missing)
	s.explained(c.Explained)
	if c.Programme != nil {
		s.stands(c.Programme)
	}
	s.notes(c.Notes)
}

// answer says in a line or two how the network stands.
func (s *screen) answer(c *service.NetworkCheck) {
	switch {
	case !c.Seen:
		s.line("No data: it was not seen in this run.")
		return
	case len(c.Findings) == 0:
		s.line("Nothing to mend%s.", incompletely(c.Missing))
	case programme.ToMend(c.Findings) == 0:
		s.line("Nothing to mend; %s to look at%s.", count(len(c.Findings), "finding"), incompletely(c.Missing))
	default:
		s.line("To mend: %s in %s%s.", count(len(c.Findings), "finding"), count(len(c.Steps), "step"), incompletely(c.Missing))
	}
	if len(c.Months) > 0 {
		s.line("%s: %s", c.Months[0].Month, bandsOf(c.Months[0]))
	}
}

func incompletely(missing []programme.MissingData) string {
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s without full data", count(len(missing), "measure"))
}

// count writes "1 finding", "2 findings".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// bandsOf writes the Actions of a month on one line.
func bandsOf(m programme.MonthCheck) string {
	var parts []string
	for _, a := range m.Actions {
		text := fmt.Sprintf("%s %s", a.Metric, scoreText(a.Percent))
		if programme.AtMost(a.Score) {
			text = fmt.Sprintf("%s at most %s", a.Metric, scoreText(a.Percent))
		}
		if a.Percent != nil {
			text += " " + string(a.Band)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func scoreText(percent *float64) string {
	if percent == nil {
		return "no data"
	}
	return strconv.FormatFloat(*percent, 'f', 1, 64) + " %"
}

func (s *screen) who(w service.Who) {
	widths := []int{18}
	var place []string
	for _, part := range []string{w.Country, registry.RIRName(w.RIR), w.Status, w.Class} {
		if part != "" {
			place = append(place, part)
		}
	}
	s.cells(widths, "  organisation", cmp.Or(w.Organisation, "not known"))
	if w.ASName != "" {
		s.cells(widths, "  AS name", w.ASName)
	}
	s.cells(widths, "  registered", cmp.Or(strings.Join(place, ", "), "not known"))
	s.cells(widths, "  contacts", cmp.Or(strings.Join(programme.Roles(w.Contacts), ", "), "none known"))
	if len(w.Neighbourhoods) > 0 {
		s.cells(widths, "  neighbourhoods", strings.Join(w.Neighbourhoods, ", "))
	}
	if w.Note != "" {
		s.cells(widths, "  withheld", w.Note)
	}
}

func (s *screen) run(r service.RunRef) {
	s.cells([]int{18}, "  run", fmt.Sprintf("%.12s, %s to %s, profile %s", r.Snapshot, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.Profile))
}

// month draws the table of scores. Neighbouring metrics of one outcome share a row.
func (s *screen) month(m programme.MonthCheck) {
	s.head("SCORES %s", m.Month)
	widths := []int{26, 10, 10, 10}
	s.cells(widths, "", "   score", "band", "raw/share", "how")
	for _, a := range m.Actions {
		how := a.Arithmetic
		if a.Percent == nil && len(a.Anachronism) == 0 {
			how = "" // its metrics say why
		}
		s.cells(widths, fmt.Sprintf("  %s %s", a.Metric, a.Title), right(a.Percent), bandText(a.Score), raw(a.Score), how+mark(a.Anachronism))
		for i := 0; i < len(a.Metrics); {
			j, names := i, []string{}
			for ; j < len(a.Metrics) && sameRow(a.Metrics[i], a.Metrics[j]); j++ {
				names = append(names, a.Metrics[j].Metric.String())
			}
			p := a.Metrics[i]
			how := p.Arithmetic
			switch {
			case programme.AtMost(p.Score):
				how += "; at most: " + *p.NoDataReason
			case p.Percent != nil && p.NoDataReason != nil:
				how += "; in part: " + *p.NoDataReason
			}
			if p.Weight == 0 {
				how += " (reported only)"
			}
			s.cells(widths, "     "+strings.Join(names, " "), right(p.Percent), bandText(p.Score), raw(p.Score), how+mark(p.Anachronism))
			i = j
		}
	}
}

func sameRow(a, b programme.MetricCheck) bool {
	same := func(x, y *float64) bool { return x == nil && y == nil || x != nil && y != nil && *x == *y }
	return a.Arithmetic == b.Arithmetic && a.Band == b.Band && same(a.Percent, b.Percent) && same(a.Raw, b.Raw) &&
		same(a.Fraction, b.Fraction) && (a.Weight == 0) == (b.Weight == 0) && slices.Equal(a.Anachronism, b.Anachronism)
}

// right writes a percentage so that the points of a column stand under each other.
func right(percent *float64) string {
	if percent == nil {
		return "       -"
	}
	return fmt.Sprintf("%6.1f %%", *percent)
}

func bandText(s norms.Score) string { return string(s.Band) }

func raw(s norms.Score) string {
	switch {
	case s.Raw != nil:
		return plainNumber(*s.Raw)
	case s.Fraction != nil:
		return strconv.FormatFloat(*s.Fraction, 'f', 4, 64)
	}
	return "-"
}

// mark says that inputs were used against their time or age.
func mark(kinds []string) string {
	if len(kinds) == 0 {
		return ""
	}
	return fmt.Sprintf(" [anachronism: %s; barred from publication]", strings.Join(kinds, ", "))
}

// section names what a kind of finding is about, where that is not plain from its step.
func section(k programme.FindingKind) string {
	switch k {
	case programme.Announced:
		return "What it announced: "
	case programme.PassedOn:
		return "What it let pass: "
	case programme.Suffered:
		return "Who announced what is its own: "
	}
	return ""
}

// step draws the findings that one step mends. What is the same for all of them is said once.
func (s *screen) step(n int, step programme.Step, all []programme.Finding) {
	var of []programme.Finding
	for _, f := range all {
		if f.Kind == step.Kind {
			of = append(of, f)
		}
	}
	s.line("  %d. %s%s (%s)%s", n, section(step.Kind), step.Step, count(step.Findings, "finding"), raiseText(step.Raise))
	one := !slices.ContainsFunc(of, func(f programme.Finding) bool { return f.AgesOut != of[0].AgesOut })
	if one {
		s.cells([]int{16}, "     ages out", of[0].AgesOut)
	}
	for i, f := range of {
		if i == shown {
			s.line("     ... %d more; --json lists all", len(of)-shown)
			break
		}
		s.finding(f, !one)
	}
}

// finding draws a finding, with when it ages out where that is not said yet.
func (s *screen) finding(f programme.Finding, agesOut bool) {
	widths := []int{16}
	s.line("     - %s%s", f.Says, mark(f.Anachronism))
	if f.Kind == programme.Suffered {
		s.cells(widths, "       mend", "as under ANNOUNCED BY OTHERS, above")
	} else {
		s.cells(widths, "       mend", f.Mend)
	}
	if len(f.Evidence) > 0 {
		s.cells(widths, "       evidence", strings.Join(f.Evidence, "; "))
	}
	if f.Incident != "" {
		s.cells(widths, "       incident", f.Incident)
	}
	if agesOut {
		s.cells(widths, "       ages out", f.AgesOut)
	}
}

func raiseText(r *programme.Raise) string {
	if r == nil {
		return ""
	}
	if r.To == r.From {
		return ": raises no score alone; once the other routes are in order as well it does"
	}
	text := fmt.Sprintf(": %s %.1f -> %.1f %%", r.Metric, r.From, r.To)
	if r.Action != nil && r.ActionFrom != nil && r.ActionTo != nil {
		text += fmt.Sprintf(", %s %.1f -> %.1f %%", *r.Action, *r.ActionFrom, *r.ActionTo)
	}
	return text + ", " + r.When
}

// missing draws what would give data to the measures without, the reasons being in the table of scores.
func (s *screen) missing(list []programme.MissingData) {
	if len(list) == 0 {
		return
	}
	s.head("WITHOUT FULL DATA")
	for i, m := range list {
		same := func(o programme.MissingData) bool { return o.Supply == m.Supply }
		if slices.IndexFunc(list, same) < i {
			continue // said with the first of them
		}
		var names []string
		for _, o := range list {
			if same(o) {
				names = append(names, o.Metric.String())
			}
		}
		s.cells([]int{26}, "  "+strings.Join(names, " "), "to supply it: "+m.Supply)
	}
}

// explained counts what looked odd and is not.
func (s *screen) explained(by map[string]int) {
	if len(by) == 0 {
		return
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, by[name]))
	}
	s.head("Looked odd and has a benign explanation: %s", strings.Join(parts, ", "))
}

func (s *screen) notes(list []string) {
	if len(list) == 0 {
		return
	}
	s.blank()
	for _, n := range list {
		s.line("note: %s", n)
	}
}
