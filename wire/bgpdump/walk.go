package bgpdump

import "encoding/binary"

// Attribute type codes that the text shows (RFC 4271 section 5, RFC 4760, RFC 6793, RFC 1997).
const (
	codeOrigin        = 1
	codeASPath        = 2
	codeNextHop       = 3
	codeMED           = 4
	codeLocalPref     = 5
	codeAtomic        = 6
	codeAggregator    = 7
	codeCommunities   = 8
	codeMPReach       = 14
	codeAS4Path       = 17
	codeAS4Aggregator = 18
)

const flagExtendedLength = 0x10

// unset is how bgpdump prints an address that was never set, and how it tells a missing aggregator.
const unset = 0xFFFFFFFF

// attributes are the values behind the text, as they stood in the record.
type attributes struct {
	origin         byte
	hasPath        bool
	path, as4Path  []byte
	hasAS4Path     bool
	nextHop        uint32
	med, localPref uint32
	atomic         bool
	aggregatorAS   uint32
	aggregatorIP   uint32
	hasAggregator  bool
	as4Aggregator  []byte
	communities    []byte
	hasCommunities bool
	hasReach       bool
	raw            []byte
}

// nextHop is the next hop of one MP_REACH_NLRI; present tells an empty one from none.
type nextHop struct {
	present bool
	octets  []byte
}

// walk collects the attributes in raw; the last of a repeated one wins. A truncated attribute ends the walk.
func (a *attributes) walk(raw []byte, asLen int) {
	*a = attributes{origin: 2, nextHop: unset, aggregatorAS: unset, aggregatorIP: unset, raw: raw}
	for len(raw) > 0 {
		var code byte
		var value []byte
		code, value, raw = next(raw)
		a.set(code, value, asLen)
	}
}

// next takes one attribute off raw. Where the last is truncated its code is 0, which no attribute has.
func next(raw []byte) (code byte, value, rest []byte) {
	if len(raw) < 3 {
		return 0, nil, nil
	}
	flags, code, size := raw[0], raw[1], int(raw[2])
	rest = raw[3:]
	if flags&flagExtendedLength != 0 {
		if len(rest) == 0 {
			return 0, nil, nil
		}
		size, rest = size<<8|int(rest[0]), rest[1:]
	}
	if size > len(rest) {
		return 0, nil, nil
	}
	return code, rest[:size], rest[size:]
}

func (a *attributes) set(code byte, value []byte, asLen int) {
	switch code {
	case codeOrigin:
		a.origin = byte(number(value, 1))
	case codeASPath:
		a.path, a.hasPath = value, true
	case codeNextHop:
		a.nextHop = number(value, 4)
	case codeMED:
		a.med = number(value, 4)
	case codeLocalPref:
		a.localPref = number(value, 4)
	case codeAtomic:
		a.atomic = true
	case codeAggregator:
		a.hasAggregator = true
		a.aggregatorAS, a.aggregatorIP = aggregator(value, asLen)
	case codeCommunities:
		a.communities, a.hasCommunities = value, true
	case codeMPReach:
		a.hasReach = true
	case codeAS4Path:
		a.as4Path, a.hasAS4Path = value, true
	case codeAS4Aggregator:
		a.as4Aggregator = value
	}
}

// reach gives the next hop of the first MP_REACH_NLRI for an address family, by AFI less one and SAFI.
func (a *attributes) reach(afi int, safi uint8) (hop nextHop) {
	if !a.hasReach {
		return hop
	}
	for raw := a.raw; len(raw) > 0 && !hop.present; {
		var code byte
		var value []byte
		if code, value, raw = next(raw); code == codeMPReach {
			hop = reachHop(value, uint16(afi+1), safi)
		}
	}
	return hop
}

// reachHop reads the next hop of an MP_REACH_NLRI, if it is for that family, in the attribute's full form (RFC 4760
// section 3) or the short one of table dumps (RFC 6396 section 4.3.4), which stands for IPv6 unicast. Some writers mix
// them up: the full form begins with a zero octet.
func reachHop(value []byte, wantAFI uint16, wantSAFI uint8) nextHop {
	afi, safi := uint16(2), uint8(1)
	if len(value) > 0 && value[0] == 0 {
		if len(value) < 4 {
			return nextHop{}
		}
		afi, safi = binary.BigEndian.Uint16(value), value[2]
		value = value[3:]
	}
	if afi != wantAFI || safi != wantSAFI || len(value) == 0 {
		return nextHop{}
	}
	size := min(int(value[0]), len(value)-1)
	return nextHop{true, value[1 : 1+size]}
}

// merge puts AS4_AGGREGATOR in place of AGGREGATOR, and drops an AS4_PATH that does not apply (RFC 6793 section 4.2.3).
func (a *attributes) merge(asLen int) {
	if asLen == 4 {
		return
	}
	if a.hasAggregator && a.as4Aggregator != nil {
		if a.aggregatorAS != asTrans {
			a.hasAS4Path = false // an old speaker aggregated the route: the four-octet path no longer applies
			return
		}
		a.aggregatorAS, a.aggregatorIP = aggregator(a.as4Aggregator, 4)
	}
}

const asTrans = 23456

// number reads up to size octets as an unsigned number; missing ones count as zero.
func number(value []byte, size int) (n uint32) {
	for i := range size {
		n <<= 8
		if i < len(value) {
			n |= uint32(value[i])
		}
	}
	return n
}

// aggregator reads an AGGREGATOR with AS numbers of asLen octets; missing octets count as zero.
func aggregator(value []byte, asLen int) (as, ip uint32) {
	as = number(value, asLen)
	return as, number(value[min(asLen, len(value)):], 4)
}
