package service

import (
	"cmp"
	"slices"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// IncidentQuery says which incidents are asked for. The zero value asks for all.
type IncidentQuery struct {
	Kind          watch.Kind
	ASN           values.ASN // with a part in it
	Neighbourhood string     // of the announcing network
	Since, Until  time.Time  // of its beginning
	Open          bool       // only those still open
	Named         bool       // only those in which the announcing network is named
	MinConfidence float64
	Part          int // of the list, from 1; 0 is 1
}

// Incidents gives the incidents of the run that a query asks for, the latest first, PerPart to a part.
func (v *View) Incidents(q IncidentQuery) (*IncidentsPage, error) {
	members := v.Members(q.Neighbourhood)
	if q.Neighbourhood != "" && members == nil {
		return nil, ErrNoPage
	}
	list := []*watch.Incident{}
	for n := range v.pages.incidents {
		i := &v.pages.incidents[n]
		if _, in := slices.BinarySearch(members, i.ASN); (q.Neighbourhood == "" || in) && q.matches(i) {
			list = append(list, i)
		}
	}
	return v.listed(list, q.Part)
}

// matches says whether an incident is asked for, the neighbourhood aside.
func (q IncidentQuery) matches(i *watch.Incident) bool {
	switch {
	case q.Kind != "" && i.Kind != q.Kind, q.Open && i.End != nil, i.Confidence < q.MinConfidence,
		!q.Since.IsZero() && i.Start.Before(q.Since), !q.Until.IsZero() && !i.Start.Before(q.Until),
		q.Named && (i.Attribution != watch.Supported || i.Kind == watch.PathAnomaly),
		q.ASN != 0 && !slices.Contains(partsIn(i), q.ASN):
		return false
	}
	return true
}

// listed gives a part of a list, the latest first.
func (v *View) listed(list []*watch.Incident, part int) (*IncidentsPage, error) {
	slices.SortStableFunc(list, func(a, b *watch.Incident) int { return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(a.ID, b.ID)) })
	page := &IncidentsPage{Run: v.pages.head, Part: max(1, part), Parts: max(1, parts(len(list))), Total: len(list), List: []IncidentLine{}}
	if page.Part > page.Parts {
		return nil, ErrNoPage
	}
	first := (page.Part - 1) * PerPart
	for _, i := range list[first:min(len(list), first+PerPart)] {
		page.List = append(page.List, v.pages.line(i))
	}
	return page, nil
}
