package mrt

import (
	"net/netip"

	"pahra/wire/values"
)

// table decodes TABLE_DUMP (RFC 6396 section 4.2): one entry behind a view and a sequence number. RIS in 2000 put many
// entries into one record, one behind another; they are all read. Subtypes 3 and 4 are those with four-octet AS numbers.
func (d *Decoder) table() error {
	size, as4 := 4, d.rec.Subtype >= 3
	switch d.rec.Subtype {
	case 2, 4:
		size = 16
	case 1, 3:
	default:
		d.stats.Unsupported++
		return nil
	}
	if len(d.rec.Body) < 4 {
		d.malformed("table entry of %d octets", len(d.rec.Body))
		return nil
	}
	d.elem.Kind, d.elem.AS4, d.elem.RIB = RIBEntry, as4, true
	for b := d.rec.Body[4:]; len(b) > 0; {
		n := d.tableEntry(b, size, as4)
		if n == 0 {
			d.malformed("table record ends inside an entry: its last %d octets are passed over", len(b))
			return nil
		}
		b = b[n:]
		if !d.elem.Prefix.IsValid() {
			d.malformed("table entry: prefix length is beyond the address")
			continue
		}
		if err := d.give(); err != nil {
			return err
		}
	}
	return nil
}

// tableEntry puts the entry that b begins with into the element and gives its length, or 0 where b is too short. size
// is that of an address.
func (d *Decoder) tableEntry(b []byte, size int, as4 bool) int {
	asn := 2
	if as4 {
		asn = 4
	}
	head := size + 6 + size + asn + 2
	if len(b) < head || len(b)-head < int(be16(b[head-2:])) {
		return 0
	}
	e, peer := &d.elem, b[size+6:]
	addr, bits := addrOf(b[:size]), int(b[size])
	e.Prefix, e.Unmasked = netip.Prefix{}, netip.Addr{}
	if p, err := addr.Prefix(bits); err == nil {
		e.Prefix = p
		if p.Addr() != addr {
			e.Unmasked = addr
		}
	}
	e.Originated = be32(b[size+2:])
	e.PeerIP = addrOf(peer[:size])
	if as4 {
		e.PeerAS = values.ASN(be32(peer[size:]))
	} else {
		e.PeerAS = values.ASN(be16(peer[size:]))
	}
	n := head + int(be16(b[head-2:]))
	e.RawAttrs = b[head:n:n]
	return n
}

// addrOf reads an address of 4 or 16 octets.
func addrOf(b []byte) netip.Addr {
	if len(b) == 4 {
		return addr4(b)
	}
	return addr16(b)
}
