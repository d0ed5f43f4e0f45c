package mrt_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// TestAppend writes a message and a change of state, and reads them back three ways: as a stream, as elements, taken
// apart.
func TestAppend(t *testing.T) {
	p := netip.MustParsePrefix("198.51.100.0/24")
	hop := netip.MustParseAddr("192.0.2.1")
	update, err := bgp.AppendUpdate(nil, &bgp.Attrs{HasOrigin: true, NextHop: hop,
		Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{4200000001}}}}, nil, []netip.Prefix{p})
	must(t, err)
	s4 := mrt.Session{PeerAS: 4200000001, PeerIP: hop}
	s6 := mrt.Session{PeerAS: 64502, LocalAS: 64511, PeerIP: netip.MustParseAddr("2001:db8::1"), LocalIP: netip.MustParseAddr("2001:db8::2")}
	stream, err := mrt.AppendMessage(nil, 1_700_000_000, 123_456, s4, update)
	must(t, err)
	stream, err = mrt.AppendStateChange(stream, 1_700_000_001, 7, s6, 6, 1)
	must(t, err)

	var got []string
	must(t, mrt.Scan(bytes.NewReader(stream), nil, func(e *mrt.Elem, _ *mrt.Record) error {
		got = append(got, string(e.Kind)+" "+e.Time().Format("15:04:05.000000")+" AS"+e.PeerAS.String()+" "+e.PeerIP.String()+" "+e.Prefix.String())
		return nil
	}))
	want := []string{"A 22:13:20.123456 AS4200000001 192.0.2.1 198.51.100.0/24", "S 22:13:21.000007 AS64502 2001:db8::1 invalid Prefix"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}

	r := mrt.NewReader(bytes.NewReader(stream), nil)
	var m mrt.BGP4MP
	rec, err := r.Next()
	must(t, err)
	if !mrt.ParseBGP4MP(&m, rec) || m.PeerAS != s4.PeerAS || m.PeerIP != hop || !m.Options.AS4 || !bytes.Equal(m.Message, update) {
		t.Errorf("the message is taken apart as %+v", m)
	}
	rec, err = r.Next()
	must(t, err)
	if !mrt.ParseBGP4MP(&m, rec) || m.PeerIP != s6.PeerIP || m.Message != nil || m.OldState != 6 || m.NewState != 1 {
		t.Errorf("the change of state is taken apart as %+v", m)
	}
}

// TestAppendRefuses: a failed call leaves what was there.
func TestAppendRefuses(t *testing.T) {
	mixed := mrt.Session{PeerIP: netip.MustParseAddr("192.0.2.1"), LocalIP: netip.MustParseAddr("2001:db8::2")}
	for _, s := range []mrt.Session{{}, mixed} {
		if got, err := mrt.AppendMessage([]byte("kept"), 1, 2, s, nil); err == nil || string(got) != "kept" {
			t.Errorf("%+v: %q, %v", s, got, err)
		}
		if got, err := mrt.AppendStateChange([]byte("kept"), 1, 2, s, 6, 1); err == nil || string(got) != "kept" {
			t.Errorf("%+v: %q, %v", s, got, err)
		}
	}
}

// TestParseBGP4MPRefuses: other records and cut ones are told apart from good ones.
func TestParseBGP4MPRefuses(t *testing.T) {
	for name, rec := range map[string]*mrt.Record{
		"table":       {Type: mrt.TypeTableDumpV2, Subtype: mrt.RIBIPv4Unicast},
		"entry":       {Type: mrt.TypeBGP4MP, Subtype: mrt.BGP4MPEntry},
		"empty":       {Type: mrt.TypeBGP4MP, Subtype: mrt.BGP4MPMessageAS4},
		"empty state": {Type: mrt.TypeBGP4MP, Subtype: mrt.BGP4MPStateChange},
	} {
		var m mrt.BGP4MP
		if mrt.ParseBGP4MP(&m, rec) {
			t.Errorf("%s is taken apart as %+v", name, m)
		}
	}
}
