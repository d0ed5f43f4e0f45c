package store

import "net/netip"

// prefixKey gives the bytes by which a prefix is stored: 4 or 6, the first address, the length. They sort as
// [values.ComparePrefix] does.
func prefixKey(p netip.Prefix) []byte {
	family := byte(6)
	if p.Addr().Is4() {
		family = 4
	}
	key := append([]byte{family}, p.Masked().Addr().AsSlice()...)
	return append(key, byte(p.Bits()))
}

// insideRange gives the lowest and the highest key of what lies inside p. What begins where p begins lies between them
// too, longer or shorter; it touches p as well.
func insideRange(p netip.Prefix) (low, high []byte) {
	low = prefixKey(p)
	low[len(low)-1] = 0
	high = prefixKey(netip.PrefixFrom(last(p), last(p).BitLen()))
	return low, high
}

// around gives the keys of the prefixes that cover p and begin before it.
func around(p netip.Prefix) [][]byte {
	var keys [][]byte
	for bits := p.Bits() - 1; bits >= 0; bits-- {
		wider := netip.PrefixFrom(p.Addr(), bits).Masked()
		if wider.Addr() != p.Addr() {
			keys = append(keys, prefixKey(wider))
		}
	}
	return keys
}

// last is the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		switch free := (i+1)*8 - p.Bits(); {
		case free >= 8:
			b[i] = 0xff
		case free > 0:
			b[i] |= 1<<free - 1
		}
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}
