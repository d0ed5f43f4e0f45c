// Package parties puts together what tells who is responsible for an event: the constituents, the policy and the tables of
// contacts that the store holds, and what a data folder knows of prefixes, networks and registries' contacts.
//
// [Open] reads all of it, [Desks.Own] is what takes reports in asks, [Desks.Desk] gives a tenant's desk to explain by, and
// [Desks.Refresh] reads again what changed; [Desks.Watch] does so now and then. What is asked while something is read again
// is answered by what was there before. A tenant has its own constituents, policy and tables; prefixes and networks are the
// same for all.
package parties

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pahra/internal/account"
	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// The kinds of documents that a desk keeps.
const (
	Policy   = "policy"   // who else is told, rules: party.ReadPolicy
	Contacts = "contacts" // of networks that are no constituents: party.ReadContacts
	CERTs    = "certs"    // national CERTs: party.ReadContacts
)

// Documents are the kinds of documents that a desk keeps.
func Documents() []string { return []string{Policy, Contacts, CERTs} }

// Check says what is wrong with a document.
func Check(kind string, text []byte) (err error) {
	switch kind {
	case Policy:
		_, err = party.ReadPolicy(text)
	case Contacts, CERTs:
		_, err = party.ReadContacts(bytes.NewReader(text))
	default:
		err = fmt.Errorf("there is no kind of document %q", kind)
	}
	return err
}

// Options are what desks are put together from.
type Options struct {
	Store *store.Store // nil: there are no constituents
	Data  string       // folder of data; "": nothing is known of prefixes and networks
	// Constituents and Documents, by kind, stand in for what the store holds, of every tenant; nil: they do not.
	Constituents []party.Constituent
	Documents    map[string][]byte
	Resolver     party.Resolver // nil: names are not resolved
	Later        bool           // data of a later time may stand in; events that they touch are marked
	TableAge     time.Duration  // how long a table of prefixes is used; 0: seven days
	Tables       int            // how many moments are kept; 0: three
	Now          func() time.Time
	Say          func(format string, args ...any) // what a person should know; nil: nothing is said
}

// Desks tell who is responsible. Safe for concurrent use.
type Desks struct {
	opt     Options
	refresh sync.Mutex // one at a time
	data    *known     // under refresh
	claims  map[values.ASN]string
	now     atomic.Pointer[state]
}

// state is all that answers rest on.
type state struct {
	tenants  map[string]*party.Desk
	versions map[string]int64
	other    *party.Desk // of tenants that have nothing of their own
}

// Open reads everything.
func Open(ctx context.Context, opt Options) (*Desks, error) {
	if opt.TableAge == 0 {
		opt.TableAge = 7 * 24 * time.Hour
	}
	if opt.Tables == 0 {
		opt.Tables = 3
	}
	if opt.Say == nil {
		opt.Say = func(string, ...any) {}
	}
	d := &Desks{opt: opt, data: &known{}}
	if err := d.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("opening the directory of who is responsible: %w", err)
	}
	return d, nil
}

// Own puts in what is known of an event's address and gives the party responsible, among those of a tenant.
func (d *Desks) Own(ctx context.Context, tenant string, code class.Code, e *intelmq.Event) string {
	a := d.Desk(tenant).Judge(ctx, code, e)
	return a.Party
}

// Desk gives a tenant's desk as it is now.
func (d *Desks) Desk(tenant string) *party.Desk {
	s := d.now.Load()
	if desk := s.tenants[tenant]; desk != nil {
		return desk
	}
	return s.other
}

// Criticality gives how critical a constituent of a tenant is; "" of other parties.
func (d *Desks) Criticality(tenant, id string) string {
	name, is := strings.CutPrefix(id, "c:")
	desk := d.Desk(tenant)
	if !is || desk == nil || desk.Directory == nil {
		return ""
	}
	if c, known := desk.Directory.Constituent(name); known {
		return c.Criticality
	}
	return ""
}

