package programme

import (
	"fmt"
	"strings"

	"pahra/internal/watch"
	"pahra/wire/values"
)

func mendAnnounced(s IncidentSeen) string {
	if s.Kind == watch.Leak && s.Evidence.Leak != nil {
		return mendLeaked(s)
	}
	prefixes := PrefixList(s.Prefixes)
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

// mendLeaked says what a network does that passed on what it must not.
func mendLeaked(s IncidentSeen) string {
	l := s.Evidence.Leak
	from, to := neighbour(l.FromRelation, l.From), neighbour(l.ToRelation, l.To)
	if !s.Named {
		return fmt.Sprintf("look whether your routers passed routes of %s on to %s; if not, it was somebody else: %s", from, to,
			firstReason(s.Incident, "somebody between may have forged the path"))
	}
	first := fmt.Sprintf("stop passing routes of %s on to %s", from, to)
	if s.End != nil {
		first = "it has ended"
	}
	return first + "; tag routes where they enter, let sessions to providers and peers out only with your own and your customers', and set roles on them (RFC 9234)"
}

// mendNewNeighbour says how to find out whether a link never seen before is real. It accuses nobody.
func mendNewNeighbour(s IncidentSeen, parties map[values.ASN]Network) string {
	switch {
	case s.Role == Victim:
		return strings.Join(Tell(s.Incident, parties).First, "; ")
	case s.Evidence.NewLink == nil:
		return "look whether the link is real"
	case s.Role == Accomplice:
		return fmt.Sprintf("nothing, if AS%d may carry routes of AS%d; if not, reject them from it", s.Evidence.NewLink.Near, s.Evidence.NewLink.Far)
	}
	far := s.Evidence.NewLink.Far
	return fmt.Sprintf("nothing, if you are a neighbour of AS%d: an ASPA of AS%d that names its providers would say so; if not, look where you have the path from", far, far)
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
		return fmt.Sprintf("look whether you accepted %s from %s: too few peers say so to count", PrefixList(s.Prefixes), from)
	}
	switch s.Kind {
	case watch.Leak:
		return fmt.Sprintf("accept from %s only routes of itself and its customers (its as-set, by prefix and by path), set a prefix limit and the session's role (RFC 9234); %s is not among them", from, PrefixList(s.Prefixes))
	case watch.BogonPrefix:
		return fmt.Sprintf("reject bogons such as %s from %s", PrefixList(s.Prefixes), from)
	case watch.BogonASN:
		if s.Evidence.BogonASN != nil {
			return fmt.Sprintf("reject paths with AS%d from %s", *s.Evidence.BogonASN, from)
		}
	case watch.RPKIInvalid:
		return fmt.Sprintf("reject RPKI-invalid routes such as %s from %s", PrefixList(s.Prefixes), from)
	}
	return fmt.Sprintf("accept from %s only what its ROAs and route objects allow; %s is not among it", from, PrefixList(s.Prefixes))
}

// mendSuffered says what a victim can do: reach those who can end it, and sign what is not signed.
func mendSuffered(s IncidentSeen, parties map[values.ASN]Network) string {
	steps := Tell(s.Incident, parties).First
	if len(steps) == 0 {
		return "nothing: it has ended"
	}
	return strings.Join(steps, "; ")
}
