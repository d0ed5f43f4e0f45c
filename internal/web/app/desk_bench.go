package app

import (
	"net/http"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/web"
	"pahra/wire/intelmq"
)

// bench is the test bench of the rules: what would happen to an event. Nothing is stored.
func (p *deskPage) bench(w http.ResponseWriter, r *http.Request) error {
	v := &web.DeskBench{Event: strings.TrimSpace(r.FormValue("event")), Address: strings.TrimSpace(r.FormValue("address")), Class: r.FormValue("class")}
	var err error
	if v.Choices, err = p.choices(r); err != nil {
		return err
	}
	if v.Event == "" && v.Address == "" {
		return p.show(w, r, http.StatusOK, "What would happen?", "desk_bench", v)
	}
	e, says := benchEvent(v, p.desk.Now())
	if says != "" {
		v.Wrong = says
		return p.show(w, r, http.StatusUnprocessableEntity, "What would happen?", "desk_bench", v)
	}
	code := p.desk.Classes.Of(e)
	if first, second, both := strings.Cut(v.Class, "/"); both && p.desk.Classes.Valid(class.Code{Class: first, Type: second}) {
		code = class.Code{Class: first, Type: second}
	}
	verdict := p.desk.Bench(r.Context(), p.sight.Tenant, code, e)
	v.Verdict, v.ClassName, v.PartyName = &verdict, p.className(verdict.Class), p.desk.Name(p.sight.Tenant, verdict.Party)
	if err := p.looked(r.Context(), "bench.view", "contacts of "+verdict.Party); err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "What would happen?", "desk_bench", v)
}

// benchEvent gives the event that was pasted, or one about an address; says is what is wrong with it.
func benchEvent(v *web.DeskBench, now time.Time) (e *intelmq.Event, says string) {
	if v.Event != "" {
		e, err := intelmq.Parse([]byte(v.Event))
		if err != nil {
			return nil, err.Error()
		}
		return e, ""
	}
	if strings.ContainsAny(v.Address, " \t\"<>") {
		return nil, "that is no address, name or URL"
	}
	key := "source.ip"
	if strings.Contains(v.Address, "://") {
		key = "source.url"
	} else if strings.Trim(v.Address, "0123456789abcdefABCDEF.:") != "" {
		key = "source.fqdn"
	}
	e = &intelmq.Event{}
	if err := e.Add(key, v.Address); err != nil {
		return nil, err.Error()
	}
	e.Set("time.source", intelmq.Value{Text: now.UTC().Format(time.RFC3339)})
	return e, ""
}
