package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
	"pahra/internal/web"
)

// exchangeHandlers are the pages of what is shared with partners.
func exchangeHandlers() map[string]deskHandler {
	return map[string]deskHandler{
		"GET /desk/exchange": (*deskPage).partners, "POST /desk/exchange": (*deskPage).changePartner,
		"GET /desk/exchange/agreement/{id}": (*deskPage).agreement, "GET /desk/exchange/sees/{team}": (*deskPage).sees,
		"GET /desk/exchange/reviews": (*deskPage).reviews, "POST /desk/exchange/reviews": (*deskPage).decideReview,
		"GET /desk/exchange/recalls": (*deskPage).recalls, "POST /desk/exchange/recalls": (*deskPage).recall, "GET /desk/exchange/ledger": (*deskPage).ledgers,
		"GET /desk/exchange/agreements": (*deskPage).newAgreement, "POST /desk/exchange/agreements": (*deskPage).tryAgreement,
	}
}

// exchange gives what shares; the error is [store.ErrNotFound] where nothing is shared from here.
func (p *deskPage) exchange() (*exchange.Exchange, error) {
	if p.desk.Exchange == nil {
		return nil, store.ErrNotFound
	}
	return p.desk.Exchange, nil
}

// partners is with whom is shared, and whether anything leaves.
func (p *deskPage) partners(w http.ResponseWriter, r *http.Request) error {
	v, err := p.overview(r.Context())
	if err != nil {
		return err
	}
	v.Done = map[string]string{"suspend": "Nothing is shared with them any more.", "resume": "They get again what the agreement leaves.", "stop": "Nothing is shared with anybody any more.",
		"start": "Partners get again what their agreements leave.", "adopt": "It is shared by this agreement from its start on."}[r.URL.Query().Get("did")]
	return p.show(w, r, http.StatusOK, "With whom do we share?", "exchange", v)
}

func (p *deskPage) overview(ctx context.Context) (*web.ExchangePage, error) {
	x, err := p.exchange()
	if err != nil {
		return nil, err
	}
	o, err := x.Overview(ctx)
	if err != nil {
		return nil, err
	}
	names, err := p.accounts(ctx)
	if err != nil {
		return nil, err
	}
	v := &web.ExchangePage{Team: o.Own, Partners: []web.ExchangePartner{}}
	if err := p.owed(ctx, x, v); err != nil {
		return nil, err
	}
	if at := o.State.Stopped; at != nil {
		v.Stopped = &web.ExchangeStop{By: o.State.Actor, Why: o.State.Reason, At: *at}
		if name := names[o.State.Actor]; name != "" {
			v.Stopped.By = name
		}
	}
	for i := range o.Partners {
		s := &o.Partners[i]
		one := web.ExchangePartner{Team: s.Team, Name: s.Name, Country: s.Country, Fingerprint: s.Fingerprints, Agreement: s.Agreement, Version: s.Version,
			InForce: s.Closed == "", Why: s.Closed, Shown: s.Shown, Received: s.Received}
		if s.Suspended != nil {
			one.Suspended = s.Reason
		}
		v.Partners = append(v.Partners, one)
	}
	return v, nil
}

// owed counts what waits for a person, and recalls that nobody has acknowledged.
func (p *deskPage) owed(ctx context.Context, x *exchange.Exchange, v *web.ExchangePage) error {
	queue, err := x.Queue(ctx, "")
	if err != nil {
		return err
	}
	recalls, err := x.Recalls(ctx)
	if err != nil {
		return err
	}
	v.Waiting = len(queue)
	for i := range recalls {
		if recalls[i].Acknowledged == nil {
			v.Recalled++
		}
	}
	return nil
}

// changePartner stops sharing, with one or with all, or lets it go on. It stands in the record of accesses with its reason.
func (p *deskPage) changePartner(w http.ResponseWriter, r *http.Request) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	ctx, act, team, why := r.Context(), r.PostFormValue("act"), r.PostFormValue("partner"), strings.TrimSpace(r.PostFormValue("why"))
	do := map[string]func() error{
		"suspend": func() error { return x.Suspend(ctx, team, why) }, "resume": func() error { return x.Resume(ctx, team) },
		"stop": func() error { return x.Stop(ctx, why, p.viewer.Account) }, "start": func() error { return x.Start(ctx) },
	}[act]
	switch {
	case do == nil:
		return wrong("there is no act %.20q", act)
	case (act == "suspend" || act == "stop") && why == "":
		return p.partnersWrong(w, r, "say why")
	}
	if err := p.noted(ctx, "exchange."+act, team, why); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return p.did(w, r, "/desk/exchange", act)
}

func (p *deskPage) partnersWrong(w http.ResponseWriter, r *http.Request, says string) error {
	if extension(r) == asJSON {
		return wrong("%s", says)
	}
	v, err := p.overview(r.Context())
	if err != nil {
		return err
	}
	v.Wrong = says
	return p.show(w, r, http.StatusUnprocessableEntity, "With whom do we share?", "exchange", v)
}

// noted records who did what about sharing, before it is done.
func (p *deskPage) noted(ctx context.Context, act, at, why string) error {
	return p.desk.Service.Store.AppendAccess(ctx, account.Entry{Actor: p.viewer.Account, Act: act, Subject: at, Detail: why}, p.desk.Now())
}

// seesShown is how many objects a page of what a partner sees has.
const seesShown = 50

// sees is exactly what a partner sees.
func (p *deskPage) sees(w http.ResponseWriter, r *http.Request) error {
	x, err := p.exchange()
	if err != nil {
		return err
	}
	ctx, team := r.Context(), r.PathValue("team")
	after, err := afterOf(r)
	if err != nil {
		return err
	}
	s, err := x.Sees(ctx, team, after, seesShown)
	if err != nil {
		return err
	}
	v := &web.ExchangeSees{Partner: team, Name: s.Name, Collection: s.Collection, Objects: []web.ExchangeShown{}, Nothing: s.Closed}
	for i := range s.Rows {
		row := &s.Rows[i]
		v.Objects = append(v.Objects, web.ExchangeShown{ID: row.ID, Type: row.Type, Version: row.Version, Added: row.Added, Item: s.Items[row.ID], Text: indented(row.Body)})
	}
	switch {
	case s.More:
		v.Next = strconv.FormatInt(s.Last.UnixMicro(), 10)
	case v.Nothing == "" && len(v.Objects) == 0:
		v.Nothing = "no object is theirs to see"
	}
	if err := p.looked(ctx, "exchange.view", team); err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, "What do they see?", "exchange_sees", v)
}

func afterOf(r *http.Request) (time.Time, error) {
	text := r.URL.Query().Get("after")
	if text == "" {
		return time.Time{}, nil
	}
	at, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, wrong("after is no number of microseconds")
	}
	return time.UnixMicro(at), nil
}

// adopted tells what is wrong with an agreement that was to be taken over, "" if nothing is. err is what is wrong with the service.
func adopted(err error) (says string, other error) {
	if errors.Is(err, exchange.ErrTrust) || errors.Is(err, store.ErrConflict) {
		return strings.TrimSuffix(err.Error(), ": "+exchange.ErrTrust.Error()), nil
	}
	return "", err
}

// agreementURL is where a version of an agreement is shown.
func agreementURL(id string) string { return "/desk/exchange/agreement/" + url.PathEscape(id) }
