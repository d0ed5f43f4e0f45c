package registry

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/delegated"
)

// Allocation is what a regional registry did with a range of addresses.
type Allocation struct {
	First, Last netip.Addr
	Registry    string // afrinic, apnic, arin, lacnic, ripencc, iana
	Country     string
	Status      delegated.Status
	Date        time.Time // of the delegation, or zero
	// Holder is the opaque id with the registry, "apnic:A91…", or empty: resources with the same id have one holder, except
	// that a national registry's id stands for all its members.
	Holder string
	From   Source
}

// rawSpace is a record as read; days count from 1970.
type rawSpace struct {
	first, last               netip.Addr
	registry, country, holder uint32
	source                    uint32
	day                       int32
	status                    delegated.Status
}

func (b *Builder) addSpace(rec *delegated.Record, source uint32) {
	holder := ""
	if rec.OpaqueID != "" {
		holder = rec.Registry + ":" + rec.OpaqueID
	}
	s := rawSpace{first: rec.First, last: lastAddr(rec), registry: b.intern(rec.Registry), country: b.intern(country(rec.Country)),
		holder: b.intern(holder), source: source, status: rec.Status}
	if !rec.Date.IsZero() {
		s.day = int32(rec.Date.Unix() / 86400)
	}
	b.space = append(b.space, s)
}

// lastAddr gives the last address of a record's range.
func lastAddr(rec *delegated.Record) netip.Addr {
	if rec.Type == delegated.IPv4 {
		n := rec.First.As4()
		sum := uint64(n[0])<<24 | uint64(n[1])<<16 | uint64(n[2])<<8 | uint64(n[3])
		sum += rec.Count - 1
		return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	}
	a := rec.First.As16()
	for bit := int(rec.Count); bit < 128; bit++ {
		a[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom16(a)
}

// space holds the records by first address; of those that begin together the narrowest, and of equal ones the newest,
// stands last.
type space struct {
	records []rawSpace
	// reach names the record with the largest last address of those up to each, so that a search knows when to stop.
	reach []uint32
}

func newSpace(r *Registry, raw []rawSpace, canonical []uint32) space {
	s := space{records: slices.Clone(raw)}
	for i := range s.records {
		s.records[i].source = canonical[s.records[i].source]
	}
	slices.SortFunc(s.records, func(x, y rawSpace) int {
		if c := cmp.Or(x.first.Compare(y.first), y.last.Compare(x.last), r.newer(y.source, x.source)); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(y.status, x.status), cmp.Compare(y.day, x.day), cmp.Compare(r.text[y.registry], r.text[x.registry]),
			cmp.Compare(r.text[y.country], r.text[x.country]), cmp.Compare(r.text[y.holder], r.text[x.holder]))
	})
	s.reach = make([]uint32, len(s.records))
	for i := range s.records {
		s.reach[i] = uint32(i)
		if i == 0 || s.records[i-1].first.Is4() != s.records[i].first.Is4() {
			continue
		}
		if far := s.reach[i-1]; s.records[far].last.Compare(s.records[i].last) > 0 {
			s.reach[i] = far
		}
	}
	return s
}

// Allocation gives the delegation record that covers the whole prefix, the narrowest one where several do and of equal
// ones the newest. Its Status tells reserved and available space, which no one may announce by the registries' book,
// from space that has a holder. It is false where no record covers the prefix: ask HasDelegations whether there is any.
func (r *Registry) Allocation(p netip.Prefix) (Allocation, bool) {
	p = p.Masked()
	records := r.space.records
	i, exact := slices.BinarySearchFunc(records, p.Addr(), func(s rawSpace, a netip.Addr) int { return s.first.Compare(a) })
	for exact && i+1 < len(records) && records[i+1].first == p.Addr() {
		i++
	}
	if !exact {
		i--
	}
	end := lastOf(p)
	for ; i >= 0 && records[i].first.Is4() == p.Addr().Is4() && records[r.space.reach[i]].last.Compare(end) >= 0; i-- {
		if s := &records[i]; s.last.Compare(end) >= 0 {
			return r.allocation(s), true
		}
	}
	return Allocation{}, false
}

func (r *Registry) allocation(s *rawSpace) Allocation {
	a := Allocation{First: s.first, Last: s.last, Registry: r.text[s.registry], Country: r.text[s.country], Status: s.status,
		Holder: r.text[s.holder], From: r.sources[s.source]}
	if s.day != 0 {
		a.Date = time.Unix(int64(s.day)*86400, 0).UTC()
	}
	return a
}

// lastOf gives the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		rec := delegated.Record{Type: delegated.IPv4, First: p.Addr(), Count: 1 << (32 - p.Bits())}
		return lastAddr(&rec)
	}
	rec := delegated.Record{Type: delegated.IPv6, First: p.Addr(), Count: uint64(p.Bits())}
	return lastAddr(&rec)
}
