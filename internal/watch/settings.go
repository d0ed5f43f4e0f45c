package watch

import "time"

// Settings are the thresholds of the detectors. Each has its reason in docs/formulas.md, "Detection settings". The zero
// value detects nothing sensible: start from [Defaults].
type Settings struct {
	// MinVisibility is how many distinct peer networks must see a deviation at once. Where fewer peers are up, all of
	// them must.
	MinVisibility int `json:"min_visibility"`
	// MinDuration is how long they must see it without a break before an incident opens.
	MinDuration time.Duration `json:"min_duration"`
	// HoldDown is how long they must have lost it before the incident ends; a shorter gap is a flap.
	HoldDown time.Duration `json:"hold_down"`
	// WarmUp is how long updates alone are only learned from, where no table dump says what stood before.
	WarmUp time.Duration `json:"warm_up"`
	// EstablishAfter is how long an origin must have been known for others to be held against it.
	EstablishAfter time.Duration `json:"establish_after"`
	// BaselineMemory is how long an origin that is no longer seen stays part of the baseline.
	BaselineMemory time.Duration `json:"baseline_memory"`
	// TransferGap is how long the old origin must have been gone, at every peer, for a new one to be no conflict.
	TransferGap time.Duration `json:"transfer_gap"`
	// MovedSessions is how many sessions must have had the old origin, and all have lost it, for it to have moved.
	MovedSessions int `json:"moved_sessions"`
	// RouteObjectAge is how old a route object of an unauthenticated registry must be to explain an origin.
	RouteObjectAge time.Duration `json:"route_object_age"`
	// AnycastOrigins is how many established origins make a prefix anycast.
	AnycastOrigins int `json:"anycast_origins"`
	// TypoMaxASN is the largest origin that counts as a mistyped number of prepends.
	TypoMaxASN uint32 `json:"typo_max_asn"`
	// MaxPrefix4 and MaxPrefix6 are the longest prefixes that networks exchange globally.
	MaxPrefix4 int `json:"max_prefix_4"`
	MaxPrefix6 int `json:"max_prefix_6"`
	// ConeLevels is how many links down a customer cone explains anything.
	ConeLevels int `json:"cone_levels"`
	// RelationPercent is how sure, in percent, both relations of a step must be for the step to count as a leak by them.
	RelationPercent int `json:"relation_percent"`
	// LinkMemory is how long a link first seen while judging stays new.
	LinkMemory time.Duration `json:"link_memory"`
	// BurstWindow is how soon after an incident began what its announcing network does to others belongs to it.
	BurstWindow time.Duration `json:"burst_window"`
	// MinPeerASNs is how many distinct peer networks an attribution needs.
	MinPeerASNs int `json:"min_peer_asns"`
	// EvidencePeers and EvidenceUpdates bound what is kept: peers for each prefix, updates in each incident's line.
	EvidencePeers   int `json:"evidence_peers"`
	EvidenceUpdates int `json:"evidence_updates"`
	// Off names the exclusions that are not tried; for measuring what each is worth.
	Off []string `json:"off"`
}

// Defaults are the settings in force unless a profile says otherwise.
func Defaults() Settings {
	return Settings{
		MinVisibility:   5,
		MinDuration:     time.Minute,
		HoldDown:        5 * time.Minute,
		WarmUp:          6 * time.Hour,
		EstablishAfter:  time.Hour,
		BaselineMemory:  30 * 24 * time.Hour,
		TransferGap:     time.Hour,
		MovedSessions:   3,
		RouteObjectAge:  30 * 24 * time.Hour,
		AnycastOrigins:  3,
		TypoMaxASN:      64,
		MaxPrefix4:      24,
		MaxPrefix6:      48,
		ConeLevels:      4,
		RelationPercent: 60,
		LinkMemory:      24 * time.Hour,
		BurstWindow:     10 * time.Minute,
		MinPeerASNs:     3,
		EvidencePeers:   64,
		EvidenceUpdates: 32,
		Off:             []string{},
	}
}
