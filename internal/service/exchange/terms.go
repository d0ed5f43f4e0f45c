package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/desk/class"
	sharing "pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements"
	"pahra/internal/spool"
	"pahra/internal/store"
)

// Exchange shares items with partners under the agreements in force: it keeps agreements ([Exchange.Adopt] and its like), decides
// what becomes a member of whose collection ([Exchange.Offer], [Exchange.Settle]), and is the [Gate] that decides once more when
// somebody reads. Safe for concurrent use, and beside others on the same store.
type Exchange struct {
	Store *store.Store
	Seal  *spool.Seal // that secrets of agreements are locked with
	Now   func() time.Time
	// Live turns stored decisions off: each object is decided on whenever it is read.
	Live bool

	mu     sync.Mutex
	terms  *terms
	kinds  *class.Tables
	filled map[string]int64 // collections that have a standing of each item, and the epoch then
}

// terms is what the store says of agreements, read and compiled. It is not changed.
type terms struct {
	state    store.ExchangeState
	own      string // one's own team; "" it is not known
	partners map[string]*store.ExchangePartner
	accords  map[string]*accord // by agreement
}

// accord is an agreement in all its versions.
type accord struct {
	partner  string
	epoch    int64
	editions []edition // the oldest first
}

// edition is one version of an agreement.
type edition struct {
	agreement *agreement.Agreement
	standing  agreement.Standing // but for suspension
	table     *agreement.Table
	redactor  *sharing.Redactor
	problem   string // why nothing leaves under it; "": it may
}

// current gives the terms of this moment.
func (x *Exchange) current(ctx context.Context) (*terms, error) {
	state, err := x.Store.ExchangeState(ctx)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.terms != nil && x.terms.state.Counter == state.Counter {
		return x.terms, nil
	}
	if x.kinds == nil {
		if x.kinds, err = class.Load(); err != nil {
			return nil, err
		}
	}
	all, err := x.Store.ExchangeTerms(ctx)
	if err != nil {
		return nil, err
	}
	x.terms = x.compile(&all)
	return x.terms, nil
}

// compile reads all agreements. What is wrong with one keeps that one alone.
func (x *Exchange) compile(all *store.ExchangeTerms) *terms {
	t := &terms{state: all.State, partners: map[string]*store.ExchangePartner{}, accords: map[string]*accord{}}
	for i := range all.Partners {
		p := &all.Partners[i]
		t.partners[p.Team] = p
		if p.Own {
			t.own = p.Team
		}
	}
	bonds := map[string]*store.ExchangeBond{}
	for i := range all.Bonds {
		bonds[all.Bonds[i].Agreement] = &all.Bonds[i]
	}
	for i := range all.Agreements {
		a := &all.Agreements[i]
		bond := bonds[a.ID]
		if t.accords[a.ID] == nil {
			t.accords[a.ID] = &accord{partner: a.Partner, epoch: bond.Epoch}
		}
		e, err := x.edition(t, a, bond, all.Secrets)
		if err != nil {
			e.problem = err.Error()
		}
		t.accords[a.ID].editions = append(t.accords[a.ID].editions, e)
	}
	return t
}

// edition reads one version, looks at its signatures once more, and compiles what leaves for the partner.
func (x *Exchange) edition(t *terms, a *store.ExchangeAgreement, bond *store.ExchangeBond, secrets []store.ExchangeSecret) (e edition, err error) {
	if e.agreement, err = agreement.Read(a.Document); err != nil {
		return e, err
	}
	signed := e.agreement.SignedBytes()
	for i := range e.agreement.Parties {
		p := &e.agreement.Parties[i]
		known := t.partners[p.Team]
		s := agreements.Check(signed, p, []byte(a.Signatures[p.Team]), a.Adopted)
		if s.Good && known != nil && slices.Contains(known.Fingerprints, s.Fingerprint) {
			e.standing.Signed = append(e.standing.Signed, p.Team)
		}
	}
	if bond.Notice != nil && a.Version <= bond.Noticed {
		e.standing.Notice = *bond.Notice
	}
	if e.table, err = agreement.Compile(e.agreement, t.own, a.Partner); err != nil {
		return e, err
	}
	at := slices.IndexFunc(secrets, func(s store.ExchangeSecret) bool { return s.Agreement == a.ID })
	if at < 0 {
		return e, errors.New("it has no secret")
	}
	secret, err := x.Seal.Unlock(secrets[at].Sealed)
	if err != nil {
		return e, err
	}
	keys, err := sharing.NewKeys(secret, a.ID, t.own, a.Partner)
	if err != nil {
		return e, err
	}
	e.redactor = sharing.NewRedactor(e.table, keys)
	return e, nil
}

// at gives the version that holds at a time, the newest that has begun, and when the next one begins; of several that have not begun
// it gives the first.
func (a *accord) at(now time.Time) (e *edition, next time.Time) {
	e = &a.editions[0]
	for i := range a.editions {
		it := &a.editions[i]
		if it.agreement == nil { // what cannot be read any more keeps all, until a newer one begins
			e = it
			continue
		}
		if start := it.agreement.Term.Start; !start.After(now) || e.agreement == nil {
			e = it
		} else if next.IsZero() || start.Before(next) {
			next = start
		}
	}
	return e, next
}

// version gives the number of the version, 0 if it cannot be read.
func (e *edition) version() int {
	if e.agreement == nil {
		return 0
	}
	return e.agreement.Version
}

// closed tells why nothing at all leaves for a partner, "" if something may.
func (t *terms) closed(e *edition, partner string, now time.Time) string {
	switch p := t.partners[partner]; {
	case t.state.Stopped != nil:
		return "all sharing is stopped: " + t.state.Reason
	case p == nil:
		return partner + " is no partner"
	case p.Suspended != nil:
		return partner + " is suspended: " + p.Reason
	case e.problem != "":
		return e.problem
	}
	if _, why := e.agreement.InForce(now, e.standing); why != "" {
		return why
	}
	return ""
}

// accordOf gives the agreement that fills a collection.
func (t *terms) accordOf(agreement string) (*accord, error) {
	a := t.accords[agreement]
	if a == nil {
		return nil, fmt.Errorf("no version of agreement %s was adopted: %w", agreement, store.ErrNotFound)
	}
	return a, nil
}

// facts gives what is known of an item as a whole.
func facts(i *store.ExchangeItem) agreement.Facts {
	f := agreement.Facts{Origin: i.Origin, Permits: i.Permits, Recalled: i.Recalled != nil}
	if i.Consent != "" {
		var known bool
		if f.Consent, known = agreement.ParseConsent(i.Consent); !known {
			f.Unsound = fmt.Sprintf("%.20q is no consent", strings.ToValidUTF8(i.Consent, "?"))
		}
	}
	if i.Embargo != nil {
		f.Embargo = *i.Embargo
	}
	if i.Expires != nil {
		f.Expires = *i.Expires
	}
	return f
}
