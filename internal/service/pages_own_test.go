package service

import (
	"net/netip"
	"slices"
	"testing"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// TestPageOwnPrefixesFirst: the others keep their order, and so does the incident that others read.
func TestPageOwnPrefixesFirst(t *testing.T) {
	a, b, c := netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/25"), netip.MustParsePrefix("203.0.113.0/24")
	first := watch.Incident{ASN: 64500, Prefixes: []netip.Prefix{a, b, c}}
	first.Evidence.Baseline = []watch.BaselineOrigin{{Prefix: a, Origin: 64501}, {Prefix: netip.MustParsePrefix("198.51.100.0/24"), Origin: 64502}}
	for asn, want := range map[uint32][]netip.Prefix{64502: {b, a, c}, 64501: {a, b, c}, 64500: {a, b, c}} {
		i := first
		ownFirst(&i, values.ASN(asn))
		if !slices.Equal(i.Prefixes, want) || first.Prefixes[0] != a {
			t.Errorf("AS%d sees %v, want %v", asn, i.Prefixes, want)
		}
	}
}
