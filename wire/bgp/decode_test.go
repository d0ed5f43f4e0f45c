package bgp_test

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// octets reads hex with spaces.
func octets(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

var netipCmp = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

const (
	origin  = "40 01 01 00 "
	path4   = "40 02 0a 02 02 0000fde8 0000fde9 " // 65000 65001
	nextHop = "40 03 04 c0000201 "
	usual   = origin + path4 + nextHop
)

func TestDecodeAttrs(t *testing.T) {
	all := usual +
		"80 04 04 0000000a 40 05 04 00000064 40 06 00 c0 07 08 0000fde9 c0000202 " +
		"c0 08 08 fde80001 ffffff01 80 09 04 0a000001 80 0a 08 0a000002 0a000003 " +
		"c0 10 08 0002fde800000064 e0 20 0c 0000fde8 00000001 00000002 c0 23 04 0000fde8 " +
		"90 0e 0015 0002 01 10 20010db8000000000000000000000001 00 "
	want := bgp.Attrs{
		HasOrigin: true, HasPath: true,
		Path:       []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{65000, 65001}}},
		HasNextHop: true, NextHop: netip.MustParseAddr("192.0.2.1"),
		MPNextHop: netip.MustParseAddr("2001:db8::1"), MPNextHopLen: 16,
		HasMED: true, MED: 10, HasLocalPref: true, LocalPref: 100, AtomicAggregate: true,
		HasAggregator: true, AggregatorASN: 65001, AggregatorIP: netip.MustParseAddr("192.0.2.2"),
		OriginatorID:     netip.MustParseAddr("10.0.0.1"),
		ClusterList:      []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3")},
		Communities:      []uint32{65000<<16 | 1, 0xffffff01},
		ExtCommunities:   []uint64{0x0002fde800000064},
		LargeCommunities: []bgp.LargeCommunity{{Global: 65000, Local1: 1, Local2: 2}},
		HasOTC:           true, OTC: 65000,
	}
	var got bgp.Attrs
	for range 2 { // the second time with storage to reuse
		if faults := bgp.DecodeAttrs(&got, octets(t, all), true, false); faults != nil {
			t.Fatal(faults)
		}
		if d := cmp.Diff(want, got, netipCmp); d != "" {
			t.Fatal(d)
		}
	}
	if faults := bgp.DecodeAttrs(&got, nil, true, false); faults != nil {
		t.Fatal(faults)
	}
	if d := cmp.Diff(bgp.Attrs{}, got, netipCmp, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("a reset value keeps something: %s", d)
	}
}

