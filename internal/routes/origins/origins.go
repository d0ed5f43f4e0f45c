// Package origins answers which network announced an address: compact tables of prefixes and their origins, each of a moment.
//
// Fill a [Builder] with the routes of a table dump, [Builder.Build] gives the [Table], and a [Series] of tables gives the one
// that was known at a time. A table is not changed after it was built and may be read by many goroutines. The package keeps
// no paths and judges no route: internal/routes and internal/watch do that.
package origins

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/gaissmai/bart"

	"pahra/wire/values"
)

// Origin is who announced an address.
type Origin struct {
	Prefix netip.Prefix // the longest that covers the address
	ASN    values.ASN   // seen by the most peers, of several the lowest
	Peers  int          // how many routes there were from it
	Others []values.ASN // who else announced the prefix, ascending
}

// Table is who announced what at a moment.
type Table struct {
	time    time.Time
	index   *bart.Table[uint32] // a place in entries
	entries []entry
	others  map[uint32][]values.ASN
}

// entry is the origin of a prefix, and how many routes there were from it.
type entry struct {
	asn   values.ASN
	peers uint32
}

// Time is the moment that the table stands for.
func (t *Table) Time() time.Time { return t.time }

// Len is how many prefixes there are.
func (t *Table) Len() int { return len(t.entries) }

// Lookup gives who announced an address.
func (t *Table) Lookup(a netip.Addr) (Origin, bool) {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || t.index == nil {
		return Origin{}, false
	}
	p, i, found := t.index.LookupPrefixLPM(netip.PrefixFrom(a, a.BitLen()))
	if !found {
		return Origin{}, false
	}
	e := t.entries[i]
	return Origin{Prefix: p, ASN: e.asn, Peers: int(e.peers), Others: t.others[i]}, true
}

// Builder gathers routes. The zero value is empty and ready. Not safe for concurrent use.
type Builder struct {
	table  Table
	counts map[uint32][]entry // of prefixes with several origins, those beside the first
	last   netip.Prefix
	lastID uint32
}

// Add adds a route of some peer. Default routes, and routes without an origin, say nothing of who is responsible and
// are passed over.
func (b *Builder) Add(p netip.Prefix, origin values.ASN) { b.AddSeen(p, origin, 1) }

// AddSeen adds the routes of so many peers.
func (b *Builder) AddSeen(p netip.Prefix, origin values.ASN, peers int) {
	if !p.IsValid() || p.Bits() == 0 || origin == 0 || peers < 1 {
		return
	}
	if b.table.index == nil {
		b.table.index = new(bart.Table[uint32])
	}
	if p != b.last {
		id, known := b.table.index.Get(p)
		if !known {
			id = uint32(len(b.table.entries))
			b.table.entries = append(b.table.entries, entry{asn: origin})
			b.table.index.Insert(p, id)
		}
		b.last, b.lastID = p, id
	}
	if e := &b.table.entries[b.lastID]; e.asn == origin {
		e.peers += uint32(peers)
		return
	}
	if b.counts == nil {
		b.counts = map[uint32][]entry{}
	}
	list := b.counts[b.lastID]
	i := slices.IndexFunc(list, func(e entry) bool { return e.asn == origin })
	if i < 0 {
		list, i = append(list, entry{asn: origin}), len(list)
	}
	list[i].peers += uint32(peers)
	b.counts[b.lastID] = list
}

// Len is how many prefixes were added.
func (b *Builder) Len() int { return len(b.table.entries) }

// Build gives the table of what was added, as of a time. The builder is empty afterwards.
func (b *Builder) Build(at time.Time) *Table {
	t := &Table{time: at, index: b.table.index, entries: slices.Clip(b.table.entries), others: make(map[uint32][]values.ASN, len(b.counts))}
	for id, list := range b.counts {
		list = append(list, t.entries[id])
		slices.SortFunc(list, func(x, y entry) int { return cmp.Or(cmp.Compare(y.peers, x.peers), cmp.Compare(x.asn, y.asn)) })
		t.entries[id] = list[0]
		rest := make([]values.ASN, 0, len(list)-1)
		for _, e := range list[1:] {
			rest = append(rest, e.asn)
		}
		slices.Sort(rest)
		t.others[id] = rest
	}
	*b = Builder{}
	return t
}

// Series are tables in the order of their times. The zero value has none.
type Series struct {
	tables []*Table
	limit  time.Duration
	later  bool
}

// NewSeries puts tables in order. A table is used for limit from its time on. Later lets the first table stand in for the time
// before it as well, though nobody could know it then.
func NewSeries(limit time.Duration, later bool, tables ...*Table) *Series {
	tables = slices.Clone(tables)
	slices.SortFunc(tables, func(x, y *Table) int { return x.time.Compare(y.time) })
	return &Series{tables, limit, later}
}

// At gives the newest table that was known at a time and not too old; nil where there is none. Anachronism says that it is
// one of later.
func (s *Series) At(at time.Time) (t *Table, anachronism bool) {
	n, exact := slices.BinarySearchFunc(s.tables, at, func(t *Table, at time.Time) int { return t.time.Compare(at) })
	if exact {
		n++
	}
	switch {
	case n > 0 && at.Sub(s.tables[n-1].time) <= s.limit:
		return s.tables[n-1], false
	case s.later && n < len(s.tables):
		return s.tables[n], true
	case s.later && n > 0:
		return s.tables[n-1], true
	}
	return nil, false
}

// Tables gives the tables in their order; none of nil.
func (s *Series) Tables() []*Table {
	if s == nil {
		return nil
	}
	return slices.Clone(s.tables)
}
