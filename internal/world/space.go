package world

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"pahra/wire/values"
)

// rirs are the registries in the order in which their files are written.
func rirs() []string { return []string{"afrinic", "apnic", "arin", "lacnic", "ripencc"} }

// space is what one registry has to hand out, and where it stands.
type space struct {
	octets []byte // first octets of its IPv4 space
	octet  int
	next4  uint32
	high6  uint32 // first 32 bits of its IPv6 space
	next6  uint32
	asns   [2]values.ASN // a range that IANA gave it, made longer where the largest worlds need more
	used   map[values.ASN]bool
	free   []netip.Prefix // gaps left between IPv4 allocations
}

// newSpace gives the five registries, with ranges out of the IANA registries of IPv4, IPv6 and AS numbers.
func newSpace() map[string]*space {
	used := map[values.ASN]bool{}
	for _, asn := range knownProtectors() {
		used[asn] = true
	}
	make := func(octets []byte, high6 uint32, from, to values.ASN) *space {
		return &space{octets: octets, next4: uint32(octets[0]) << 24, high6: high6, asns: [2]values.ASN{from, to}, used: used}
	}
	return map[string]*space{
		"afrinic": make([]byte{41, 102, 105, 154, 196, 197}, 0x2c000000, 327680, 337680),
		"apnic": make([]byte{14, 27, 36, 42, 49, 101, 103, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123,
			124, 125, 126, 1, 39, 43, 58, 59, 60, 61, 106, 175, 180, 182, 183, 202, 210, 211, 218, 219, 220, 221, 222},
			0x24000000, 131072, 163913),
		"arin": make([]byte{50, 63, 64, 65, 66, 67, 68, 69, 23, 24, 70, 71, 72, 73, 74, 75, 76, 96, 97, 98, 99, 104, 107, 108, 173,
			174, 184, 199, 204, 205, 206, 207, 208, 209, 216}, 0x26000000, 393216, 413308),
		"lacnic": make([]byte{177, 179, 181, 186, 187, 189, 190, 191, 200, 201}, 0x28000000, 262144, 283820),
		"ripencc": make([]byte{31, 37, 46, 62, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 109, 176,
			178, 185, 188, 193, 194, 195, 212, 213, 217, 2, 5}, 0x2a000000, 196608, 226475),
	}
}

// asn draws a number that is still free: of two octets for the large and some others, else from the registry's range.
func (s *space) asn(r *rand.Rand, tier int) values.ASN {
	from, to := s.asns[0], s.asns[1]
	if tier != stub && tier != regional || r.IntN(4) == 0 {
		from, to = 1000, 63999
	}
	for {
		asn := from + values.ASN(r.IntN(int(to-from)+1))
		if asn != values.ASTrans && !s.used[asn] {
			s.used[asn] = true
			return asn
		}
	}
}

// block4 hands out an aligned IPv4 block. Now and then it leaves one free before it.
func (s *space) block4(r *rand.Rand, bits int) (netip.Prefix, error) {
	if r.IntN(12) == 0 && len(s.free) < 2000 {
		if gap, err := s.take4(max(bits, 18)); err == nil {
			s.free = append(s.free, gap)
		}
	}
	return s.take4(bits)
}

func (s *space) take4(bits int) (netip.Prefix, error) {
	size := uint32(1) << (32 - bits)
	for {
		start := (s.next4 + size - 1) &^ (size - 1)
		if start>>24 == uint32(s.octets[s.octet]) && (start+size-1)>>24 == start>>24 {
			s.next4 = start + size
			return netip.PrefixFrom(addr4(start), bits), nil
		}
		if s.octet+1 == len(s.octets) {
			return netip.Prefix{}, fmt.Errorf("no IPv4 /%d left", bits)
		}
		s.octet++
		s.next4 = uint32(s.octets[s.octet]) << 24
	}
}

// block6 hands out a /32.
func (s *space) block6() netip.Prefix {
	s.next6 += 8
	var b [16]byte
	binary.BigEndian.PutUint32(b[:], s.high6+s.next6)
	return netip.PrefixFrom(netip.AddrFrom16(b), 32)
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// sub gives the i-th part of p with the given length, which is at most 32 bits more.
func sub(p netip.Prefix, bits int, i uint32) netip.Prefix {
	b := p.Addr().AsSlice()
	for k := range bits - p.Bits() {
		if i>>k&1 == 1 {
			at := bits - 1 - k
			b[at/8] |= 0x80 >> (at % 8)
		}
	}
	a, _ := netip.AddrFromSlice(b)
	return netip.PrefixFrom(a, bits)
}

// host gives the i-th address of p.
func host(p netip.Prefix, i uint32) netip.Addr {
	return sub(p, p.Addr().BitLen(), i).Addr()
}