// TestFaults goes through RFC 7606 section 7, RFC 6793 section 6, RFC 8092 section 6 and RFC 9234 section 5.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, attr string
		as2        bool
		action     bgp.Action
	}{
		{"origin too long", "40 01 02 0000", false, bgp.TreatAsWithdraw},
		{"origin undefined", "40 01 01 03", false, bgp.TreatAsWithdraw},
		{"path with unknown segment", "40 02 06 05 01 0000fde8", false, bgp.TreatAsWithdraw},
		{"path segment overruns", "40 02 06 02 02 0000fde8", false, bgp.TreatAsWithdraw},
		{"path underruns", "40 02 07 02 01 0000fde8 02", false, bgp.TreatAsWithdraw},
		{"path segment empty", "40 02 02 02 00", false, bgp.TreatAsWithdraw},
		{"next hop", "40 03 05 c000020100", false, bgp.TreatAsWithdraw},
		{"med", "80 04 03 000000", false, bgp.TreatAsWithdraw},
		{"local preference", "40 05 03 000000", false, bgp.Discard},
		{"atomic aggregate", "40 06 01 00", false, bgp.Discard},
		{"aggregator of the other size", "c0 07 06 fde8 c0000201", false, bgp.Discard},
		{"aggregator of the other size", "c0 07 08 0000fde8 c0000201", true, bgp.Discard},
		{"communities empty", "c0 08 00", false, bgp.TreatAsWithdraw},
		{"communities odd", "c0 08 05 fde8000100", false, bgp.TreatAsWithdraw},
		{"originator", "80 09 05 0a00000100", false, bgp.Discard},
		{"cluster list", "80 0a 05 0a00000100", false, bgp.Discard},
		{"mp reach short", "80 0e 04 00020110", false, bgp.ResetSession},
		{"mp reach next hop overruns", "80 0e 06 000201100000", false, bgp.ResetSession},
		{"mp reach next hop length", "80 0e 08 000201 03 20010d 00", false, bgp.ResetSession},
		{"mp unreach", "80 0f 02 0002", false, bgp.ResetSession},
		{"extended communities", "c0 10 07 00000000000000", false, bgp.TreatAsWithdraw},
		{"as4 path", "c0 11 06 02 02 0000fde8", true, bgp.Discard},
		{"as4 aggregator", "c0 12 06 fde8 c0000201", true, bgp.Discard},
		{"large communities", "c0 20 0b 0000fde8 00000001 000000", false, bgp.TreatAsWithdraw},
		{"otc", "c0 23 02 fde8", false, bgp.TreatAsWithdraw},
		{"flags", "80 01 01 00", false, bgp.TreatAsWithdraw},
		{"flags of an optional one", "80 08 04 fde80001", false, bgp.TreatAsWithdraw},
		{"twice", "40 06 00 40 06 00", false, bgp.Discard},
		{"mp reach twice", strings.Repeat("80 0e 09 0001 01 04 c0000201 00 ", 2), false, bgp.ResetSession},
		{"attribute overruns", "40 01 02 00", false, bgp.TreatAsWithdraw},
		{"header overruns", "50 01 00", false, bgp.TreatAsWithdraw},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a bgp.Attrs
			faults := bgp.DecodeAttrs(&a, octets(t, c.attr), !c.as2, false)
			if len(faults) != 1 || faults[0].Action != c.action {
				t.Errorf("faults %v, want one with action %d", faults, c.action)
			}
			if got, want := faults.Withdraw(), c.action != bgp.Discard; got != want {
				t.Errorf("withdraw is %v", got)
			}
		})
	}
}

// TestFaultsKeepTheRest shows that a malformed attribute takes nothing else with it.
func TestFaultsKeepTheRest(t *testing.T) {
	var a bgp.Attrs
	faults := bgp.DecodeAttrs(&a, octets(t, origin+"40 02 03 02 01 fd "+nextHop+"c0 08 04 fde80001"), true, false)
	if len(faults) != 1 || !a.PathMalformed || !a.HasPath || len(a.Path) != 0 || !a.HasNextHop || len(a.Communities) != 1 {
		t.Errorf("faults %v, attributes %+v", faults, a)
	}
	if faults[0].String() != "attribute 2: AS_PATH has a segment longer than itself" {
		t.Errorf("fault reads %q", faults[0])
	}
}

// TestUnknownAttributes shows that attributes this package does not know are no fault.
func TestUnknownAttributes(t *testing.T) {
	var a bgp.Attrs
	if faults := bgp.DecodeAttrs(&a, octets(t, "c0 ff 01 00 80 fe 00 d0 80 0002 0000"), true, false); faults != nil {
		t.Error(faults)
	}
}

