package values

import (
	"net/netip"
	"slices"
)

// notPublic are the networks of IANA's registries of special-purpose addresses (RFC 6890 and its updates) that are not
// reached over the public Internet, beyond those that netip tells itself.
func notPublic() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// IsPublic says whether an address may be one of the public Internet: what is inside a network, or set apart, is not. One that
// leads to another by translation has to be looked at as well: see [Embedded].
func IsPublic(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsInterfaceLocalMulticast() {
		return false
	}
	if ip.Is6() && !ip.Is4In6() && ip.AsSlice()[0]>>5 != 1 && !netip.MustParsePrefix("64:ff9b::/96").Contains(ip) {
		return false // of IPv6 only 2000::/3 is given out
	}
	return !slices.ContainsFunc(notPublic(), func(n netip.Prefix) bool { return n.Contains(ip) })
}

// Embedded gives the IPv4 address that an IPv6 address leads to by translation (RFC 6052) or by 6to4 (RFC 3056).
func Embedded(ip netip.Addr) (netip.Addr, bool) {
	if !ip.Is6() {
		return netip.Addr{}, false
	}
	b := ip.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}
