// Package vrp reads what an RPKI validator found valid: the route origins (VRPs), the provider sets (ASPAs) and the
// number of BGPsec router keys.
//
// [Read] recognises the JSON of rpki-client, Routinator (json and jsonext), StayRTR and OctoRPKI, and the CSV of
// rpki-client, Routinator and the RIPE NCC validators and archive. [ReadSLURM] reads local exceptions (RFC 8416) and
// [Set.Apply] holds a Set against them.
//
// A Set that Read returned has no two VRPs alike, no host bits, no maxLength outside prefix length to address length,
// and is sorted by prefix, maxLength and ASN; its ASPAs are sorted by customer and each provider set is sorted. An AS0
// VRP is kept: it says that nobody may announce the prefix (RFC 6483 section 4).
//
// The package does not validate signatures, does not judge routes, and does not drop what has expired: Expires is
// there for the caller who knows the time.
package vrp

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/wire/values"
)

// The bounds on one input. Today's Internet has some 720,000 VRPs and five trust anchors.
const (
	MaxVRPs      = 4_000_000 // VRPs in one file, before duplicates are collapsed
	MaxASPAs     = 500_000   // ASPAs in one file
	MaxProviders = 10_000    // providers of one customer
	maxKeys      = 500_000   // router keys in one file
	maxAnchors   = 1024      // distinct trust anchor names
	maxAnchorLen = 256       // bytes in one trust anchor name
)

// VRP is a validated ROA payload (RFC 6811 section 2): ASN may originate Prefix and its more-specifics up to MaxLength.
type VRP struct {
	Prefix    netip.Prefix
	MaxLength uint8
	ASN       values.ASN
	TA        string // the trust anchor it was found under, as the validator names it; empty where it does not
	Expires   int64  // Unix seconds at which it stops being valid unless renewed; 0 is unknown
}

// ASPA says that Customer has no upstream providers but Providers, sorted (draft-ietf-sidrops-aspa-profile). Providers
// of exactly AS0 says that it has none.
type ASPA struct {
	Customer  values.ASN
	Providers []values.ASN
	TA        string
	Expires   int64
}

// Set is the output of one validator run.
type Set struct {
	VRPs       []VRP
	ASPAs      []ASPA
	RouterKeys int       // distinct BGPsec router keys (RFC 8635), counted only
	BuildTime  time.Time // when the validator wrote it, by its own metadata; zero where it does not say

	keys []routerKey // behind RouterKeys, for SLURM
}

type routerKey struct {
	asn values.ASN
	ski string // upper-case hexadecimal
	key string // the public key as base64, without padding
}

// compareVRP orders by what makes a VRP: two that compare equal are duplicates.
func compareVRP(a, b VRP) int {
	if c := values.ComparePrefix(a.Prefix, b.Prefix); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.MaxLength, b.MaxLength), cmp.Compare(a.ASN, b.ASN))
}

// normalise sorts and collapses duplicates, whatever the order of arrival. Of duplicates the one that expires last
// stays (an unknown expiry counts as earliest), then the one with the lesser trust anchor name.
func (s *Set) normalise() {
	sortVRPs(s.VRPs)
	s.VRPs = slices.CompactFunc(s.VRPs, func(a, b VRP) bool { return compareVRP(a, b) == 0 })
	s.ASPAs = mergeASPAs(s.ASPAs)
	slices.SortFunc(s.keys, func(a, b routerKey) int {
		return cmp.Or(cmp.Compare(a.asn, b.asn), strings.Compare(a.ski, b.ski), strings.Compare(a.key, b.key))
	})
	s.keys = slices.Compact(s.keys)
	s.RouterKeys = len(s.keys)
}

// sortVRPs sorts by compareVRP, then which duplicate is to stay. Validators write in order of addresses: then only the
// VRPs of one address are to be sorted, which is several times as quick.
func sortVRPs(vrps []VRP) {
	order := func(a, b VRP) int {
		if c := compareVRP(a, b); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(b.Expires, a.Expires), strings.Compare(a.TA, b.TA))
	}
	byAddr := func(a, b VRP) int { return a.Prefix.Addr().Compare(b.Prefix.Addr()) }
	if !slices.IsSortedFunc(vrps, byAddr) {
		slices.SortFunc(vrps, order)
		return
	}
	for from, i := 0, 1; i <= len(vrps); i++ {
		if i == len(vrps) || vrps[i].Prefix.Addr() != vrps[from].Prefix.Addr() {
			slices.SortFunc(vrps[from:i], order)
			from = i
		}
	}
}

// mergeASPAs unites the provider sets of each customer, as draft-ietf-sidrops-aspa-verification section 4 asks. The
// union of AS0 with a real provider is the real provider: AS0 there has no effect.
func mergeASPAs(in []ASPA) []ASPA {
	slices.SortStableFunc(in, func(a, b ASPA) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(b.Expires, a.Expires), strings.Compare(a.TA, b.TA))
	})
	out := in[:0]
	for _, a := range in {
		if n := len(out); n > 0 && out[n-1].Customer == a.Customer {
			out[n-1].Providers = append(out[n-1].Providers, a.Providers...)
			continue
		}
		out = append(out, a)
	}
	for i := range out {
		out[i].Providers = providerSet(out[i].Providers)
	}
	return out
}

// providerSet sorts, removes duplicates, and drops AS0 beside a real provider.
func providerSet(p []values.ASN) []values.ASN {
	slices.Sort(p)
	p = slices.Compact(p)
	if len(p) > 1 && p[0] == 0 {
		p = p[1:]
	}
	return p
}
