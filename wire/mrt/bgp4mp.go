package mrt

import (
	"pahra/wire/bgp"
	"pahra/wire/values"
)

const (
	bgpHeaderLen = 19
	bgpUpdate    = 2
)

// bgp4mp decodes BGP4MP and BGP4MP_ET (RFC 6396 section 4.4, RFC 8050 section 3). In the LOCAL subtypes too the peer
// stands first, so they are read alike.
func (d *Decoder) bgp4mp() error {
	switch d.rec.Subtype {
	case BGP4MPStateChange:
		return d.stateChange(false)
	case BGP4MPStateChangeAS4:
		return d.stateChange(true)
	case BGP4MPMessage, BGP4MPMessageLocal:
		return d.message(bgp.UpdateOptions{})
	case BGP4MPMessageAS4, BGP4MPMessageAS4Local:
		return d.message(bgp.UpdateOptions{AS4: true})
	case BGP4MPMessageAddPath, BGP4MPMessageLocalAddPath:
		return d.message(bgp.UpdateOptions{AddPath: true})
	case BGP4MPMessageAS4AddPath, BGP4MPMessageAS4LocalAddPath:
		return d.message(bgp.UpdateOptions{AS4: true, AddPath: true})
	case BGP4MPEntry:
		return d.entry()
	}
	d.stats.Unsupported++
	return nil
}

// session reads the head that all BGP4MP records share into the element and gives what follows, or nil where there is
// no such head.
func (d *Decoder) session(as4 bool) []byte {
	b := d.rec.Body
	asn := 2
	if as4 {
		asn = 4
	}
	if len(b) < 2*asn+4 {
		return nil
	}
	if as4 {
		d.elem.PeerAS = values.ASN(be32(b))
	} else {
		d.elem.PeerAS = values.ASN(be16(b))
	}
	afi := be16(b[2*asn+2:])
	b = b[2*asn+4:]
	switch {
	case afi == bgp.AFI4 && len(b) >= 8:
		d.elem.PeerIP = addr4(b)
		return b[8:]
	case afi == bgp.AFI6 && len(b) >= 32:
		d.elem.PeerIP = addr16(b)
		return b[32:]
	}
	return nil
}

func (d *Decoder) stateChange(as4 bool) error {
	b := d.session(as4)
	if len(d.rec.Body) == 8 && !as4 { // early Zebra left the session's addresses out
		b, d.elem.PeerIP = d.rec.Body[4:], addr4([]byte{0, 0, 0, 0})
	}
	if len(b) < 4 {
		d.malformed("state change of %d octets or unknown address family", len(d.rec.Body))
		return nil
	}
	d.elem.Kind, d.elem.Safi = State, 0
	d.elem.OldState, d.elem.NewState = be16(b), be16(b[2:])
	return d.give()
}

func (d *Decoder) message(opt bgp.UpdateOptions) error {
	b := d.session(opt.AS4)
	if len(b) < bgpHeaderLen {
		if d.zebraOpen() {
			d.stats.Unsupported++
			return nil
		}
		d.malformed("BGP message of %d octets or unknown address family", len(d.rec.Body))
		return nil
	}
	if !allOnes(b[:16]) {
		d.malformed("BGP message does not begin with its marker")
		return nil
	}
	size, kind := int(be16(b[16:])), b[18]
	if kind != bgpUpdate {
		return nil
	}
	cut := size > len(b)
	if size < len(b) && size >= bgpHeaderLen {
		b = b[:size]
	}
	if cut {
		d.malformed("BGP message of %d octets is cut after %d", size, len(b))
	}
	return d.updateElems(b[bgpHeaderLen:], opt)
}

// zebraOpen recognises the OPEN messages that early Zebra wrote without the session's addresses.
func (d *Decoder) zebraOpen() bool {
	b := d.rec.Body
	return len(b) >= 8 && be16(b[4:]) == 0xffff && be16(b[6:]) == 0xffff
}

