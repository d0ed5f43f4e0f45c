package storetest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"pahra/internal/watch"
	vals "pahra/wire/values"
)

// noon is when the tests' stories begin.
func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// Incident makes an incident of chance: the same r gives the same incident. Its start lies in the days after noon of
// 20 November 2026. Its networks and prefixes are few, so that incidents have much in common.
func Incident(r *rand.Rand) watch.Incident { return incident(r, asn, prefix) }

// Wide makes n incidents of 80,000 networks, with prefixes from everywhere.
func Wide(seed uint64, n int) []watch.Incident {
	r := rand.New(rand.NewPCG(seed, 2))
	list := make([]watch.Incident, n)
	for i := range list {
		list[i] = incident(r, func(r *rand.Rand) vals.ASN { return vals.ASN(4200000000 + r.IntN(80_000)) }, func(r *rand.Rand) netip.Prefix {
			a := [4]byte{byte(1 + r.IntN(223)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}
			return netip.PrefixFrom(netip.AddrFrom4(a), 16+r.IntN(9)).Masked()
		})
	}
	return list
}

func incident(r *rand.Rand, asn func(*rand.Rand) vals.ASN, prefix func(*rand.Rand) netip.Prefix) watch.Incident {
	kinds := []watch.Kind{watch.Hijack, watch.RPKIInvalid, watch.BogonPrefix, watch.BogonASN, watch.Leak, watch.PathAnomaly}
	i := watch.Incident{
		ID:          fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()),
		Kind:        kinds[r.IntN(len(kinds))],
		ASN:         asn(r),
		Prefixes:    []netip.Prefix{},
		Accomplices: []watch.Accomplice{},
		Start:       noon().Add(time.Duration(r.IntN(5*86400)) * time.Second),
		Peers:       []watch.PeerSeen{{Collector: "rrc00", ASN: asn(r), IP: netip.MustParseAddr("192.0.2.1")}},
		Attribution: []watch.Attribution{watch.Supported, watch.SinglePath, watch.PossiblyForged}[r.IntN(3)],
		Confidence:  float64(r.IntN(100)) / 100,
		Status:      watch.Open,
		Reasons:     []string{"+0.90 made up"},
		Evidence: watch.Evidence{
			Updates: []watch.Update{}, Victims: []vals.ASN{}, Forwarders: []vals.ASN{asn(r)}, Baseline: []watch.BaselineOrigin{},
			Objects:    []watch.Object{{Kind: "vrp", ID: "203.0.113.0/24-24 AS64500 test", Says: "another origin"}},
			Exclusions: []watch.Tried{{Name: "siblings", Result: watch.Fails, Detail: "no relation"}},
		},
	}
	for range 1 + r.IntN(4) {
		i.Prefixes = append(i.Prefixes, prefix(r))
	}
	for range r.IntN(3) {
		i.Accomplices = append(i.Accomplices, watch.Accomplice{ASN: asn(r), Weight: 1})
	}
	for range r.IntN(3) {
		i.Evidence.Victims = append(i.Evidence.Victims, asn(r))
	}
	if len(i.Evidence.Victims) == 1 {
		i.Victim = &i.Evidence.Victims[0]
	}
	if r.IntN(10) > 0 {
		end := i.Start.Add(time.Duration(r.IntN(86400)) * time.Second)
		i.End, i.Status = &end, watch.Ended
	}
	for n := range r.IntN(12) {
		i.Evidence.Updates = append(i.Evidence.Updates, update(r, i, n))
	}
	i.Evidence.UpdatesTotal = len(i.Evidence.Updates)
	return i
}

func update(r *rand.Rand, i watch.Incident, n int) watch.Update {
	return watch.Update{
		Time: i.Start.Add(time.Duration(n) * time.Millisecond), Collector: "rrc00", PeerASN: asn(r),
		PeerIP: netip.MustParseAddr("192.0.2.1"), Type: "A", Prefix: i.Prefixes[0], Path: []vals.ASN{asn(r), asn(r), i.ASN},
		File: "rrc00/2026-11-20T12.mrt", Offset: int64(n) * 120, Raw: fmt.Sprintf("%0160x", r.Uint64()),
	}
}

// Incidents makes n of them, in no order.
func Incidents(seed uint64, n int) []watch.Incident {
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]watch.Incident, n)
	for i := range list {
		list[i] = Incident(r)
	}
	return list
}

// asn is one of 2,000 of the numbers for documentation and private use.
func asn(r *rand.Rand) vals.ASN { return vals.ASN(4200000000 + r.IntN(2000)) }

// prefix lies in 10.0.0.0/8 or fd00::/8, with lengths that make some cover others.
func prefix(r *rand.Rand) netip.Prefix {
	if r.IntN(4) == 0 {
		a := [16]byte{0: 0xfd, 1: byte(r.IntN(4)), 2: byte(r.IntN(8))}
		return netip.PrefixFrom(netip.AddrFrom16(a), 8+r.IntN(30)).Masked()
	}
	a := [4]byte{10, byte(r.IntN(8)), byte(r.IntN(256)), byte(r.IntN(256))}
	return netip.PrefixFrom(netip.AddrFrom4(a), 8+r.IntN(20)).Masked()
}
