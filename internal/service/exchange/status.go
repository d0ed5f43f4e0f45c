package exchange

import (
	"context"
	"slices"
	"time"

	"pahra/internal/store"
)

// PartnerStatus is a team, and how it stands with it.
type PartnerStatus struct {
	store.ExchangePartner
	Agreements  []AgreementStatus  `json:"agreements"`
	Collections []CollectionStatus `json:"collections"`
}

// AgreementStatus is a version of an agreement, and whether anything leaves under it.
type AgreementStatus struct {
	Agreement string    `json:"agreement"`
	Version   int       `json:"version"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Holds     bool      `json:"holds"`  // it is the version of this moment
	Closed    string    `json:"closed"` // why nothing leaves under it; "": it is the one, and something may
}

// CollectionStatus is a collection of a partner.
type CollectionStatus struct {
	ID        string               `json:"id"`
	Kind      store.CollectionKind `json:"kind"`
	Title     string               `json:"title"`
	Agreement string               `json:"agreement"` // what fills it; "" nothing does
}

// Status tells whether all sharing is stopped, and how it stands with each team, one's own first.
func (x *Exchange) Status(ctx context.Context) (store.ExchangeState, []PartnerStatus, error) {
	t, err := x.current(ctx)
	if err != nil {
		return store.ExchangeState{}, nil, err
	}
	all, err := x.Store.ExchangeTerms(ctx)
	if err != nil {
		return t.state, nil, err
	}
	roster, err := x.Store.ExchangeRoster(ctx)
	if err != nil {
		return t.state, nil, err
	}
	list := []PartnerStatus{}
	for _, p := range all.Partners {
		s := PartnerStatus{ExchangePartner: p, Agreements: []AgreementStatus{}, Collections: []CollectionStatus{}}
		for _, c := range roster.Collections {
			if c.Partner == p.Team {
				s.Collections = append(s.Collections, CollectionStatus{c.ID, c.Kind, c.Title, c.Agreement})
			}
		}
		for _, a := range all.Agreements {
			if accord := t.accords[a.ID]; a.Partner == p.Team && accord != nil {
				s.Agreements = append(s.Agreements, t.status(accord, &a, x.Now()))
			}
		}
		list = append(list, s)
	}
	return t.state, list, nil
}

// status tells how it stands with a version of an agreement.
func (t *terms) status(a *accord, of *store.ExchangeAgreement, now time.Time) AgreementStatus {
	s := AgreementStatus{Agreement: of.ID, Version: of.Version}
	i := slices.IndexFunc(a.editions, func(e edition) bool { return e.version() == of.Version })
	if i < 0 {
		s.Closed = "it cannot be read"
		return s
	}
	e := &a.editions[i]
	s.Start, s.End = e.agreement.Term.Bounds(e.standing.Notice)
	current, _ := a.at(now)
	s.Holds, s.Closed = current == e, t.closed(e, of.Partner, now)
	if !s.Holds && s.Closed == "" {
		s.Closed = "a newer version holds"
	}
	return s
}
