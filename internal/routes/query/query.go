// Package query selects elements: those of a prefix, an origin, a path, a peer, a kind, a time, a community.
//
// Fill in a [Query] (its Parse functions read what a user types), then ask a [Matcher] of each element whether it is
// wanted. Conditions of different fields must all hold; of several values in one field, one must. The zero Query wants
// everything. A Query is only read and may be shared; a Matcher belongs to one goroutine and remembers its verdicts on
// attribute sets, for they repeat.
//
// What an element does not have satisfies no condition: a withdrawal has no path, a state change no prefix. The package
// reads no files and prints nothing.
package query

import (
	"net/netip"
	"slices"
	"time"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// Query says which elements are wanted.
type Query struct {
	Prefixes    []netip.Prefix // masked
	Relation    Relation       // of an element's prefix to Prefixes
	Origins     []values.ASN   // the path's last AS, or a member of the set that the path ends in
	Path        *Path          // nil for any
	Peers       []Peer
	Kinds       []mrt.ElemKind
	From, To    time.Time // From <= time < To; the zero Time is no limit
	Communities []Community
}

// Relation is how an element's prefix must relate to one that is asked for.
type Relation uint8

// The relations; More and Less include the prefix itself.
const (
	Exact Relation = iota
	More           // the prefix or more specific ones
	Less           // the prefix or less specific ones
)

// Peer is a collector's peer, by AS number or by address: exactly one is set.
type Peer struct {
	ASN values.ASN
	IP  netip.Addr
}

// NeedsAttrs tells whether the verdict can depend on path attributes.
func (q *Query) NeedsAttrs() bool {
	return len(q.Origins) > 0 || q.Path != nil || len(q.Communities) > 0
}

// matchElem judges by everything but the attributes.
func (q *Query) matchElem(e *mrt.Elem) bool {
	if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, e.Kind) {
		return false
	}
	if !q.From.IsZero() && e.Time().Before(q.From) || !q.To.IsZero() && !e.Time().Before(q.To) {
		return false
	}
	if len(q.Peers) > 0 && !slices.ContainsFunc(q.Peers, func(p Peer) bool { return p.is(e) }) {
		return false
	}
	return len(q.Prefixes) == 0 || slices.ContainsFunc(q.Prefixes, func(p netip.Prefix) bool {
		return q.Relation.holds(e.Prefix, p)
	})
}

func (p Peer) is(e *mrt.Elem) bool {
	if p.IP.IsValid() {
		return p.IP == e.PeerIP
	}
	return p.ASN == e.PeerAS
}

// holds tells whether got is to want as r says. An invalid prefix is to none.
func (r Relation) holds(got, want netip.Prefix) bool {
	switch r {
	case More:
		return got.IsValid() && want.Bits() <= got.Bits() && want.Contains(got.Addr())
	case Less:
		return got.IsValid() && got.Bits() <= want.Bits() && got.Contains(want.Addr())
	default:
		return got == want
	}
}

// matchAttrs judges by the attributes. path is scratch space.
func (q *Query) matchAttrs(a *bgp.Attrs, path []byte) (bool, []byte) {
	if len(q.Origins) > 0 && !slices.ContainsFunc(q.Origins, func(o values.ASN) bool { return hasOrigin(a, o) }) {
		return false, path
	}
	if len(q.Communities) > 0 && !slices.ContainsFunc(q.Communities, func(c Community) bool { return c.in(a) }) {
		return false, path
	}
	if q.Path != nil {
		path = a.AppendPath(path[:0])
		return q.Path.Match(path), path
	}
	return true, path
}

// hasOrigin looks at the end of the path: its last AS, or every member where it ends in an AS_SET.
func hasOrigin(a *bgp.Attrs, origin values.ASN) bool {
	if len(a.Path) == 0 {
		return false
	}
	last := a.Path[len(a.Path)-1]
	switch last.Kind {
	case bgp.ASSequence:
		return len(last.ASNs) > 0 && last.ASNs[len(last.ASNs)-1] == origin
	case bgp.ASSet:
		return slices.Contains(last.ASNs, origin)
	}
	return false
}
