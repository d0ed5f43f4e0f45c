package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pahra/internal/programme"
	"pahra/internal/service"
	"pahra/internal/watch"
)

// alarms draws what others announced: who, since when, who let it pass, what to do first.
func (s *screen) alarms(list []programme.Alarm) {
	if len(list) == 0 {
		return
	}
	s.head("ANNOUNCED BY OTHERS")
	const most = 3
	for _, a := range list[:min(len(list), most)] {
		s.line("  %s", a.Says)
		s.alarm(a)
		s.cells([]int{18}, "    incident", a.Incident)
	}
	if more := len(list) - most; more > 0 {
		s.line("  ... %d more; --json lists all", more)
	}
}

// alarm draws who has a part in an incident and what to do first.
func (s *screen) alarm(a programme.Alarm) {
	widths := []int{18}
	s.cells(widths, "    announced by", partyText(a.Announcer))
	s.row("    let it pass", a.LetPass)
	s.steps("    do first", a.First)
}

// row draws parties under one label.
func (s *screen) row(label string, list []programme.Party) {
	const most = 6
	for i, p := range list[:min(len(list), most)] {
		if i > 0 {
			label = ""
		}
		s.cells([]int{18}, label, partyText(p))
	}
	if more := len(list) - most; more > 0 {
		s.cells([]int{18}, "", fmt.Sprintf("... %d more; --json lists all", more))
	}
}

// steps draws a numbered list under one label.
func (s *screen) steps(label string, list []string) {
	for i, step := range list {
		if i > 0 {
			label = ""
		}
		s.cells([]int{18, 3}, label, strconv.Itoa(i+1)+".", step)
	}
}

func partyText(p programme.Party) string {
	text := "AS" + p.ASN.String()
	if p.Holder != "" {
		text += " " + p.Holder
	}
	if p.Country != "" {
		text += ", " + p.Country
	}
	if p.Edge != "" {
		text += ", from its " + p.Edge
	}
	if p.Doubtful {
		text += " (too few peers say so to count)"
	}
	return text + "; contacts: " + programme.Reached(p.Contacts)
}

// incident draws an incident whole.
func (s *screen) incident(c *service.IncidentCheck) {
	i := c.Incident
	s.line("Incident %s  %s%s", i.ID, i.Kind, mark(i.Anachronism))
	s.line("%s", c.Alarm.Says)
	s.run(c.Run)
	s.head("WHO, AND WHAT TO DO FIRST")
	s.row("    holder", c.Alarm.Victims)
	s.alarm(c.Alarm)
	s.cells([]int{18}, "    attribution", c.Attribution)
	s.seenBy(i)
	s.known(i)
	s.costs(c)
	s.head("RECOMPUTE IT, AND THE RAW RECORDS")
	s.line("  %s", c.Recompute)
	for _, r := range c.Records {
		s.line("  %s", r)
	}
	s.notes(c.Notes)
}

// seenBy draws the peers and the first updates.
func (s *screen) seenBy(i watch.Incident) {
	s.head("SEEN by %s, in %s", count(len(i.Peers), "peer"), count(i.Evidence.UpdatesTotal, "update"))
	const most = 5
	for _, u := range i.Evidence.Updates[:min(len(i.Evidence.Updates), most)] {
		var path []string
		for _, a := range u.Path {
			path = append(path, a.String())
		}
		s.cells([]int{24}, "  "+u.Time.Format(time.RFC3339), fmt.Sprintf("%s %s at %s AS%s %s: path %s (%s at %d)", u.Type, u.Prefix, u.Collector,
			u.PeerASN, u.PeerIP, strings.Join(path, " "), u.File, u.Offset))
	}
	if more := i.Evidence.UpdatesTotal - min(len(i.Evidence.Updates), most); more > 0 {
		s.line("  ... %d more; the records are where the last lines of this screen say", more)
	}
}

// known draws what the judgement rests on.
func (s *screen) known(i watch.Incident) {
	s.head("HOW WE KNOW (confidence %.2f)", i.Confidence)
	for _, r := range i.Reasons {
		s.line("  %s", r)
	}
	const most = 8
	for _, b := range i.Evidence.Baseline[:min(len(i.Evidence.Baseline), most)] {
		s.cells([]int{18}, "  before", fmt.Sprintf("%s AS%s since %s, at %s now (%s)", b.Prefix, b.Origin, b.Since.Format(time.RFC3339),
			count(b.Peers, "session"), b.Source))
	}
	for _, o := range i.Evidence.Objects[:min(len(i.Evidence.Objects), most)] {
		s.cells([]int{18}, "  "+o.Kind, o.ID+": "+o.Says)
	}
	var tried []string
	for _, x := range i.Evidence.Exclusions {
		text := x.Name + ": " + string(x.Result)
		if x.Detail != "" {
			text += " (" + x.Detail + ")"
		}
		tried = append(tried, text)
	}
	if tried != nil {
		s.cells([]int{18}, "  benign reasons", strings.Join(tried, "; "))
	}
}

// costs draws what the incident costs whom.
func (s *screen) costs(c *service.IncidentCheck) {
	s.head("WHAT IT COSTS")
	for _, x := range c.Counts {
		s.line("  AS%s: counts in %s with weight %s", x.ASN, x.Metric, plainNumber(x.Weight))
	}
	if len(c.Counts) == 0 {
		s.line("  nobody: %s", c.WhyNot)
	}
}
