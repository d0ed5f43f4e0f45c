package routes

import (
	"encoding/binary"
	"fmt"
	"slices"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// Interner numbers distinct attribute sets and distinct paths, so that each is decoded and judged once. Not safe for
// concurrent use.
//
// What tells two sets apart are their raw octets without MP_REACH_NLRI and MP_UNREACH_NLRI, which hold the prefixes of
// an UPDATE, and the width of their AS numbers.
type Interner struct {
	sets  *byteSet
	attrs []Attr // attrs[AttrID]; the first stands for none
	paths *byteSet
	key   []byte
	hops  []byte
	as    bgp.Attrs
}

// NewInterner gives an empty one.
func NewInterner() *Interner {
	return &Interner{sets: newByteSet(), attrs: make([]Attr, 1), paths: newByteSet()}
}

// ID gives the number of the attribute set raw. as4 says that its AS numbers take four octets, rib that it stood in a
// table dump.
func (in *Interner) ID(raw []byte, as4, rib bool) AttrID {
	width := byte(2)
	if as4 {
		width = 4
	}
	in.key = appendWithoutNLRI(append(in.key[:0], width), raw)
	id, isNew := in.sets.id(in.key)
	if isNew {
		in.attrs = append(in.attrs, in.decode(in.key[1:], as4, rib))
	}
	return AttrID(id)
}

// Attr gives what is known of a set; AttrID 0 gives the zero Attr.
func (in *Interner) Attr(id AttrID) Attr { return in.attrs[id] }

// Len is how many distinct sets there are, and Paths how many distinct paths.
func (in *Interner) Len() int { return in.sets.len() }

// Paths is how many distinct paths there are.
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

func (in *Interner) decode(raw []byte, as4, rib bool) Attr {
	var a Attr
	if faults := bgp.DecodeAttrs(&in.as, raw, as4, rib); faults.Withdraw() {
		a.Flags |= Malformed
	}
	if !as4 {
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

// path interns the collapsed path of the attributes last decoded.
func (in *Interner) path(a *Attr) {
	in.hops = in.hops[:0]
	var last values.ASN
	for _, s := range in.as.Path {
		if s.Kind != bgp.ASSequence {
			a.Flags |= HasSet
			a.Origin = 0
			continue
		}
		for _, asn := range s.ASNs {
			if asn != last || len(in.hops) == 0 {
				in.hops = binary.BigEndian.AppendUint32(in.hops, uint32(asn))
			}
			last = asn
		}
		a.Origin = last
	}
	if len(in.hops) > 0 {
		id, _ := in.paths.id(in.hops)
		a.Path = PathID(id)
	}
}

// appendWithoutNLRI appends the attributes in raw but for MP_REACH_NLRI and MP_UNREACH_NLRI. What is cut short is
// appended as it stands.
func appendWithoutNLRI(dst, raw []byte) []byte {
	from := 0
	for i := 0; i+3 <= len(raw); {
		size := 3 + int(raw[i+2])
		if raw[i]&0x10 != 0 { // extended length, RFC 4271 section 4.3
			if i+4 > len(raw) {
				break
			}
			size = 4 + int(binary.BigEndian.Uint16(raw[i+2:]))
		}
		if code := raw[i+1]; code == 14 || code == 15 {
			dst = append(dst, raw[from:i]...)
			from = min(i+size, len(raw))
		}
		i += size
	}
	return append(dst, raw[from:]...)
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
