// Package parties puts together what tells who is responsible for an event: the constituents, the policy and the tables of
// contacts that the store holds, and what a data folder knows of prefixes, networks and registries' contacts.
//
// [Open] reads all of it, [Desks.Own] is what takes reports in asks, [Desks.Desk] gives a tenant's desk to explain by, and
// [Desks.Refresh] reads again what changed; [Desks.Watch] does so now and then. [Desks.Give] takes tables of prefixes from
// one who watches routes. What is asked while something is read again
// is answered by what was there before. A tenant has its own constituents, policy and tables; prefixes and networks are the
// same for all.
package parties

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pahra/internal/account"
	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/routes/origins"
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
	Patient      bool           // what cannot be read is said and read again later, see [Desks.Ready]
	Now          func() time.Time
	Say          func(format string, args ...any) // what a person should know; nil: nothing is said
}

// Desks tell who is responsible. Safe for concurrent use.
type Desks struct {
	opt     Options
	refresh sync.Mutex // one at a time; it may take minutes
	ready   atomic.Bool
	now     atomic.Pointer[state]

	mu    sync.Mutex // of what answers are put together from; held for moments
	parts parts
	given []*origins.Table // by time
}

// parts are what answers are put together from.
type parts struct {
	data     *known
	claims   map[values.ASN]string
	tenants  map[string]*party.Desk // as the store has them
	versions map[string]int64
	other    *party.Desk // of tenants that have nothing of their own
}

// state is all that answers rest on.
type state struct {
	tenants map[string]*party.Desk
	other   *party.Desk
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
	d := &Desks{opt: opt, parts: parts{data: &known{}}}
	err := d.Refresh(ctx)
	if err != nil && opt.Patient {
		opt.Say("who is responsible is not known yet: %v", err)
		if d.parts.other, err = d.desk(ctx, ""); err == nil {
			d.publish()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the directory of who is responsible: %w", err)
	}
	return d, nil
}

// Ready says whether all of it could be read, once at least: before, nobody should be asked who is responsible.
func (d *Desks) Ready() bool { return d.ready.Load() }

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

// Give takes a table of who announces which prefix, of one who watches the routes: it is kept beside those of the data folder,
// and of earlier days the first of each. It does not wait.
func (d *Desks) Give(table *origins.Table) {
	d.mu.Lock()
	defer d.mu.Unlock()
	day := func(t *origins.Table) int64 { return t.Time().Unix() / 86400 }
	if n := len(d.given); n > 1 && day(d.given[n-1]) == day(d.given[n-2]) { // neither the first of its day nor the last of all
		d.given = d.given[:n-1]
	}
	d.given = append(slices.Clone(d.given), table)
	if n := len(d.given) - d.opt.Tables; n > 0 {
		d.given = d.given[n:]
	}
	d.publish()
}

// publish has answers rest on the parts as they are now.
func (d *Desks) publish() {
	s := &state{tenants: map[string]*party.Desk{}, other: d.joined(d.parts.other)}
	for tenant, desk := range d.parts.tenants {
		s.tenants[tenant] = d.joined(desk)
	}
	d.now.Store(s)
}

// joined gives a desk with what is known of networks.
func (d *Desks) joined(desk *party.Desk) *party.Desk {
	next, data := *desk, d.parts.data
	next.Space, next.Networks, next.Resolver = data.space, data.networks, d.opt.Resolver
	if len(d.given) > 0 {
		var tables []*origins.Table
		if data.space != nil {
			tables = data.space.Tables()
		}
		next.Space = origins.NewSeries(d.opt.TableAge, d.opt.Later, append(tables, d.given...)...)
	}
	next.Contacts = &party.Contacts{Claims: d.parts.claims, Tables: desk.Contacts.Tables, Registry: data.contacts}
	return &next
}

// Refresh reads again what changed since it was read: files of the data folder, and what the store holds.
func (d *Desks) Refresh(ctx context.Context) error {
	d.refresh.Lock()
	defer d.refresh.Unlock()
	d.mu.Lock()
	is := d.parts
	d.mu.Unlock()
	next := parts{tenants: map[string]*party.Desk{}, other: is.other}
	var err error
	if next.data, err = d.readData(ctx, is.data); err != nil {
		return err
	}
	if d.opt.Store != nil {
		if next.versions, err = d.opt.Store.PartyVersions(ctx); err != nil {
			return err
		}
		if next.claims, err = d.readClaims(ctx); err != nil {
			return err
		}
	}
	for tenant, version := range next.versions {
		if is.versions[tenant] == version {
			next.tenants[tenant] = is.tenants[tenant]
		} else if next.tenants[tenant], err = d.desk(ctx, tenant); err != nil {
			return fmt.Errorf("tenant %s: %w", tenant, err)
		}
	}
	if next.other == nil {
		if next.other, err = d.desk(ctx, ""); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parts = next
	d.publish()
	d.ready.Store(true)
	return nil
}

// desk reads what the store has of a tenant's desk. The tenant "" has nothing of its own.
func (d *Desks) desk(ctx context.Context, tenant string) (*party.Desk, error) {
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
	return desk, nil
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
