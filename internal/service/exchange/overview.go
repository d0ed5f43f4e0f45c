package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements"
	"pahra/internal/store"
)

// Overview is with whom a team shares, under what.
type Overview struct {
	Own      string // one's own team; "" it was not said
	State    store.ExchangeState
	Partners []PartnerState
}

// PartnerState is a partner with the agreement that holds now.
type PartnerState struct {
	store.ExchangePartner
	Agreement  string // its id; "" where none was adopted
	Version    int
	Closed     string // why nothing leaves for it now; "" something may
	Collection string // what it sees; "" where nothing flows that way
	Shown      int64  // members of that collection
	Received   int64  // what lies in its inbox
}

// Overview gives how things stand with all partners. Of several agreements with one it tells the first under which something leaves.
func (x *Exchange) Overview(ctx context.Context) (Overview, error) {
	state, teams, err := x.Status(ctx)
	if err != nil {
		return Overview{}, err
	}
	counts, err := x.Store.MemberCounts(ctx)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{State: state}
	for i := range teams {
		if teams[i].Own {
			o.Own = teams[i].Team
			continue
		}
		o.Partners = append(o.Partners, partnerState(&teams[i], counts))
	}
	return o, nil
}

func partnerState(p *PartnerStatus, counts map[string]int64) PartnerState {
	s := PartnerState{ExchangePartner: p.ExchangePartner, Closed: "no agreement was adopted"}
	for _, a := range p.Agreements {
		if a.Holds && s.Closed != "" {
			s.Agreement, s.Version, s.Closed = a.Agreement, a.Version, a.Closed
		}
	}
	for _, c := range p.Collections {
		switch {
		case c.Kind == store.CollectionInbox:
			s.Received += counts[c.ID]
		case c.Kind == store.CollectionExchange && c.Agreement == s.Agreement:
			s.Collection, s.Shown = c.ID, counts[c.ID]
		}
	}
	return s
}

// Edition is one version of an agreement as it was adopted.
type Edition struct {
	Agreement  *agreement.Agreement
	Before     *agreement.Agreement // the version before; nil where there is none
	Signatures []agreements.Signature
	Versions   []int  // all that were adopted, the oldest first
	Closed     string // why nothing leaves under it now; "" something may
}

// Edition gives a version of an agreement, the one that holds now where version is 0. The error is [store.ErrNotFound] where there is none.
func (x *Exchange) Edition(ctx context.Context, id string, version int) (Edition, error) {
	t, err := x.current(ctx)
	if err != nil {
		return Edition{}, err
	}
	a, err := t.accordOf(id)
	if err != nil {
		return Edition{}, err
	}
	holds, _ := a.at(x.Now())
	if version == 0 {
		version = holds.version()
	}
	var out Edition
	for i := range a.editions {
		e := &a.editions[i]
		if e.agreement == nil {
			continue
		}
		out.Versions = append(out.Versions, e.version())
		if e.version() < version {
			out.Before = e.agreement
		}
		if e.version() != version {
			continue
		}
		out.Agreement, out.Closed = e.agreement, t.closed(e, a.partner, x.Now())
		if e != holds && out.Closed == "" {
			out.Closed = fmt.Sprintf("version %d holds", holds.version())
		}
	}
	if out.Agreement == nil {
		return Edition{}, fmt.Errorf("version %d of agreement %s: %w", version, id, store.ErrNotFound)
	}
	out.Signatures, err = x.signatures(ctx, out.Agreement)
	return out, err
}

// signatures looks at the signatures of an adopted version once more.
func (x *Exchange) signatures(ctx context.Context, a *agreement.Agreement) (all []agreements.Signature, err error) {
	terms, err := x.Store.ExchangeTerms(ctx)
	if err != nil {
		return nil, err
	}
	for i := range terms.Agreements {
		row := &terms.Agreements[i]
		if row.ID != a.ID || row.Version != a.Version {
			continue
		}
		for j := range a.Parties {
			all = append(all, agreements.Check(a.SignedBytes(), &a.Parties[j], []byte(row.Signatures[a.Parties[j].Team]), row.Adopted))
		}
	}
	return all, nil
}

// Seen is a part of what a partner sees.
type Seen struct {
	Name       string // the partner's
	Collection string
	Rows       []Row
	Items      map[string]string // what each row is a copy of, by its id; "" of nothing
	More       bool
	Last       time.Time // behind which the next part begins
	Closed     string    // why it sees nothing at all now
}

// Sees gives what a partner would get now, for who shares with it: the same rows, decided on in the same way. It is no release and stands in
// no ledger.
func (x *Exchange) Sees(ctx context.Context, team string, after time.Time, limit int) (Seen, error) {
	o, err := x.Overview(ctx)
	if err != nil {
		return Seen{}, err
	}
	for i := range o.Partners {
		p := &o.Partners[i]
		if p.Team != team || p.Collection == "" {
			continue
		}
		members, more, err := x.Store.Members(ctx, Query{Collection: p.Collection, After: after, Limit: limit})
		if err != nil {
			return Seen{}, err
		}
		s := Seen{Name: p.Name, Collection: p.Collection, More: more, Items: map[string]string{}}
		for i := range members {
			s.Items[members[i].Object] = members[i].Item
			s.Last = members[i].Added
		}
		at := Collection{ID: p.Collection, Kind: store.CollectionExchange, Partner: team, Agreement: p.Agreement}
		s.Rows, err = x.Leave(ctx, Caller{Partner: team}, at, members, x.Now())
		var closed *Closed
		if errors.As(err, &closed) {
			s.Closed, s.More, err = closed.Reason, false, nil
		}
		return s, err
	}
	return Seen{}, fmt.Errorf("%s sees nothing of this team: %w", team, store.ErrNotFound)
}
