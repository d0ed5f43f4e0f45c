package bgp

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// The ways in which a list of prefixes can be malformed (RFC 7606 section 5.3). Behind such a place nothing can be told.
var (
	ErrPrefixLength = errors.New("prefix length is beyond the address")
	ErrPrefixCut    = errors.New("prefix list ends inside a prefix")
)

// NLRI is one prefix of an UPDATE or a table.
type NLRI struct {
	Prefix netip.Prefix // masked
	// Unmasked is the address as it stood where bits behind the prefix length are set; else zero.
	Unmasked  netip.Addr
	PathID    uint32 // RFC 7911; 0 without addPath
	HasPathID bool
}

// NextNLRI takes the first prefix off b, which must not be empty, and gives what is left. afi is AFI4 or AFI6; addPath
// says that path identifiers stand before the prefixes (RFC 7911 section 3).
func NextNLRI(n *NLRI, b []byte, afi uint16, addPath bool) (rest []byte, err error) {
	n.PathID, n.HasPathID = 0, addPath
	if addPath {
		if len(b) < 5 {
			return nil, ErrPrefixCut
		}
		n.PathID = binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	if afi == AFI4 {
		return n.next4(b)
	}
	return n.next6(b)
}

func (n *NLRI) next4(b []byte) (rest []byte, err error) {
	bits := int(b[0])
	if bits > 32 {
		return nil, ErrPrefixLength
	}
	size := (bits + 7) >> 3
	if len(b)-1 < size {
		return nil, ErrPrefixCut
	}
	var ip uint32
	if len(b) >= 5 {
		ip = binary.BigEndian.Uint32(b[1:])
		ip &= ^uint32(0) << (32 - 8*size) // a shift by 32 gives 0
	} else {
		for i, o := range b[1 : 1+size] {
			ip |= uint32(o) << (24 - 8*i)
		}
	}
	masked := ip & (^uint32(0) << (32 - bits))
	n.Unmasked = netip.Addr{}
	if masked != ip {
		n.Unmasked = addr4(ip)
	}
	n.Prefix = netip.PrefixFrom(addr4(masked), bits)
	return b[1+size:], nil
}

func addr4(ip uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
}

func (n *NLRI) next6(b []byte) (rest []byte, err error) {
	bits := int(b[0])
	if bits > 128 {
		return nil, ErrPrefixLength
	}
	size := (bits + 7) >> 3
	if len(b)-1 < size {
		return nil, ErrPrefixCut
	}
	var ip [16]byte
	copy(ip[:], b[1:1+size])
	n.Unmasked = netip.Addr{}
	if behind := byte(0xff) >> (bits & 7); bits&7 != 0 && ip[size-1]&behind != 0 {
		n.Unmasked = netip.AddrFrom16(ip)
		ip[size-1] &^= behind
	}
	n.Prefix = netip.PrefixFrom(netip.AddrFrom16(ip), bits)
	return b[1+size:], nil
}

// LooksAddPath tells whether a prefix list that should have no path identifiers has them all the same, as in the dumps
// of BIRD before it knew RFC 8050: it repeats the default route at its start, which no UPDATE does, and reads exactly
// with identifiers. Identifiers of 65536 and above are not recognised.
func LooksAddPath(b []byte, afi uint16) bool {
	if len(b) < 5 || b[0] != 0 || b[1] != 0 {
		return false
	}
	var n NLRI
	var err error
	for len(b) > 0 && err == nil {
		b, err = NextNLRI(&n, b, afi, true)
		if n.Unmasked.IsValid() {
			return false
		}
	}
	return err == nil
}
