package programme

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Role is the part that a network has in an incident.
type Role string

// The roles.
const (
	Announcer  Role = "announcing network"
	Accomplice Role = "accepted it first"
	Victim     Role = "victim"
)

// IncidentSeen is an incident and a network's part in it.
type IncidentSeen struct {
	watch.Incident
	Role Role `json:"role"`
	// Named is false where the evidence does not support that the announcing network did it.
	Named bool `json:"named"`
	// Counts says in which metric it counts for the network; null where it does not, and WhyNot says why.
	Counts *norms.Metric `json:"counts"`
	WhyNot string        `json:"why_not,omitempty"`
	// BarredFromPublication is set where inputs were used against their time or age.
	BarredFromPublication bool `json:"barred_from_publication"`
}

// See tells what part a network has in an incident, if any. The penalties are those that the profile gives for it, and
// why says why there are none.
func (by *Adviser) See(inc watch.Incident, asn values.ASN, penalties []norms.Penalty, why string) (IncidentSeen, bool) {
	s := IncidentSeen{Incident: inc, Named: inc.Attribution == watch.Supported, BarredFromPublication: len(inc.Anachronism) > 0}
	switch {
	case inc.ASN == asn:
		s.Role = Announcer
	case slices.ContainsFunc(inc.Accomplices, func(a watch.Accomplice) bool { return a.ASN == asn }):
		s.Role = Accomplice
	case inc.Victim != nil && *inc.Victim == asn, slices.Contains(inc.Evidence.Victims, asn):
		s.Role = Victim
		s.WhyNot = "it costs a victim nothing"
		return s, true
	default:
		return s, false
	}
	s.WhyNot = why
	for _, p := range penalties {
		if p.ASN == asn && p.Weight > 0 {
			s.Counts, s.WhyNot = &p.Metric, ""
			break
		}
	}
	if s.Role == Accomplice && doubtful(inc, asn) {
		s.Counts, s.WhyNot = nil, "that it accepted it first rests on the word of too few"
	}
	if s.Counts == nil && s.WhyNot == "" {
		s.WhyNot = "profile " + by.Profile.ID + " gives this role no weight"
	}
	return s, true
}

// doubtful tells whether an accomplice's place in an incident is not well enough supported to count.
func doubtful(inc watch.Incident, asn values.ASN) bool {
	return slices.ContainsFunc(inc.Accomplices, func(a watch.Accomplice) bool { return a.ASN == asn && a.Weight == 0 })
}

// incidentFinding says what is to do about an incident from the side of one who has a part in it.
func (by *Adviser) incidentFinding(s IncidentSeen, asn values.ASN, parties map[values.ASN]Network, at time.Time) Finding {
	f := Finding{
		Subject: s.ID, Incident: s.ID, Metric: s.Counts, Says: says(s, asn), Evidence: evidenceOf(s.Incident),
		Anachronism: s.Anachronism,
	}
	if s.Counts != nil {
		f.Action = by.actionOf(*s.Counts)
	}
	f.AgesOut, f.AgesOutAt = agesOut(s, at)
	switch {
	case s.Kind == watch.PathAnomaly:
		f.Kind, f.Mend = NewNeighbour, mendNewNeighbour(s, parties)
	case s.Role == Announcer:
		f.Kind, f.Mend = Announced, mendAnnounced(s)
	case s.Role == Accomplice:
		f.Kind, f.Mend = PassedOn, mendPassedOn(s, asn)
	default:
		f.Kind, f.Mend = Suffered, mendSuffered(s, parties)
	}
	return f
}

// says states the incident. A network that the evidence does not support is the announcing network, and no more.
func says(s IncidentSeen, asn values.ASN) string {
	subject := fmt.Sprintf("AS%d", s.ASN)
	if s.ASN == asn {
		subject = "it"
	}
	if !s.Named {
		subject += " (announcing network, not named as the culprit: " + string(s.Attribution) + ")"
	}
	return fmt.Sprintf("%s %s, %s", subject, did(s.Incident), span(s.Incident))
}