// TestAS4Merge has the cases of RFC 6793 section 4.2.3. 5ba0 is AS_TRANS.
func TestAS4Merge(t *testing.T) {
	const trans3 = "40 02 08 02 03 fde8 5ba0 5ba0 "
	for _, c := range []struct{ name, attrs, want, aggregator string }{
		{"tail replaced", trans3 + "c0 11 0a 02 02 00010001 00010002", "65000 65537 65538", ""},
		{"all replaced", "40 02 06 02 02 5ba0 5ba0 c0 11 0a 02 02 00010001 00010002", "65537 65538", ""},
		{"AS4_PATH longer is ignored", "40 02 04 02 01 fde8 c0 11 0a 02 02 00010001 00010002", "65000", ""},
		{"set counts as one", "40 02 0a 02 02 fde8 5ba0 01 01 fde9 c0 11 06 02 01 00010001", "65000 23456 65537", ""},
		{"set in AS4_PATH", "40 02 0a 02 02 fde8 5ba0 01 01 5ba0 c0 11 0c 02 01 00010001 01 01 00010002",
			"65000 65537 {65538}", ""},
		{"leading confederation stays", "40 02 0a 03 01 fc00 02 02 fde8 5ba0 c0 11 06 02 01 00010001", "(64512) 65000 65537", ""},
		{"confederation alone before", "40 02 08 03 01 fc00 02 01 5ba0 c0 11 06 02 01 00010001", "(64512) 65537", ""},
		{"confederation in AS4_PATH is dropped", trans3 + "c0 11 10 03 01 00010009 02 02 00010001 00010002",
			"65000 65537 65538", ""},
		{"aggregator merged", trans3 + "c0 07 06 5ba0 c0000201 c0 12 08 00010001 c0000202 c0 11 06 02 01 00010001",
			"65000 23456 65537", "65537 192.0.2.2"},
		{"aggregator not AS_TRANS: both are stale",
			trans3 + "c0 07 06 fde8 c0000201 c0 12 08 00010001 c0000202 c0 11 06 02 01 00010001",
			"65000 23456 23456", "65000 192.0.2.1"},
		{"aggregator alone", trans3 + "c0 07 06 fde8 c0000201 c0 11 06 02 01 00010001", "65000 23456 65537", "65000 192.0.2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a bgp.Attrs
			if faults := bgp.DecodeAttrs(&a, octets(t, c.attrs), false, false); faults != nil {
				t.Fatal(faults)
			}
			if got := a.PathString(); got != c.want {
				t.Errorf("path %q, want %q", got, c.want)
			}
			aggregator := ""
			if a.HasAggregator {
				aggregator = a.AggregatorASN.String() + " " + a.AggregatorIP.String()
			}
			if aggregator != c.aggregator {
				t.Errorf("aggregator %q, want %q", aggregator, c.aggregator)
			}
		})
	}
}

func TestAS4IgnoredOnFourOctetSession(t *testing.T) {
	var a bgp.Attrs
	bgp.DecodeAttrs(&a, octets(t, path4+"c0 11 06 02 01 00010001"), true, false)
	if got := a.PathString(); got != "65000 65001" {
		t.Errorf("path %q", got)
	}
}

// TestTableNextHop has the two forms of MP_REACH_NLRI that table dumps hold.
func TestTableNextHop(t *testing.T) {
	const addr = "20010db8000000000000000000000001"
	for name, raw := range map[string]string{
		"short":           "80 0e 11 10 " + addr,
		"short, two hops": "80 0e 21 20 " + addr + "fe800000000000000000000000000001",
		"full":            "80 0e 1a 0002 01 10 " + addr + "00 20 20010db8",
	} {
		var a bgp.Attrs
		faults := bgp.DecodeAttrs(&a, octets(t, raw), true, true)
		if faults != nil || a.MPNextHop != netip.MustParseAddr("2001:db8::1") || a.NextHop != a.MPNextHop || a.HasNextHop {
			t.Errorf("%s: faults %v, attributes %+v", name, faults, a)
		}
	}
}

func TestOriginAS(t *testing.T) {
	for _, c := range []struct {
		path string
		want values.ASN
		ok   bool
	}{
		{"40 02 00", 0, false},
		{path4, 65001, true},
		{"40 02 0c 02 01 0000fde8 01 01 0000fde9", 0, false},
		{"40 02 0c 01 01 0000fde8 02 01 0000fde9", 65001, true},
		{"40 02 06 03 01 0000fc00", 0, false},
	} {
		var a bgp.Attrs
		bgp.DecodeAttrs(&a, octets(t, c.path), true, false)
		if got, ok := a.OriginAS(); got != c.want || ok != c.ok {
			t.Errorf("%s: origin %v %v, want %v %v", a.PathString(), got, ok, c.want, c.ok)
		}
	}
}

func TestPathString(t *testing.T) {
	a := bgp.Attrs{Path: []bgp.Segment{
		{Kind: bgp.ASConfedSequence, ASNs: []values.ASN{1, 2}}, {Kind: bgp.ASConfedSet, ASNs: []values.ASN{3, 4}},
		{Kind: bgp.ASSequence, ASNs: []values.ASN{5, 6}}, {Kind: bgp.ASSet, ASNs: []values.ASN{7, 8}},
	}}
	if got, want := a.PathString(), "(1 2) [3,4] 5 6 {7,8}"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if d := cmp.Diff([]values.ASN{1, 2, 3, 4, 5, 6, 7, 8}, a.AppendASNs(nil)); d != "" {
		t.Error(d)
	}
	if !a.HasSet() {
		t.Error("has no set")
	}
}
