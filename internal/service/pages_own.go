package service

import (
	"net/netip"
	"slices"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// ownFirst puts a network's own prefixes, those that stood with it as their origin, before the others of an incident: on
// its page they are what matters. The incident's own list stays as it is.
func ownFirst(i *watch.Incident, asn values.ASN) {
	if i.ASN == asn || len(i.Prefixes) < 2 {
		return
	}
	rank := func(p netip.Prefix) int {
		if slices.ContainsFunc(i.Evidence.Baseline, func(b watch.BaselineOrigin) bool { return b.Origin == asn && b.Prefix.Overlaps(p) }) {
			return 0
		}
		return 1
	}
	i.Prefixes = slices.Clone(i.Prefixes)
	slices.SortStableFunc(i.Prefixes, func(a, b netip.Prefix) int { return rank(a) - rank(b) })
}
