package mrt

import (
	"pahra/wire/bgp"
	"pahra/wire/values"
)

// The subtypes of type 5 that say something of routes.
const (
	legacyUpdate      = 1
	legacyStateChange = 3
)

// legacy decodes type 5, which MRTd wrote and RIS kept until 2000: two-octet AS numbers and IPv4, the sender before the
// receiver, and the UPDATE without its BGP header.
func (d *Decoder) legacy() error {
	b := d.rec.Body
	switch d.rec.Subtype {
	case legacyUpdate:
		if len(b) < 12 {
			d.malformed("UPDATE of %d octets", len(b))
			return nil
		}
		d.elem.PeerAS, d.elem.PeerIP = values.ASN(be16(b)), addr4(b[2:])
		return d.updateElems(b[12:], bgp.UpdateOptions{})
	case legacyStateChange:
		if len(b) < 10 {
			d.malformed("state change of %d octets", len(b))
			return nil
		}
		d.elem.PeerAS, d.elem.PeerIP = values.ASN(be16(b)), addr4(b[2:])
		d.elem.Kind, d.elem.Safi = State, 0
		d.elem.OldState, d.elem.NewState = be16(b[6:]), be16(b[8:])
		return d.give()
	}
	d.stats.Unsupported++
	return nil
}
