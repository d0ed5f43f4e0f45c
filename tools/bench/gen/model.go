package main

import (
	"encoding/binary"
	"net/netip"

	"pahra/wire/values"
)

// model computes every part of the table from its position, so that nothing has to be kept.
type model struct {
	seed     uint64
	n, peers int
	four     int // of the n prefixes, how many are IPv4
	groups   int // how many groups prefixes may fall into

	seen                        []uint64 // a bit for each group that has a prefix
	routes, hops, vrps, objects int
}

func newModel(seed uint64, n, peers int) *model {
	m := &model{seed: seed, n: n, peers: peers, four: n * 85 / 100, groups: n/3 + 1}
	m.seen = make([]uint64, m.groups/64+1)
	return m
}

// draw gives 64 bits that depend on the seed, what is drawn and its position (splitmix64).
func (m *model) draw(what, i uint64) uint64 {
	z := m.seed + what*0x9e3779b97f4a7c15 + i*0xd1342543de82ef95
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// What is drawn.
const (
	drawGroup = iota + 1
	drawOrigin
	drawPrefix
	drawRoute
	drawVRP
	drawIRR
	drawCore
)

// group gives the group of prefix i: neighbours often share one, and a group also lies scattered.
func (m *model) group(i int) uint64 {
	return m.draw(drawGroup, uint64(i/3)) % uint64(m.groups)
}

// origin gives the network that announces a group: some 78,000 networks, none of a bogon number.
func (m *model) origin(group uint64) values.ASN {
	k := uint32(m.draw(drawOrigin, group) % 78_000)
	if k < 30_000 {
		return values.ASN(24_000 + k)
	}
	return values.ASN(196_608 + (k - 30_000))
}

// prefix gives prefix i; no two are equal. Each has a stretch of the address space to itself, but one in 32 is short and
// reaches over those around it. They ascend but for these.
func (m *model) prefix(i int) netip.Prefix {
	r := m.draw(drawPrefix, uint64(i))
	if i >= m.four {
		return m.six(i-m.four, r)
	}
	width := uint32(octets << 24 / m.four)
	base := uint32(i) * width
	if i%32 == 0 {
		bits := 16 + int(r>>8%5)
		return netip.PrefixFrom(public(base), bits).Masked()
	}
	bits := [...]int{24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 23, 22, 22, 22, 21, 21}[r%16]
	size := uint32(1) << (32 - bits)
	start := (base + size - 1) &^ (size - 1)
	if room := int(width) - int(start-base) - int(size); room > 0 {
		start += uint32(r>>16) % (uint32(room)/size + 1) * size
	}
	return netip.PrefixFrom(public(start), bits)
}

// octets is how many first octets [public] has.
const octets = 215

// public gives the a-th address whose first octet is from 1 to 223 and holds no block that nobody announces.
func public(a uint32) netip.Addr {
	octet := a>>24 + 1
	for _, special := range [...]uint32{10, 100, 127, 169, 172, 192, 198, 203} {
		if octet >= special {
			octet++
		}
	}
	return addr4(octet<<24 | a&0xffffff)
}

func (m *model) six(i int, r uint64) netip.Prefix {
	width := uint64(0x0c00_0000) / uint64(m.n-m.four) // of 32-bit heads, from 2400:: to 2fff::
	head := 0x2400_0000 + uint64(i)*width + r>>40%width
	bits := [...]int{48, 48, 48, 48, 48, 48, 48, 44, 40, 36, 32, 32, 32, 32, 32, 29}[r%16]
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], head<<32|r>>8&0xffff_ffff)
	return netip.PrefixFrom(netip.AddrFrom16(b), bits).Masked()
}

// sets is how many distinct attribute sets the table holds at least: one for each peer and group with a prefix. A group
// with prefixes of both families has two.
func (m *model) sets() int {
	n := 0
	for _, w := range m.seen {
		for ; w != 0; w &= w - 1 {
			n++
		}
	}
	return n * m.peers
}
