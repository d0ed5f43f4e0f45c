package mrt

// The MRT types (RFC 6396 section 4; 5 is the form of MRTd and of RIS before 2000).
const (
	TypeBGP         = 5
	TypeTableDump   = 12
	TypeTableDumpV2 = 13
	TypeBGP4MP      = 16
	TypeBGP4MPET    = 17
)

// The subtypes of TABLE_DUMP_V2 (RFC 6396 section 4.3, RFC 6397, RFC 8050 section 4).
const (
	PeerIndexTable          = 1
	RIBIPv4Unicast          = 2
	RIBIPv4Multicast        = 3
	RIBIPv6Unicast          = 4
	RIBIPv6Multicast        = 5
	RIBGeneric              = 6
	GeoPeerTable            = 7
	RIBIPv4UnicastAddPath   = 8
	RIBIPv4MulticastAddPath = 9
	RIBIPv6UnicastAddPath   = 10
	RIBIPv6MulticastAddPath = 11
	RIBGenericAddPath       = 12
)

// The subtypes of BGP4MP and BGP4MP_ET (RFC 6396 section 4.4, RFC 8050 section 3). Entry and Snapshot are of the drafts
// before the RFC; OpenBGPD writes the first.
const (
	BGP4MPStateChange            = 0
	BGP4MPMessage                = 1
	BGP4MPEntry                  = 2
	BGP4MPSnapshot               = 3
	BGP4MPMessageAS4             = 4
	BGP4MPStateChangeAS4         = 5
	BGP4MPMessageLocal           = 6
	BGP4MPMessageAS4Local        = 7
	BGP4MPMessageAddPath         = 8
	BGP4MPMessageAS4AddPath      = 9
	BGP4MPMessageLocalAddPath    = 10
	BGP4MPMessageAS4LocalAddPath = 11
)

const (
	headerLen     = 12
	headerLenWide = 16 // with the microseconds of BGP4MP_ET
	uncounted     = 4  // view and sequence of TABLE_DUMP, which RIS left out of the length in 2000
)

// Record is one MRT record. Its slices alias the reader's buffer and hold until its next call.
type Record struct {
	Offset        int64  // where it begins in the decompressed stream
	Sec, Micro    uint32 // seconds since 1970, UTC, and microseconds (BGP4MP_ET only)
	Type, Subtype uint16
	// Header is the record's header, with the microseconds of BGP4MP_ET; Body is what follows it.
	Header, Body []byte
	raw          []byte
}

// Raw gives the whole record as it stood.
func (r *Record) Raw() []byte { return r.raw }

// ParseRecord takes raw, one whole record, apart. It gives false where raw is not exactly one record.
func ParseRecord(r *Record, raw []byte) bool {
	if len(raw) < headerLen {
		return false
	}
	h := parseHeader(raw)
	beyond := int64(len(raw)) - headerLen - int64(h.length)
	if beyond != 0 && (h.kind != TypeTableDump || beyond != uncounted) {
		return false
	}
	r.set(h, raw)
	return true
}

func (r *Record) set(h header, raw []byte) {
	r.Sec, r.Micro, r.Type, r.Subtype, r.raw = h.sec, 0, h.kind, h.subtype, raw
	n := headerLen
	if h.kind == TypeBGP4MPET && len(raw) >= headerLenWide {
		n = headerLenWide
		r.Micro = be32(raw[headerLen:])
	}
	r.Header, r.Body = raw[:n:n], raw[n:]
}

type header struct {
	sec           uint32
	kind, subtype uint16
	length        uint32
}

func parseHeader(b []byte) header {
	_ = b[11]
	return header{be32(b), be16(b[4:]), be16(b[6:]), be32(b[8:])}
}

// known tells whether the type and subtype are assigned and the length could be right for them.
func (h header) known() bool {
	switch h.kind {
	case TypeBGP:
		return h.subtype <= 7 || h.subtype == 133
	case TypeTableDump:
		return h.subtype >= 1 && h.subtype <= 4 && h.length >= 22
	case TypeTableDumpV2:
		return h.subtype >= 1 && h.subtype <= RIBGenericAddPath && h.length >= 7
	case TypeBGP4MP:
		return h.subtype <= BGP4MPMessageAS4LocalAddPath && h.length >= 8
	case TypeBGP4MPET:
		return h.subtype <= BGP4MPMessageAS4LocalAddPath && h.length >= 12
	}
	return false
}

func be16(b []byte) uint16 { _ = b[1]; return uint16(b[0])<<8 | uint16(b[1]) }

func be32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
