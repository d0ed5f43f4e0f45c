package service

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// PrefixPage is what a prefix's page shows.
type PrefixPage struct {
	Run PageRun `json:"run"`
	*PrefixCheck
	// Lines are the incidents that touch it, Hidden how many more routes lie within it.
	Lines  []PrefixLine `json:"incident_lines"`
	Hidden int          `json:"more_specific_hidden"`
}

// PrefixLine is an incident on a prefix's page.
type PrefixLine struct {
	IncidentLine
	Match string `json:"match"` // exact, more-specific, less-specific
}

// maxWithin bounds the more specific routes of a page.
const maxWithin = 200

func (q PrefixQuestion) answer(ctx context.Context, a *asked) (any, error) {
	var list []watch.Incident
	for n := range a.view.pages.incidents {
		if i := &a.view.pages.incidents[n]; a.opt.Store == nil && matchOf(i, q.Prefix) != "" {
			list = append(list, *i)
		}
	}
	if a.opt.Store != nil {
		found, err := a.opt.Store.Incidents(ctx, store.IncidentFilter{Prefix: q.Prefix, Limit: maxPageIncidents})
		if err != nil {
			return nil, err
		}
		for n := range found.Items {
			list = append(list, found.Items[n].Incident)
		}
	}
	list, _, err := a.visible(ctx, list)
	if err != nil {
		return nil, err
	}
	page, err := a.view.prefix(q.Prefix, list)
	if err != nil || a.all() {
		return page, err
	}
	page.Explained, page.Candidates = map[string]int{}, []Candidate{}
	page.Findings = slices.DeleteFunc(page.Findings, func(f Finding) bool { return !a.mayMeasure(f.Metric, 0) })
	return page, nil
}

// Prefix gives the page of a prefix. What may not be passed on is left out of it.
func (v *View) Prefix(p netip.Prefix) (*PrefixPage, error) {
	var list []watch.Incident
	for n := range v.pages.incidents {
		if i := &v.pages.incidents[n]; matchOf(i, p) != "" {
			list = append(list, *i)
		}
	}
	return v.prefix(p, list)
}

// prefix gives the page of a prefix with the incidents that touch it.
func (v *View) prefix(p netip.Prefix, list []watch.Incident) (*PrefixPage, error) {
	r, at := v.pages.run, v.pages.run.Snapshot.Window.To
	rows, more := v.index.overlapping(p, maxWithin)
	c := &PrefixCheck{
		Run: r.ref(), AsOf: at, Prefix: p, Sessions: len(r.Snapshot.Peers), Routes: []RouteCheck{}, Covering: []RouteCheck{},
		MoreSpecific: []RouteCheck{}, Incidents: []PrefixIncident{}, Findings: []Finding{}, Explained: make(map[string]int), Candidates: []Candidate{}, Notes: []string{},
	}
	page := &PrefixPage{Run: v.pages.head, PrefixCheck: c, Lines: []PrefixLine{}, Hidden: more}
	for _, route := range routesOf(rows) {
		origin := v.index.networks[route.Origin]
		origin.Holder, _, _ = r.namesOf(origin)
		c.place(route, origin)
	}
	for n := range list {
		page.Lines = append(page.Lines, PrefixLine{v.pages.line(&list[n]), matchOf(&list[n], p)})
	}
	slices.SortStableFunc(page.Lines, func(a, b PrefixLine) int { return b.Start.Compare(a.Start) })
	var explained []explainedRow
	for _, route := range c.Routes { // a candidate is about an origin or whose it is
		for _, x := range v.index.explained[route.Origin] {
			if q, err := netip.ParsePrefix(x.Prefix); err == nil && q == p && !slices.Contains(explained, x) {
				explained = append(explained, x)
				c.Explained[x.By]++
				c.Candidates = append(c.Candidates, candidateOf(x))
			}
		}
	}
	slices.SortStableFunc(c.Candidates, func(a, b Candidate) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ASN, b.ASN)) })
	who := make(map[values.ASN]networkRow)
	for asn := range partsOf(list) {
		if row, ok := v.index.networks[asn]; ok {
			who[asn] = row
		}
	}
	for _, row := range rows {
		who[values.ASN(row.Origin)] = v.index.networks[values.ASN(row.Origin)]
	}
	c.Alarms = r.alarms(slices.DeleteFunc(slices.Clone(list), func(i watch.Incident) bool { return len(i.Evidence.Victims) == 0 }), who)
	c.Seen = len(c.Routes)+len(list) > 0
	c.Findings = r.prefixFindings(c, rows, who, list, explained)
	if !c.Seen {
		c.Notes = append(c.Notes, "no data: "+p.String()+" itself was not announced to enough peers, and no incident of this run touches it")
	}
	return page, nil
}
