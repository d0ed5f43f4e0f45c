package bogons

import "net/netip"

// row is one line of a table; since and until are "2006-01", "2006-01-02" or empty.
type row struct {
	prefix       string
	kind         Kind
	name, rule   string
	since, until string
}

func entries(rows []row) []Entry {
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = Entry{netip.MustParsePrefix(r.prefix), r.kind, r.name, r.rule, date(r.since), date(r.until)}
	}
	return out
}

// Special gives the blocks of https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry
// (RFC 6890, RFC 8190) that are not globally reachable, the multicast and reserved classes, and all IPv6 outside
// 2000::/3. What the registries call globally reachable, and the blocks that carry routes by design (6to4, Teredo until
// today, 192.88.99.0/24 until RFC 7526), are exempt. Dates are the registry's dates of allocation, except where an
// earlier RFC already kept the block out of the routing table. Single addresses inside a listed block are left out.
func Special() []Entry {
	return append(entries(special4()), entries(special6())...)
}

func special4() []row {
	return []row{
		{"0.0.0.0/8", Full, "This network", "RFC 791", "1981-09", ""},
		{"10.0.0.0/8", Full, "Private-Use", "RFC 1918", "1996-02", ""},
		{"100.64.0.0/10", Full, "Shared Address Space", "RFC 6598", "2012-04", ""},
		{"127.0.0.0/8", Full, "Loopback", "RFC 1122", "1981-09", ""},
		{"169.254.0.0/16", Full, "Link Local", "RFC 3330, RFC 3927", "2002-09", ""},
		{"172.16.0.0/12", Full, "Private-Use", "RFC 1918", "1996-02", ""},
		{"192.0.0.0/24", Full, "IETF Protocol Assignments", "RFC 5736, RFC 6890", "2010-01", ""},
		{"192.0.0.9/32", Exempt, "Port Control Protocol Anycast", "RFC 7723", "2015-10", ""},
		{"192.0.0.10/32", Exempt, "TURN Anycast", "RFC 8155", "2017-02", ""},
		{"192.0.2.0/24", Full, "Documentation (TEST-NET-1)", "RFC 3330, RFC 5737", "2002-09", ""},
		{"192.88.99.0/24", Administrative, "Deprecated (6to4 Relay Anycast)", "RFC 7526", "2015-05", ""},
		{"192.168.0.0/16", Full, "Private-Use", "RFC 1918", "1996-02", ""},
		{"198.18.0.0/15", Full, "Benchmarking", "RFC 2544", "1999-03", ""},
		{"198.51.100.0/24", Full, "Documentation (TEST-NET-2)", "RFC 5737", "2010-01", ""},
		{"203.0.113.0/24", Full, "Documentation (TEST-NET-3)", "RFC 5737", "2010-01", ""},
		{"224.0.0.0/4", Full, "Multicast", "RFC 1112, RFC 5771", "1989-08", ""},
		{"240.0.0.0/4", Full, "Reserved", "RFC 1112", "1989-08", ""},
	}
}

func special6() []row {
	return []row{
		{"::/3", Full, "Outside global unicast", "RFC 3513, RFC 4291", "", ""},
		{"4000::/2", Full, "Outside global unicast", "RFC 3513, RFC 4291", "", ""},
		{"8000::/1", Full, "Outside global unicast", "RFC 3513, RFC 4291", "", ""},
		{"::1/128", Full, "Loopback Address", "RFC 4291", "2006-02", ""},
		{"::/128", Full, "Unspecified Address", "RFC 4291", "2006-02", ""},
		{"::ffff:0:0/96", Full, "IPv4-mapped Address", "RFC 4291", "2006-02", ""},
		{"64:ff9b::/96", Exempt, "IPv4-IPv6 Translation", "RFC 6052", "2010-10", ""},
		{"64:ff9b:1::/48", Full, "IPv4-IPv6 Translation, local", "RFC 8215", "2017-06", ""},
		{"100::/64", Full, "Discard-Only Address Block", "RFC 6666", "2012-06", ""},
		{"2001::/23", Full, "IETF Protocol Assignments", "RFC 2928", "2000-09", ""},
		{"2001::/32", Exempt, "TEREDO", "RFC 4380", "2006-01", ""},
		{"2001:1::1/128", Exempt, "Port Control Protocol Anycast", "RFC 7723", "2015-10", ""},
		{"2001:1::2/128", Exempt, "TURN Anycast", "RFC 8155", "2017-02", ""},
		{"2001:1::3/128", Exempt, "DNS-SD Service Registration Anycast", "RFC 9665", "2024-04", ""},
		{"2001:2::/48", Full, "Benchmarking", "RFC 5180", "2008-04", ""},
		{"2001:3::/32", Exempt, "AMT", "RFC 7450", "2014-12", ""},
		{"2001:4:112::/48", Exempt, "AS112-v6", "RFC 7535", "2014-12", ""},
		{"2001:10::/28", Full, "ORCHID, deprecated", "RFC 4843", "2007-03", ""},
		{"2001:20::/28", Exempt, "ORCHIDv2", "RFC 7343", "2014-07", ""},
		{"2001:30::/28", Exempt, "Drone Remote ID", "RFC 9374", "2022-12", ""},
		{"2001:db8::/32", Full, "Documentation", "RFC 3849", "2004-07", ""},
		{"3ffe::/16", Full, "6bone, returned", "RFC 3701", "2006-06-06", ""},
		{"3fff::/20", Full, "Documentation", "RFC 9637", "2024-07", ""},
		{"5f00::/16", Full, "Segment Routing (SRv6) SIDs", "RFC 9602", "2024-04", ""},
		{"fc00::/7", Full, "Unique-Local", "RFC 4193", "2005-10", ""},
		{"fe80::/10", Full, "Link-Local Unicast", "RFC 4291", "2006-02", ""},
		{"fec0::/10", Full, "Site-Local, deprecated", "RFC 3879", "2004-09", ""},
		{"ff00::/8", Full, "Multicast", "RFC 4291", "2006-02", ""},
	}
}
