package service

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

// see tells what part a network has in an incident, if any.
func (r *Run) see(inc watch.Incident, asn values.ASN, at time.Time) (IncidentSeen, bool) {
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
	penalties, why := r.profile.Penalties(normsIncident(inc, at))
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
		s.WhyNot = "profile " + r.profile.ID + " gives this role no weight"
	}
	return s, true
}

// doubtful tells whether an accomplice's place in an incident is not well enough supported to count.
func doubtful(inc watch.Incident, asn values.ASN) bool {
	return slices.ContainsFunc(inc.Accomplices, func(a watch.Accomplice) bool { return a.ASN == asn && a.Weight == 0 })
}

// incidentFinding says what is to do about an incident from the side of one who has a part in it.
func (r *Run) incidentFinding(s IncidentSeen, asn values.ASN, who map[values.ASN]networkRow, at time.Time) Finding {
	f := Finding{
		Subject: s.ID, Incident: s.ID, Metric: s.Counts, Says: says(s, asn), Evidence: evidenceOf(s.Incident),
		Anachronism: s.Anachronism,
	}
	if s.Counts != nil {
		f.Action = r.actionOf(*s.Counts)
	}
	f.AgesOut, f.AgesOutAt = agesOut(s, at)
	switch s.Role {
	case Announcer:
		f.Kind, f.Mend = Announced, mendAnnounced(s)
	case Accomplice:
		f.Kind, f.Mend = PassedOn, mendPassedOn(s, asn)
	default:
		f.Kind, f.Mend = Suffered, r.mendSuffered(s, who)
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
	what := map[watch.Kind]string{
		watch.Hijack: "announced %s, which others hold", watch.RPKIInvalid: "announced %s, which RPKI finds invalid",
		watch.BogonPrefix: "announced %s, a bogon", watch.BogonASN: "announced %s with a bogon ASN in the path",
	}[s.Kind]
	if what == "" {
		what = string(s.Kind) + " with %s"
	}
	if s.Evidence.BogonASN != nil {
		what = strings.Replace(what, "a bogon ASN", fmt.Sprintf("AS%d, a bogon,", *s.Evidence.BogonASN), 1)
	}
	if s.Kind == watch.Hijack && s.Victim != nil {
		what = strings.Replace(what, "others hold", fmt.Sprintf("AS%d holds", *s.Victim), 1)
	}
	return fmt.Sprintf("%s "+what+", %s", subject, prefixList(s.Prefixes), span(s.Incident))
}

// maxPrefixesSaid bounds how many prefixes a sentence names.
const maxPrefixesSaid = 3

func prefixList(list []netip.Prefix) string {
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
		end := lastMonth(at).End()
		return "with the calendar month in which it ends, " + end.Format(time.DateOnly) + " at the earliest", nil
	}
	end := lastMonth(maxTime(*s.End, s.Start.Add(1))).End()
	if !end.After(at) {
		return "it left the score with its calendar month, at " + rfc(end), &end
	}
	return "with its calendar month, at " + rfc(end), &end
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func mendAnnounced(s IncidentSeen) string {
	prefixes := prefixList(s.Prefixes)
	open := "withdraw " + prefixes + "; then "
	if s.End != nil {
		open = "it is withdrawn; "
	}
	switch {
	case !s.Named:
		return "look whether your routers announced " + prefixes + "; if not, it was somebody else: " + firstReason(s.Incident, "somebody between may have forged the path")
	case s.Kind == watch.BogonASN && s.Evidence.BogonASN != nil:
		if s.End != nil {
			return fmt.Sprintf("it is withdrawn; take AS%d out of AS paths towards others (remove-private-as) at every session", *s.Evidence.BogonASN)
		}
		return fmt.Sprintf("take AS%d out of the AS path of %s (remove-private-as)", *s.Evidence.BogonASN, prefixes)
	case s.Kind == watch.BogonPrefix:
		return open + "filter bogons outbound at every session"
	case s.Kind == watch.RPKIInvalid:
		return open + findOut
	}
	mend := open + "let every session announce only your own prefixes and those learned from customers"
	if s.End == nil {
		mend += "; if you hold it to be yours, " + findOut
	}
	return mend
}

// firstReason gives the reason that speaks of the paths, or the other.
func firstReason(i watch.Incident, other string) string {
	for _, r := range i.Reasons {
		if points, text, ok := strings.Cut(r, " "); ok && strings.Contains(r, "path") && strings.ContainsAny(points[:1], "+-") {
			return text // the points are for the sum, not for a sentence
		}
	}
	return other
}

func mendPassedOn(s IncidentSeen, asn values.ASN) string {
	from := fmt.Sprintf("neighbour AS%d", s.ASN)
	for _, a := range s.Accomplices {
		if a.ASN == asn && a.CustomerEdge != nil {
			if from = fmt.Sprintf("peer or provider AS%d", s.ASN); *a.CustomerEdge {
				from = fmt.Sprintf("customer AS%d", s.ASN)
			}
		}
	}
	if doubtful(s.Incident, asn) {
		return fmt.Sprintf("look whether you accepted %s from %s: too few peers say so to count", prefixList(s.Prefixes), from)
	}
	switch s.Kind {
	case watch.BogonPrefix:
		return fmt.Sprintf("reject bogons such as %s from %s", prefixList(s.Prefixes), from)
	case watch.BogonASN:
		if s.Evidence.BogonASN != nil {
			return fmt.Sprintf("reject paths with AS%d from %s", *s.Evidence.BogonASN, from)
		}
	case watch.RPKIInvalid:
		return fmt.Sprintf("reject RPKI-invalid routes such as %s from %s", prefixList(s.Prefixes), from)
	}
	return fmt.Sprintf("accept from %s only what its ROAs and route objects allow; %s is not among it", from, prefixList(s.Prefixes))
}

// mendSuffered says what a victim can do: reach those who can end it, and sign what is not signed.
func (r *Run) mendSuffered(s IncidentSeen, who map[values.ASN]networkRow) string {
	steps := r.alarm(s.Incident, who).First
	if len(steps) == 0 {
		return "nothing: it has ended"
	}
	return strings.Join(steps, "; ")
}
