package service

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"pahra/internal/norms"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// IncidentQuery asks for the list of incidents, the latest first. The zero value asks for all.
type IncidentQuery struct {
	Kind          watch.Kind
	ASN           values.ASN // with a part in it
	Neighbourhood string     // of the announcing network
	Since, Until  time.Time  // of its beginning
	Open          bool       // only those still open
	Named         bool       // only those in which the announcing network is named
	MinConfidence float64
	Where         Where        // of the announcing network as well
	Prefix        netip.Prefix // touched: it, one inside it, or one around it; the zero value is any
	// Bands are those that the announcing network's last score in By, an Action, must lie in as the viewer sees it.
	By    norms.Metric
	Bands []norms.Band
	After string // the Next of the part before
	Limit int    // of a part; 0 is 100
}

// The lengths of a list of incidents.
const (
	listLength = 100
	maxList    = 1000
	maxLooks   = 20 // for those that the viewer may see
)

func (q IncidentQuery) answer(ctx context.Context, a *asked) (any, error) {
	if q.Neighbourhood != "" && a.view.place(q.Neighbourhood) == nil {
		return nil, ErrNoPage
	}
	page := &IncidentsPage{Run: a.view.pages.head, Part: 1, Parts: 1, List: []IncidentLine{}, Query: &q}
	list, withheld, next, err := a.incidents(ctx, q)
	if err != nil {
		return nil, err
	}
	for n := range list {
		page.List = append(page.List, a.view.pages.line(&list[n]))
	}
	page.Total, page.Next = len(page.List), next
	if page.Untold = !a.all() && !q.whole(); !page.Untold {
		page.Withheld = withheld
	}
	return page, nil
}

// whole says whether the question is about no networks in particular.
func (q IncidentQuery) whole() bool {
	return q.ASN == 0 && q.Neighbourhood == "" && !q.Prefix.IsValid() && len(q.Bands) == 0 && q.Where.whole()
}

// incidents gives a part of the incidents that are asked for and that the viewer may see, the latest first.
func (a *asked) incidents(ctx context.Context, q IncidentQuery) (list []watch.Incident, withheld int, next string, err error) {
	if q.Limit <= 0 || q.Limit > maxList {
		q.Limit = listLength
	}
	next = q.After
	for range maxLooks {
		q.After = next
		var some []watch.Incident
		if some, next, err = a.look(ctx, q); err != nil {
			return nil, 0, "", err
		}
		kept, hidden, err := a.visible(ctx, some)
		if err != nil {
			return nil, 0, "", err
		}
		kept = a.inBands(kept, q)
		list, withheld = append(list, kept...), withheld+hidden
		if next == "" || len(list) >= q.Limit {
			break
		}
		if q.Limit -= len(kept); q.Limit <= 0 {
			break
		}
	}
	return list, withheld, next, nil
}

// look gives a part of the incidents that are asked for, whoever may see them.
func (a *asked) look(ctx context.Context, q IncidentQuery) ([]watch.Incident, string, error) {
	where := q.Where
	if q.Neighbourhood != "" {
		where.Neighbourhoods = append(slices.Clone(where.Neighbourhoods), q.Neighbourhood)
	}
	members, err := a.view.among(where)
	if err != nil {
		return nil, "", err
	}
	if a.opt.Store == nil || a.opt.RunOnly {
		return a.view.look(q, members)
	}
	f := store.IncidentFilter{
		ASN: q.ASN, ASNs: members, Since: q.Since, Until: q.Until, Open: q.Open, MinConfidence: q.MinConfidence, Limit: q.Limit, Cursor: q.After,
		Prefix: q.Prefix,
	}
	if members != nil {
		f.Part = store.Announcing
	}
	if q.Kind != "" {
		f.Kinds = []watch.Kind{q.Kind}
	}
	found, err := a.opt.Store.Incidents(ctx, f)
	if errors.Is(err, store.ErrCursor) {
		return nil, "", &WrongUse{"there is no such part of the list"}
	}
	if err != nil {
		return nil, "", err
	}
	list := []watch.Incident{}
	for n := range found.Items {
		if i := &found.Items[n].Incident; q.matches(i) {
			list = append(list, *i)
		}
	}
	return list, found.Next, nil
}

// inBands keeps the incidents whose announcing network is in one of the bands asked for.
func (a *asked) inBands(list []watch.Incident, q IncidentQuery) []watch.Incident {
	if len(q.Bands) == 0 {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(i watch.Incident) bool {
		line, _ := a.view.survey.line(i.ASN)
		if !a.all() {
			line = a.line(line)
		}
		return !inBands(q.Bands, bandIn(line.Scores, q.By))
	})
}

// look gives a part of the incidents of the run. After is how many of all, the latest first, lie before it.
func (v *View) look(q IncidentQuery, members []values.ASN) ([]watch.Incident, string, error) {
	from := 0
	if q.After != "" {
		n, err := strconv.Atoi(q.After)
		if err != nil || n < 0 {
			return nil, "", &WrongUse{"there is no such part of the list"}
		}
		from = min(n, len(v.latest))
	}
	list := []watch.Incident{}
	for at, n := range v.latest[from:] {
		i := &v.pages.incidents[n]
		if _, in := slices.BinarySearch(members, i.ASN); (members != nil && !in) || !q.matches(i) {
			continue
		}
		if len(list) == q.Limit {
			return list, strconv.Itoa(from + at), nil
		}
		list = append(list, *i)
	}
	return list, "", nil
}

// matches says whether an incident is asked for, the neighbourhood aside.
func (q IncidentQuery) matches(i *watch.Incident) bool {
	switch {
	case q.Kind != "" && i.Kind != q.Kind, q.Open && i.End != nil, i.Confidence < q.MinConfidence,
		!q.Since.IsZero() && i.Start.Before(q.Since), !q.Until.IsZero() && !i.Start.Before(q.Until),
		q.Named && (i.Attribution != watch.Supported || i.Kind == watch.PathAnomaly),
		q.Prefix.IsValid() && matchOf(i, q.Prefix) == "",
		q.ASN != 0 && !slices.Contains(partsIn(i), q.ASN):
		return false
	}
	return true
}

// orderIncidents finds the order of lists: the latest first.
func (v *View) orderIncidents() {
	for n := range v.pages.incidents {
		v.latest = append(v.latest, n)
		v.byID[v.pages.incidents[n].ID] = n
	}
	slices.SortStableFunc(v.latest, func(a, b int) int {
		x, y := &v.pages.incidents[a], &v.pages.incidents[b]
		return cmp.Or(y.Start.Compare(x.Start), cmp.Compare(x.ID, y.ID))
	})
}
