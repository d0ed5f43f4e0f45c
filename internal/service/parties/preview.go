package parties

import (
	"context"
	"fmt"
	"maps"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/spool"
	"pahra/internal/store"
)

// Preview is what a table of constituents would change, if it was put in place of what is there.
type Preview struct {
	Plan     party.Plan
	Version  int64           // of the directory that it was held against
	Overlaps []party.Overlap // in the table as it would be; of those that are equal nothing decides, and it cannot be applied
	Replayed int             // events of the past that were judged by both
	Moved    []party.Moved   // of them, those that would have gone to somebody else
}

// Equal gives the overlaps for which the table cannot be applied.
func (p *Preview) Equal() (list []party.Overlap) {
	for _, o := range p.Overlaps {
		if o.Equal {
			list = append(list, o)
		}
	}
	return list
}

// Preview tells what a table would change of a tenant's constituents, and stores nothing. The table takes the place of those with
// the same ids, or of all where it is the whole. Events of the past are those taken in since a day; without files none are looked at.
func (d *Desks) Preview(ctx context.Context, files *spool.Spool, tenant string, given []party.Constituent, whole bool, since time.Time) (*Preview, error) {
	versions, err := d.opt.Store.PartyVersions(ctx)
	if err != nil {
		return nil, err
	}
	is, err := d.opt.Store.Constituents(ctx, tenant)
	if err != nil {
		return nil, err
	}
	p := &Preview{Plan: party.PlanOf(is, given, whole), Version: versions[tenant]}
	after, err := party.NewDirectory(p.Plan.After)
	if err != nil {
		return nil, err
	}
	p.Overlaps = party.Overlaps(after)
	if p.Plan.Nothing() || files == nil || len(p.Equal()) > 0 {
		return p, nil
	}
	r, err := d.Replay(ctx, files, tenant, after, since)
	if err != nil {
		return nil, err
	}
	p.Replayed, p.Moved = r.Events, r.Moved()
	return p, nil
}

// Apply puts in place what a preview showed. The error is [store.ErrConflict] where the directory was changed since.
func (d *Desks) Apply(ctx context.Context, tenant string, p *Preview, by, what string, now time.Time) error {
	return d.opt.Store.ChangeConstituents(ctx, store.ConstituentChange{Tenant: tenant, Put: p.Plan.Put, Drop: p.Plan.Dropped, By: by, What: what, Now: now, Base: &p.Version})
}

// Confirm says of constituents, by id, and of all that is valid of them, that somebody confirmed it today. The error is
// [store.ErrConflict] where somebody changed the directory at the same time.
func (d *Desks) Confirm(ctx context.Context, tenant string, ids []string, by string, now time.Time) (n int, err error) {
	versions, err := d.opt.Store.PartyVersions(ctx)
	if err != nil {
		return 0, err
	}
	list, err := d.opt.Store.Constituents(ctx, tenant)
	if err != nil {
		return 0, err
	}
	base := versions[tenant]
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	c := store.ConstituentChange{Tenant: tenant, By: by, What: "confirmed", Now: now, Base: &base}
	for _, one := range list {
		if wanted[one.ID] {
			party.Confirm(&one, now)
			c.Put, c.What = append(c.Put, one), c.What+" "+one.ID
		}
	}
	if len(c.Put) == 0 {
		return 0, store.ErrNotFound
	}
	return len(c.Put), d.opt.Store.ChangeConstituents(ctx, c)
}

// Try gives a tenant's desk as it would be with another document of a kind. What is wrong with the document is the error.
func (d *Desks) Try(ctx context.Context, tenant, kind string, text []byte) (*party.Desk, error) {
	if err := Check(kind, text); err != nil {
		return nil, err
	}
	other := Desks{opt: d.opt}
	other.opt.Documents = maps.Clone(d.opt.Documents)
	if other.opt.Documents == nil {
		other.opt.Documents = map[string][]byte{}
	}
	other.opt.Documents[kind] = text
	desk, err := other.desk(ctx, tenant)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.joined(desk), nil
}

// Words says what a plan does, for the record.
func Words(file string, p party.Plan) string {
	return fmt.Sprintf("import of %s: %d added, %d changed, %d dropped", file, len(p.Added), len(p.Changed), len(p.Dropped))
}
