package rislive_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
	"pahra/wire/values"
)

func sameAddr(a, b netip.Addr) bool { return a == b }

// TestThereAndBack is the property that the replayer rests on: a record sent as RIS Live sends it is the same record to
// whoever reads it, with data.raw and without.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := drawRecord(t)
		var rec mrt.Record
		if !mrt.ParseRecord(&rec, record) {
			t.Fatalf("%x is no record", record)
		}
		for _, raw := range []bool{true, false} {
			text, back := there(t, &rec, raw)
			if diff := cmp.Diff(said(t, record), said(t, back)); diff != "" {
				t.Fatalf("raw %v: %s\n(-want +got):\n%s", raw, text, diff)
			}
		}
	})
}

func drawRecord(t *rapid.T) []byte {
	addr4 := rapid.Custom(func(t *rapid.T) netip.Addr {
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "IPv4")))
	})
	addr6 := rapid.Custom(func(t *rapid.T) netip.Addr {
		return netip.AddrFrom16([16]byte(append([]byte{0x20, 1}, rapid.SliceOfN(rapid.Byte(), 14, 14).Draw(t, "IPv6")...)))
	})
	s := mrt.Session{PeerAS: values.ASN(rapid.Uint32().Draw(t, "peer AS")), PeerIP: rapid.OneOf(addr4, addr6).Draw(t, "peer")}
	sec, micro := rapid.Uint32().Draw(t, "sec"), rapid.Uint32Range(0, 999_999).Draw(t, "micro")
	if rapid.IntRange(0, 9).Draw(t, "what") == 0 {
		up := rapid.Bool().Draw(t, "up")
		from, to := uint16(6), uint16(1)
		if up {
			from, to = to, from
		}
		rec, err := mrt.AppendStateChange(nil, sec, micro, s, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
		ip := rapid.OneOf(addr4, addr6).Draw(t, "address")
		return netip.PrefixFrom(ip, rapid.IntRange(0, ip.BitLen()).Draw(t, "bits")).Masked()
	})
	prefixes := func(name string) []netip.Prefix {
		list := rapid.SliceOfN(prefix, 0, 6).Draw(t, name)
		for i, p := range list { // a default route in first place is how old dumps with path identifiers are told
			if p.Bits() == 0 {
				list[i] = netip.PrefixFrom(p.Addr(), 1)
			}
		}
		return list
	}
	a := drawAttrs(t, addr4.Draw(t, "next hop"), addr6.Draw(t, "IPv6 next hop"))
	update, err := bgp.AppendUpdate(nil, a, prefixes("withdrawn"), prefixes("announced"))
	if err != nil {
		t.Fatal(err)
	}
	rec, err := mrt.AppendMessage(nil, sec, micro, s, update)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func drawAttrs(t *rapid.T, hop, hop6 netip.Addr) *bgp.Attrs {
	asns := rapid.SliceOfN(rapid.Map(rapid.Uint32(), func(n uint32) values.ASN { return values.ASN(n) }), 1, 6)
	a := &bgp.Attrs{HasOrigin: true, Origin: bgp.Origin(rapid.IntRange(0, 2).Draw(t, "origin")), NextHop: hop, MPNextHop: hop6}
	kind := bgp.ASSequence
	for range rapid.IntRange(0, 3).Draw(t, "segments") {
		a.Path = append(a.Path, bgp.Segment{Kind: kind, ASNs: asns.Draw(t, "ASNs")})
		if kind = bgp.ASSequence; a.Path[len(a.Path)-1].Kind == bgp.ASSequence { // two sequences in a row are one to JSON
			kind = bgp.ASSet
		}
	}
	a.Communities = rapid.SliceOfN(rapid.Uint32(), 0, 4).Draw(t, "communities")
	for range rapid.IntRange(0, 2).Draw(t, "large communities") {
		n := rapid.SliceOfN(rapid.Uint32(), 3, 3).Draw(t, "large")
		a.LargeCommunities = append(a.LargeCommunities, bgp.LargeCommunity{Global: n[0], Local1: n[1], Local2: n[2]})
	}
	if a.HasMED = rapid.Bool().Draw(t, "has MED"); a.HasMED {
		a.MED = rapid.Uint32().Draw(t, "MED")
	}
	if a.HasOTC = rapid.Bool().Draw(t, "has OTC"); a.HasOTC {
		a.OTC = values.ASN(rapid.Uint32().Draw(t, "OTC"))
	}
	if a.HasAggregator = rapid.Bool().Draw(t, "has aggregator"); a.HasAggregator {
		a.AggregatorASN, a.AggregatorIP = values.ASN(rapid.Uint32().Draw(t, "aggregator")), hop
	}
	return a
}

