package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/programme"
	"pahra/internal/service"
	"pahra/internal/watch"
)

const neighbourhoodLong = `Say on one screen how a neighbourhood (a named set of networks) stands in the last month of a run of "pahra observe": how
many of its networks are in each band by Action, its incidents by kind and by day, and which steps would help most.

NAME is a neighbourhood that the run's data define (neighbourhoods/*.yaml or .csv, see docs/operations.md), or one of
  country:IN   rir:apnic   AS64500            from the run itself
  cone:AS64500   ix:26   org:AS64500          from the run's inputs, whose terms forbid keeping these facts with a run

Of its incidents the table counts those that its networks announced, how many of these name nobody for want of evidence
("of it unnamed"), those that they let pass as the first network after another, and those that they suffered. Sizes are by direct
customers: the absolute figures are the norm, those by size let large and small networks be compared. The second opinion
says by the rules of a study whether a network is conformant at all; docs/formulas.md has both. The points of
a step add up what it would bring to its networks' Action scores.

Networks stand under the step that would help them, in order of number: this is no list of the worst.

Exit status: 0 nothing to mend (or no data, which it says), 1 something to mend, 2 wrong use, 3 the run cannot be read or
is damaged.`

const neighbourhoodExample = `  pahra neighbourhood country:IN --from-run out
  pahra neighbourhood lantern-coast --from-run out
  pahra neighbourhood rir:apnic --from-run out --json | jq '.distribution'`

func newNeighbourhood() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:     "neighbourhood NAME --from-run OUT",
		Short:   "Say how a set of networks stands, and what would help most",
		Long:    neighbourhoodLong,
		Example: neighbourhoodExample,
		Args:    oneArg("the name of a neighbourhood"),
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := openRun(f.run, "neighbourhood")
			if err != nil {
				return err
			}
			c, err := run.Neighbourhood(args[0])
			if err != nil {
				return refused(err)
			}
			return f.answer(cmd, c, len(c.Steps), func(s *screen) { s.neighbourhood(c) })
		},
	}
	cmd.Flags().StringVar(&f.run, "from-run", "", "folder of a run of pahra observe")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print everything as JSON")
	return cmd
}

// neighbourhood draws how a set of networks stands.
func (s *screen) neighbourhood(c *service.NeighbourhoodCheck) {
	s.line("%s  %s", c.Name, c.Title)
	help := "no step is known that would help"
	if len(c.Steps) > 0 {
		help = count(len(c.Steps), "step") + " would help"
	}
	s.line("%s, of which %d seen in %s; %s.", count(c.Members, "network"), c.Seen, c.Month, help)
	s.run(c.Run)
	if len(c.Distribution) > 0 {
		s.distribution(c)
	}
	s.byKind(c)
	s.byDay(c)
	s.sizes(c)
	s.listed(c.Listed)
	if len(c.Steps) > 0 {
		s.head("MOST TO MEND (points: what the step would add to its networks' Action scores, together)")
	}
	for i, step := range c.Steps {
		s.common(i+1, step)
	}
	s.notes(c.Notes)
}

func (s *screen) distribution(c *service.NeighbourhoodCheck) {
	s.head("HOW THEY STAND (networks, share)")
	widths := []int{28, 17, 17, 17}
	var heads []string
	for _, b := range c.Distribution[0].Bands {
		heads = append(heads, fmt.Sprintf("%14s", b.Band))
	}
	s.cells(widths, append([]string{""}, heads...)...)
	for _, d := range c.Distribution {
		row := []string{fmt.Sprintf("  %s %s", d.Action, d.Title)}
		for _, b := range d.Bands {
			row = append(row, fmt.Sprintf("%5d %6.1f %%", b.Networks, 100*b.Share))
		}
		s.cells(widths, row...)
	}
}

func (s *screen) byKind(c *service.NeighbourhoodCheck) {
	s.head("INCIDENTS BY KIND")
	if len(c.Incidents) == 0 {
		s.line("  none")
		return
	}
	widths := []int{28, 17, 17, 17}
	s.cells(widths, "", fmt.Sprintf("%14s", "announced"), fmt.Sprintf("%14s", "of it unnamed"), fmt.Sprintf("%14s", "let pass"), fmt.Sprintf("%14s", "suffered"))
	for _, k := range c.Incidents {
		s.cells(widths, "  "+string(k.Kind), fmt.Sprintf("%14d", k.Announced), fmt.Sprintf("%14d", k.NotNamed),
			fmt.Sprintf("%14d", k.PassedOn), fmt.Sprintf("%14d", k.Suffered))
	}
}

