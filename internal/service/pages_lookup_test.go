package service

import (
	"testing"

	"pahra/wire/values"
)

// TestPageLookups: each network once, at its registry; none for a made-up Internet.
func TestPageLookups(t *testing.T) {
	p := &Pages{parties: map[values.ASN]networkRow{64500: {RIR: "ripencc"}, 64501: {RIR: "arin"}}}
	list := p.lookups(64500, 64501, 64500, 64502)
	for i, want := range []string{"whois -h whois.ripe.net AS64500", "whois -h whois.arin.net AS64501", "whois AS64502"} {
		if len(list) != 3 || list[i].Whois != want || list[0].PeeringDB != "https://www.peeringdb.com/asn/64500" {
			t.Fatalf("%+v, want %q", list, want)
		}
	}
	if p.Synthetic(); len(p.lookups(64500)) > 0 {
		t.Error("a made-up network is to be looked up")
	}
}
