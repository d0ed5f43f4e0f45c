package authority

import (
	"encoding/binary"
	"net/netip"

	"github.com/gaissmai/bart"
)

// none is the node number of "no node".
const none = -1

// prefixIndex finds all stored prefixes that cover a given one. Its items are numbered in prefix order by the builder;
// a node is one distinct prefix and the run of items that carry it. A node knows the next shorter prefix that covers
// it, so that one longest match and a walk of a few steps meets every covering item.
//
// It costs some 13 octets per IPv4 prefix, 25 per IPv6 prefix, and the bart table (about 30 per prefix).
type prefixIndex struct {
	longest bart.Table[int32]
	parent  []int32
	start   []uint32 // items of node n are start[n] to start[n+1]
	v4      []uint32 // addresses of the nodes, IPv4 nodes first
	v6      [][16]byte
	bits    []uint8
}

// newPrefixIndex indexes n items whose prefixes, as given by at, are valid, masked and ascend in values.ComparePrefix.
func newPrefixIndex(n int, at func(int) netip.Prefix) *prefixIndex {
	x := &prefixIndex{}
	var last netip.Prefix
	var open []int32 // the chain of prefixes that may still cover what follows, shortest first
	for i := range n {
		p := at(i)
		if p == last {
			continue
		}
		last = p
		for len(open) > 0 && !covers(x.prefix(open[len(open)-1]), p) {
			open = open[:len(open)-1]
		}
		up := int32(none)
		if len(open) > 0 {
			up = open[len(open)-1]
		}
		open = append(open, x.add(p, up, i))
	}
	x.start = append(x.start, uint32(n))
	return x
}

// add appends a node for p whose items begin at item.
func (x *prefixIndex) add(p netip.Prefix, up int32, item int) int32 {
	n := int32(len(x.bits))
	x.parent = append(x.parent, up)
	x.start = append(x.start, uint32(item))
	x.bits = append(x.bits, uint8(p.Bits()))
	if a := p.Addr(); a.Is4() {
		b := a.As4()
		x.v4 = append(x.v4, binary.BigEndian.Uint32(b[:]))
	} else {
		x.v6 = append(x.v6, a.As16())
	}
	x.longest.Insert(p, n)
	return n
}

// prefix gives the prefix of node n.
func (x *prefixIndex) prefix(n int32) netip.Prefix {
	if int(n) < len(x.v4) {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], x.v4[n])
		return netip.PrefixFrom(netip.AddrFrom4(b), int(x.bits[n]))
	}
	return netip.PrefixFrom(netip.AddrFrom16(x.v6[int(n)-len(x.v4)]), int(x.bits[n]))
}

// leaf gives the longest stored prefix that covers p, or none; so it does for the invalid prefix. Host bits of p do not
// count.
func (x *prefixIndex) leaf(p netip.Prefix) int32 {
	if n, ok := x.longest.LookupPrefix(p); ok {
		return n
	}
	return none
}

// items gives the run of items that carry node n's prefix.
func (x *prefixIndex) items(n int32) (from, to uint32) { return x.start[n], x.start[n+1] }

// nodeOf gives the node that item i belongs to.
func (x *prefixIndex) nodeOf(i uint32) int32 {
	lo, hi := 0, len(x.bits)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; x.start[mid] <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	return int32(lo)
}

// covers tells whether every address of q lies in p.
func covers(p, q netip.Prefix) bool {
	return p.Bits() <= q.Bits() && p.Contains(q.Addr())
}

// usable tells whether p can be stored: valid, masked, not IPv4-mapped.
func usable(p netip.Prefix) bool {
	return p.IsValid() && !p.Addr().Is4In6() && p == p.Masked()
}
