package alert

import (
	"fmt"

	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// adviseIncident says what each side does first.
func adviseIncident(i watch.Incident, parties map[values.ASN]programme.Network, link string) []Advice {
	tell := programme.Tell(i, parties)
	victim := tell.First
	if len(victim) == 0 {
		victim = []string{"nothing: it has ended; see that your ROAs and route objects cover what you announce"}
	}
	list := []Advice{
		{Role: Announcer, Steps: withDispute(announcerSteps(i, tell), link)},
		{Role: Victim, Steps: victim},
		{Role: Onlooker, Steps: onlookerSteps(i, tell)},
	}
	for n, p := range tell.LetPass {
		if n == maxParties {
			break
		}
		list = append(list, Advice{Role: Accomplice, ASN: p.ASN, Steps: accompliceSteps(i, p)})
	}
	return list
}

// withDispute adds how to contradict.
func withDispute(steps []string, link string) []string {
	if link == "" {
		return steps
	}
	return append(steps, "if this is wrong, say so with what shows it: "+link)
}

// lookUp says how a router shows a route, in the words of the common ones.
func lookUp(i watch.Incident) string {
	p := examplePrefix(i.Prefixes)
	family := "ip"
	if len(i.Prefixes) > 0 && i.Prefixes[0].Addr().Is6() {
		family = "ipv6"
	}
	return fmt.Sprintf("look at your border routers for %s (IOS: show bgp %s unicast %s; Junos: show route %s detail; BIRD: show route for %s all)",
		p, map[string]string{"ip": "ipv4", "ipv6": "ipv6"}[family], p, p, p)
}

// announcerSteps are for the network that announced it, or seems to have.
func announcerSteps(i watch.Incident, tell programme.Alarm) []string {
	steps, ifSo := []string{lookUp(i)}, ""
	if i.Attribution != watch.Supported {
		ifSo = "if one of them does: "
		steps = append(steps, "if none of them announces it, somebody between may have made up the path: keep what the routers show as your proof, and ask your upstreams where they have it from")
	}
	if i.End != nil {
		steps = append(steps, "it has ended: find out what announced it, so that it does not come back")
		return append(steps, guardOf(i))
	}
	switch i.Kind {
	case watch.Leak:
		steps = append(steps, ifSo+leakStep(i))
	case watch.BogonASN:
		steps = append(steps, ifSo+fmt.Sprintf("take %s out of the paths that you announce (IOS: neighbor … remove-private-as all; Junos: remove-private all)", bogonName(i)))
	case watch.PathAnomaly:
		steps = append(steps, "nothing more, if you are a neighbour of the origin: an ASPA of the origin that names its providers would say so")
		return steps
	case watch.RPKIInvalid:
		steps = append(steps, fmt.Sprintf("if %s is yours, mend its ROA (origin AS%d, maxLength at least the length announced); if it is not, withdraw it", programme.PrefixList(i.Prefixes), i.ASN))
	default:
		steps = append(steps, ifSo+fmt.Sprintf("withdraw %s: take out the network statement, static route or redistribution that brings it in; if you hold it to be yours, find out who is right before anything is registered",
			programme.PrefixList(i.Prefixes)))
	}
	steps = append(steps, guardOf(i))
	if len(tell.Victims) > 0 && i.Kind == watch.Hijack {
		v := tell.Victims[0]
		steps = append(steps, fmt.Sprintf("tell AS%d%s that it is being mended: %s", v.ASN, holder(v), programme.Reached(v.Contacts)))
	}
	return steps
}

// guardOf says what keeps it from happening again.
func guardOf(i watch.Incident) string {
	switch i.Kind {
	case watch.Leak:
		return "tag routes where they enter, let sessions to providers and peers out only with your own and your customers' routes, and set roles on the sessions (RFC 9234)"
	case watch.BogonPrefix, watch.BogonASN:
		return "filter bogon prefixes and bogon AS numbers outbound at every session"
	}
	return "let every session announce only your own prefixes and those registered by your customers, by prefix list"
}

func leakStep(i watch.Incident) string {
	l := i.Evidence.Leak
	if l == nil {
		return "stop passing these routes on"
	}
	return fmt.Sprintf("stop passing routes of AS%d (%s) on to AS%d (%s): correct the export policy of the session with AS%d", l.From, relationWord(l.FromRelation), l.To, relationWord(l.ToRelation), l.To)
}

// relationWord says what a neighbour is to the leaker.
func relationWord(r watch.KnownRelation) string {
	if r.Relation == "" || r.Relation == "unknown" {
		return "neighbour"
	}
	return r.Relation
}

func bogonName(i watch.Incident) string {
	if i.Evidence.BogonASN == nil {
		return "the bogon AS number"
	}
	return fmt.Sprintf("AS%d", *i.Evidence.BogonASN)
}

// accompliceSteps are for a network that took the announcement straight from the announcing one.
func accompliceSteps(i watch.Incident, p programme.Party) []string {
	edge := p.Edge
	if edge == "" {
		edge = "neighbour"
	}
	from := fmt.Sprintf("your %s AS%d", edge, i.ASN)
	var steps []string
	if p.Doubtful {
		steps = append(steps, fmt.Sprintf("look whether you take it from %s at all: too few peers say so to be sure", from))
	}
	if i.Kind == watch.PathAnomaly {
		return append(steps, fmt.Sprintf("nothing, if AS%d may carry these routes; if not, reject them from it", i.ASN))
	}
	if i.End == nil {
		steps = append(steps, fmt.Sprintf("reject %s from %s now (inbound prefix list), then tell it so", rejected(i), from))
	}
	switch i.Kind {
	case watch.Leak:
		steps = append(steps, fmt.Sprintf("accept from %s only what its as-set gives, by prefix and by path; set a prefix limit and the session's role (RFC 9234)", from))
	case watch.BogonPrefix, watch.BogonASN:
		steps = append(steps, "filter bogon prefixes and bogon AS numbers inbound at every session")
	case watch.RPKIInvalid:
		steps = append(steps, "validate origins (RPKI) and reject what is invalid at every session")
	default:
		steps = append(steps, fmt.Sprintf("accept from %s only what ROAs and route objects allow it, and reject RPKI-invalid routes", from))
	}
	return steps
}

// rejected says what a filter has to take.
func rejected(i watch.Incident) string {
	if i.Kind == watch.BogonASN {
		return "paths with " + bogonName(i)
	}
	return programme.PrefixList(i.Prefixes)
}

// onlookerSteps are for those with no part in it: an association, an analyst.
func onlookerSteps(i watch.Incident, tell programme.Alarm) []string {
	if i.End != nil {
		return []string{fmt.Sprintf("nothing urgent: it has ended; ask AS%d%s what it changed so that it does not come back", i.ASN, holder(tell.Announcer))}
	}
	steps := []string{fmt.Sprintf("see that AS%d%s knows: %s", i.ASN, holder(tell.Announcer), programme.Reached(tell.Announcer.Contacts))}
	for _, p := range tell.LetPass {
		if !p.Doubtful {
			return append(steps, fmt.Sprintf("AS%d%s can stop it at once: %s", p.ASN, holder(p), programme.Reached(p.Contacts)))
		}
	}
	return steps
}

func holder(p programme.Party) string {
	if p.Holder == "" {
		return ""
	}
	return " (" + p.Holder + ")"
}
