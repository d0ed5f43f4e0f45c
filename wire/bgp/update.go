package bgp

import "encoding/binary"

// UpdateOptions tell how an UPDATE was encoded, which the message itself does not say.
type UpdateOptions struct {
	AS4     bool // AS numbers take four octets (RFC 6793)
	AddPath bool // path identifiers stand before all prefixes (RFC 7911)
}

// maxReach bounds how many MP attributes of one UPDATE are kept; RFC 7606 allows one of each kind.
const maxReach = 8

// Update is an UPDATE taken apart. Its slices alias the message.
type Update struct {
	Withdrawn, Attrs, NLRI []byte
	Reach, Unreach         []Reach // MP_REACH_NLRI and MP_UNREACH_NLRI, ordered by family; prefix families only
	Faults                 Faults  // what is wrong with it; nil where nothing is
	Unsupported            int     // MP attributes of other families, such as VPNs and flow specifications
}

// ParseUpdate takes apart the body of an UPDATE, which begins behind the 19 octets of the BGP header, and checks every
// attribute. u is reset first; its storage is reused. A message that ends early is read as far as it goes.
func ParseUpdate(u *Update, body []byte, opt UpdateOptions) {
	*u = Update{Reach: u.Reach[:0], Unreach: u.Unreach[:0]}
	var whole bool
	if u.Withdrawn, body, whole = counted(body); !whole {
		u.fault(0, ResetSession, "UPDATE ends inside its withdrawn routes")
		return
	}
	if u.Attrs, body, whole = counted(body); !whole {
		u.fault(0, ResetSession, "UPDATE ends inside its attributes")
	}
	u.NLRI = body
	if len(u.Attrs) > 0 {
		u.parseAttrs(opt)
	}
}

// counted takes off b a list with a two-octet length before it, or what there is of it.
func counted(b []byte) (list, rest []byte, whole bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n > len(b) {
		return b, nil, false
	}
	return b[:n], b[n:], true
}

func (u *Update) fault(c Code, a Action, reason string) {
	u.Faults = append(u.Faults, Fault{c, a, reason})
}

func (u *Update) parseAttrs(opt UpdateOptions) {
	var seen [4]uint64
	for raw := u.Attrs; len(raw) > 0; {
		attr, rest, ok := NextAttr(raw)
		if !ok {
			u.fault(0, TreatAsWithdraw, "last attribute is longer than its list")
			break
		}
		raw = rest
		bit := uint64(1) << (attr.Code & 63)
		again := seen[attr.Code>>6]&bit != 0
		seen[attr.Code>>6] |= bit
		if again {
			u.fault(attr.Code, twice(attr.Code), "attribute comes twice")
		} else if reason, action := attr.check(opt.AS4, false); reason != "" {
			u.fault(attr.Code, action, reason)
		}
		if attr.Code == CodeMPReach || attr.Code == CodeMPUnreach {
			u.addReach(attr)
		}
	}
	u.checkMandatory(seen[0])
}

// ReasonMissing is the Reason of a Fault where a mandatory attribute is not there.
const ReasonMissing = "mandatory attribute is missing"

// checkMandatory does RFC 7606 section 3 d: what announces routes must have ORIGIN, AS_PATH and, for plain NLRI,
// NEXT_HOP.
func (u *Update) checkMandatory(seen uint64) {
	if len(u.NLRI) == 0 && seen&(1<<CodeMPReach) == 0 {
		return
	}
	want := uint64(1<<CodeOrigin | 1<<CodeASPath)
	if len(u.NLRI) > 0 {
		want |= 1 << CodeNextHop
	}
	for _, c := range [...]Code{CodeOrigin, CodeASPath, CodeNextHop} {
		if want&^seen&(1<<c) != 0 {
			u.fault(c, TreatAsWithdraw, ReasonMissing)
		}
	}
}

// addReach files an MP attribute under its family. Of two for one family the first counts.
func (u *Update) addReach(attr RawAttr) {
	list := &u.Unreach
	var r Reach
	if attr.Code == CodeMPReach {
		list = &u.Reach
		r, _ = parseReach(attr.Value, false)
	} else if len(attr.Value) >= 3 {
		r.Family = Family{binary.BigEndian.Uint16(attr.Value), attr.Value[2]}
		r.NLRI = attr.Value[3:]
	}
	if !r.Family.Prefixes() {
		u.Unsupported++
		return
	}
	at := len(*list)
	for at > 0 && r.Family.before((*list)[at-1].Family) {
		at--
	}
	if len(*list) == maxReach || at > 0 && (*list)[at-1].Family == r.Family {
		return
	}
	*list = append(*list, Reach{})
	copy((*list)[at+1:], (*list)[at:])
	(*list)[at] = r
}

func (f Family) before(g Family) bool {
	return f.AFI < g.AFI || f.AFI == g.AFI && f.SAFI < g.SAFI
}

// EndOfRIB tells whether the body of an UPDATE is the marker that ends the first telling of a family's routes, and
// of which family (RFC 4724 section 2).
func EndOfRIB(body []byte) (Family, bool) {
	withdrawn, rest, whole := counted(body)
	if !whole || len(withdrawn) > 0 {
		return Family{}, false
	}
	attrs, rest, whole := counted(rest)
	if !whole || len(rest) > 0 {
		return Family{}, false
	}
	if len(attrs) == 0 {
		return Family{AFI4, 1}, true
	}
	a, rest, ok := NextAttr(attrs)
	if !ok || len(rest) > 0 || a.Code != CodeMPUnreach || len(a.Value) != 3 {
		return Family{}, false
	}
	return Family{binary.BigEndian.Uint16(a.Value), a.Value[2]}, true
}