// TestMalformedRoutes: routes that an UPDATE announces with malformed attributes are withdrawn, in raw and in the fields.
func TestMalformedRoutes(t *testing.T) {
	attrs := bgp.AppendAttrs(nil, usual())
	attrs[3] = 9 // no origin
	record := update(t, attrs, []byte{24, 198, 51, 100}, []byte{24, 203, 0, 113})
	var rec mrt.Record
	mrt.ParseRecord(&rec, record)
	want := []string{"W 1700000000.250000 AS64500 192.0.2.1 203.0.113.0/24", "W 1700000000.250000 AS64500 192.0.2.1 198.51.100.0/24"}
	for _, raw := range []bool{true, false} {
		text, back := there(t, &rec, raw)
		if diff := cmp.Diff(want, said(t, back)); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", text, diff)
		}
	}
}

// TestEncode shows what a subscriber sees.
func TestEncode(t *testing.T) {
	record := update(t, bgp.AppendAttrs(nil, usual()), []byte{24, 198, 51, 100}, []byte{24, 203, 0, 113})
	var rec mrt.Record
	mrt.ParseRecord(&rec, record)
	text, _ := there(t, &rec, false)
	const want = `{"type":"ris_message","data":{"timestamp":1700000000.250,"peer":"192.0.2.1","peer_asn":"64500","id":"","host":"rrc00","type":"UPDATE",` +
		`"path":[64500,64501,64502,4200000001,[64510,64511]],"community":[[64500,1],[64501,100],[65535,666]],"origin":"IGP","med":20,` +
		`"aggregator":"4200000001:192.0.2.9","large_community":[[4200000001,1,2]],"otc":64501,` +
		`"announcements":[{"next_hop":"192.0.2.1","prefixes":["198.51.100.0/24"]}],"withdrawals":["203.0.113.0/24"]}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text, _ := there(t, &rec, true); !strings.Contains(string(text), `"raw":"ffffffffffffffff`) {
		t.Errorf("no raw message in %s", text)
	}
}

// TestEncodeOthers writes what is not of a session and reads it back.
func TestEncodeOthers(t *testing.T) {
	var e rislive.Encoder
	var d rislive.Decoder
	for _, want := range []rislive.Message{
		{Type: rislive.Error, Text: "too slow: \"1\"\n"}, {Type: rislive.Collectors, Collectors: []string{"rrc00", "route-views2"}}, {Type: rislive.Pong},
	} {
		var got rislive.Message
		text := e.Append(nil, &want, false)
		must(t, d.Decode(&got, text))
		if diff := cmp.Diff(want, got, cmp.Comparer(sameAddr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestOtherKinds: OPEN and NOTIFICATION keep their octets, KEEPALIVE makes no record.
func TestOtherKinds(t *testing.T) {
	const marker = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	s := mrt.Session{PeerAS: 64500, PeerIP: netip.MustParseAddr("2001:db8::1")}
	for name, msg := range map[string]string{
		`"type":"OPEN","direction":"received","version":4,"asn":64500,"hold_time":180,"router_id":"192.0.2.1"`: marker + "\x00\x1d\x01\x04\xfb\xf4\x00\xb4\xc0\x00\x02\x01\x00",
		`"type":"NOTIFICATION","notification":{"code":6,"subcode":5,"data":"0605"}`:                            marker + "\x00\x17\x03\x06\x05\x06\x05",
		`"type":"KEEPALIVE"`: marker + "\x00\x13\x04",
	} {
		record, err := mrt.AppendMessage(nil, 1_700_000_000, 1, s, []byte(msg))
		must(t, err)
		var rec mrt.Record
		mrt.ParseRecord(&rec, record)
		text, back := there(t, &rec, true)
		if !strings.Contains(string(text), name) {
			t.Errorf("%s lacks %s", text, name)
		}
		want := string(record)
		if strings.Contains(name, "KEEPALIVE") {
			want = ""
		}
		if string(back) != want {
			t.Errorf("%s: %x, want %x", name, back, want)
		}
	}
}

func TestSetRecordRefuses(t *testing.T) {
	body := update(t, nil, nil, nil)
	var rec mrt.Record
	mrt.ParseRecord(&rec, body)
	var m rislive.Message
	rec.Subtype = mrt.BGP4MPMessageAS4AddPath
	if _, err := m.SetRecord(&rec, "rrc00", nil); !errors.Is(err, rislive.ErrAddPath) {
		t.Errorf("path identifiers: %v", err)
	}
	rec.Subtype, rec.Body[len(rec.Body)-5] = mrt.BGP4MPMessageAS4, 7
	if _, err := m.SetRecord(&rec, "rrc00", nil); err == nil {
		t.Error("a message of type 7 is taken")
	}
	rec.Type = mrt.TypeTableDumpV2
	if _, err := m.SetRecord(&rec, "rrc00", nil); err == nil {
		t.Error("a table is taken")
	}
}
