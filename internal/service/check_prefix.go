package service

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// PrefixCheck is all that a run says of a prefix.
type PrefixCheck struct {
	Run    RunRef       `json:"run"`
	AsOf   time.Time    `json:"as_of"`
	Prefix netip.Prefix `json:"prefix"`
	// Address is what was asked for, where Prefix is the longest one announced with it; null otherwise.
	Address *netip.Addr `json:"address"`
	Seen    bool        `json:"seen"`
	// Alarms are the incidents in which another's prefix was announced, what to do first among them.
	Alarms []Alarm `json:"alarms"`
	// Sessions is how many sessions the run heard, the most that could have seen a route.
	Sessions int `json:"sessions"`
	// Routes are the origins seen of the very prefix, with each authority's verdict.
	Routes []RouteCheck `json:"routes"`
	// Covering and MoreSpecific are the origins of shorter and longer prefixes.
	Covering     []RouteCheck     `json:"covering"`
	MoreSpecific []RouteCheck     `json:"more_specific"`
	Incidents    []PrefixIncident `json:"incidents"`
	Findings     []Finding        `json:"findings"`
	Explained    map[string]int   `json:"explained"`
	// Candidates are those that Explained counts, by time.
	Candidates []Candidate `json:"candidates"`
	Notes      []string    `json:"notes"`
}

// Candidate is an announcement that looked like a deviation and has a benign explanation.
type Candidate struct {
	Time      time.Time   `json:"time"`
	ASN       values.ASN  `json:"asn"`
	Victim    *values.ASN `json:"victim"` // null for none
	Exclusion string      `json:"exclusion"`
	Detail    string      `json:"detail"`
}

// RouteCheck is a prefix and an origin, how far it was seen, and what each authority says of it.
type RouteCheck struct {
	Month    values.Month `json:"month"`
	Prefix   netip.Prefix `json:"prefix"`
	Origin   values.ASN   `json:"origin"`
	Holder   string       `json:"holder"`
	Country  string       `json:"country"`
	Sessions int          `json:"sessions"` // the most that had it at once
	First    time.Time    `json:"first"`
	Last     time.Time    `json:"last"`
	Verdicts []Verdict    `json:"verdicts"`
}

// PrefixIncident is an incident with a prefix that is the one asked for, or lies above or below it.
type PrefixIncident struct {
	watch.Incident
	Match                 string `json:"match"` // exact, more-specific, less-specific
	Named                 bool   `json:"named"`
	BarredFromPublication bool   `json:"barred_from_publication"`
}

// CheckPrefix gives all that the run says of a prefix, as of a moment; the zero time is the run's end.
func (r *Run) CheckPrefix(p netip.Prefix, at time.Time) (*PrefixCheck, error) {
	at, err := r.moment(at)
	if err != nil {
		return nil, err
	}
	c := &PrefixCheck{
		Run: r.ref(), AsOf: at, Prefix: p, Sessions: len(r.Snapshot.Peers), Routes: []RouteCheck{}, Covering: []RouteCheck{},
		MoreSpecific: []RouteCheck{}, Incidents: []PrefixIncident{}, Findings: []Finding{}, Explained: make(map[string]int), Candidates: []Candidate{}, Notes: []string{},
	}
	rows, err := r.routesOf(p)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row announcementRow) bool { return time.UnixMicro(row.First).After(at) })
	incidents, err := r.readIncidents(at, true, func(i *watch.Incident) bool { return matchOf(i, p) != "" })
	if err != nil {
		return nil, err
	}
	who, err := r.whoOf(rows, incidents)
	if err != nil {
		return nil, err
	}
	for _, route := range routesOf(rows) {
		origin := who[route.Origin]
		origin.Holder, _, _ = r.namesOf(origin)
		c.place(route, origin)
	}
	for _, i := range incidents {
		c.Incidents = append(c.Incidents, PrefixIncident{i, matchOf(&i, p), i.Attribution == watch.Supported, len(i.Anachronism) > 0})
	}
	explained, err := r.explainedOf(c, p, at)
	if err != nil {
		return nil, err
	}
	parties, err := r.partiesOf(incidents)
	if err != nil {
		return nil, err
	}
	c.Alarms = r.alarms(slices.DeleteFunc(slices.Clone(incidents), func(i watch.Incident) bool { return len(i.Evidence.Victims) == 0 }), parties)
	maps.Copy(who, parties)
	c.Seen = len(c.Routes)+len(c.Incidents) > 0
	c.Findings = r.prefixFindings(c, rows, who, incidents, explained)
	if !c.Seen {
		c.Notes = append(c.Notes, fmt.Sprintf("no data: %s itself was not announced to enough peers, and no incident of this run touches it", p))
	}
	if !at.Equal(r.Snapshot.Window.To) {
		c.Notes = append(c.Notes, asOfNotes(at, r.Snapshot.Window.To)...)
	}
	return c, nil
}