// Watch reads again what changed, now and then, until the context ends. What fails is told to failed, and tried again the
// next time.
func (d *Desks) Watch(ctx context.Context, every time.Duration, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := d.Refresh(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

// Refresh reads again what changed since it was read: files of the data folder, and what the store holds.
func (d *Desks) Refresh(ctx context.Context) error {
	d.refresh.Lock()
	defer d.refresh.Unlock()
	data, err := d.readData(ctx)
	if err != nil {
		return err
	}
	before := d.now.Load()
	next := &state{tenants: map[string]*party.Desk{}, versions: map[string]int64{}}
	changed := data != d.data || before == nil
	claims := map[values.ASN]string{}
	if d.opt.Store != nil {
		if next.versions, err = d.opt.Store.PartyVersions(ctx); err != nil {
			return err
		}
		if claims, err = d.readClaims(ctx); err != nil {
			return err
		}
	}
	d.data, d.claims = data, claims
	for tenant, version := range next.versions {
		var was *party.Desk
		if before != nil && before.versions[tenant] == version {
			was = before.tenants[tenant]
		}
		if next.tenants[tenant], err = d.desk(ctx, tenant, was); err != nil {
			return fmt.Errorf("tenant %s: %w", tenant, err)
		}
	}
	if changed || before == nil {
		if next.other, err = d.desk(ctx, "", nil); err != nil {
			return err
		}
	} else {
		next.other = d.joined(before.other)
	}
	d.now.Store(next)
	return nil
}

// desk puts a tenant's desk together; of was, where it is given, with what it has of the store. The tenant "" has nothing of
// its own.
func (d *Desks) desk(ctx context.Context, tenant string, was *party.Desk) (*party.Desk, error) {
	if was != nil {
		return d.joined(was), nil
	}
	desk := &party.Desk{Contacts: &party.Contacts{}}
	list := d.opt.Constituents
	var err error
	if list == nil && tenant != "" {
		if list, err = d.opt.Store.Constituents(ctx, tenant); err != nil {
			return nil, err
		}
	}
	if desk.Directory, err = party.NewDirectory(list); err != nil {
		return nil, err
	}
	if desk.Policy, err = d.policy(ctx, tenant); err != nil {
		return nil, err
	}
	for _, kind := range []string{Contacts, CERTs} {
		text, err := d.document(ctx, tenant, kind)
		if err != nil {
			return nil, err
		}
		if text == nil {
			continue
		}
		table, err := party.ReadContacts(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("reading the desk's %s: %w", kind, err)
		}
		desk.Contacts.Tables = append(desk.Contacts.Tables, table)
	}
	return d.joined(desk), nil
}

// joined gives a desk with what is known of networks now.
func (d *Desks) joined(desk *party.Desk) *party.Desk {
	next := *desk
	next.Space, next.Networks, next.Resolver = d.data.space, d.data.networks, d.opt.Resolver
	next.Contacts = &party.Contacts{Claims: d.claims, Tables: desk.Contacts.Tables, Registry: d.data.contacts}
	return &next
}

func (d *Desks) policy(ctx context.Context, tenant string) (*party.Policy, error) {
	text, err := d.document(ctx, tenant, Policy)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return party.DefaultPolicy()
	}
	p, err := party.ReadPolicy(text)
	if err != nil {
		return nil, fmt.Errorf("reading the desk's policy: %w", err)
	}
	return p, nil
}

// document gives a document of a tenant; nil where there is none.
func (d *Desks) document(ctx context.Context, tenant, kind string) ([]byte, error) {
	if text, given := d.opt.Documents[kind]; given || tenant == "" {
		return text, nil
	}
	doc, err := d.opt.Store.Document(ctx, tenant, kind)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return doc.Body, err
}

// readClaims gives the mail addresses of those who have proved that they run a network.
func (d *Desks) readClaims(ctx context.Context) (map[values.ASN]string, error) {
	held, err := d.opt.Store.ClaimsIn(ctx, account.Held)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	accounts, err := d.opt.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	mail := map[string]string{}
	for _, a := range accounts {
		if !a.Disabled {
			mail[a.ID] = a.Mail
		}
	}
	claims := map[values.ASN]string{}
	for _, c := range held { // the oldest first: who claimed first is told
		if m := mail[c.Account]; m != "" && claims[c.ASN] == "" {
			claims[c.ASN] = m
		}
	}
	return claims, nil
}
