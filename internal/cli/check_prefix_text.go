package cli

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pahra/internal/programme"
	"pahra/internal/service"
	"pahra/wire/values"
)

// prefix draws what a run says of a prefix.
func (s *screen) prefix(c *service.PrefixCheck) {
	if c.Address != nil {
		s.line("%s, the longest prefix announced with %s", c.Prefix, c.Address)
	} else {
		s.line("%s", c.Prefix)
	}
	switch {
	case !c.Seen && len(c.Findings) == 0:
		s.line("No data: it was not seen in this run.")
	case len(c.Findings) == 0:
		s.line("Nothing to mend.")
	case programme.ToMend(c.Findings) == 0:
		s.line("Nothing to mend; %s to look at; %s.", count(len(c.Findings), "finding"), count(len(c.Incidents), "incident"))
	default:
		s.line("To mend: %s; %s.", count(len(c.Findings), "finding"), count(len(c.Incidents), "incident"))
	}
	s.run(c.Run)
	s.alarms(c.Alarms)
	s.head("ORIGINS SEEN (most sessions of %d at once)", c.Sessions)
	if len(c.Routes) == 0 {
		s.line("  none")
	}
	for _, r := range c.Routes {
		s.route(r)
	}
	s.others("COVERED BY", c.Covering)
	s.others("MORE SPECIFIC", c.MoreSpecific)
	s.incidents(c.Incidents)
	if len(c.Findings) > 0 {
		s.head("TO MEND")
	}
	for _, f := range c.Findings {
		s.finding(f, true)
	}
	s.candidates(c.Candidates)
	s.notes(c.Notes)
}

func (s *screen) route(r service.RouteCheck) {
	s.line("  AS%s  %s  %s, %s to %s  (%s)", r.Origin, cmp.Or(r.Holder, "holder not known"), count(r.Sessions, "session"),
		r.First.Format(time.RFC3339), r.Last.Format(time.RFC3339), r.Month)
	for _, v := range r.Verdicts {
		s.cells([]int{27, 22}, "       "+v.Authority, v.State, strings.Join(v.Objects, "; "))
	}
}

// others draws routes above or below the prefix, on a line each.
func (s *screen) others(title string, list []service.RouteCheck) {
	if len(list) == 0 {
		return
	}
	s.head("%s", title)
	const most = 8
	for _, r := range list[:min(len(list), most)] {
		s.cells([]int{24, 14, 14}, "  "+r.Prefix.String(), "AS"+r.Origin.String(), count(r.Sessions, "session"), verdictsOf(r))
	}
	if len(list) > most {
		s.line("  ... %d more; --json lists all", len(list)-most)
	}
}

func verdictsOf(r service.RouteCheck) string {
	var parts []string
	for _, v := range r.Verdicts {
		if v.Authority != "irr-authenticated" {
			parts = append(parts, v.Authority+" "+v.State)
		}
	}
	return strings.Join(parts, ", ")
}

func (s *screen) incidents(list []service.PrefixIncident) {
	if len(list) == 0 {
		return
	}
	s.head("INCIDENTS")
	for _, i := range list {
		when := "since " + i.Start.Format(time.RFC3339) + ", still open"
		if i.End != nil {
			when = i.Start.Format(time.RFC3339) + " to " + i.End.Format(time.RFC3339)
		}
		named := ""
		if !i.Named {
			named = " (announcing network, not named as the culprit)"
		}
		s.line("  %s by AS%s%s, %s, %s match, confidence %.2f%s", i.Kind, i.ASN, named, when, i.Match,
			i.Confidence, mark(i.Anachronism))
		s.line("       id %s, seen by %s%s", i.ID, count(len(i.Peers), "peer"), victimText(i.Victim))
	}
}

func victimText(v *values.ASN) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf(", victim AS%s", *v)
}

// candidates draws what looked odd about the prefix, and why it is no incident.
func (s *screen) candidates(list []service.Candidate) {
	if len(list) == 0 {
		return
	}
	s.head("LOOKED ODD, AND HAS A BENIGN EXPLANATION")
	const most = 8
	for _, x := range list[:min(len(list), most)] {
		text := x.Exclusion
		if x.Detail != "" {
			text += " (" + x.Detail + ")"
		}
		who := "AS" + x.ASN.String()
		if x.Victim != nil {
			who += " in place of AS" + x.Victim.String()
		}
		s.cells([]int{24, 30}, "  "+x.Time.Format(time.RFC3339), who, text)
	}
	if more := len(list) - most; more > 0 {
		s.line("  ... %d more; --json lists all", more)
	}
}
