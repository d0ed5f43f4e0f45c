package routes

import (
	"encoding/binary"
	"fmt"
	"slices"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// Interner numbers distinct attribute sets and distinct paths, so that each is decoded and judged once. Not safe for
// concurrent use, but for [Interner.Sum].
//
// What tells two sets apart are their raw octets without MP_REACH_NLRI and MP_UNREACH_NLRI, which hold the prefixes of
// an UPDATE, and the width of their AS numbers. The octets themselves are not kept, only their [Sum].
//
// Numbers are given in the order of first use; those that [Interner.Sweep] took back are given again first, the lowest
// before the others.
type Interner struct {
	hash  [2]hasher // for AS numbers of two octets, of four
	sets  sumSet
	attrs list[Attr] // by AttrID; the first stands for none
	paths *byteSet

	// What follows is used again by each call.
	as      bgp.Attrs
	bare    []byte   // a set without its prefixes
	hops    []byte   // the collapsed paths of the sets that are new, one behind another
	ends    []int    // where each ends in hops
	fresh   []uint32 // the numbers of the sets that are new
	sums    []Sum
	fetched uint64
}

// NewInterner gives an empty one.
func NewInterner() *Interner {
	in := &Interner{hash: [2]hasher{newHasher(), newHasher()}, sets: newSumSet(), paths: newByteSet()}
	in.attrs.add(Attr{})
	return in
}

// ID gives the number of the attribute set raw. as4 says that its AS numbers take four octets, rib that it stood in a
// table dump.
func (in *Interner) ID(raw []byte, as4, rib bool) AttrID {
	var one [1]AttrID
	set := [1]Set{{Raw: raw, AS4: as4, RIB: rib}}
	in.Sum(&set[0])
	return in.IDs(one[:0], set[:])[0]
}

// Sum fills in the set's Sum, which takes the most time of all. It may be called from several goroutines at once, and
// beside the other methods.
func (in *Interner) Sum(s *Set) {
	h := &in.hash[0]
	if s.AS4 {
		h = &in.hash[1]
	}
	if !hasNLRI(s.Raw) {
		s.Sum = h.of(s.Raw)
		return
	}
	var space [512]byte
	s.Sum = h.of(appendWithoutNLRI(space[:0], s.Raw))
}

// IDs appends the numbers of sets, whose Sum is filled in, to dst. It gives what [Interner.ID] would give one by one;
// many at once are faster.
func (in *Interner) IDs(dst []AttrID, sets []Set) []AttrID {
	for len(sets) > 0 {
		n := min(len(sets), atOnce)
		dst = in.some(dst, sets[:n])
		sets = sets[n:]
	}
	return dst
}

// atOnce is for how many look-ups memory is fetched at a time: what the nearest cache holds with ease.
const atOnce = 64

func (in *Interner) some(dst []AttrID, sets []Set) []AttrID {
	in.sums = in.sums[:0]
	for i := range sets {
		in.sums = append(in.sums, sets[i].Sum)
	}
	in.fetched += in.sets.touch(in.sums)
	in.ends, in.hops, in.fresh = in.ends[:0], in.hops[:0], in.fresh[:0]
	for i := range sets {
		id, isNew := in.sets.id(sets[i].Sum)
		if isNew {
			in.attrs.put(int(id), in.decode(&sets[i]))
			in.fresh = append(in.fresh, id)
		}
		dst = append(dst, AttrID(id))
	}
	in.number()
	return dst
}

// number gives the paths of the sets that are new, which lie in hops, their numbers.
func (in *Interner) number() {
	in.sums = in.sums[:0]
	at := 0
	for _, end := range in.ends {
		in.sums = append(in.sums, in.paths.hasher.of(in.hops[at:end]))
		at = end
	}
	in.fetched += in.paths.sums.touch(in.sums)
	at = 0
	for i, end := range in.ends {
		if end > at {
			id, _ := in.paths.idOf(in.hops[at:end], in.sums[i])
			in.attrs.at(int(in.fresh[i])).Path = PathID(id)
		}
		at = end
	}
}

// Attr gives what is known of a set; AttrID 0 gives the zero Attr, as does that of a set forgotten.
func (in *Interner) Attr(id AttrID) Attr { return *in.attrs.at(int(id)) }

// Len is the highest AttrID given so far: how many distinct sets there are, those forgotten included whose numbers have
// not been given again.
func (in *Interner) Len() int { return in.sets.n }

// Kept is how many distinct sets there are that have not been forgotten.
func (in *Interner) Kept() int { return in.sets.len() }

// Paths is the highest PathID given so far, as Len is the highest AttrID.
func (in *Interner) Paths() int { return in.paths.len() }

// AppendPath appends the ASNs of a path, from the collector's peer to the origin. Prepends are collapsed; AS_SETs and
// confederation segments are left out ([HasSet] tells).
func (in *Interner) AppendPath(dst []values.ASN, id PathID) []values.ASN {
	if id == 0 {
		return dst
	}
	b := in.paths.bytes(uint32(id))
	for ; len(b) >= 4; b = b[4:] {
		dst = append(dst, values.ASN(binary.BigEndian.Uint32(b)))
	}
	return dst
}

// appendKey appends what stands for a path in Interner.paths.
func appendKey(dst []byte, hops []values.ASN) []byte {
	for _, asn := range hops {
		dst = binary.BigEndian.AppendUint32(dst, uint32(asn))
	}
	return dst
}

func (in *Interner) decode(s *Set) Attr {
	var a Attr
	raw := s.Raw
	if hasNLRI(raw) { // what is wrong with the prefixes is no part of the set
		in.bare = appendWithoutNLRI(in.bare[:0], raw)
		raw = in.bare
	}
	if faults := bgp.DecodeAttrs(&in.as, raw, s.AS4, s.RIB); faults.Withdraw() {
		a.Flags |= Malformed
	}
	if !s.AS4 {
		a.Flags |= TwoOctet
	}
	if in.as.HasOTC {
		a.OTC = in.as.OTC
	}
	if slices.ContainsFunc(in.as.Communities, isBlackhole) {
		a.Flags |= Blackhole
	}
	in.path(&a)
	return a
}

func isBlackhole(c uint32) bool { return c&0xffff == 666 }

// path appends the collapsed path of the attributes last decoded to hops.
func (in *Interner) path(a *Attr) {
	var last values.ASN
	first := true
	for _, s := range in.as.Path {
		if s.Kind != bgp.ASSequence {
			a.Flags |= HasSet
			a.Origin = 0
			continue
		}
		for _, asn := range s.ASNs {
			if asn != last || first {
				in.hops = binary.BigEndian.AppendUint32(in.hops, uint32(asn))
			}
			last, first = asn, false
		}
		a.Origin = last
	}
	in.ends = append(in.ends, len(in.hops))
}

// PathString gives a path as "701 1299 64500".
func PathString(path []values.ASN) string {
	var b []byte
	for i, asn := range path {
		if i > 0 {
			b = append(b, ' ')
		}
		b = fmt.Append(b, uint32(asn))
	}
	return string(b)
}
