package bogons

import "net/netip"

// Unallocated gives the blocks that IANA had not yet given to a registry, for judging routes of the past: IPv4 by /8 from
// https://www.iana.org/assignments/ipv4-address-space (the last five went in February 2011), and IPv6 as 2000::/3 with
// the allocations of https://www.iana.org/assignments/ipv6-unicast-address-assignments as exemptions.
//
// The registry dates IPv4 to the month; the block counts as allocated from its first day, so that no legitimate route
// is called a bogon. Blocks whose date is that of a later transfer between registries (24/8, 189/8, 190/8, 200/8,
// 201/8) are left out. The IPv6 rows hold until May 2024, when the table was made: what IANA has allocated since is
// unknown to them, so that a later route needs a list of its own time.
func Unallocated() []Entry {
	var out []Entry
	for _, month := range allocated4() {
		for _, octet := range month.octets {
			prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{octet}), 8)
			out = append(out, Entry{prefix, Full, "Not allocated by IANA", "IANA IPv4 address space", date(""), date(month.month)})
		}
	}
	out = append(out, Entry{netip.MustParsePrefix("2000::/3"), Full, "Not allocated by IANA", "IANA IPv6 unicast",
		date("1999-07"), date(tableMade)})
	for _, a := range allocated6() {
		out = append(out, Entry{netip.MustParsePrefix(a.prefix), Exempt, "Allocated by IANA", "IANA IPv6 unicast",
			date(a.since), date(a.until)})
	}
	return out
}

// tableMade is when the IPv6 allocations below were taken down.
const tableMade = "2024-05"

// allocated4 gives the /8s that IANA allocated since the archives of routes begin (1999), by month.
func allocated4() []struct {
	month  string
	octets []byte
} {
	return []struct {
		month  string
		octets []byte
	}{
		{"1999-07", []byte{64}},
		{"2000-06", []byte{217}},
		{"2000-07", []byte{65, 66}},
		{"2000-12", []byte{218}},
		{"2001-04", []byte{80, 81}},
		{"2001-05", []byte{67}},
		{"2001-06", []byte{68}},
		{"2001-09", []byte{219}},
		{"2001-12", []byte{220}},
		{"2002-07", []byte{221}},
		{"2002-08", []byte{69}},
		{"2002-11", []byte{82}},
		{"2003-02", []byte{222}},
		{"2003-04", []byte{60}},
		{"2003-11", []byte{83, 84}},
		{"2004-01", []byte{70}},
		{"2004-04", []byte{58, 59, 85, 86, 87, 88}},
		{"2004-08", []byte{71, 72}},
		{"2005-01", []byte{124, 125, 126}},
		{"2005-03", []byte{73}},
		{"2005-04", []byte{41}},
		{"2005-06", []byte{74, 75, 76, 89, 90, 91}},
		{"2006-01", []byte{121, 122, 123}},
		{"2006-08", []byte{77, 78, 79}},
		{"2006-10", []byte{96, 97, 98, 99}},
		{"2007-01", []byte{116, 117, 118, 119, 120}},
		{"2007-03", []byte{92, 93}},
		{"2007-07", []byte{94, 95}},
		{"2007-09", []byte{186, 187}},
		{"2007-10", []byte{114, 115}},
		{"2008-02", []byte{173, 174}},
		{"2008-05", []byte{112, 113}},
		{"2008-10", []byte{197}},
		{"2008-11", []byte{110, 111}},
		{"2008-12", []byte{108, 184}},
		{"2009-01", []byte{109, 178}},
		{"2009-04", []byte{180, 183}},
		{"2009-08", []byte{175, 182}},
		{"2009-09", []byte{2, 46}},
		{"2010-01", []byte{1, 27}},
		{"2010-02", []byte{50, 107}},
		{"2010-04", []byte{14, 223}},
		{"2010-05", []byte{31, 176}},
		{"2010-06", []byte{177, 181}},
		{"2010-08", []byte{49, 101}},
		{"2010-10", []byte{36, 42}},
		{"2010-11", []byte{5, 23, 37, 100, 105}},
		{"2011-01", []byte{39, 106}},
		{"2011-02", []byte{102, 103, 104, 179, 185}},
	}
}

// allocated6 gives what IANA allocated out of 2000::/3. Where a later allocation took in earlier ones, both are listed.
// 2001::/23 is IANA's own and in Special.
func allocated6() []struct{ prefix, since, until string } {
	return []struct{ prefix, since, until string }{
		{"3ffe::/16", "1998-12", "2006-06-06"}, // 6bone, RFC 2471 to RFC 3701
		{"2001:200::/23", "1999-07-01", ""},
		{"2001:400::/23", "1999-07-01", ""},
		{"2001:600::/23", "1999-07-01", ""},
		{"2001:800::/23", "2002-05-02", ""},
		{"2001:800::/22", "2002-11-02", ""},
		{"2001:c00::/23", "2002-05-02", ""},
		{"2001:e00::/23", "2003-01-01", ""},
		{"2001:1200::/23", "2002-11-01", ""},
		{"2001:1400::/23", "2003-02-01", ""},
		{"2001:1400::/22", "2003-07-01", ""},
		{"2001:1800::/23", "2003-04-01", ""},
		{"2001:1a00::/23", "2004-01-01", ""},
		{"2001:1c00::/22", "2004-05-04", ""},
		{"2001:2000::/20", "2004-05-04", ""},
		{"2001:3000::/21", "2004-05-04", ""},
		{"2001:3800::/22", "2004-05-04", ""},
		{"2001:2000::/19", "2019-03-12", ""},
		{"2001:4000::/23", "2004-06-11", ""},
		{"2001:4200::/23", "2004-06-01", ""},
		{"2001:4400::/23", "2004-06-11", ""},
		{"2001:4600::/23", "2004-08-17", ""},
		{"2001:4800::/23", "2004-08-24", ""},
		{"2001:4a00::/23", "2004-10-15", ""},
		{"2001:4c00::/23", "2004-12-17", ""},
		{"2001:5000::/20", "2004-09-10", ""},
		{"2001:8000::/19", "2004-11-30", ""},
		{"2001:a000::/20", "2004-11-30", ""},
		{"2001:b000::/20", "2006-03-08", ""},
		{"2002::/16", "2001-02-01", ""}, // 6to4, RFC 3056
		{"2003::/18", "2005-01-12", ""},
		{"2400::/19", "2005-05-20", ""},
		{"2400:2000::/19", "2005-07-08", ""},
		{"2400:4000::/21", "2005-08-08", ""},
		{"2404::/23", "2006-01-19", ""},
		{"2400::/12", "2006-10-03", ""},
		{"2600::/22", "2005-04-19", ""},
		{"2604::/22", "2005-04-19", ""},
		{"2608::/22", "2005-04-19", ""},
		{"260c::/22", "2005-04-19", ""},
		{"2600::/12", "2006-10-03", ""},
		{"2610::/23", "2005-11-17", ""},
		{"2620::/23", "2006-09-12", ""},
		{"2630::/12", "2019-11-06", ""},
		{"2800::/23", "2005-11-17", ""},
		{"2800::/12", "2006-10-03", ""},
		{"2a00::/21", "2005-04-19", ""},
		{"2a01::/23", "2005-07-14", ""},
		{"2a01::/16", "2005-12-15", ""},
		{"2a00::/12", "2006-10-03", ""},
		{"2a10::/12", "2019-06-05", ""},
		{"2c00::/12", "2006-10-03", ""},
	}
}
