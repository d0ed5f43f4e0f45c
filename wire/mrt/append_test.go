package mrt_test

import (
	"bytes"
	"fmt"
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

// TestAppendAs writes the other encodings of a message, and table entries with path identifiers, and reads them back.
func TestAppendAs(t *testing.T) {
	p4, p6 := netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8:1::/48")
	hop := netip.MustParseAddr("192.0.2.1")
	a := &bgp.Attrs{HasOrigin: true, NextHop: hop, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{64500}}}}
	wide := bgp.AppendAttrs(nil, a)
	two := octets(t, "400101 00 400204 0201 fbf4 400304 c0000201")
	s := mrt.Session{PeerAS: 64500, LocalAS: 4200000001, PeerIP: hop}
	var stream []byte
	for _, c := range []struct {
		opt         bgp.UpdateOptions
		attrs, nlri []byte
	}{
		{bgp.UpdateOptions{}, two, bgp.AppendPrefix(nil, p4)},
		{bgp.UpdateOptions{AddPath: true}, two, bgp.AppendPrefix([]byte{0, 0, 0, 9}, p4)},
		{bgp.UpdateOptions{AS4: true, AddPath: true}, wide, bgp.AppendPrefix([]byte{0, 0, 0, 8}, p4)},
	} {
		body := append([]byte{0, 0, 0, byte(len(c.attrs))}, append(bytes.Clone(c.attrs), c.nlri...)...)
		message := append(bytes.Repeat([]byte{0xff}, 16), append([]byte{0, byte(19 + len(body)), 2}, body...)...)
		var err error
		stream, err = mrt.AppendMessageAs(stream, 1_700_000_000, 5, s, message, c.opt)
		must(t, err)
	}
	out := bytes.NewBuffer(stream)
	w := mrt.NewWriter(out)
	must(t, w.PeerIndex(1_700_000_001, hop, "", []mrt.Speaker{{ID: hop, IP: hop, ASN: 64500}}))
	for _, p := range []netip.Prefix{p4, p6} {
		must(t, w.TableAddPath(1_700_000_001, 0, p, []mrt.TableEntry{{PathID: 7, Attrs: wide}, {PathID: 6, Attrs: wide}}))
	}
	var got []string
	var attrs bgp.Attrs
	must(t, mrt.Scan(out, func(p values.Problem) { t.Error(p) }, func(e *mrt.Elem, _ *mrt.Record) error {
		bgp.DecodeAttrs(&attrs, e.RawAttrs, e.AS4, e.RIB)
		got = append(got, fmt.Sprintf("%c AS%d %s %s id %d %v by %s", e.Kind, e.PeerAS, e.PeerIP, e.Prefix, e.PathID, e.HasPathID, attrs.PathString()))
		return nil
	}))
	const from = " AS64500 192.0.2.1 "
	want := []string{
		"A" + from + "198.51.100.0/24 id 0 false by 64500", "A" + from + "198.51.100.0/24 id 9 true by 64500", "A" + from + "198.51.100.0/24 id 8 true by 64500",
		"R" + from + "198.51.100.0/24 id 7 true by 64500", "R" + from + "198.51.100.0/24 id 6 true by 64500",
		"R" + from + "2001:db8:1::/48 id 7 true by 64500", "R" + from + "2001:db8:1::/48 id 6 true by 64500",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.PeerAS = 65536
	if got, err := mrt.AppendMessageAs([]byte("kept"), 1, 2, s, nil, bgp.UpdateOptions{}); err == nil || string(got) != "kept" {
		t.Errorf("AS%d in two octets: %q, %v", s.PeerAS, got, err)
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