// CheckAddress gives all that the run says of the longest prefix with an address that was announced, and of those that
// cover it; the zero time is the run's end.
func (r *Run) CheckAddress(addr netip.Addr, at time.Time) (*PrefixCheck, error) {
	at, err := r.moment(at)
	if err != nil {
		return nil, err
	}
	host := netip.PrefixFrom(addr, addr.BitLen())
	longest := host
	found := func(p netip.Prefix) {
		if p.Contains(addr) && (longest == host || p.Bits() > longest.Bits()) {
			longest = p
		}
	}
	rows, err := r.routesOf(host)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if p, err := netip.ParsePrefix(row.Prefix); err == nil && !time.UnixMicro(row.First).After(at) {
			found(p)
		}
	}
	_, err = r.readIncidents(at, false, func(i *watch.Incident) bool {
		for _, p := range i.Prefixes {
			found(p)
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	c, err := r.CheckPrefix(longest, at)
	if err != nil {
		return nil, err
	}
	c.Address = &addr
	return c, nil
}

// explainedOf gives the candidates about the prefix that a benign explanation covers, counts and lists them.
func (r *Run) explainedOf(c *PrefixCheck, p netip.Prefix, at time.Time) (list []explainedRow, err error) {
	err = eachOf(r, "explained.parquet", func(row explainedRow) {
		q, err := netip.ParsePrefix(row.Prefix)
		if err == nil && q == p && !time.UnixMicro(row.Time).After(at) {
			c.Explained[row.By]++
			list = append(list, row)
			c.Candidates = append(c.Candidates, candidateOf(row))
		}
	})
	slices.SortStableFunc(c.Candidates, func(a, b Candidate) int { return a.Time.Compare(b.Time) })
	return list, err
}

func candidateOf(row explainedRow) Candidate {
	c := Candidate{Time: time.UnixMicro(row.Time).UTC(), ASN: values.ASN(row.ASN), Exclusion: row.By, Detail: row.Detail}
	if victim := values.ASN(row.Victim); victim != 0 {
		c.Victim = &victim
	}
	return c
}

// matchOf says how an incident's prefixes lie to p: exactly, within it, or above it; empty where they do not touch.
func matchOf(i *watch.Incident, p netip.Prefix) string {
	match := ""
	for _, q := range i.Prefixes {
		switch {
		case q == p:
			return "exact"
		case !q.Overlaps(p):
		case q.Bits() > p.Bits():
			match = "more-specific"
		case match == "":
			match = "less-specific"
		}
	}
	return match
}

// whoOf gives what is known of the origins of routes and of the announcing networks of incidents.
func (r *Run) whoOf(rows []announcementRow, incidents []watch.Incident) (map[values.ASN]networkRow, error) {
	who := make(map[values.ASN]networkRow)
	for _, i := range incidents {
		who[i.ASN] = networkRow{ASN: uint32(i.ASN)}
	}
	for _, row := range rows {
		who[values.ASN(row.Origin)] = networkRow{ASN: row.Origin}
	}
	return who, eachOf(r, networksSegment, func(row networkRow) {
		if _, ok := who[values.ASN(row.ASN)]; ok {
			who[values.ASN(row.ASN)] = row
		}
	})
}

// place puts a route where it belongs.
func (c *PrefixCheck) place(route programme.Route, who networkRow) {
	seen := RouteCheck{
		Month: route.Month, Prefix: route.Prefix, Origin: route.Origin, Holder: who.Holder, Country: who.Country,
		Sessions: route.Sessions, First: route.First, Last: route.Last, Verdicts: route.Verdicts(),
	}
	switch {
	case route.Prefix == c.Prefix:
		c.Routes = append(c.Routes, seen)
	case route.Prefix.Bits() < c.Prefix.Bits():
		c.Covering = append(c.Covering, seen)
	default:
		c.MoreSpecific = append(c.MoreSpecific, seen)
	}
}
