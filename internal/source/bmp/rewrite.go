package bmp

import (
	"encoding/binary"
	"slices"

	"pahra/wire/bgp"
)

// part is what an UPDATE says of one family.
type part struct {
	family    bgp.Family
	announced bool
	mp        bool   // it stood in MP_REACH_NLRI or MP_UNREACH_NLRI
	hop, nlri []byte // hop is the next hop of MP_REACH_NLRI
	addPath   bool   // its prefixes have path identifiers
	table     bool   // it belongs to a table that is told for the first time
}

// rewrite puts an UPDATE together anew. It keeps its storage from one to the next.
type rewrite struct {
	update    bgp.Update
	parts     []part
	bare      []byte // the attributes without MP_REACH_NLRI and MP_UNREACH_NLRI
	wide      []byte
	attrs     []byte // one of the two: see as4
	as4       bool   // AS numbers of attrs take four octets
	noHop     bool   // prefixes stood without a NEXT_HOP
	malformed bool   // the attributes are, but for a missing NEXT_HOP
}

// prepare finds the parts of the update, in the order in which they are to be said, and the attributes in the form they
// are to have. as4 says how they stand; mayHide allows them to stay in two octets where AS_TRANS hides a network.
func (r *rewrite) prepare(as4, mayHide bool) {
	u := &r.update
	r.as4, r.parts = as4, r.parts[:0]
	four := bgp.Family{AFI: bgp.AFI4, SAFI: 1}
	add := func(p part) {
		if len(p.nlri) > 0 {
			r.parts = append(r.parts, p)
		}
	}
	add(part{family: four, nlri: u.Withdrawn})
	for _, m := range u.Unreach {
		add(part{family: m.Family, mp: true, nlri: m.NLRI})
	}
	add(part{family: four, announced: true, nlri: u.NLRI})
	for _, m := range u.Reach {
		add(part{family: m.Family, announced: true, mp: true, hop: m.NextHop, nlri: m.NLRI})
	}
	r.malformed = slices.ContainsFunc(u.Faults, func(f bgp.Fault) bool {
		return f.Action >= bgp.TreatAsWithdraw && f.Reason != bgp.ReasonMissing || f.Reason == bgp.ReasonMissing && f.Code != bgp.CodeNextHop
	})
	r.bare = appendWithoutMP(r.bare[:0], u.Attrs)
	r.noHop = len(u.NLRI) > 0 && !has(r.bare, bgp.CodeNextHop)
	if r.noHop {
		r.bare = append(r.bare, bgp.FlagTransitive, byte(bgp.CodeNextHop), 4, 0, 0, 0, 0)
	}
	r.attrs = r.bare
	if r.as4 {
		return
	}
	var hidden bool
	r.wide, hidden = bgp.WidenAttrs(r.wide[:0], r.bare)
	if !hidden || !mayHide {
		r.attrs, r.as4 = r.wide, true
	}
}

// appendWithoutMP appends attributes without those that hold prefixes.
func appendWithoutMP(dst, raw []byte) []byte {
	for len(raw) > 0 {
		a, rest, ok := bgp.NextAttr(raw)
		if !ok {
			return append(dst, raw...)
		}
		if a.Code != bgp.CodeMPReach && a.Code != bgp.CodeMPUnreach {
			dst = append(dst, raw[:len(raw)-len(rest)]...)
		}
		raw = rest
	}
	return dst
}

func has(raw []byte, code bgp.Code) bool {
	for len(raw) > 0 {
		a, rest, ok := bgp.NextAttr(raw)
		if !ok {
			return false
		}
		if a.Code == code {
			return true
		}
		raw = rest
	}
	return false
}

// message gives an UPDATE of the parts that are no table's and have path identifiers or not; nil where there is none. ok
// is false where it would be too long.
func (r *rewrite) message(addPath bool) (message []byte, ok bool) {
	var withdrawn, attrs, nlri []byte
	any, announced := false, false
	for i := range r.parts {
		p := &r.parts[i]
		if p.table || p.addPath != addPath {
			continue
		}
		any = true
		announced = announced || p.announced
		switch {
		case p.mp && p.announced:
			attrs = appendAttr(attrs, bgp.CodeMPReach, reach(p))
		case p.mp:
			attrs = appendAttr(attrs, bgp.CodeMPUnreach, append(familyOctets(p.family), p.nlri...))
		case p.announced:
			nlri = p.nlri
		default:
			withdrawn = p.nlri
		}
	}
	if !any {
		return nil, true
	}
	if announced {
		attrs = append(slices.Clone(r.attrs), attrs...)
	}
	size := bgp.HeaderLen + 2 + len(withdrawn) + 2 + len(attrs) + len(nlri)
	if size > 0xffff {
		return nil, false
	}
	message = slices.Grow(message, size)
	for range 16 {
		message = append(message, 0xff)
	}
	message = append(binary.BigEndian.AppendUint16(message, uint16(size)), bgp.TypeUpdate)
	message = append(binary.BigEndian.AppendUint16(message, uint16(len(withdrawn))), withdrawn...)
	message = append(binary.BigEndian.AppendUint16(message, uint16(len(attrs))), attrs...)
	return append(message, nlri...), true
}

// entryAttrs gives the attributes of a table entry (RFC 6396 section 4.3.4): MP_REACH_NLRI is only the next hop.
func (r *rewrite) entryAttrs(p *part) []byte {
	if !p.mp {
		return r.attrs
	}
	return appendAttr(slices.Clone(r.attrs), bgp.CodeMPReach, append([]byte{byte(len(p.hop))}, p.hop...))
}

// reach is the value of an MP_REACH_NLRI (RFC 4760 section 3).
func reach(p *part) []byte {
	b := append(familyOctets(p.family), byte(len(p.hop)))
	return append(append(append(b, p.hop...), 0), p.nlri...)
}

func familyOctets(f bgp.Family) []byte {
	return append(binary.BigEndian.AppendUint16(nil, f.AFI), f.SAFI)
}

// appendAttr appends an optional attribute with the extended form of its length.
func appendAttr(dst []byte, code bgp.Code, value []byte) []byte {
	dst = append(dst, bgp.FlagOptional|bgp.FlagExtended, byte(code))
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(value))), value...)
}
