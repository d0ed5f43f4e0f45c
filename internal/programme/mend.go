package programme

import (
	"fmt"
	"strings"

	"pahra/internal/watch"
	"pahra/wire/values"
)

func mendAnnounced(s IncidentSeen) string {
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
