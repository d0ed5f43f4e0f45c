package programme

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/registry"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Subject is what is known of a network in a month.
type Subject struct {
	Network Network
	Month   values.Month
	At      time.Time     // the moment it is looked at; a route that was announced later is not told
	Routes  []Route       // that it announced in the month
	Scores  []norms.Score // of the month, metrics alone
	// Explained are the candidates with it as announcing network that a benign explanation covers.
	Explained []Explained
	// Incidents are those in which it has a part.
	Incidents []IncidentSeen
	// Parties are the networks with a part in those that it suffered.
	Parties map[values.ASN]Network
}

// Begun gives the routes that were announced by the moment it is looked at.
func (s Subject) Begun() []Route {
	return slices.DeleteFunc(slices.Clone(s.Routes), func(r Route) bool { return r.First.After(s.At) })
}

// Findings gives what is to mend for a network, in order of kind.
func (by *Adviser) Findings(s Subject) []Finding {
	list := []Finding{}
	var own []watch.Incident
	for _, i := range s.Incidents {
		if i.Role == Announcer {
			own = append(own, i.Incident)
		}
	}
	routes := by.routeFindings(s.Begun(), s.Network, own, s.Explained, s.Scores)
	for _, i := range s.Incidents {
		told := i.Role == Announcer && i.Kind == watch.RPKIInvalid && len(i.Prefixes) == countOf(routes, i.ID)
		if !told { // a finding about each of its routes says more
			list = append(list, by.incidentFinding(i, s.Network.ASN, s.Parties, s.At))
		}
	}
	list = append(list, routes...)
	list = append(list, by.briefFindings(s.At, s.Month, s.Routes, own, s.Explained)...)
	list = append(list, by.networkFindings(s.Network, s.Scores)...)
	sortFindings(list)
	return list
}

func countOf(list []Finding, incident string) (n int) {
	for _, f := range list {
		if f.Incident == incident {
			n++
		}
	}
	return n
}

// networkFindings are about the network as a whole.
func (by *Adviser) networkFindings(who Network, scores []norms.Score) (list []Finding) {
	name := fmt.Sprintf("AS%d", who.ASN)
	rir := registry.RIRName(who.RIR)
	if rir == "" {
		rir = "its RIR"
	}
	for _, s := range scores {
		action := by.actionOf(s.Metric)
		if action == nil || !s.HasData() || *s.Percent >= 100 {
			continue
		}
		f := Finding{Subject: name, Metric: metric(s.Metric), Action: action, Evidence: []string{}, Anachronism: s.Anachronism, AgesOut: "within about a day after mending"}
		switch s.Metric {
		case norms.M5:
			end := s.Month.End()
			f.Kind, f.AgesOut, f.AgesOutAt = Spoofs, "with its calendar month, at "+rfc(end)+"; a clean test shows that it is mended", &end
			f.Says = fmt.Sprintf("tests saw packets with forged sources leave %s prefixes", number(*s.Raw/by.Profile.Spoofing.RawPerPrefix))
			f.Mend = "validate sources at the customer edge (uRPF strict or feasible-path, or ACLs), then test again with the Spoofer client"
			f.Evidence = append([]string{}, by.Spoofer...)
		case norms.M6:
			f.Kind, f.Says = NoPolicy, "no import or no export policy stands in aut-num "+name
			f.Mend = fmt.Sprintf("add import and export attributes to aut-num %s in the database of %s", name, rir)
		case norms.M8:
			f.Kind, f.Says = NoContact, "no contact that counts is registered for "+name
			f.Mend = by.mendContact(who)
			f.Evidence = contactEvidence(who.Contacts)
		default:
			continue
		}
		list = append(list, f)
	}
	return list
}

func contactEvidence(list []ContactPresent) []string {
	if len(list) == 0 {
		return []string{"no contact in any source at hand"}
	}
	return []string{"found, but they do not count: " + strings.Join(Roles(list), ", ")}
}
