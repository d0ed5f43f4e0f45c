package bgp

// Code is the type code of a path attribute (IANA registry "BGP Path Attributes").
type Code uint8

// The path attributes that this package knows.
const (
	CodeOrigin           Code = 1  // RFC 4271
	CodeASPath           Code = 2  // RFC 4271
	CodeNextHop          Code = 3  // RFC 4271
	CodeMED              Code = 4  // RFC 4271
	CodeLocalPref        Code = 5  // RFC 4271
	CodeAtomicAggregate  Code = 6  // RFC 4271
	CodeAggregator       Code = 7  // RFC 4271
	CodeCommunities      Code = 8  // RFC 1997
	CodeOriginatorID     Code = 9  // RFC 4456
	CodeClusterList      Code = 10 // RFC 4456
	CodeMPReach          Code = 14 // RFC 4760
	CodeMPUnreach        Code = 15 // RFC 4760
	CodeExtCommunities   Code = 16 // RFC 4360
	CodeAS4Path          Code = 17 // RFC 6793
	CodeAS4Aggregator    Code = 18 // RFC 6793
	CodeLargeCommunities Code = 32 // RFC 8092
	CodeOTC              Code = 35 // RFC 9234
)

// The flag bits of a path attribute (RFC 4271 section 4.3).
const (
	FlagOptional   = 0x80
	FlagTransitive = 0x40
	FlagPartial    = 0x20
	FlagExtended   = 0x10
)

// RawAttr is one path attribute as it stood. Value aliases the input.
type RawAttr struct {
	Flags uint8
	Code  Code
	Value []byte
}

// NextAttr takes the first attribute off b. It gives false where b is empty or does not hold a whole attribute; rest
// is then b.
func NextAttr(b []byte) (a RawAttr, rest []byte, ok bool) {
	if len(b) < 3 {
		return RawAttr{}, b, false
	}
	flags, code, head, n := b[0], b[1], 3, int(b[2])
	if flags&FlagExtended != 0 {
		if len(b) < 4 {
			return RawAttr{}, b, false
		}
		head, n = 4, n<<8|int(b[3])
	}
	if len(b)-head < n {
		return RawAttr{}, b, false
	}
	return RawAttr{flags, Code(code), b[head : head+n]}, b[head+n:], true
}
