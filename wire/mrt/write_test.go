package mrt_test

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// TestWriterAgainstBgpdump holds what is written against an independent reader.
func TestWriterAgainstBgpdump(t *testing.T) {
	bgpdump := testdata.Tool(t, "bgpdump")
	file := filepath.Join(t.TempDir(), "written.mrt")
	if err := os.WriteFile(file, sample(t), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bgpdump, "-m", file)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	const want = `TABLE_DUMP2|1700000000|B|192.0.2.1|64500|198.51.100.0/24|64500 64501 4200000001|IGP|192.0.2.1|0|7|64500:1 65535:666|NAG||
TABLE_DUMP2|1700000000|B|2001:db8::1|64502|2001:db8:1::/48|64502|IGP|2001:db8::1|0|0||NAG||
BGP4MP|1700000001|A|192.0.2.1|64500|198.51.100.0/24|64500 64501 4200000001|IGP|192.0.2.1|0|7|64500:1 65535:666|NAG||
BGP4MP|1700000001|A|192.0.2.1|64500|203.0.113.7/32|64500 64501 4200000001|IGP|192.0.2.1|0|7|64500:1 65535:666|NAG||
BGP4MP|1700000002|W|192.0.2.1|64500|198.51.100.0/24
BGP4MP|1700000003|A|2001:db8::1|64502|2001:db8:1::/48|64502|IGP|2001:db8::1|0|0||NAG||
BGP4MP|1700000004|W|2001:db8::1|64502|2001:db8:1::/48
BGP4MP|1700000005|STATE|192.0.2.1|64500|6|1
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("bgpdump reads (-want +got):\n%s", diff)
	}
}

func sample(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := mrt.NewWriter(&out)
	p4, p6 := netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8:1::/48")
	host := netip.MustParsePrefix("203.0.113.7/32")
	ip4, ip6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	a4 := &bgp.Attrs{HasOrigin: true, NextHop: ip4, HasMED: true, MED: 7, Communities: []uint32{64500<<16 | 1, 0xffff029a},
		Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{64500, 64501, 4200000001}}}}
	a6 := &bgp.Attrs{HasOrigin: true, MPNextHop: ip6, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{64502}}}}
	s4 := mrt.Session{PeerAS: 64500, LocalAS: 64511, PeerIP: ip4, LocalIP: netip.MustParseAddr("192.0.2.254")}
	s6 := mrt.Session{PeerAS: 64502, LocalAS: 64511, PeerIP: ip6, LocalIP: netip.MustParseAddr("2001:db8::fe")}
	const sec = 1700000000
	for _, err := range []error{
		w.PeerIndex(sec, netip.MustParseAddr("192.0.2.254"), "", []mrt.Speaker{{ID: ip4, IP: ip4, ASN: 64500}, {ID: ip4, IP: ip6, ASN: 64502}}),
		w.Table(sec, 0, p4, []mrt.TableEntry{{Peer: 0, Originated: 1600000000, Attrs: bgp.AppendAttrs(nil, a4)}}),
		w.Table(sec, 1, p6, []mrt.TableEntry{{Peer: 1, Originated: 1600000000, Attrs: bgp.AppendAttrs(nil, a6)}}),
		w.Announce(sec+1, s4, a4, []netip.Prefix{p4, host}),
		w.Withdraw(sec+2, s4, []netip.Prefix{p4}),
		w.Announce(sec+3, s6, a6, []netip.Prefix{p6}),
		w.Withdraw(sec+4, s6, []netip.Prefix{p6}),
		w.StateChange(sec+5, s4, 6, 1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}
