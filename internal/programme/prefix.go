package programme

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// PrefixSubject is what is known of a prefix.
type PrefixSubject struct {
	Prefix    netip.Prefix
	At        time.Time
	Routes    []Route // of the very prefix, or of any other, which is not looked at
	Incidents []IncidentSeen
	Explained []Explained
	// Networks are the origins of the routes, and those with a part in the incidents.
	Networks map[values.ASN]Network
}

// PrefixFindings says what is to mend about a prefix: its incidents, and how its routes of the last month stand. Whoever
// asks for a prefix asks for its holder, so the incidents are told to the victim.
func (by *Adviser) PrefixFindings(s PrefixSubject) []Finding {
	list := []Finding{}
	var incidents []watch.Incident
	for _, i := range s.Incidents {
		incidents = append(incidents, i.Incident)
		holder := values.ASN(0)
		if i.Victim != nil {
			i.Role, holder = Victim, *i.Victim
		}
		f := by.incidentFinding(i, holder, s.Networks, s.At)
		f.Says = says(i, 0)
		list = append(list, f)
	}
	last := monthClosedBy(s.At)
	routes := slices.DeleteFunc(slices.Clone(s.Routes), func(r Route) bool { return r.Prefix != s.Prefix || r.Month != last })
	slices.SortFunc(routes, func(a, b Route) int { return cmp.Compare(a.Origin, b.Origin) })
	for _, r := range routes {
		list = append(list, by.routeFindings([]Route{r}, s.Networks[r.Origin], incidents, s.Explained, nil)...)
	}
	list = append(list, by.briefFindings(s.At, last, routes, incidents, s.Explained)...)
	for i := range list {
		if f := &list[i]; f.Kind != Announced && f.Kind != Suffered {
			f.Anachronism = by.marked(f.Kind)
		}
	}
	sortFindings(list)
	return list
}

// marked names the input that a finding about a route rests on, if it was used against its time or age.
func (by *Adviser) marked(k FindingKind) (marks []string) {
	input := map[FindingKind]string{
		NoROA: "vrp", InvalidOrigin: "vrp", InvalidLength: "vrp", NoObject: "irr", ObjectElsewhere: "irr", Contested: "irr", BogonAnnounced: "bogons",
	}[k]
	if slices.Contains(by.Marked, input) {
		marks = append(marks, input)
	}
	return marks
}
