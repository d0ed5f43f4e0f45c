package bgp

import "encoding/binary"

const flagFault = "flags contradict the type"

// check tells what is wrong with one attribute by RFC 7606 section 7 and the documents of the later attributes; "" is
// the common answer. as4 says that AS numbers take four octets; rib that MP_REACH_NLRI may have the short form.
//
// What the RFC lets depend on the session (LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are ignored from an external
// neighbour) is decided as for an external one, for a collector's sessions are: such an attribute is discarded when
// malformed.
func (a *RawAttr) check(as4, rib bool) (reason string, action Action) {
	if reason, action = a.checkValue(as4, rib); reason != "" {
		return reason, action
	}
	if want := wantFlags(a.Code); want != 0 && a.Flags&(FlagOptional|FlagTransitive) != want {
		return flagFault, TreatAsWithdraw
	}
	return "", 0
}

// wantFlags gives the optional and transitive bits that an attribute must have (RFC 7606 section 3 c), or 0 where it is
// not known here; none has neither.
func wantFlags(c Code) uint8 {
	const wellKnown, optional, both = FlagTransitive, FlagOptional, FlagOptional | FlagTransitive
	if c > CodeOTC {
		return 0
	}
	return [CodeOTC + 1]uint8{
		CodeOrigin: wellKnown, CodeASPath: wellKnown, CodeNextHop: wellKnown, CodeLocalPref: wellKnown,
		CodeAtomicAggregate: wellKnown, CodeMED: optional, CodeOriginatorID: optional, CodeClusterList: optional,
		CodeMPReach: optional, CodeMPUnreach: optional, CodeAggregator: both, CodeCommunities: both,
		CodeExtCommunities: both, CodeAS4Path: both, CodeAS4Aggregator: both, CodeLargeCommunities: both, CodeOTC: both,
	}[c]
}

func (a *RawAttr) checkValue(as4, rib bool) (reason string, action Action) {
	n := len(a.Value)
	switch a.Code {
	case CodeOrigin:
		if n != 1 || a.Value[0] > byte(OriginIncomplete) {
			return "ORIGIN is not one octet of 0, 1 or 2", TreatAsWithdraw // 7.1
		}
	case CodeASPath:
		return pathFault(a.Value, asnSize(as4)), TreatAsWithdraw // 7.2
	case CodeNextHop, CodeMED, CodeOTC:
		if n != 4 {
			return "length is not 4", TreatAsWithdraw // 7.3, 7.4; RFC 9234 section 5
		}
	case CodeLocalPref, CodeOriginatorID:
		if n != 4 {
			return "length is not 4", Discard // 7.5, 7.9
		}
	case CodeAtomicAggregate:
		if n != 0 {
			return "length is not 0", Discard // 7.6
		}
	case CodeAggregator:
		if n != asnSize(as4)+4 {
			return "length does not fit the size of AS numbers", Discard // 7.7
		}
	case CodeCommunities:
		return multiple(n, 4), TreatAsWithdraw // 7.8
	case CodeClusterList:
		return multiple(n, 4), Discard // 7.10
	case CodeExtCommunities:
		return multiple(n, 8), TreatAsWithdraw // 7.14
	case CodeLargeCommunities:
		return multiple(n, 12), TreatAsWithdraw // RFC 8092 section 6
	case CodeAS4Path:
		return pathFault(a.Value, 4), Discard // RFC 6793 section 6
	case CodeAS4Aggregator:
		if n != 8 {
			return "length is not 8", Discard // RFC 6793 section 6
		}
	case CodeMPReach:
		_, reason := parseReach(a.Value, rib)
		if rib {
			return reason, Discard
		}
		return reason, ResetSession // 7.11
	case CodeMPUnreach:
		if n < 3 {
			return "MP_UNREACH_NLRI ends before its address family", ResetSession // 7.12
		}
	}
	return "", 0
}

func multiple(n, of int) string {
	if n == 0 || n%of != 0 {
		return "length is not a multiple of its unit"
	}
	return ""
}

func asnSize(as4 bool) int {
	if as4 {
		return 4
	}
	return 2
}

// Family is an address family and what its routes are for: 1 unicast, 2 multicast, 3 both.
type Family struct {
	AFI  uint16
	SAFI uint8
}

// The address families whose prefixes this package reads; each with SAFI 1 to 3.
const (
	AFI4 = 1
	AFI6 = 2
)

// Prefixes tells whether the family's NLRI are plain prefixes, which is all that [NextNLRI] reads.
func (f Family) Prefixes() bool {
	return (f.AFI == AFI4 || f.AFI == AFI6) && f.SAFI >= 1 && f.SAFI <= 3
}

// Reach is an MP_REACH_NLRI (RFC 4760 section 3) or MP_UNREACH_NLRI (section 4) taken apart.
type Reach struct {
	Family
	NextHop []byte // the next hop octets: 4, 16, or 32 with a link-local one behind; nil for MP_UNREACH_NLRI
	NLRI    []byte
}

// parseReach takes MP_REACH_NLRI apart. In a table dump its short form is only the next hop's length and octets; old
// dumps have the full form there too. The short form never starts with a zero, the full one always does.
func parseReach(b []byte, rib bool) (r Reach, fault string) {
	if rib && len(b) > 0 && b[0] != 0 {
		if len(b)-1 < int(b[0]) {
			return r, "next hop is longer than MP_REACH_NLRI"
		}
		r.NextHop = b[1 : 1+int(b[0])]
		return r, ""
	}
	if len(b) < 5 || len(b)-4 < int(b[3])+1 {
		return r, "MP_REACH_NLRI ends before its NLRI"
	}
	r.Family = Family{binary.BigEndian.Uint16(b), b[2]}
	r.NextHop, b = b[4:4+int(b[3])], b[4+int(b[3]):]
	snpas := b[0] // reserved today; RFC 2858 had SNPAs here, each with its length in semi-octets
	for b = b[1:]; snpas > 0; snpas-- {
		if len(b) == 0 || len(b)-1 < (int(b[0])+1)/2 {
			return r, "SNPA is longer than MP_REACH_NLRI"
		}
		b = b[1+(int(b[0])+1)/2:]
	}
	r.NLRI = b
	if n := len(r.NextHop); r.Family.Prefixes() && n != 4 && n != 16 && n != 32 {
		return r, "next hop's length is none that an IPv4 or IPv6 route can have"
	}
	return r, ""
}
