package bgpdump

// appendTail writes "path|origin|next hop|local pref|MED|communities|AG|aggregator|" and the line feed.
func appendTail(dst []byte, context tailContext, raw []byte) []byte {
	asLen := 2
	if context.as4 {
		asLen = 4
	}
	var a attributes
	a.walk(raw, asLen)
	a.merge(asLen)
	switch context.form {
	case formMRTD:
		return a.appendMRTD(dst)
	case formMessage:
		return a.appendMessage(dst, context, asLen)
	case formTable:
		dst = a.appendPathOrigin(dst, asLen)
		dst = a.appendTableNextHop(dst)
	default:
		dst = a.appendPathOrigin(dst, asLen)
		dst = a.appendTable2NextHop(dst)
	}
	dst = a.appendPreferences(dst)
	return a.appendRest(dst)
}

// appendMRTD writes the form of type 5, where the separator before the communities is missing.
func (a *attributes) appendMRTD(dst []byte) []byte {
	dst = a.appendPathOrigin(dst, 2)
	dst = appendIPv4(dst, octets(a.nextHop))
	dst = append(dst, '|')
	dst = append(appendUint(dst, a.localPref), '|')
	dst = appendUint(dst, a.med)
	if a.hasCommunities {
		dst = appendCommunities(dst, a.communities)
	}
	dst = append(dst, '|')
	return a.appendAggregation(dst)
}

// appendMessage writes the form of BGP4MP. A next hop of an odd length costs the line its fields.
func (a *attributes) appendMessage(dst []byte, context tailContext, asLen int) []byte {
	hop := a.reach(index(context.v6), context.safi)
	switch {
	case !context.mp:
		dst = a.appendPathOrigin(dst, asLen)
		dst = append(appendIPv4(dst, octets(a.nextHop)), '|')
		dst = a.appendPreferences(dst)
	case !context.v6:
		dst = a.appendPathOrigin(dst, asLen)
		if text, ok := appendHop(dst, hop); ok {
			dst = append(text, '|')
			dst = append(appendInt(dst, a.localPref), '|')
			dst = append(appendInt(dst, a.med), '|')
		}
	default:
		if text, ok := appendHop(a.appendPathOrigin(dst, asLen), hop); ok {
			dst = append(text, '|')
			dst = a.appendPreferences(dst)
		}
	}
	return a.appendRest(dst)
}

func index(v6 bool) int {
	if v6 {
		return 1
	}
	return 0
}

func (a *attributes) appendPathOrigin(dst []byte, asLen int) []byte {
	if a.hasPath {
		dst = a.appendPath(dst, asLen)
	}
	switch a.origin {
	case 0:
		return append(dst, "|IGP|"...)
	case 1:
		return append(dst, "|EGP|"...)
	}
	return append(dst, "|INCOMPLETE|"...)
}

// appendTableNextHop writes the next hop of a TABLE_DUMP entry: any for IPv6 unicast counts, as sixteen octets.
func (a *attributes) appendTableNextHop(dst []byte) []byte {
	if hop := a.reach(1, 1); hop.present {
		var ip [16]byte
		if n := len(hop.octets); n == 4 || n == 16 || n == 32 {
			copy(ip[:], hop.octets)
		}
		return append(appendIPv6(dst, ip), '|')
	}
	return append(appendIPv4(dst, octets(a.nextHop)), '|')
}

// appendTable2NextHop writes the next hop of a TABLE_DUMP_V2 entry.
func (a *attributes) appendTable2NextHop(dst []byte) []byte {
	hop := a.reach(1, 1)
	if !hop.present {
		hop = a.reach(0, 1)
	}
	if !hop.present {
		return append(appendIPv4(dst, octets(a.nextHop)), '|')
	}
	dst, _ = appendHop(dst, hop)
	return append(dst, '|')
}

// appendHop writes a next hop of 4, 16 or 32 octets (the last with a link-local address that is not shown).
func appendHop(dst []byte, hop nextHop) ([]byte, bool) {
	switch len(hop.octets) {
	case 4:
		return appendIPv4(dst, [4]byte(hop.octets)), true
	case 16, 32:
		return appendIPv6(dst, [16]byte(hop.octets)), true
	}
	return dst, false
}

func (a *attributes) appendPreferences(dst []byte) []byte {
	dst = append(appendUint(dst, a.localPref), '|')
	return append(appendUint(dst, a.med), '|')
}

func (a *attributes) appendRest(dst []byte) []byte {
	if a.hasCommunities {
		dst = appendCommunities(dst, a.communities)
	}
	dst = append(dst, '|')
	return a.appendAggregation(dst)
}

// appendAggregation writes "AG|ASN address|" or "NAG||" and the line feed.
func (a *attributes) appendAggregation(dst []byte) []byte {
	if a.atomic {
		dst = append(dst, "AG|"...)
	} else {
		dst = append(dst, "NAG|"...)
	}
	if a.aggregatorIP != unset {
		dst = append(appendUint(dst, a.aggregatorAS), ' ')
		dst = appendIPv4(dst, octets(a.aggregatorIP))
	}
	return append(dst, '|', '\n')
}

func octets(ip uint32) [4]byte {
	return [4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}
}
