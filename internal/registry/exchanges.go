package registry

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"pahra/wire/peeringdb"
	"pahra/wire/values"
)

// Exchange is an Internet exchange point.
type Exchange struct {
	ID      int // PeeringDB's
	Name    string
	Country string // ISO 3166 alpha-2
	Members []values.ASN
	From    Source // of the name; zero where only members are known
}

type rawIX struct {
	id      int
	name    string
	country string
	source  uint32
}

type rawMember struct {
	ix     int
	asn    values.ASN
	source uint32
}

// AddPeeringDBIXs adds PeeringDB's exchanges (ix).
func (b *Builder) AddPeeringDBIXs(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindPeeringDBMembers, src)
	return peeringdb.ReadIXs(r, orDrop(report), func(x peeringdb.IX) error {
		if live(x.Status) {
			b.ixs = append(b.ixs, rawIX{x.ID, strings.TrimSpace(x.Name), country(x.Country), n})
		}
		return nil
	})
}

// AddPeeringDBMembers adds the networks' ports at exchanges (netixlan).
func (b *Builder) AddPeeringDBMembers(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindPeeringDBMembers, src)
	return peeringdb.ReadNetIXLans(r, orDrop(report), func(l peeringdb.NetIXLan) error {
		if live(l.Status) {
			b.AddMember(b.sources[n], l.IXID, l.ASN)
		}
		return nil
	})
}

// AddMember adds one member of an exchange from plain values; ix is PeeringDB's id.
func (b *Builder) AddMember(src Source, ix int, asn values.ASN) {
	n := b.source(KindPeeringDBMembers, src)
	if ix > 0 && asn != 0 {
		b.members = append(b.members, rawMember{ix, asn, n})
	}
}

// exchanges holds the exchanges by id.
type exchanges struct {
	byID []Exchange // ascending
}

func newExchanges(b *Builder) exchanges {
	found := map[int]*Exchange{}
	at := func(id int) *Exchange {
		if found[id] == nil {
			found[id] = &Exchange{ID: id}
		}
		return found[id]
	}
	for _, m := range b.members {
		x := at(m.ix)
		x.Members = append(x.Members, m.asn)
	}
	for _, raw := range b.sortedIXs() {
		if x := at(raw.id); x.From.Kind == 0 {
			x.Name, x.Country, x.From = raw.name, raw.country, b.sources[raw.source]
		}
	}
	var e exchanges
	for _, x := range found {
		slices.Sort(x.Members)
		x.Members = slices.Compact(x.Members)
		e.byID = append(e.byID, *x)
	}
	slices.SortFunc(e.byID, func(x, y Exchange) int { return cmp.Compare(x.ID, y.ID) })
	return e
}

// sortedIXs puts the newest record of each exchange first.
func (b *Builder) sortedIXs() []rawIX {
	ixs := slices.Clone(b.ixs)
	slices.SortFunc(ixs, func(x, y rawIX) int {
		sx, sy := b.sources[x.source], b.sources[y.source]
		return cmp.Or(cmp.Compare(x.id, y.id), sy.Time.Compare(sx.Time), sx.compare(sy), cmp.Compare(x.name, y.name))
	})
	return ixs
}

// Exchanges gives every exchange that a source names or has members of, by id.
func (r *Registry) Exchanges() []Exchange {
	out := slices.Clone(r.ixs.byID)
	for i := range out {
		out[i].Members = slices.Clone(out[i].Members)
	}
	return out
}

// find gives an exchange by its id.
func (e *exchanges) find(id int) (*Exchange, bool) {
	i, ok := slices.BinarySearchFunc(e.byID, id, func(x Exchange, id int) int { return cmp.Compare(x.ID, id) })
	if !ok {
		return nil, false
	}
	return &e.byID[i], true
}

// named finds exchanges by name, whatever the case; PeeringDB does not promise that names are unique.
func (e *exchanges) named(name string) (found []*Exchange) {
	for i := range e.byID {
		if strings.EqualFold(e.byID[i].Name, name) {
			found = append(found, &e.byID[i])
		}
	}
	return found
}
