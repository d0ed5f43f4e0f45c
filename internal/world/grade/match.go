package grade

import (
	"net/netip"
	"slices"
	"time"

	"pahra/internal/world"
	"pahra/wire/values"
)

// slack is how long after an event its traces may still be found: detectors hold an incident open over short gaps.
const slack = 10 * time.Minute

// overlap tells whether an incident lies in the time of an event.
func overlap(truth world.Truth, inc *Incident, e *world.Event) bool {
	end := truth.End
	if inc.End != nil {
		end = *inc.End
	}
	return !inc.Start.After(e.End.Add(slack)) && !end.Before(e.Start.Add(-time.Minute))
}

// isFace tells whether an incident is what an event has to be found as.
func isFace(inc *Incident, e *world.Event) bool {
	switch e.Kind {
	case world.Hijack, world.MoreSpecific, world.MassHijack, world.FramingHijack:
		return inc.Kind == "hijack" && inc.ASN == e.ASN && touches(inc, e)
	case world.RPKIInvalid:
		return inc.Kind == "rpki-invalid" && inc.ASN == e.ASN && touches(inc, e)
	case world.BogonPrefix, world.Unallocated, world.FramingBogon:
		return inc.Kind == "bogon-prefix" && inc.ASN == e.ASN && touches(inc, e)
	case world.BogonASN:
		return inc.Kind == "bogon-asn" && inc.ASN == e.ASN && touches(inc, e)
	case world.LeakHairpin, world.LeakLateral, world.LeakToPeer, world.LeakToProvider, world.FramingLeak:
		return inc.Kind == "leak" && inc.ASN == e.ASN
	case world.ForgedOrigin, world.ForgedSpecific:
		return inc.Kind == "path-anomaly" && touches(inc, e) && inc.concerns(e.Victim)
	case world.Lie:
		return inc.ASN == e.ASN && touches(inc, e)
	}
	return false
}

// isSecondFace tells whether an incident is another true side of an event: the RPKI finds many hijacks invalid, a hijack
// or a leak brings links that nobody knew, a forged path looks like a leak of the one who forged it.
func isSecondFace(inc *Incident, e *world.Event) bool {
	if !touches(inc, e) {
		return false
	}
	switch inc.Kind {
	case "rpki-invalid":
		return inc.ASN == e.ASN
	case "path-anomaly":
		return true
	case "leak":
		return inc.ASN == e.ASN
	}
	return false
}

// isFraming tells whether an incident comes of an attack that frames somebody, whomever it names.
func isFraming(inc *Incident, e *world.Event) bool {
	return e.Framing && (isFace(inc, e) || touches(inc, e))
}

// isBenign tells whether a benign event is what an incident took for a deviation.
func isBenign(inc *Incident, e *world.Event) bool {
	return e.Benign && (touches(inc, e) || inc.Kind == "leak" && inc.ASN == e.ASN && e.From != 0)
}

type verdict int

const (
	isFalse verdict = iota
	isTrue
	isFramed
)

// verdictOf says what an incident is, and of what event if it is of any: a deviation's before any other.
func verdictOf(truth world.Truth, inc *Incident) (verdict, *world.Event) {
	find := func(fits func(*Incident, *world.Event) bool) *world.Event {
		for i := range truth.Events {
			if e := &truth.Events[i]; fits(inc, e) && overlap(truth, inc, e) {
				return e
			}
		}
		return nil
	}
	if e := find(func(inc *Incident, e *world.Event) bool { return e.Malicious() && isFace(inc, e) }); e != nil {
		return isTrue, e
	}
	if e := find(isFraming); e != nil {
		return isFramed, e
	}
	if e := find(func(inc *Incident, e *world.Event) bool { return e.Malicious() && isSecondFace(inc, e) }); e != nil {
		return isTrue, e
	}
	return isFalse, find(isBenign)
}

// touches tells whether an incident is about any prefix of an event.
func touches(inc *Incident, e *world.Event) bool {
	return slices.ContainsFunc(inc.Prefixes, func(p netip.Prefix) bool { return slices.Contains(e.Prefixes, p) })
}

// concerns tells whether an incident names a network as the victim, as an end of the new link, or as the origin.
func (inc *Incident) concerns(asn values.ASN) bool {
	link := inc.Evidence.NewLink
	return inc.ASN == asn || inc.Victim != nil && *inc.Victim == asn || link != nil && (link.Near == asn || link.Far == asn)
}