// byDay draws the days on which members announced an incident.
func (s *screen) byDay(c *service.NeighbourhoodCheck) {
	if len(c.Days) == 0 {
		return
	}
	var kinds []watch.Kind
	for _, k := range c.Incidents {
		kinds = append(kinds, k.Kind)
	}
	s.head("ANNOUNCED BY DAY (begun, UTC)")
	for _, d := range c.Days {
		var parts []string
		for _, k := range kinds {
			if n := d.Kinds[k]; n > 0 {
				parts = append(parts, fmt.Sprintf("%s %d", k, n))
			}
		}
		s.cells([]int{28}, "  "+d.Day, strings.Join(parts, ", "))
	}
}

// listed names incidents with the ids that open them.
func (s *screen) listed(list []service.IncidentListed) {
	if len(list) == 0 {
		return
	}
	s.head("INCIDENTS, and the part of its networks (pahra check ID shows one whole)")
	const most = 12
	for _, i := range list[:min(len(list), most)] {
		open := ""
		if i.End == nil {
			open = ", still open"
		}
		what := i.Prefixes[0].String()
		if more := len(i.Prefixes) - 1; more > 0 {
			what += fmt.Sprintf(" and %d more", more)
		}
		s.cells([]int{16, 22, 14}, "  "+i.ID[:12], i.Start.Format(time.RFC3339), string(i.Kind), what+open+"; "+partsText(i))
	}
	if more := len(list) - most; more > 0 {
		s.line("  ... %d more; --json lists all", more)
	}
}

// partsText says what the members have to do with an incident, and who announced it where that is no member.
func partsText(i service.IncidentListed) string {
	unnamed := ""
	if !i.Named {
		unnamed = " (not named)"
	}
	announced := "announced by "
	if i.Kind == watch.Leak {
		announced = "passed on by "
	}
	var parts []string
	for _, role := range []struct {
		is   programme.Role
		said string
	}{{programme.Announcer, announced}, {programme.Accomplice, "let pass by "}, {programme.Victim, "suffered by "}} {
		if who := withRole(i.Parts, role.is); who != "" {
			if role.is == programme.Announcer {
				who += unnamed
			}
			parts = append(parts, role.said+who)
		}
	}
	if withRole(i.Parts, programme.Announcer) == "" {
		parts = append(parts, announced+"another network, AS"+i.ASN.String()+unnamed)
	}
	return strings.Join(parts, "; ")
}

// withRole names the first of those who have a role.
func withRole(parts []service.Part, role programme.Role) string {
	const most = 3
	var names []string
	for _, p := range parts {
		if p.Role == role {
			names = append(names, "AS"+p.ASN.String())
		}
	}
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// pointsText says what a step would add to the Action scores.
func pointsText(step service.CommonStep) string {
	if step.Points == 0 {
		return "which alone raises no Action"
	}
	return fmt.Sprintf("%+.1f points%s", step.Points, whenOf(step))
}

// whenOf says when a step would show.
func whenOf(step service.CommonStep) string {
	for _, n := range step.Networks {
		if n.Raise != nil {
			return ", " + n.Raise.When
		}
	}
	return ""
}

// shownNetworks bounds how many networks of a step a screen shows; JSON has all.
const shownNetworks = 8

// common draws a step and the networks it would help, in order of number.
func (s *screen) common(n int, step service.CommonStep) {
	s.line("  %d. %s: %s of %s, %s", n, step.Step, count(step.Findings, thing(step.Kind)), count(len(step.Networks), "network"), pointsText(step))
	list := slices.SortedFunc(slices.Values(step.Networks), func(a, b service.NetworkStep) int { return cmp.Compare(a.ASN, b.ASN) })
	for _, w := range list[:min(len(list), shownNetworks)] {
		s.cells([]int{18, 38, 14}, fmt.Sprintf("     AS%s", w.ASN), clip(w.Holder, 36), count(w.Findings, thing(step.Kind)), raiseShort(w.Raise))
	}
	if more := len(list) - shownNetworks; more > 0 {
		s.line("     ... and %s more; --json lists all", count(more, "network"))
	}
}

// raiseShort writes what a step raises the Action by, or the metric where the Action has no data.
func raiseShort(r *programme.Raise) string {
	switch {
	case r == nil, r.To == r.From:
		return ""
	case r.Action != nil && r.ActionFrom != nil && r.ActionTo != nil:
		return fmt.Sprintf("%s %.1f -> %.1f %%", *r.Action, *r.ActionFrom, *r.ActionTo)
	}
	return fmt.Sprintf("%s %.1f -> %.1f %%", r.Metric, r.From, r.To)
}

// thing is what a step's findings are counted in.
func thing(k programme.FindingKind) string {
	switch k {
	case programme.Announced, programme.PassedOn, programme.Suffered:
		return "incident"
	case programme.NoPolicy, programme.NoContact, programme.Spoofs:
		return "finding"
	}
	return "route"
}

// clip shortens text to n characters.
func clip(text string, n int) string { return service.Clip(text, n, "...") }
