package bgpkit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/bgp"
	"pahra/wire/bgpkit"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// object is what encoding/json makes of an element: the slow oracle.
type object struct {
	Timestamp      json.Number   `json:"timestamp"`
	Type           string        `json:"type"`
	ElemType       string        `json:"elem_type"`
	PeerIP         *netip.Addr   `json:"peer_ip"`
	PeerASN        values.ASN    `json:"peer_asn"`
	Prefix         *netip.Prefix `json:"prefix"`
	PathID         *uint32       `json:"path_id"`
	NextHop        *netip.Addr   `json:"next_hop"`
	ASPath         *string       `json:"as_path"`
	OriginASNs     []uint32      `json:"origin_asns"`
	Origin         *string       `json:"origin"`
	LocalPref      *uint32       `json:"local_pref"`
	MED            *uint32       `json:"med"`
	Communities    []string      `json:"communities"`
	Atomic         bool          `json:"atomic"`
	AggrASN        *uint32       `json:"aggr_asn"`
	AggrIP         *netip.Addr   `json:"aggr_ip"`
	OnlyToCustomer *uint32       `json:"only_to_customer"`
	Originated     *uint32       `json:"originated"`
	OldState       *uint32       `json:"old_state"`
	NewState       *uint32       `json:"new_state"`
}

func ptr[T any](has bool, v T) *T {
	if !has {
		return nil
	}
	return &v
}

// slow builds the object by the documentation.
func slow(e *mrt.Elem, a *bgp.Attrs) object {
	o := object{
		Timestamp: json.Number(fmt.Sprint(e.Sec)), ElemType: string(rune(e.Kind)), PeerIP: ptr(e.PeerIP.IsValid(), e.PeerIP),
		PeerASN: e.PeerAS, Prefix: ptr(e.Prefix.IsValid(), e.Prefix), PathID: ptr(e.HasPathID, e.PathID),
		Type:       map[mrt.ElemKind]string{'A': "ANNOUNCE", 'R': "ANNOUNCE", 'W': "WITHDRAW", 'S': "STATE"}[e.Kind],
		Originated: ptr(e.Kind == 'R', e.Originated),
		OldState:   ptr(e.Kind == 'S', uint32(e.OldState)), NewState: ptr(e.Kind == 'S', uint32(e.NewState)),
	}
	if e.Micro > 0 {
		o.Timestamp = json.Number(fmt.Sprintf("%d.%06d", e.Sec, e.Micro))
	}
	if e.Kind != 'A' && e.Kind != 'R' {
		return o
	}
	o.NextHop = ptr(a.NextHop.IsValid(), a.NextHop)
	if len(e.NextHop) > 0 {
		ip, _ := netip.AddrFromSlice(e.NextHop)
		o.NextHop = &ip
	}
	o.ASPath = ptr(a.HasPath, a.PathString())
	if n := len(a.Path); n > 0 && a.Path[n-1].Kind <= bgp.ASSequence {
		for _, asn := range a.Path[n-1].ASNs {
			o.OriginASNs = append(o.OriginASNs, uint32(asn))
		}
		if a.Path[n-1].Kind == bgp.ASSequence {
			o.OriginASNs = o.OriginASNs[len(o.OriginASNs)-1:]
		}
	}
	o.Origin = ptr(a.HasOrigin, []string{"IGP", "EGP", "INCOMPLETE"}[a.Origin])
	o.LocalPref, o.MED = ptr(a.HasLocalPref, a.LocalPref), ptr(a.HasMED, a.MED)
	o.Communities, o.Atomic = slowCommunities(a), a.AtomicAggregate
	o.AggrASN, o.AggrIP = ptr(a.HasAggregator, uint32(a.AggregatorASN)), ptr(a.HasAggregator, a.AggregatorIP)
	o.OnlyToCustomer = ptr(a.HasOTC, uint32(a.OTC))
	return o
}

func slowCommunities(a *bgp.Attrs) (out []string) {
	for _, c := range a.Communities {
		name, known := map[uint32]string{0xFFFFFF01: "no-export", 0xFFFFFF02: "no-advertise", 0xFFFFFF03: "no-export-sub-confed"}[c]
		if !known {
			name = fmt.Sprintf("%d:%d", c>>16, c&0xFFFF)
		}
		out = append(out, name)
	}
	for _, c := range a.ExtCommunities {
		kind, sub := c>>56, c>>48&0xFF
		switch kind &^ 0x40 {
		case 0:
			out = append(out, fmt.Sprintf("ecas2:%d:%d:%d:%08X", kind, sub, c>>32&0xFFFF, c&0xFFFFFFFF))
		case 1:
			out = append(out, fmt.Sprintf("ecv4:%d:%d:%d.%d.%d.%d:%04X", kind, sub, c>>40&255, c>>32&255, c>>24&255, c>>16&255, c&0xFFFF))
		case 2:
			out = append(out, fmt.Sprintf("ecas4:%d:%d:%d:%04X", kind, sub, c>>16&0xFFFFFFFF, c&0xFFFF))
		case 3:
			out = append(out, fmt.Sprintf("ecop:%d:%d:%012X", kind, sub, c&0xFFFFFFFFFFFF))
		default:
			out = append(out, fmt.Sprintf("ecraw:%016X", c))
		}
	}
	for _, c := range a.LargeCommunities {
		out = append(out, fmt.Sprintf("lg:%d:%d:%d", c.Global, c.Local1, c.Local2))
	}
	return out
}

