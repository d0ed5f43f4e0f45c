package delegated

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"net/netip"

	"pahra/wire/values"
)

// Prefixes gives the prefixes that together are exactly the record's addresses, in order and as few as can be: an IPv4
// count that is no power of two, or a start that is not aligned to it, takes several (at most 62). An ASN record has
// none.
func (rec *Record) Prefixes() []netip.Prefix {
	if rec.Type == IPv6 {
		return []netip.Prefix{netip.PrefixFrom(rec.First, int(rec.Count))}
	}
	if rec.Type == ASN {
		return nil
	}
	var out []netip.Prefix
	for next, left := v4(rec.First), rec.Count; left > 0; {
		size := uint64(1) << (bits.Len64(left) - 1)
		if next != 0 {
			size = min(size, 1<<bits.TrailingZeros64(next))
		}
		out = append(out, netip.PrefixFrom(addr4(next), 32-bits.TrailingZeros64(size)))
		next += size
		left -= size
	}
	return out
}

// ASNs gives each AS number of an ASN record in order; others have none. A range may hold 4 billion: stop where that
// is too many.
func (rec *Record) ASNs() iter.Seq[values.ASN] {
	return func(yield func(values.ASN) bool) {
		if rec.Type != ASN {
			return
		}
		for i := range rec.Count {
			if !yield(rec.FirstASN + values.ASN(i)) {
				return
			}
		}
	}
}

func v4(a netip.Addr) uint64 {
	b := a.As4()
	return uint64(binary.BigEndian.Uint32(b[:]))
}

func addr4(n uint64) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	return netip.AddrFrom4(b)
}
