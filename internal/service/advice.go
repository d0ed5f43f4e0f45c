package service

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// adviser gives who says what is wrong and what mends it, by a run's profile and settings.
func adviser(profile *norms.Profile, snap *Snapshot) *programme.Adviser {
	by := &programme.Adviser{Profile: profile, TypoMaxASN: snap.Settings.TypoMaxASN}
	for _, in := range snap.Inputs {
		if in.Kind == "spoofer" {
			by.Spoofer = append(by.Spoofer, "input "+in.Path)
		}
	}
	for _, u := range snap.Used {
		if u.Anachronism {
			by.Marked = append(by.Marked, u.Kind)
		}
	}
	return by
}

// see tells what part a network has in an incident, if any.
func (r *Run) see(inc watch.Incident, asn values.ASN, at time.Time) (IncidentSeen, bool) {
	penalties, why := penaltiesOf(r.profile, inc, at)
	return r.by.See(inc, asn, penalties, why)
}

// findings gives what is to mend for a network, in order of kind.
func (r *Run) findings(asn values.ASN, m *material, incidents []IncidentSeen, who map[values.ASN]networkRow, month MonthCheck) []Finding {
	s := r.subject(asn, m, month)
	s.Incidents, s.Parties = incidents, r.partiesIn(suffered(incidents), who)
	return r.by.Findings(s)
}

// steps groups a network's findings by what mends them, and says what that would raise.
func (r *Run) steps(findings []Finding, asn values.ASN, m *material, incidents []IncidentSeen, month MonthCheck) []Step {
	s := r.subject(asn, m, month)
	s.Incidents = incidents
	return r.by.Steps(s, findings)
}

// subject gives what is known of a network in a month, but for its incidents.
func (r *Run) subject(asn values.ASN, m *material, month MonthCheck) programme.Subject {
	s := programme.Subject{
		Network: networkOf(m.networks[asn]), Month: month.Month, At: m.at, Scores: month.Scores(),
		Routes: routesOf(routesIn(m.routes[asn], month.Month)),
	}
	s.Network.ASN = asn
	for _, x := range m.explained {
		if values.ASN(x.ASN) == asn {
			s.Explained = append(s.Explained, explainedOf(x))
		}
	}
	return s
}

// prefixFindings says what is to mend about the prefix.
func (r *Run) prefixFindings(c *PrefixCheck, rows []announcementRow, who map[values.ASN]networkRow, incidents []watch.Incident, explained []explainedRow) []Finding {
	s := programme.PrefixSubject{Prefix: c.Prefix, At: c.AsOf, Routes: routesOf(rows), Networks: r.partiesIn(incidents, who)}
	for asn, row := range who {
		if _, named := s.Networks[asn]; !named {
			s.Networks[asn] = networkOf(row)
		}
	}
	for _, i := range incidents {
		seen, _ := r.see(i, i.ASN, c.AsOf)
		s.Incidents = append(s.Incidents, seen)
	}
	for _, x := range explained {
		s.Explained = append(s.Explained, explainedOf(x))
	}
	return r.by.PrefixFindings(s)
}

// alarms tells incidents, open ones and the latest first.
func (r *Run) alarms(list []watch.Incident, who map[values.ASN]networkRow) []Alarm {
	return programme.Alarms(list, r.partiesIn(list, who))
}

// suffered gives the incidents that a network suffered.
func suffered(list []IncidentSeen) (own []watch.Incident) {
	for _, i := range list {
		if i.Role == Victim {
			own = append(own, i.Incident)
		}
	}
	return own
}

// partiesIn gives the networks with a part in incidents, by the names they may be told by.
func (r *Run) partiesIn(incidents []watch.Incident, who map[values.ASN]networkRow) map[values.ASN]programme.Network {
	parties := make(map[values.ASN]programme.Network)
	for asn := range partsOf(incidents) {
		if row, ok := who[asn]; ok {
			n := networkOf(row)
			n.Holder, _, _ = r.namesOf(row)
			parties[asn] = n
		}
	}
	return parties
}

// partsOf gives every network with a part in incidents.
func partsOf(incidents []watch.Incident) map[values.ASN]bool {
	in := make(map[values.ASN]bool)
	for _, i := range incidents {
		in[i.ASN] = true
		for _, a := range i.Accomplices {
			in[a.ASN] = true
		}
		for _, v := range i.Evidence.Victims {
			in[v] = true
		}
		if i.Victim != nil {
			in[*i.Victim] = true
		}
	}
	return in
}

// partiesOf gives who is behind every network with a part in the incidents.
func (r *Run) partiesOf(incidents []watch.Incident) (map[values.ASN]networkRow, error) {
	in, rows := partsOf(incidents), make(map[values.ASN]networkRow)
	return rows, eachOf(r, networksSegment, func(row networkRow) {
		if in[values.ASN(row.ASN)] {
			rows[values.ASN(row.ASN)] = row
		}
	})
}

// networkOf gives what matters of a network to what it should do, with the names that stand in the archive.
func networkOf(row networkRow) programme.Network {
	n := programme.Network{ASN: values.ASN(row.ASN), Holder: row.Holder, Country: row.Country, RIR: row.RIR}
	for _, c := range row.Contacts {
		n.Contacts = append(n.Contacts, ContactPresent(c))
	}
	return n
}

// routesOf gives the routes that rows stand for.
func routesOf(rows []announcementRow) []programme.Route {
	list := make([]programme.Route, 0, len(rows))
	for _, row := range rows {
		month, _ := values.ParseMonth(row.Month) // the archive's hash says that this program wrote it
		p, _ := netip.ParsePrefix(row.Prefix)
		list = append(list, programme.Route{
			Month: month, Prefix: p, Origin: values.ASN(row.Origin), Sessions: int(row.Sessions),
			First: time.UnixMicro(row.First).UTC(), Last: time.UnixMicro(row.Last).UTC(),
			ROV: row.ROV, IRR: row.IRR, IRRAuth: row.IRRAuth, Bogon: row.Bogon, Objects: splitIDs(row.Objects),
		})
	}
	return list
}

// routesIn gives the rows of a month.
func routesIn(routes []announcementRow, month values.Month) (list []announcementRow) {
	name := month.String()
	for _, row := range routes {
		if row.Month == name {
			list = append(list, row)
		}
	}
	return list
}

func explainedOf(x explainedRow) programme.Explained {
	p, _ := netip.ParsePrefix(x.Prefix)
	return programme.Explained{
		Time: time.UnixMicro(x.Time).UTC(), Kind: watch.Kind(x.Kind), ASN: values.ASN(x.ASN), Victim: values.ASN(x.Victim),
		Prefix: p, By: x.By, Detail: x.Detail,
	}
}

// splitIDs undoes joinIDs.
func splitIDs(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "; "), func(id string) bool { return id == "" })
}
