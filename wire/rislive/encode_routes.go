package rislive

import (
	"net/netip"
	"strconv"

	"pahra/wire/bgp"
)

// routes appends the fields that tell of an UPDATE.
func (e *Encoder) routes(dst, msg []byte) []byte {
	if len(msg) < bgp.HeaderLen {
		return dst
	}
	bgp.ParseUpdate(&e.update, msg[bgp.HeaderLen:], bgp.UpdateOptions{AS4: true})
	bad := e.update.Faults.Withdraw()
	if !bad && e.announces() {
		bgp.DecodeAttrs(&e.attrs, e.update.Attrs, true, false)
		dst = e.attributes(dst)
		dst = append(e.announcements(append(dst, `,"announcements":[`...)), ']')
	}
	dst = append(dst, `,"withdrawals":[`...)
	n := len(dst)
	dst = e.prefixes(dst, n, bgp.AFI4, e.update.Withdrawn)
	dst = e.mp(dst, n, e.update.Unreach)
	if bad {
		dst = e.prefixes(dst, n, bgp.AFI4, e.update.NLRI)
		dst = e.mp(dst, n, e.update.Reach)
	}
	return append(dst, ']')
}

// announces tells whether the UPDATE announces any unicast route.
func (e *Encoder) announces() bool {
	for i := range e.update.Reach {
		if e.update.Reach[i].SAFI == 1 {
			return true
		}
	}
	return len(e.update.NLRI) > 0
}

func (e *Encoder) announcements(dst []byte) []byte {
	n := len(dst)
	if len(e.update.NLRI) > 0 {
		dst = append(e.attrs.NextHop.AppendTo(append(dst, `{"next_hop":"`...)), `","prefixes":[`...)
		dst = append(e.prefixes(dst, len(dst), bgp.AFI4, e.update.NLRI), "]}"...)
	}
	for i := range e.update.Reach {
		r := &e.update.Reach[i]
		if r.SAFI != 1 {
			continue
		}
		if len(dst) > n {
			dst = append(dst, ',')
		}
		dst = append(appendHops(append(dst, `{"next_hop":"`...), r.NextHop), `","prefixes":[`...)
		dst = append(e.prefixes(dst, len(dst), r.AFI, r.NLRI), "]}"...)
	}
	return dst
}

// appendHops appends the next hop octets of an MP_REACH_NLRI, a global and a link-local one with a comma between.
func appendHops(dst, hop []byte) []byte {
	if len(hop) == 32 {
		return appendHops(append(appendHops(dst, hop[:16]), ','), hop[16:])
	}
	ip, _ := netip.AddrFromSlice(hop)
	return ip.AppendTo(dst)
}

func (e *Encoder) mp(dst []byte, empty int, list []bgp.Reach) []byte {
	for i := range list {
		if list[i].SAFI == 1 {
			dst = e.prefixes(dst, empty, list[i].AFI, list[i].NLRI)
		}
	}
	return dst
}

// prefixes appends prefixes to the array that was empty when dst was that long, as far as they can be read.
func (e *Encoder) prefixes(dst []byte, empty int, afi uint16, list []byte) []byte {
	for len(list) > 0 {
		var err error
		if list, err = bgp.NextNLRI(&e.nlri, list, afi, false); err != nil {
			return dst
		}
		if len(dst) > empty {
			dst = append(dst, ',')
		}
		dst = append(e.nlri.Prefix.AppendTo(append(dst, '"')), '"')
	}
	return dst
}

// attributes appends the path attributes that the format has words for.
func (e *Encoder) attributes(dst []byte) []byte {
	a := &e.attrs
	dst = append(dst, `,"path":[`...)
	for i, s := range a.Path {
		dst = appendSegment(comma(dst, i), s)
	}
	dst = append(dst, `],"community":[`...)
	for i, c := range a.Communities {
		dst = strconv.AppendUint(append(comma(dst, i), '['), uint64(c>>16), 10)
		dst = append(strconv.AppendUint(append(dst, ','), uint64(c&0xffff), 10), ']')
	}
	dst = append(dst, `],"origin":"`...)
	dst = append(dst, [...]string{"IGP", "EGP", "INCOMPLETE"}[a.Origin]...)
	dst = append(dst, '"')
	if a.HasMED {
		dst = strconv.AppendUint(append(dst, `,"med":`...), uint64(a.MED), 10)
	}
	if a.HasAggregator {
		dst = strconv.AppendUint(append(dst, `,"aggregator":"`...), uint64(a.AggregatorASN), 10)
		dst = append(a.AggregatorIP.AppendTo(append(dst, ':')), '"')
	}
	if len(a.LargeCommunities) > 0 {
		dst = append(dst, `,"large_community":[`...)
		for i, c := range a.LargeCommunities {
			dst = strconv.AppendUint(append(comma(dst, i), '['), uint64(c.Global), 10)
			dst = strconv.AppendUint(append(dst, ','), uint64(c.Local1), 10)
			dst = append(strconv.AppendUint(append(dst, ','), uint64(c.Local2), 10), ']')
		}
		dst = append(dst, ']')
	}
	if a.HasOTC {
		dst = strconv.AppendUint(append(dst, `,"otc":`...), uint64(a.OTC), 10)
	}
	return dst
}

// appendSegment appends the numbers of a segment, a set as an array of its own.
func appendSegment(dst []byte, s bgp.Segment) []byte {
	set := s.Kind == bgp.ASSet || s.Kind == bgp.ASConfedSet
	if set {
		dst = append(dst, '[')
	}
	for i, n := range s.ASNs {
		dst = strconv.AppendUint(comma(dst, i), uint64(n), 10)
	}
	if set {
		dst = append(dst, ']')
	}
	return dst
}
