package authority

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// ErrTooManyRegistries says that route objects name more than 65,535 registries, which no honest input does.
var ErrTooManyRegistries = errors.New("route objects name more than 65535 registries")

// RouteBuilder gathers route objects, in any order and from any number of registries, into a [RouteTable]. The zero
// value is ready. It is used by one goroutine and once.
type RouteBuilder struct {
	records []routeRecord
	names   []string
	numbers map[string]uint16
	skipped int
}

// routeRecord is a route object while it waits to be sorted.
type routeRecord struct {
	prefix netip.Prefix
	routeItem
}

// Add takes one object. One whose prefix is not masked is left out and counted. One whose origin is AS 0 is kept, and
// contradicts every origin, as an AS0 VRP does.
func (b *RouteBuilder) Add(o RouteObject) error {
	if !usable(o.Prefix) {
		b.skipped++
		return nil
	}
	source, err := b.source(o.Source)
	if err != nil {
		return err
	}
	b.records = append(b.records, routeRecord{o.Prefix, routeItem{origin: o.Origin, source: source,
		created: secondsOf(o.Created), modified: secondsOf(o.LastModified), authenticated: o.Authenticated}})
	return nil
}

// source interns a registry's name.
func (b *RouteBuilder) source(name string) (uint16, error) {
	if n, ok := b.numbers[name]; ok {
		return n, nil
	}
	if len(b.names) == 1<<16-1 {
		return 0, ErrTooManyRegistries
	}
	if b.numbers == nil {
		b.numbers = map[string]uint16{}
	}
	n := uint16(len(b.names))
	name = string([]byte(name)) // own copy: the caller's string may hold on to a whole object
	b.numbers[name], b.names = n, append(b.names, name)
	return n, nil
}

// Build makes the table and empties the builder. Registries are renumbered by name, so that the order of input leaves
// no trace; objects equal in prefix, origin and registry (a mirror's copy) become one, with the earliest creation known.
func (b *RouteBuilder) Build() *RouteTable {
	t := &RouteTable{skipped: b.skipped, sources: slices.Sorted(slices.Values(b.names))}
	renumber := make([]uint16, len(b.names))
	for i, name := range b.names {
		n, _ := slices.BinarySearch(t.sources, name)
		renumber[i] = uint16(n)
	}
	records := b.records
	for i := range records {
		records[i].source = renumber[records[i].source]
	}
	slices.SortFunc(records, compareRecord)
	records = mergeCopies(records)
	t.items = make([]routeItem, len(records))
	for i, r := range records {
		t.items[i] = r.routeItem
	}
	t.index = newPrefixIndex(len(records), func(i int) netip.Prefix { return records[i].prefix })
	t.byOrigin = orderByOrigin(t.items)
	*b = RouteBuilder{}
	return t
}

// compareRecord orders by prefix, authenticated first, origin, registry, dates with the unknown last.
func compareRecord(a, b routeRecord) int {
	if c := values.ComparePrefix(a.prefix, b.prefix); c != 0 {
		return c
	}
	if a.authenticated != b.authenticated {
		if a.authenticated {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.origin, b.origin), cmp.Compare(a.source, b.source),
		cmp.Compare(a.created-1, b.created-1), cmp.Compare(a.modified-1, b.modified-1))
}

// mergeCopies keeps the first of each run that is equal but for its dates: the earliest created.
func mergeCopies(records []routeRecord) []routeRecord {
	return slices.CompactFunc(records, func(a, b routeRecord) bool {
		return a.prefix == b.prefix && a.origin == b.origin && a.source == b.source && a.authenticated == b.authenticated
	})
}

// orderByOrigin gives the item numbers in order of origin, then number: the two are sorted as one integer.
func orderByOrigin(items []routeItem) []uint32 {
	keys := make([]uint64, len(items))
	for i, item := range items {
		keys[i] = uint64(item.origin)<<32 | uint64(i)
	}
	slices.Sort(keys)
	order := make([]uint32, len(items))
	for i, key := range keys {
		order[i] = uint32(key)
	}
	return order
}

// OfOrigin gives the route objects of one origin that are known at the time at, in order of prefix; the zero time
// admits all.
func (t *RouteTable) OfOrigin(origin values.ASN, at time.Time) []RouteObject {
	var out []RouteObject
	limit := asOf(at)
	for _, i := range t.ofOrigin(origin) {
		if item := t.items[i]; item.knownAt(limit) {
			out = append(out, t.object(t.index.nodeOf(i), item))
		}
	}
	return out
}

// ofOrigin gives the numbers of one origin's items.
func (t *RouteTable) ofOrigin(origin values.ASN) []uint32 {
	at := func(want values.ASN) int {
		n, _ := slices.BinarySearchFunc(t.byOrigin, want, func(i uint32, want values.ASN) int {
			return cmp.Compare(t.items[i].origin, want)
		})
		return n
	}
	if origin == NoOrigin || origin == 1<<32-1 {
		return nil
	}
	return t.byOrigin[at(origin):at(origin+1)]
}

// PrefixesOf gives the distinct prefixes that route objects known at the time at register for any of the origins, in
// order: the prefixes of an as-set, given its expansion. It stops at limit prefixes and says so; 0 is no limit.
func (t *RouteTable) PrefixesOf(origins []values.ASN, at time.Time, limit int) (prefixes []netip.Prefix, truncated bool) {
	known := asOf(at)
	var nodes []int32
	for _, origin := range origins {
		for _, i := range t.ofOrigin(origin) {
			if t.items[i].knownAt(known) {
				nodes = append(nodes, t.index.nodeOf(i))
			}
		}
	}
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	if limit > 0 && len(nodes) > limit {
		nodes, truncated = nodes[:limit], true
	}
	for _, n := range nodes {
		prefixes = append(prefixes, t.index.prefix(n))
	}
	return prefixes, truncated
}
