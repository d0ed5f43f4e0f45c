package authority

import (
	"net/netip"
	"time"

	"pahra/wire/values"
)

// SpecialPrefixes gives the blocks that RFCs and IANA's special-purpose registries (RFC 6890) set apart, with the date
// of the document for those younger than the archives. IPv6 outside 2000::/3 has never been delegated. Blocks that are
// special but may be announced (the NAT64 prefix, Teredo, 6to4, AS112, AMT, ORCHIDv2) are exceptions.
func SpecialPrefixes() []BogonPrefix {
	out := make([]BogonPrefix, 0, len(specialPrefixes()))
	for _, s := range specialPrefixes() {
		out = append(out, BogonPrefix{Prefix: netip.MustParsePrefix(s.prefix), Kind: s.kind, Since: date(s.since),
			Source: "iana", Rule: s.rule})
	}
	return out
}

// special is one row of the table below; since is a date or empty.
type special struct {
	prefix string
	kind   BogonKind
	rule   string
	since  string
}

// specialPrefixes is the table: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry.
func specialPrefixes() []special {
	return []special{
		{"0.0.0.0/8", BogonFull, "this network (RFC 791)", ""},
		{"10.0.0.0/8", BogonFull, "private use (RFC 1918)", ""},
		{"100.64.0.0/10", BogonFull, "shared address space (RFC 6598)", "2012-04-01"},
		{"127.0.0.0/8", BogonFull, "loopback (RFC 1122)", ""},
		{"169.254.0.0/16", BogonFull, "link local (RFC 3927)", ""},
		{"172.16.0.0/12", BogonFull, "private use (RFC 1918)", ""},
		{"192.0.0.0/24", BogonFull, "protocol assignments (RFC 6890)", "2010-01-01"},
		{"192.0.2.0/24", BogonFull, "documentation (RFC 5737)", ""},
		{"192.168.0.0/16", BogonFull, "private use (RFC 1918)", ""},
		{"198.18.0.0/15", BogonFull, "benchmarking (RFC 2544)", ""},
		{"198.51.100.0/24", BogonFull, "documentation (RFC 5737)", "2010-01-01"},
		{"203.0.113.0/24", BogonFull, "documentation (RFC 5737)", "2010-01-01"},
		{"224.0.0.0/4", BogonFull, "multicast (RFC 5771)", ""},
		{"240.0.0.0/4", BogonFull, "reserved (RFC 1112)", ""},

		{"::/3", BogonFull, "outside global unicast (RFC 4291)", ""},
		{"4000::/2", BogonFull, "outside global unicast (RFC 4291)", ""},
		{"8000::/1", BogonFull, "outside global unicast (RFC 4291)", ""},
		{"::/128", BogonFull, "unspecified address (RFC 4291)", ""},
		{"::1/128", BogonFull, "loopback (RFC 4291)", ""},
		{"64:ff9b::/96", BogonNone, "NAT64 well-known prefix (RFC 6052)", ""},
		{"64:ff9b:1::/48", BogonFull, "local-use translation (RFC 8215)", ""},
		{"100::/64", BogonFull, "discard only (RFC 6666)", ""},
		{"5f00::/16", BogonFull, "segment identifiers (RFC 9602)", ""},
		{"fc00::/7", BogonFull, "unique local (RFC 4193)", ""},
		{"fe80::/10", BogonFull, "link local (RFC 4291)", ""},
		{"ff00::/8", BogonFull, "multicast (RFC 4291)", ""},
		{"2001::/23", BogonFull, "protocol assignments (RFC 2928)", ""},
		{"2001::/32", BogonNone, "Teredo (RFC 4380)", ""},
		{"2001:1::1/128", BogonNone, "port control anycast (RFC 7723)", ""},
		{"2001:1::2/128", BogonNone, "TURN anycast (RFC 8155)", ""},
		{"2001:1::3/128", BogonNone, "DNS-SD registration anycast (RFC 9665)", ""},
		{"2001:2::/48", BogonFull, "benchmarking (RFC 5180)", ""},
		{"2001:3::/32", BogonNone, "AMT (RFC 7450)", ""},
		{"2001:4:112::/48", BogonNone, "AS112 (RFC 7535)", ""},
		{"2001:10::/28", BogonFull, "ORCHID, deprecated (RFC 4843)", ""},
		{"2001:20::/28", BogonNone, "ORCHIDv2 (RFC 7343)", ""},
		{"2001:30::/28", BogonNone, "drone remote identification (RFC 9374)", ""},
		{"2001:db8::/32", BogonFull, "documentation (RFC 3849)", "2004-07-01"},
		{"3ffe::/16", BogonFull, "6bone, returned (RFC 3701)", "2006-06-06"},
		{"3fff::/20", BogonFull, "documentation (RFC 9637)", "2024-08-01"},
	}
}

// SpecialASNs gives the numbers that RFCs and IANA set apart. They were reserved or beyond the two-octet space before
// the RFCs that name their use, so they have no date. AS 23456 stands in paths read from two-octet sessions for a
// number that did not fit; a caller that judges such paths must leave it out.
func SpecialASNs() []BogonASN {
	row := func(from, to values.ASN, rule string) BogonASN {
		return BogonASN{From: from, To: to, Kind: BogonFull, Source: "iana", Rule: rule}
	}
	return []BogonASN{
		row(0, 0, "reserved (RFC 7607)"),
		row(values.ASTrans, values.ASTrans, "AS_TRANS (RFC 6793)"),
		row(64496, 64511, "documentation (RFC 5398)"),
		row(64512, 65534, "private use (RFC 6996)"),
		row(65535, 65535, "reserved (RFC 7300)"),
		row(65536, 65551, "documentation (RFC 5398)"),
		row(65552, 131071, "reserved by IANA"),
		row(4200000000, 4294967294, "private use (RFC 6996)"),
		row(4294967295, 4294967295, "reserved (RFC 7300)"),
	}
}

// date reads a row's date; empty is the zero time. The rows are constants, so a wrong one is a programmer's error.
func date(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}
