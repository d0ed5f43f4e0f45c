package values

import (
	"net/netip"
	"strings"
)

// IsLoopback tells whether a host, as it stands in a URL, is this machine: "localhost" (RFC 6761) or a loopback address.
// What is said to it needs no TLS. Any other name is not asked for: an answer of DNS is no proof.
func IsLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
