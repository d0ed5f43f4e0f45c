package bgp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"pahra/wire/values"
)

// HeaderLen is how many octets stand before the body of a BGP message: marker, length and type.
const HeaderLen = 19

// The types of BGP message (RFC 4271 section 4.1).
const (
	TypeOpen         = 1
	TypeUpdate       = 2
	TypeNotification = 3
)

// The capabilities that this package reads (IANA registry "Capability Codes").
const (
	capMultiprotocol = 1  // RFC 4760
	capAS4           = 65 // RFC 6793
	capAddPath       = 69 // RFC 7911
)

// AddPathMode says in which direction a speaker is ready for path identifiers (RFC 7911 section 4).
type AddPathMode uint8

// The modes; AddPathBoth has the bits of the other two.
const (
	AddPathReceive AddPathMode = 1
	AddPathSend    AddPathMode = 2
	AddPathBoth    AddPathMode = 3
)

// AddPath is what an ADD-PATH capability says of one family.
type AddPath struct {
	Family
	Mode AddPathMode
}

// Open is an OPEN message as far as it tells how the session's UPDATEs are encoded.
type Open struct {
	ASN      values.ASN // of the four-octet capability, else of the message's two octets
	HoldTime uint16     // seconds
	ID       netip.Addr // BGP identifier
	AS4      bool       // the four-octet AS capability is there (RFC 6793)
	Families []Family   // of the multiprotocol capabilities, as they stood
	AddPath  []AddPath  // of the ADD-PATH capabilities, as they stood
}

// ErrOpen says that an OPEN message could not be read.
var ErrOpen = errors.New("OPEN is malformed")

// maxFamilies bounds the families that are kept of an OPEN.
const maxFamilies = 64

// Message tells the type and body of the BGP message that b begins with, and gives what stands behind it. ok is false
// where the marker or the length is wrong, or b ends inside the message.
func Message(b []byte) (kind uint8, body, rest []byte, ok bool) {
	if len(b) < HeaderLen {
		return 0, nil, b, false
	}
	for _, o := range b[:16] {
		if o != 0xff {
			return 0, nil, b, false
		}
	}
	n := int(binary.BigEndian.Uint16(b[16:]))
	if n < HeaderLen || n > len(b) {
		return 0, nil, b, false
	}
	return b[18], b[HeaderLen:n:n], b[n:], true
}

// ParseOpen reads the body of an OPEN (RFC 4271 section 4.2), with the extended optional parameters of RFC 9072. Where
// its parameters are malformed it gives what stood before the fault, with an error that wraps [ErrOpen].
func ParseOpen(body []byte) (Open, error) {
	if len(body) < 10 {
		return Open{}, fmt.Errorf("%w: %d octets", ErrOpen, len(body))
	}
	o := Open{
		ASN:      values.ASN(binary.BigEndian.Uint16(body[1:])),
		HoldTime: binary.BigEndian.Uint16(body[3:]),
		ID:       netip.AddrFrom4([4]byte(body[5:])),
	}
	size, wide := int(body[9]), 1
	list := body[10:]
	if size == 255 && len(list) >= 3 && list[0] == 255 {
		size, wide, list = int(binary.BigEndian.Uint16(list[1:])), 2, list[3:]
	}
	if size > len(list) {
		return o, fmt.Errorf("%w: parameters of %d octets where %d are left", ErrOpen, size, len(list))
	}
	list = list[:size]
	for len(list) > 0 {
		if len(list) < 1+wide {
			return o, fmt.Errorf("%w: a parameter is cut", ErrOpen)
		}
		kind, n := list[0], int(list[1])
		if wide == 2 {
			n = int(binary.BigEndian.Uint16(list[1:]))
		}
		list = list[1+wide:]
		if n > len(list) {
			return o, fmt.Errorf("%w: a parameter of %d octets where %d are left", ErrOpen, n, len(list))
		}
		const capabilities = 2
		if kind == capabilities {
			if err := o.capabilities(list[:n]); err != nil {
				return o, err
			}
		}
		list = list[n:]
	}
	return o, nil
}

// capabilities reads one capabilities parameter (RFC 5492 section 4).
func (o *Open) capabilities(b []byte) error {
	for len(b) > 0 {
		if len(b) < 2 || len(b)-2 < int(b[1]) {
			return fmt.Errorf("%w: a capability is cut", ErrOpen)
		}
		o.capability(b[0], b[2:2+int(b[1])])
		b = b[2+int(b[1]):]
	}
	return nil
}

func (o *Open) capability(code uint8, v []byte) {
	switch code {
	case capMultiprotocol:
		if len(v) == 4 && len(o.Families) < maxFamilies {
			o.Families = append(o.Families, Family{binary.BigEndian.Uint16(v), v[3]})
		}
	case capAS4:
		if len(v) == 4 {
			o.AS4, o.ASN = true, values.ASN(binary.BigEndian.Uint32(v))
		}
	case capAddPath:
		for ; len(v) >= 4 && len(o.AddPath) < maxFamilies; v = v[4:] {
			o.AddPath = append(o.AddPath, AddPath{Family{binary.BigEndian.Uint16(v), v[2]}, AddPathMode(v[3])})
		}
	}
}

// Mode gives what the OPEN says of path identifiers for a family; 0 where it says nothing, or no known mode.
func (o *Open) Mode(f Family) AddPathMode {
	for _, a := range o.AddPath {
		if a.Family == f && a.Mode <= AddPathBoth {
			return a.Mode
		}
	}
	return 0
}

// AppendOpen appends an OPEN message with o's capabilities. A family list of more than some sixty entries does not fit
// the short form, which is the only one written; what is beyond it is left out.
func AppendOpen(dst []byte, o *Open) []byte {
	var caps []byte
	room := func(n int) bool { return len(caps)+n <= 253-2 }
	if o.AS4 {
		caps = binary.BigEndian.AppendUint32(append(caps, capAS4, 4), uint32(o.ASN))
	}
	for _, f := range o.Families {
		if room(6) {
			caps = append(binary.BigEndian.AppendUint16(append(caps, capMultiprotocol, 4), f.AFI), 0, f.SAFI)
		}
	}
	for _, a := range o.AddPath {
		if room(6) {
			caps = append(binary.BigEndian.AppendUint16(append(caps, capAddPath, 4), a.AFI), a.SAFI, byte(a.Mode))
		}
	}
	start := len(dst)
	dst = appendHeader(dst)
	dst[len(dst)-1] = TypeOpen
	short := o.ASN
	if short > 0xffff {
		short = values.ASTrans
	}
	dst = binary.BigEndian.AppendUint16(append(dst, 4), uint16(short))
	dst = binary.BigEndian.AppendUint16(dst, o.HoldTime)
	dst = append(dst, idOctets(o.ID)...)
	if len(caps) > 0 {
		const capabilities = 2
		dst = append(append(dst, byte(len(caps)+2), capabilities, byte(len(caps))), caps...)
	} else {
		dst = append(dst, 0)
	}
	binary.BigEndian.PutUint16(dst[start+16:], uint16(len(dst)-start))
	return dst
}

func idOctets(id netip.Addr) []byte {
	if !id.Is4() {
		id = netip.IPv4Unspecified()
	}
	return id.AsSlice()
}
