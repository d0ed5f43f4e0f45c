package mrt

import "pahra/wire/bgp"

// tableV2 decodes TABLE_DUMP_V2 (RFC 6396 section 4.3).
func (d *Decoder) tableV2() error {
	switch d.rec.Subtype {
	case PeerIndexTable:
		d.peerTable()
	case RIBIPv4Unicast:
		return d.rib(bgp.Family{AFI: bgp.AFI4, SAFI: 1}, false)
	case RIBIPv4Multicast:
		return d.rib(bgp.Family{AFI: bgp.AFI4, SAFI: 2}, false)
	case RIBIPv6Unicast:
		return d.rib(bgp.Family{AFI: bgp.AFI6, SAFI: 1}, false)
	case RIBIPv6Multicast:
		return d.rib(bgp.Family{AFI: bgp.AFI6, SAFI: 2}, false)
	case RIBIPv4UnicastAddPath:
		return d.rib(bgp.Family{AFI: bgp.AFI4, SAFI: 1}, true)
	case RIBIPv4MulticastAddPath:
		return d.rib(bgp.Family{AFI: bgp.AFI4, SAFI: 2}, true)
	case RIBIPv6UnicastAddPath:
		return d.rib(bgp.Family{AFI: bgp.AFI6, SAFI: 1}, true)
	case RIBIPv6MulticastAddPath:
		return d.rib(bgp.Family{AFI: bgp.AFI6, SAFI: 2}, true)
	case RIBGeneric, RIBGenericAddPath:
		return d.ribGeneric()
	default:
		d.stats.Unsupported++
	}
	return nil
}

func (d *Decoder) peerTable() {
	t, err := parsePeers(d.rec.Body)
	if err != nil {
		d.malformed("%v", err)
	}
	if t != nil {
		d.peers = t
	}
}

// rib decodes the AFI/SAFI-specific subtypes; addPath those of RFC 8050, where each entry has a path identifier.
func (d *Decoder) rib(f bgp.Family, addPath bool) error {
	if len(d.rec.Body) < 7 {
		d.malformed("RIB record of %d octets", len(d.rec.Body))
		return nil
	}
	rest, err := bgp.NextNLRI(&d.nlri, d.rec.Body[4:], f.AFI, false)
	if err != nil {
		d.malformed("RIB record: %v", err)
		return nil
	}
	d.elem.Safi = f.SAFI
	d.setNLRI()
	return d.entries(rest, addPath)
}

// ribGeneric decodes RIB_GENERIC. RFC 8050 puts the path identifier of RIB_GENERIC_ADDPATH into the NLRI; the programs
// that write it (GoBGP, OpenBGPD) put it into each entry, as in the other subtypes. What fits the record's length holds.
func (d *Decoder) ribGeneric() error {
	b := d.rec.Body
	if len(b) < 8 {
		d.malformed("RIB record of %d octets", len(b))
		return nil
	}
	f := bgp.Family{AFI: be16(b[4:]), SAFI: b[6]}
	if !f.Prefixes() {
		d.stats.Unsupported++
		return nil
	}
	d.elem.Safi = f.SAFI
	if d.rec.Subtype == RIBGenericAddPath {
		rest, err := bgp.NextNLRI(&d.nlri, b[7:], f.AFI, true)
		if err == nil && entriesFit(rest, 8) {
			d.setNLRI()
			return d.entries(rest, false)
		}
	}
	rest, err := bgp.NextNLRI(&d.nlri, b[7:], f.AFI, false)
	if err != nil {
		d.malformed("RIB record: %v", err)
		return nil
	}
	d.setNLRI()
	return d.entries(rest, d.rec.Subtype == RIBGenericAddPath)
}

// entriesFit tells whether b holds exactly its count of RIB entries, each with head octets before its attributes.
func entriesFit(b []byte, head int) bool {
	if len(b) < 2 {
		return false
	}
	count := be16(b)
	for b = b[2:]; count > 0; count-- {
		if len(b) < head || len(b)-head < int(be16(b[head-2:])) {
			return false
		}
		b = b[head+int(be16(b[head-2:])):]
	}
	return len(b) == 0
}

// entries yields the RIB entries (RFC 6396 section 4.3.4), which b begins with the count of.
func (d *Decoder) entries(b []byte, addPath bool) error {
	if len(b) < 2 {
		d.malformed("RIB record ends before its entries")
		return nil
	}
	count := int(be16(b))
	b = b[2:]
	if d.peers == nil {
		if count > 0 {
			d.malformed("RIB record without a peer table before it: %d entries are passed over", count)
		}
		return nil
	}
	head := 8
	if addPath {
		head, d.elem.HasPathID = 12, true
	}
	peers := d.peers.Peers
	e := &d.elem
	e.Kind, e.AS4, e.RIB = RIBEntry, true, true
	for i := range count {
		if len(b) < head || len(b)-head < int(be16(b[head-2:])) {
			d.malformed("RIB record ends inside entry %d of %d", i, count)
			return nil
		}
		index, attrs := int(be16(b)), head+int(be16(b[head-2:]))
		if index >= len(peers) {
			d.malformed("RIB entry %d is of peer %d, but the peer table has %d", i, index, len(peers))
			b = b[attrs:]
			continue
		}
		peer := &peers[index]
		e.PeerIndex, e.PeerAS, e.PeerIP = index, peer.ASN, peer.IP
		e.Originated = be32(b[2:])
		if addPath {
			e.PathID = be32(b[6:])
		}
		e.RawAttrs = b[head:attrs:attrs]
		b = b[attrs:]
		if err := d.give(); err != nil {
			return err
		}
	}
	return nil
}
