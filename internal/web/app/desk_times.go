package app

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"pahra/internal/store"
	"pahra/internal/web"
)

// times is how long cases take: until their parties are told, until they say that they know, until it is over; and what came back.
func (p *deskPage) times(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &web.DeskTimes{Now: p.desk.Now().UTC(), Span: web.TimesSpans()[0], Party: q.Get("party"), Country: q.Get("country")}
	if n, err := strconv.Atoi(q.Get("days")); err == nil && slices.Contains(web.TimesSpans(), n) {
		v.Span = n
	}
	v.From = v.Now.Truncate(day).Add(-time.Duration(v.Span) * day)
	list, err := p.desk.Service.Durations(r.Context(), p.sight, store.CaseFilter{Since: v.From, Party: v.Party, Country: v.Country})
	if err != nil {
		return err
	}
	for _, of := range list {
		one := web.DeskTime{ClassDurations: of, Name: "All"}
		if of.Class != "" {
			one.Name, one.To = cmp.Or(p.className(of.Class), of.Class), link(web.DeskFilter{Class: of.Class, Party: v.Party, Country: v.Country}, "")
		}
		v.Rows = append(v.Rows, one)
	}
	return p.show(w, r, http.StatusOK, "How long does it take?", "desk_times", v)
}
