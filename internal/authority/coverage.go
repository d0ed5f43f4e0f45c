package authority

import (
	"slices"
	"time"
)

// Sources gives the registries that the route objects are from, by name. A registry without any object is not among
// them: nothing is known of it.
func (t *RouteTable) Sources() []string { return slices.Clone(t.sources) }

// Horizon gives for each trust anchor how much time half of its VRPs have left, at the moment at, before they end unless
// renewed. An anchor none of whose VRPs says when it ends is left out. Validators that reckon the whole chain (manifests
// and revocation lists too) give hours or days; others the end of the ROA itself, which is months.
func (t *VRPTable) Horizon(at time.Time) map[string]time.Duration {
	ends := make(map[uint16][]int64)
	for i, item := range t.items {
		if t.expires[i] != 0 {
			ends[item.ta] = append(ends[item.ta], t.expires[i])
		}
	}
	out := make(map[string]time.Duration, len(ends))
	for ta, list := range ends {
		slices.Sort(list)
		out[t.tas[ta]] = time.Unix(list[len(list)/2], 0).Sub(at)
	}
	return out
}
