// Package partytest gives tests and benchmarks a desk that knows as much as that of a country. It is for tests alone.
package partytest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/routes/origins"
	"pahra/wire/values"
)

// Internet makes a desk that knows a table of over a million prefixes of so many networks, as of a time, and 20,000 constituents
// with a prefix and a domain each.
func Internet(tb testing.TB, at time.Time, many int) *party.Desk {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 9))
	var space origins.Builder
	networks := map[values.ASN]*party.Network{}
	var list []party.Constituent
	for n := 0; n < 850_000; n++ {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), 0}), 12+r.IntN(13)).Masked()
		asn := values.ASN(1 + r.IntN(many))
		space.Add(p, asn)
		if networks[asn] == nil {
			networks[asn] = party.NewNetwork(asn, fmt.Sprintf("NETWORK-%d", asn), "IN")
		}
		if n < 20_000 {
			inside := netip.PrefixFrom(p.Addr(), 28).String()
			list = append(list, party.Constituent{ID: fmt.Sprint(n), Name: "Name", Selectors: []party.Selector{{Kind: party.ByPrefix, Value: inside},
				{Kind: party.ByDomain, Value: fmt.Sprintf("c%d.example", n)}}})
		}
	}
	for n := 0; n < 250_000; n++ {
		p := netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}), 28+r.IntN(21)).Masked()
		space.Add(p, values.ASN(1+r.IntN(many)))
	}
	for n := 0; ; n++ { // some of those that were made are the same
		if n%4096 == 0 && space.Len() >= 1_000_000 {
			break
		}
		space.Add(netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.IntN(256)), byte(r.IntN(256)), 0}), 24), values.ASN(1+r.IntN(many)))
	}
	directory, err := party.NewDirectory(list)
	if err != nil {
		tb.Fatal(err)
	}
	policy, err := party.DefaultPolicy()
	if err != nil {
		tb.Fatal(err)
	}
	table := space.Build(at)
	if table.Len() < 1_000_000 {
		tb.Fatalf("%d prefixes", table.Len())
	}
	return &party.Desk{Directory: directory, Policy: policy, Space: origins.NewSeries(48*time.Hour, false, table), Networks: networks, Contacts: &party.Contacts{}}
}