// did says what the announcing network did, as far as the paths show it.
func did(i watch.Incident) string {
	prefixes, e := PrefixList(i.Prefixes), i.Evidence
	switch {
	case i.Kind == watch.Leak && e.Leak != nil:
		return fmt.Sprintf("passed routes of its %s on to its %s: %s", neighbour(e.Leak.FromRelation, e.Leak.From), neighbour(e.Leak.ToRelation, e.Leak.To), prefixes)
	case i.Kind == watch.PathAnomaly && e.NewLink != nil:
		return fmt.Sprintf("stood next to AS%d, the established origin of %s, as never before", e.NewLink.Far, prefixes)
	case i.Kind == watch.Hijack && i.Victim != nil:
		return fmt.Sprintf("announced %s, which AS%d holds", prefixes, *i.Victim)
	case i.Kind == watch.Hijack:
		return "announced " + prefixes + ", which others hold"
	case i.Kind == watch.RPKIInvalid:
		return "announced " + prefixes + ", which RPKI finds invalid"
	case i.Kind == watch.BogonPrefix:
		return "announced " + prefixes + ", a bogon"
	case i.Kind == watch.BogonASN && e.BogonASN != nil:
		return fmt.Sprintf("announced %s with AS%d, a bogon, in the path", prefixes, *e.BogonASN)
	case i.Kind == watch.BogonASN:
		return "announced " + prefixes + " with a bogon ASN in the path"
	}
	return string(i.Kind) + " with " + prefixes
}

// neighbour names a network by what it is to the leaker: "provider AS64500".
func neighbour(is watch.KnownRelation, asn values.ASN) string {
	word := is.Relation
	if word == "" || word == "unknown" {
		word = "neighbour"
	}
	return fmt.Sprintf("%s AS%d", word, asn)
}

// maxPrefixesSaid bounds how many prefixes a sentence names.
const maxPrefixesSaid = 3

// PrefixList names the first of many prefixes: "192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 and 5 more".
func PrefixList(list []netip.Prefix) string {
	var names []string
	for _, p := range list[:min(len(list), maxPrefixesSaid)] {
		names = append(names, p.String())
	}
	text := strings.Join(names, ", ")
	if more := len(list) - maxPrefixesSaid; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func span(i watch.Incident) string {
	if i.End == nil {
		return "since " + rfc(i.Start) + ", still open"
	}
	return fmt.Sprintf("%s to %s (%s)", rfc(i.Start), rfc(*i.End), lasted(i.End.Sub(i.Start)))
}

// evidenceOf sums up what an incident rests on; the whole of it is in incidents.jsonl under its id.
func evidenceOf(i watch.Incident) []string {
	list := []string{fmt.Sprintf("%d peers saw it, %d updates prove it; attribution %s, confidence %.2f",
		len(i.Peers), i.Evidence.UpdatesTotal, i.Attribution, i.Confidence)}
	for _, b := range i.Evidence.Baseline[:min(len(i.Evidence.Baseline), maxPrefixesSaid)] {
		list = append(list, fmt.Sprintf("before: %s AS%d since %s (%s)", b.Prefix, b.Origin, rfc(b.Since), b.Source))
	}
	for _, o := range i.Evidence.Objects[:min(len(i.Evidence.Objects), maxPrefixesSaid)] {
		list = append(list, o.ID+": "+o.Says)
	}
	return list
}

// agesOut says when an incident leaves the score: with the calendar month in which it ended.
func agesOut(s IncidentSeen, at time.Time) (string, *time.Time) {
	switch {
	case s.Role == Victim && s.End == nil:
		return "when it ends", nil
	case s.Role == Victim:
		return "it has ended", s.End
	case s.Counts == nil:
		return "it does not count: " + s.WhyNot, nil
	case s.End == nil:
		end := monthClosedBy(at).End()
		return "with the calendar month in which it ends, " + end.Format(time.DateOnly) + " at the earliest", nil
	}
	end := monthClosedBy(later(*s.End, s.Start.Add(1))).End()
	if !end.After(at) {
		return "it left the score with its calendar month, at " + rfc(end), &end
	}
	return "with its calendar month, at " + rfc(end), &end
}

// monthClosedBy is the month that a moment closes: that of the instant before it.
func monthClosedBy(at time.Time) values.Month { return values.MonthOf(at.Add(-time.Nanosecond)) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
