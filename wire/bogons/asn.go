package bogons

import "pahra/wire/values"

// SpecialASNs gives the AS numbers that https://www.iana.org/assignments/iana-as-numbers-special-registry and the RFCs
// set apart, and what IANA kept in reserve before it gave them a purpose. Numbers that IANA has not given to a registry
// are left out otherwise: that table changes monthly. AS 23456 stands, in a path from a session of two-octet numbers,
// for a number that did not fit (RFC 6793): it is a bogon only as the true origin or where four-octet numbers are spoken.
func SpecialASNs() []ASNRange {
	asn := func(from, to values.ASN, name, rule, since, until string) ASNRange {
		return ASNRange{from, to, Full, name, rule, date(since), date(until)}
	}
	return []ASNRange{
		asn(0, 0, "Reserved", "RFC 7607", "", ""),
		asn(23456, 23456, "AS_TRANS", "RFC 4893, RFC 6793", "2007-05", ""),
		asn(64496, 64511, "Reserved by IANA", "IANA", "", "2008-12"),
		asn(64496, 64511, "Documentation", "RFC 5398", "2008-12", ""),
		asn(64512, 65534, "Private Use", "RFC 1930, RFC 6996", "1996-03", ""),
		asn(65535, 65535, "Reserved", "RFC 1930, RFC 7300", "1996-03", ""),
		asn(65536, 65551, "Reserved by IANA", "IANA", "", "2008-12"),
		asn(65536, 65551, "Documentation", "RFC 5398", "2008-12", ""),
		asn(65552, 131071, "Reserved by IANA", "IANA", "", ""),
		asn(4200000000, 4294967294, "Not allocated by IANA", "IANA", "", "2013-07"),
		asn(4200000000, 4294967294, "Private Use", "RFC 6996", "2013-07", ""),
		asn(4294967295, 4294967295, "Not allocated by IANA", "IANA", "", "2014-07"),
		asn(4294967295, 4294967295, "Reserved", "RFC 7300", "2014-07", ""),
	}
}