func allOnes(b []byte) bool {
	const ones = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	return string(b) == ones
}

// updateElems yields what the body of an UPDATE says.
func (d *Decoder) updateElems(body []byte, opt bgp.UpdateOptions) error {
	u, e := &d.update, &d.elem
	bgp.ParseUpdate(u, body, opt)
	for _, f := range u.Faults {
		d.malformed("UPDATE: %v", f)
	}
	d.stats.Unsupported += int64(u.Unsupported)
	e.AS4 = opt.AS4
	four := bgp.Family{AFI: bgp.AFI4, SAFI: 1}
	e.Kind = Withdraw
	if err := d.prefixes(four, u.Withdrawn, opt.AddPath); err != nil {
		return err
	}
	for i := range u.Unreach {
		e.MP = true
		if err := d.prefixes(u.Unreach[i].Family, u.Unreach[i].NLRI, opt.AddPath); err != nil {
			return err
		}
	}
	e.Kind, e.MP, e.RawAttrs, e.TreatAsWithdraw = Announce, false, u.Attrs, u.Faults.Withdraw()
	if e.TreatAsWithdraw && !d.Lenient {
		e.Kind = Withdraw
	}
	if err := d.prefixes(four, u.NLRI, opt.AddPath); err != nil {
		return err
	}
	for i := range u.Reach {
		e.MP, e.NextHop = true, u.Reach[i].NextHop
		if err := d.prefixes(u.Reach[i].Family, u.Reach[i].NLRI, opt.AddPath); err != nil {
			return err
		}
	}
	return nil
}

// prefixes yields the element once for each prefix of the list.
func (d *Decoder) prefixes(f bgp.Family, list []byte, addPath bool) error {
	d.elem.Safi = f.SAFI
	if len(list) > 4 && list[0] == 0 && !addPath && !d.Lenient {
		addPath = bgp.LooksAddPath(list, f.AFI)
	}
	for len(list) > 0 {
		at := len(list)
		var err error
		if list, err = bgp.NextNLRI(&d.nlri, list, f.AFI, addPath); err != nil {
			d.malformed("UPDATE: %v; its last %d octets are passed over", err, at)
			return nil
		}
		d.setNLRI()
		if err := d.give(); err != nil {
			return err
		}
	}
	return nil
}

// entry decodes BGP4MP_ENTRY of the drafts before RFC 6396: one route of a table. OpenBGPD, the only known writer, puts
// the local side first, where the drafts have the peer.
func (d *Decoder) entry() error {
	b, e := d.rec.Body, &d.elem
	if len(b) < 8 {
		d.malformed("table entry of %d octets", len(b))
		return nil
	}
	size := 4
	if be16(b[6:]) == bgp.AFI6 {
		size = 16
	}
	e.PeerAS = values.ASN(be16(b[2:]))
	b = b[8:]
	if len(b) < 2*size+12 || len(b)-2*size-12 < int(b[2*size+11]) {
		d.malformed("table entry ends inside its head")
		return nil
	}
	e.PeerIP = addrOf(b[size : 2*size])
	b = b[2*size:]
	e.Originated = be32(b[4:])
	f := bgp.Family{AFI: be16(b[8:]), SAFI: b[10]}
	e.NextHop = b[12 : 12+int(b[11])]
	b = b[12+int(b[11]):]
	if !f.Prefixes() {
		d.stats.Unsupported++
		return nil
	}
	if len(b) == 0 {
		d.malformed("table entry ends before its prefix")
		return nil
	}
	rest, err := bgp.NextNLRI(&d.nlri, b, f.AFI, false)
	if err != nil || len(rest) < 2 || len(rest)-2 < int(be16(rest)) {
		d.malformed("table entry ends inside its prefix or attributes")
		return nil
	}
	e.Kind, e.RIB, e.Safi = RIBEntry, true, f.SAFI
	e.RawAttrs = rest[2 : 2+int(be16(rest))]
	d.setNLRI()
	return d.give()
}
