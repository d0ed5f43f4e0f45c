package cli

import (
	"fmt"
	"strings"

	"pahra/internal/programme"
)

// programmes draws the programmes on a line each.
func (s *screen) programmes(list []*programme.RuleSet) {
	widths := []int{12, 9, 12, 10, 10, 8}
	s.cells(widths, "PROGRAMME", "VERSION", "EFFECTIVE", "MEASURED", "DECLARED", "PROVED", "TITLE")
	for _, set := range list {
		count := make(map[programme.Kind]int)
		for _, r := range set.Rules {
			count[r.Evidence]++
		}
		row := []string{set.ID, fmt.Sprint(set.Version), set.Effective}
		for _, k := range programme.EvidenceKinds() {
			row = append(row, fmt.Sprint(count[k]))
		}
		s.cells(widths, append(row, set.Title)...)
	}
}

// ruleSet draws a programme's rules with their clauses.
func (s *screen) ruleSet(set *programme.RuleSet) {
	widths := []int{13}
	s.line("%s  %s", set.ID, set.Title)
	s.cells(widths, "  text", set.Spec)
	s.cells(widths, "  source", set.Source)
	s.cells(widths, "  effective", set.Effective+sure(set.EffectiveSure)+fmt.Sprintf("; version %d of these rules", set.Version))
	if set.Note != "" {
		s.cells(widths, "  note", set.Note)
	}
	s.head("WHO TAKES PART")
	for _, j := range set.Joining {
		s.line("  %s: %s%s", j.ID, j.Title, sure(j.Sure))
		s.cells(widths, "    clause", j.Clause)
	}
	for _, a := range set.Actions {
		s.head("%s %s (%s)", a.ID, strings.ToUpper(a.Title), a.Clause)
		for _, r := range set.Rules {
			if r.Action == a.ID {
				s.rule(r)
			}
		}
	}
}

func (s *screen) rule(r programme.Rule) {
	widths := []int{16}
	s.line("  %s: %s", r.ID, r.Title)
	s.cells(widths, "    asks", r.Requirement)
	s.cells(widths, "    clause", r.Clause+sure(r.Sure))
	decided := map[programme.Kind]string{
		programme.Declared: "declared: by what the network says", programme.Proved: "proved: by an active test",
	}[r.Evidence]
	if r.Measure != nil {
		decided = fmt.Sprintf("measured: %s (%s)", r.Measure, r.Measure.Source)
	}
	s.cells(widths, "    "+string(r.Level), decided)
}

// sure marks what is not read in a public text.
func sure(word string) string {
	if word == "published" {
		return ""
	}
	return " (" + word + ")"
}

// columns are how wide a standing's cells are: a title, and one column for each kind of evidence.
func columns() []int { return []int{64, 12, 12, 12} }

// stands draws how a network stands in a programme, the kinds of evidence side by side.
func (s *screen) stands(r *programme.Result) {
	s.head("PROGRAMME %s, version %d: %s", r.RuleSet, r.Version, r.Title)
	s.cells(columns(), "", "measured", "declared", "proved")
	for _, a := range r.Actions {
		s.standing("  "+a.ID+" "+a.Title, a.Columns)
		without := make(map[programme.Kind]int)
		for _, c := range r.Rules {
			switch {
			case c.Action != a.ID:
			case c.Outcome() == programme.Unknown:
				without[c.Evidence]++
			default:
				s.checked(c)
			}
		}
		var parts []string
		for _, k := range programme.EvidenceKinds() {
			if n := without[k]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, k))
			}
		}
		if parts != nil {
			s.line("      without data: %s", strings.Join(parts, ", "))
		}
	}
	for _, j := range r.Joining {
		s.standing("  to take part: "+j.Title, j.Columns)
	}
	s.line("  A column says nothing of another. pahra programme show %s has the rules; --declarations and --proofs fill the last two.", r.RuleSet)
}

// checked draws a rule that there are data for; why and the clause where it is not met.
func (s *screen) checked(c programme.Checked) {
	title := "      " + c.Title
	if c.Level == programme.Recommended {
		title += " (recommended)"
	}
	s.standing(title, c.Columns)
	if m := mark(c.Anachronism); m != "" {
		s.line("       %s", m)
	}
	if c.Outcome() == programme.NotMet {
		s.cells([]int{15}, "        why", strings.Join(append([]string{c.Why}, c.Basis...), "; "))
		s.cells([]int{15}, "        clause", c.Clause)
	}
	if c.Claim != "" {
		s.cells([]int{15}, "        claim", c.Claim+" (decides nothing here)")
	}
}

// standing draws a row with its columns.
func (s *screen) standing(title string, c programme.Columns) {
	cells := []string{clip(title, columns()[0]-1)}
	for _, o := range []*programme.Outcome{c.Measured, c.Declared, c.Proved} {
		if o == nil {
			cells = append(cells, "-")
		} else {
			cells = append(cells, string(*o))
		}
	}
	s.cells(columns(), cells...)
}
