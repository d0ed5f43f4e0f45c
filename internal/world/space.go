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
	asns   [2]values.ASN // a range that IANA gave it
	used   map[values.ASN]bool
	free   []netip.Prefix // gaps left between IPv4 allocations
}

// newSpace gives the five registries, with ranges out of the IANA registries of IPv4, IPv6 and AS numbers.
func newSpace() map[string]*space {
	make := func(octets []byte, high6 uint32, from, to values.ASN) *space {
		return &space{octets: octets, next4: uint32(octets[0]) << 24, high6: high6, asns: [2]values.ASN{from, to},
			used: map[values.ASN]bool{}}
	}
	return map[string]*space{
		"afrinic": make([]byte{41, 102, 105}, 0x2c000000, 327680, 329727),
		"apnic":   make([]byte{14, 27, 36, 42, 49, 101, 103, 110}, 0x24000000, 131072, 153913),
		"arin":    make([]byte{50, 63, 64, 65, 66, 67, 68, 69}, 0x26000000, 393216, 401308),
		"lacnic":  make([]byte{177, 179, 181, 186, 187, 189}, 0x28000000, 262144, 273820),
		"ripencc": make([]byte{31, 37, 46, 62, 77, 78, 79, 80}, 0x2a000000, 196608, 216475),
	}
}

// asn draws a number that is still free: of two octets for the large, else from the registry's own range.
func (s *space) asn(r *rand.Rand, tier int) values.ASN {
	from, to := s.asns[0], s.asns[1]
	if tier != stub {
		from, to = 3000, 23000
	}
	for {
		asn := from + values.ASN(r.IntN(int(to-from)+1))
		if !s.used[asn] {
			s.used[asn] = true
			return asn
		}
	}
}

// block4 hands out an aligned IPv4 block. Now and then it leaves one free before it.
func (s *space) block4(r *rand.Rand, bits int) (netip.Prefix, error) {
	if r.IntN(12) == 0 {
		if gap, err := s.take4(bits); err == nil {
			s.free = append(s.free, gap)
		}
	}
	return s.take4(bits)
}

func (s *space) take4(bits int) (netip.Prefix, error) {
	size := uint32(1) << (32 - bits)
	for {
		start := (s.next4 + size - 1) &^ (size - 1)
		if start>>24 == uint32(s.octets[s.octet]) {
			s.next4 = start + size
			return netip.PrefixFrom(addr4(start), bits), nil
		}
		if s.octet++; s.octet == len(s.octets) {
			s.octet--
			return netip.Prefix{}, fmt.Errorf("no IPv4 /%d left", bits)
		}
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
