package watch

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// places gives each threshold by the name that docs/formulas.md and the snapshot know it by.
func (s *Settings) places() map[string]any {
	return map[string]any{
		"min_visibility":   &s.MinVisibility,
		"min_duration":     &s.MinDuration,
		"hold_down":        &s.HoldDown,
		"warm_up":          &s.WarmUp,
		"establish_after":  &s.EstablishAfter,
		"baseline_memory":  &s.BaselineMemory,
		"transfer_gap":     &s.TransferGap,
		"moved_sessions":   &s.MovedSessions,
		"route_object_age": &s.RouteObjectAge,
		"anycast_origins":  &s.AnycastOrigins,
		"typo_max_asn":     &s.TypoMaxASN,
		"max_prefix_4":     &s.MaxPrefix4,
		"max_prefix_6":     &s.MaxPrefix6,
		"cone_levels":      &s.ConeLevels,
		"relation_percent": &s.RelationPercent,
		"link_memory":      &s.LinkMemory,
		"burst_window":     &s.BurstWindow,
		"min_peer_asns":    &s.MinPeerASNs,
		"evidence_peers":   &s.EvidencePeers,
		"evidence_updates": &s.EvidenceUpdates,
	}
}

// Set changes the threshold of that name; value is a whole number or a duration such as 90s, as the threshold asks.
func (s *Settings) Set(name, value string) error {
	place, ok := s.places()[name]
	if !ok {
		return fmt.Errorf("there is no setting %q; there are %s", name, strings.Join(s.names(), ", "))
	}
	if at, ok := place.(*time.Duration); ok {
		d, err := time.ParseDuration(value)
		if err != nil {
			return fmt.Errorf("setting %s: %q is not a duration such as 90s or 6h", name, value)
		}
		*at = d
		return s.Check()
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return fmt.Errorf("setting %s: %q is not a whole number", name, value)
	}
	switch at := place.(type) {
	case *int:
		*at = int(n)
	case *uint32:
		*at = uint32(n)
	}
	return s.Check()
}

func (s *Settings) names() []string { return slices.Sorted(maps.Keys(s.places())) }

// Check refuses thresholds that make no sense: nothing negative, at least one peer to see and to name, prefix lengths
// that exist.
func (s *Settings) Check() error {
	for _, name := range s.names() {
		if d, ok := s.places()[name].(*time.Duration); ok && *d < 0 {
			return fmt.Errorf("setting %s is negative", name)
		}
	}
	switch {
	case s.MinVisibility < 1 || s.MinPeerASNs < 1 || s.MovedSessions < 1 || s.AnycastOrigins < 1:
		return fmt.Errorf("min_visibility, min_peer_asns, moved_sessions and anycast_origins are 1 or more")
	case s.EvidencePeers < 1 || s.EvidenceUpdates < 0 || s.EvidencePeers > 4096 || s.EvidenceUpdates > 1<<20:
		return fmt.Errorf("evidence_peers is 1 to 4096, evidence_updates at most 1048576")
	case s.ConeLevels < 1 || s.ConeLevels > 64:
		return fmt.Errorf("cone_levels is 1 to 64")
	case s.RelationPercent < 0 || s.RelationPercent > 100:
		return fmt.Errorf("relation_percent is 0 to 100")
	case s.MaxPrefix4 < 1 || s.MaxPrefix4 > 32 || s.MaxPrefix6 < 1 || s.MaxPrefix6 > 128:
		return fmt.Errorf("max_prefix_4 is 1 to 32, max_prefix_6 is 1 to 128")
	}
	_, err := Exclusions(s.Off)
	return err
}