func drawAddr(t *rapid.T, name string) netip.Addr {
	if rapid.Bool().Draw(t, name+" six") {
		return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name)))
	}
	return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, name)))
}

func drawElem(t *rapid.T) *mrt.Elem {
	e := &mrt.Elem{
		Kind: rapid.SampledFrom([]mrt.ElemKind{'A', 'W', 'R', 'S'}).Draw(t, "kind"), Sec: rapid.Uint32().Draw(t, "sec"),
		Micro: rapid.Uint32Range(0, 999999).Draw(t, "micro"), PeerAS: values.ASN(rapid.Uint32().Draw(t, "peer")),
		PeerIP: drawAddr(t, "peer ip"), HasPathID: rapid.Bool().Draw(t, "has id"), PathID: rapid.Uint32().Draw(t, "id"),
		Originated: rapid.Uint32().Draw(t, "originated"), OldState: rapid.Uint16().Draw(t, "old"), NewState: rapid.Uint16().Draw(t, "new"),
	}
	if e.Kind != 'S' {
		addr := drawAddr(t, "prefix")
		e.Prefix = netip.PrefixFrom(addr, rapid.IntRange(0, addr.BitLen()).Draw(t, "bits")).Masked()
	}
	if e.Prefix.Addr().Is6() && rapid.Bool().Draw(t, "mp") {
		e.NextHop = drawAddr(t, "mp next hop").AsSlice()
	}
	return e
}

func drawAttrs(t *rapid.T) *bgp.Attrs {
	a := &bgp.Attrs{
		HasOrigin: rapid.Bool().Draw(t, "has origin"), Origin: bgp.Origin(rapid.ByteRange(0, 2).Draw(t, "origin")),
		HasMED: rapid.Bool().Draw(t, "has med"), MED: rapid.Uint32().Draw(t, "med"),
		HasLocalPref: rapid.Bool().Draw(t, "has pref"), LocalPref: rapid.Uint32().Draw(t, "pref"),
		AtomicAggregate: rapid.Bool().Draw(t, "atomic"), HasOTC: rapid.Bool().Draw(t, "has otc"), OTC: 64500,
		Communities:    append(rapid.SliceOfN(rapid.Uint32(), 0, 4).Draw(t, "communities"), 0xFFFFFF01, 0xFFFFFF02, 0xFFFFFF03),
		ExtCommunities: rapid.SliceOfN(rapid.Uint64(), 0, 4).Draw(t, "extended"),
		HasPath:        rapid.Bool().Draw(t, "has path"),
	}
	if rapid.Bool().Draw(t, "no communities") {
		a.Communities = nil
	}
	if rapid.Bool().Draw(t, "next hop") {
		a.NextHop = drawAddr(t, "hop")
	}
	if a.HasAggregator = rapid.Bool().Draw(t, "aggregator"); a.HasAggregator {
		a.AggregatorASN, a.AggregatorIP = 4200000000, netip.MustParseAddr("203.0.113.9")
	}
	for range rapid.IntRange(0, 2).Draw(t, "large") {
		a.LargeCommunities = append(a.LargeCommunities, bgp.LargeCommunity{Global: rapid.Uint32().Draw(t, "g"), Local1: 1, Local2: 2})
	}
	for range rapid.IntRange(0, 3).Draw(t, "segments") {
		if a.HasPath {
			a.Path = append(a.Path, bgp.Segment{
				Kind: bgp.SegmentKind(rapid.ByteRange(1, 4).Draw(t, "kind")),
				ASNs: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) values.ASN { return values.ASN(rapid.Uint32().Draw(t, "asn")) }), 1, 4).Draw(t, "asns"),
			})
		}
	}
	return a
}

func TestAppendIsEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, a := drawElem(t), drawAttrs(t)
		want, err := json.Marshal(slow(e, a))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want)+"\n", string(bgpkit.Append(nil, e, a))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzAppend: whatever attributes decode to, the line is one JSON object with every key.
func FuzzAppend(f *testing.F) {
	f.Add([]byte{0x40, 1, 1, 0, 0x40, 2, 4, 2, 1, 0xFB, 0xF4, 0x40, 3, 4, 192, 0, 2, 1}, false, false)
	f.Add([]byte{0xC0, 16, 8, 0, 2, 0xFB, 0xF4, 0, 0, 0, 1, 0xC0, 32, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3}, true, true)
	f.Fuzz(func(t *testing.T, raw []byte, as4, rib bool) {
		var a bgp.Attrs
		bgp.DecodeAttrs(&a, raw, as4, rib)
		e := &mrt.Elem{Kind: 'A', PeerIP: netip.MustParseAddr("192.0.2.1"), Prefix: netip.MustParsePrefix("2001:db8::/32")}
		decoder := json.NewDecoder(bytes.NewReader(bgpkit.Append(nil, e, &a)))
		decoder.DisallowUnknownFields()
		var o object
		if err := decoder.Decode(&o); err != nil {
			t.Fatal(err)
		}
	})
}
