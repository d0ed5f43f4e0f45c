package programme

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/registry"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// routeFindings says what is wrong with a network's routes of a month. Routes of its incidents are left out: what mends
// those is to withdraw them, not to register them. So are registrations for routes that no authority explains, or that
// objects of others contradict.
func (by *Adviser) routeFindings(routes []Route, who Network, own []watch.Incident, explained []Explained, scores []norms.Score) (list []Finding) {
	for _, row := range routes {
		if isOf(own, row.Prefix, row.Origin) {
			continue
		}
		if isBogon(row) {
			list = append(list, by.bogonFinding(row))
			continue
		}
		lacking := by.registrations(row, who)
		if x, ok := explanationOf(explained, row); ok {
			if len(lacking) > 0 || !mayBeItsOwn(x.By) {
				list = append(list, by.explainedFinding(row, x, lacking))
			}
			continue
		}
		doubtful := inIncident(own, row)
		for _, f := range lacking {
			if f.Kind == InvalidOrigin || f.Kind == InvalidLength {
				f.Incident = invalidIncident(own, row.Prefix)
			}
			if doubtful && f.Kind != InvalidOrigin && f.Kind != Contested { // these say to find out first
				f.Mend = ifYours(row, []Finding{f})
			}
			list = append(list, f)
		}
	}
	for i := range list {
		list[i].Anachronism = marksOf(scores, list[i].Metric)
	}
	return list
}

// registrations says what lacks in the RPKI and in the routing registries for a route.
func (by *Adviser) registrations(row Route, who Network) (list []Finding) {
	if contested(row) && row.ROV != "invalid-origin" {
		return []Finding{by.contestedFinding(row)}
	}
	if f, ok := by.rovFinding(row); ok {
		list = append(list, f)
	}
	if f, ok := by.irrFinding(row, who); ok && !contested(row) {
		list = append(list, f)
	}
	return list
}

func isBogon(row Route) bool { return row.Bogon != "none" && row.Bogon != NoData }

// isOf tells whether a route is that of an incident which withdrawing it would end.
func isOf(own []watch.Incident, p netip.Prefix, origin values.ASN) bool {
	return slices.ContainsFunc(own, func(i watch.Incident) bool {
		return i.ASN == origin && i.Kind != watch.RPKIInvalid && i.Kind != watch.BogonASN && slices.Contains(i.Prefixes, p)
	})
}

// inIncident tells whether a route is that of any incident.
func inIncident(list []watch.Incident, row Route) bool {
	return slices.ContainsFunc(list, func(i watch.Incident) bool { return i.ASN == row.Origin && slices.Contains(i.Prefixes, row.Prefix) })
}

// invalidIncident gives the id of the incident that is about an RPKI-invalid route.
func invalidIncident(own []watch.Incident, p netip.Prefix) string {
	for _, i := range own {
		if i.Kind == watch.RPKIInvalid && slices.Contains(i.Prefixes, p) {
			return i.ID
		}
	}
	return ""
}

// marksOf gives the inputs used against their time in the score of a metric.
func marksOf(scores []norms.Score, m *norms.Metric) []string {
	for _, s := range scores {
		if m != nil && s.Metric == *m {
			return s.Anachronism
		}
	}
	return nil
}

func (by *Adviser) bogonFinding(row Route) Finding {
	return Finding{
		Kind: BogonAnnounced, Subject: routeName(row), Says: fmt.Sprintf("%s is a bogon (%s)", row.Prefix, row.Bogon),
		Evidence: append(objectsOf(row, "bogon "), seen(row)), Mend: "stop announcing " + row.Prefix.String(),
		AgesOut: "it costs nothing in the score as it is; an incident of it would",
	}
}

// rovFinding is about the route's standing in the RPKI (RFC 6811).
func (by *Adviser) rovFinding(row Route) (Finding, bool) {
	f := Finding{
		Subject: routeName(row), Metric: metric(norms.M7RPKI), Action: by.actionOf(norms.M7RPKI),
		Evidence: append(objectsOf(row, "VRP "), seen(row)), AgesOut: withinADay,
	}
	p := row.Prefix
	roa := fmt.Sprintf("a ROA for %s AS%d, maxLength %d", p, row.Origin, p.Bits())
	switch row.ROV {
	case "not-found":
		f.Kind, f.Says = NoROA, "no ROA covers "+routeName(row)
		f.Mend = "create " + roa
	case "invalid-length":
		f.Kind, f.Says = InvalidLength, routeName(row)+" is RPKI-invalid: longer than its ROA allows"
		f.Mend = fmt.Sprintf("create %s (or raise the maxLength of %s), or stop announcing %s", roa, firstOf(f.Evidence), p)
	case "invalid-origin":
		f.Kind, f.Says = InvalidOrigin, routeName(row)+" is RPKI-invalid: no ROA that covers it names its origin"
		f.Mend = fmt.Sprintf("withdraw it, or %s: %s or AS%d", findOut, strings.Join(objectsOf(row, "VRP "), "; "), row.Origin)
	default:
		return f, false
	}
	return f, true
}

// irrFinding is about the route's standing in the routing registries.
func (by *Adviser) irrFinding(row Route, who Network) (Finding, bool) {
	state := row.IRR
	if by.Profile.Routing.AuthenticatedOnly {
		state = row.IRRAuth
	}
	if state == NoData || Registered(by.Profile, state) {
		return Finding{}, false
	}
	class, p := "route", row.Prefix
	if p.Addr().Is6() {
		class = "route6"
	}
	register := fmt.Sprintf("register %s %s origin AS%d in %s", class, p, row.Origin, irrOf(who))
	f := Finding{
		Kind: NoObject, Subject: routeName(row), Metric: metric(norms.M7IRR), Action: by.actionOf(norms.M7IRR),
		Says: fmt.Sprintf("no %s object has %s", class, routeName(row)), Evidence: append(objectsOf(row, "route"), seen(row)),
		Mend: register, AgesOut: withinADay,
	}
	if state != "not-found" && len(f.Evidence) > 1 && state != "valid-less-specific" {
		f.Kind = ObjectElsewhere
		f.Says = fmt.Sprintf("%s objects that cover %s name other origins", class, routeName(row))
		f.Mend = register + "; have what is out of date deleted: " + strings.Join(f.Evidence[:len(f.Evidence)-1], "; ")
	}
	return f, true
}

// Registered tells whether a state in the routing registries counts as registered under the profile.
func Registered(p *norms.Profile, state string) bool {
	return state == "valid" || p.Routing.CoveringCounts && (state == "valid-less-specific" || state == "invalid-more-specific")
}

// irrOf names the registry that a network's route objects belong in.
func irrOf(who Network) string {
	if name := registry.RIRName(who.RIR); name != "" {
		return fmt.Sprintf("the routing registry of the RIR that gave the prefix out (AS%d is with %s)", who.ASN, name)
	}
	return "the routing registry of the RIR that gave the prefix out"
}

func routeName(row Route) string { return fmt.Sprintf("%s AS%d", row.Prefix, row.Origin) }

func seen(row Route) string {
	return fmt.Sprintf("announced to %d sessions, %s to %s", row.Sessions, rfc(row.First), rfc(row.Last))
}

// objectsOf gives the deciding objects of one kind: those whose name begins with the word.
func objectsOf(row Route, word string) []string {
	list := []string{}
	for _, id := range row.Objects {
		if strings.HasPrefix(id, word) {
			list = append(list, id)
		}
	}
	return list
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return "its ROA"
	}
	return list[0]
}
