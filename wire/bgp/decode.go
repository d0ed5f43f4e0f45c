package bgp

import (
	"encoding/binary"
	"net/netip"

	"pahra/wire/values"
)

// DecodeAttrs decodes path attributes into a, which it resets first and whose storage it reuses. as4 says that AS
// numbers take four octets. rib says that raw comes from a table dump, where MP_REACH_NLRI may have the short form of
// RFC 6396 section 4.3.4; both forms are read then.
//
// What is malformed is left out of a and told in the Faults, with the reaction of RFC 7606; all else is decoded, so a
// caller that cares more for what was there than for what a router would do may ignore them. Of an attribute that
// comes twice the first counts (RFC 7606 section 3 g). AS4_PATH and AS4_AGGREGATOR are merged (RFC 6793 section 4.2.3),
// and are ignored where as4 holds.
func DecodeAttrs(a *Attrs, raw []byte, as4, rib bool) (faults Faults) {
	a.Reset()
	var seen [4]uint64
	var as4Path, as4Aggregator []byte
	for len(raw) > 0 {
		attr, rest, ok := NextAttr(raw)
		if !ok {
			return append(faults, Fault{Action: TreatAsWithdraw, Reason: "last attribute is longer than its list"})
		}
		raw = rest
		bit := uint64(1) << (attr.Code & 63)
		if seen[attr.Code>>6]&bit != 0 {
			faults = append(faults, Fault{attr.Code, twice(attr.Code), "attribute comes twice"})
			continue
		}
		seen[attr.Code>>6] |= bit
		if reason, action := attr.check(as4, rib); reason != "" {
			faults = append(faults, Fault{attr.Code, action, reason})
			if reason != flagFault { // then the value can be read all the same
				a.PathMalformed = a.PathMalformed || attr.Code == CodeASPath
				a.HasPath = a.HasPath || attr.Code == CodeASPath
				continue
			}
		}
		switch attr.Code {
		case CodeAS4Path:
			as4Path = attr.Value
		case CodeAS4Aggregator:
			as4Aggregator = attr.Value
		default:
			a.set(&attr, as4, rib)
		}
	}
	if !as4 && (as4Path != nil || as4Aggregator != nil) {
		a.mergeAS4(as4Path, as4Aggregator)
	}
	return faults
}

// twice is the reaction to a repeated attribute.
func twice(c Code) Action {
	if c == CodeMPReach || c == CodeMPUnreach {
		return ResetSession
	}
	return Discard
}

// Reset empties a and keeps its storage.
func (a *Attrs) Reset() {
	*a = Attrs{
		Path: a.Path[:0], ClusterList: a.ClusterList[:0], Communities: a.Communities[:0],
		ExtCommunities: a.ExtCommunities[:0], LargeCommunities: a.LargeCommunities[:0],
	}
}

// set stores one attribute that check found well-formed.
func (a *Attrs) set(attr *RawAttr, as4, rib bool) {
	v := attr.Value
	switch attr.Code {
	case CodeOrigin:
		a.HasOrigin, a.Origin = true, Origin(v[0])
	case CodeASPath:
		a.HasPath, a.Path = true, appendPath(a.Path, v, asnSize(as4))
	case CodeNextHop:
		a.HasNextHop, a.NextHop = true, netip.AddrFrom4([4]byte(v))
	case CodeMED:
		a.HasMED, a.MED = true, binary.BigEndian.Uint32(v)
	case CodeLocalPref:
		a.HasLocalPref, a.LocalPref = true, binary.BigEndian.Uint32(v)
	case CodeAtomicAggregate:
		a.AtomicAggregate = true
	case CodeAggregator:
		a.setAggregator(v)
	case CodeOriginatorID:
		a.OriginatorID = netip.AddrFrom4([4]byte(v))
	case CodeOTC:
		a.HasOTC, a.OTC = true, values.ASN(binary.BigEndian.Uint32(v))
	case CodeMPReach:
		a.setNextHop(v, rib)
	default:
		a.setList(attr)
	}
}

func (a *Attrs) setList(attr *RawAttr) {
	v := attr.Value
	switch attr.Code {
	case CodeCommunities:
		for ; len(v) >= 4; v = v[4:] {
			a.Communities = append(a.Communities, binary.BigEndian.Uint32(v))
		}
	case CodeClusterList:
		for ; len(v) >= 4; v = v[4:] {
			a.ClusterList = append(a.ClusterList, netip.AddrFrom4([4]byte(v)))
		}
	case CodeExtCommunities:
		for ; len(v) >= 8; v = v[8:] {
			a.ExtCommunities = append(a.ExtCommunities, binary.BigEndian.Uint64(v))
		}
	case CodeLargeCommunities:
		for ; len(v) >= 12; v = v[12:] {
			a.LargeCommunities = append(a.LargeCommunities, LargeCommunity{
				binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]), binary.BigEndian.Uint32(v[8:])})
		}
	}
}

func (a *Attrs) setAggregator(v []byte) {
	a.HasAggregator = true
	if len(v) == 8 {
		a.AggregatorASN = values.ASN(binary.BigEndian.Uint32(v))
	} else {
		a.AggregatorASN = values.ASN(binary.BigEndian.Uint16(v))
	}
	a.AggregatorIP = netip.AddrFrom4([4]byte(v[len(v)-4:]))
}

func (a *Attrs) setNextHop(v []byte, rib bool) {
	r, _ := parseReach(v, rib)
	a.MPNextHopLen = uint8(len(r.NextHop))
	switch len(r.NextHop) {
	case 4:
		a.MPNextHop = netip.AddrFrom4([4]byte(r.NextHop))
	case 16, 32:
		a.MPNextHop = netip.AddrFrom16([16]byte(r.NextHop[:16]))
	}
	if !a.HasNextHop {
		a.NextHop = a.MPNextHop
	}
}

// mergeAS4 does RFC 6793 section 4.2.3: an AGGREGATOR that is not AS_TRANS shows that a two-octet network aggregated
// after the four-octet one, so both AS4 attributes are stale.
func (a *Attrs) mergeAS4(path, aggregator []byte) {
	if a.HasAggregator && aggregator != nil {
		if a.AggregatorASN != values.ASTrans {
			return
		}
		a.setAggregator(aggregator)
	}
	if path == nil {
		return
	}
	tail := appendPath(nil, path, 4)
	kept := tail[:0]
	for _, s := range tail {
		if s.Kind < ASConfedSequence {
			kept = append(kept, s) // RFC 6793 section 6: confederations do not belong here
		}
	}
	a.Path = mergeAS4(a.Path, kept)
}
