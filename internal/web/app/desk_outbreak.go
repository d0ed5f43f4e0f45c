package app

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"pahra/internal/store"
	"pahra/internal/web"
)

// outbreakSpans are how many days the outbreak page can show.
func outbreakSpans() []int { return []int{28, 56, 91} }

// outbreak is what grows: each class, or each identifier of one, day by day.
func (p *deskPage) outbreak(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &web.DeskOutbreak{Now: p.desk.Now().UTC(), Class: q.Get("class"), Span: outbreakSpans()[0], Kinds: []web.DeskKind{}}
	if n, err := strconv.Atoi(q.Get("days")); err == nil && slices.Contains(outbreakSpans(), n) {
		v.Span = n
	}
	if v.Class != "" {
		if v.Name = p.className(v.Class); v.Name == "" {
			return wrong("%.60q is no class", v.Class)
		}
	}
	v.To = v.Now.Truncate(day)
	v.From = v.To.Add(-time.Duration(v.Span-1) * day)
	found, err := p.desk.Service.Store.Outbreak(r.Context(), p.sight, v.Class, v.From, v.To)
	if err != nil {
		return err
	}
	for kind, days := range found {
		v.Kinds = append(v.Kinds, p.kind(v, kind, days))
	}
	slices.SortFunc(v.Kinds, func(a, b web.DeskKind) int {
		return cmp.Or(cmp.Compare(b.Week-b.Before, a.Week-a.Before), cmp.Compare(b.Most, a.Most), cmp.Compare(a.Kind, b.Kind))
	})
	return p.show(w, r, http.StatusOK, "What grows?", "desk_outbreak", v)
}

// kind fills a kind's days, and compares the last seven whole days with the seven before: today is not over.
func (p *deskPage) kind(v *web.DeskOutbreak, kind string, days []store.DayCount) web.DeskKind {
	k := web.DeskKind{Kind: kind, Name: kind, Days: make([]web.DeskCount, v.Span)}
	for i := range k.Days {
		k.Days[i].Day = v.From.Add(time.Duration(i) * day)
	}
	for _, d := range days {
		at := int(d.Day.Sub(v.From) / day)
		k.Days[at] = web.DeskCount(d)
		k.Most = max(k.Most, d.Addresses)
		switch ago := v.Span - 1 - at; {
		case ago >= 1 && ago <= 7:
			k.Week += float64(d.Addresses) / 7
		case ago >= 8 && ago <= 14:
			k.Before += float64(d.Addresses) / 7
		}
	}
	if v.Class == "" {
		k.Name = cmp.Or(p.className(kind), kind)
		k.To = link(web.DeskFilter{Class: kind}, "")
		k.Deeper = "/desk/outbreak?" + url.Values{"class": {kind}, "days": {strconv.Itoa(v.Span)}}.Encode()
	} else {
		k.To = link(web.DeskFilter{Class: v.Class, Text: kind}, "")
	}
	return k
}
