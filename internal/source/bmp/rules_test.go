package bmp

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/bgp"
	wire "pahra/wire/bmp"
)

func octets(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines puts what is expected in lines, with the tests' clock written short: +3.5 is start and 3.5 seconds.
func lines(text string) (out []string) {
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		out = append(out, strings.TrimSpace(l))
	}
	return out
}

func (r *rig) expect(t *testing.T, want string, steps ...step) {
	t.Helper()
	got := r.play(t, steps...)
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], "AS64500 192.0.2.1", "P")
		for _, pair := range [][2]string{{"17000000", "+"}, {"169999", "-"}} {
			got[i] = strings.ReplaceAll(got[i], " "+pair[0], " "+pair[1])
		}
	}
	if diff := cmp.Diff(lines(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLifeOfAPeer follows a neighbour: its table, its news, its end. The table's entries have the time of their arrival,
// and keep the router's as that of their origin; the news have the router's.
func TestLifeOfAPeer(t *testing.T) {
	newRig(t, Config{}).expect(t, `
		S +00.000000 P 1 to 6
		R +01.000000 P 198.51.100.0/24 by 64500 64501 via 192.0.2.1 since -5000
		R +01.000000 P 203.0.113.0/24 by 64500 64501 via 192.0.2.1 since -5000
		R +02.000000 P 2001:db8:1::/48 by 64500 via 192.0.2.1 since -5000
		W +02.000000 P 198.51.100.0/24
		A +04.250000 P 198.51.100.0/24 by 64500 64502 via 192.0.2.1
		R +05.000000 P 2001:db8:2::/48 by 64500 via 192.0.2.1 since -5000
		W +05.000000 P 203.0.113.0/24
		S +06.500000 P 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour))},
		step{1.5, say(route(neighbour, announce(t, "64500 64501", "198.51.100.0/24", "203.0.113.0/24")))},
		step{2.1, say(route(neighbour, announce(t, "64500", "2001:db8:1::/48")), route(neighbour, withdraw(t, "198.51.100.0/24")))},
		step{3, say(route(neighbour, endOfRIB(v4)))},
		step{4.5, say(route(at(neighbour, 4.25), announce(t, "64500 64502", "198.51.100.0/24")))},
		step{4.6, say(route(neighbour, announce(t, "64500", "2001:db8:2::/48")), route(neighbour, withdraw(t, "203.0.113.0/24")))},
		step{7, say(down(at(neighbour, 6.5)))},
	)
}

// TestConnectionEnds takes all peers down, and says nothing of those that are down.
func TestConnectionEnds(t *testing.T) {
	second := neighbour
	second.IP = netip.MustParseAddr("2001:db8::5")
	second.Flags = wire.FlagIPv6
	newRig(t, Config{}).expect(t, `
		S +00.000000 P 1 to 6
		S +00.000000 AS64500 2001:db8::5 1 to 6
		S +01.000000 P 6 to 1
		S +02.000000 AS64500 2001:db8::5 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour), up(second))},
		step{1, say(down(at(neighbour, 1)))},
		step{2, say(wire.Message{Type: wire.Termination})},
	)
}

// TestViews: one view and one instance is taken, whatever else the router tells.
func TestViews(t *testing.T) {
	post, out, own := neighbour, neighbour, neighbour
	post.Flags, out.Flags = wire.FlagPostPolicy, wire.FlagAdjRIBOut
	own.Type, own.IP, own.ASN = wire.LocRIB, netip.IPv4Unspecified(), 64511
	vrf := neighbour
	vrf.Type, vrf.Distinguisher = wire.RDInstance, 64500<<32|7
	told := say(initiation("core1"), up(neighbour), up(vrf), up(own),
		route(neighbour, announce(t, "64500 1", "198.51.100.0/24")), route(post, announce(t, "64500 2", "198.51.100.0/24")),
		route(out, announce(t, "64500 3", "198.51.100.0/24")), route(own, announce(t, "64500 4", "198.51.100.0/24")),
		route(vrf, announce(t, "64500 5", "198.51.100.0/24")), down(vrf))
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{}, "P 198.51.100.0/24 by 64500 1 via 192.0.2.1"},
		{Config{View: "pre-policy"}, "P 198.51.100.0/24 by 64500 1 via 192.0.2.1"},
		{Config{View: "post-policy"}, "P 198.51.100.0/24 by 64500 2 via 192.0.2.1"},
		{Config{View: "loc-rib"}, "AS64511 192.0.2.250 198.51.100.0/24 by 64500 4 via 192.0.2.1"},
		{Config{Instance: "64500:7"}, "P 198.51.100.0/24 by 64500 5 via 192.0.2.1"},
		{Config{Routers: []Router{{Address: "192.0.2.250", View: "loc-rib"}}}, "AS64511 192.0.2.250 198.51.100.0/24 by 64500 4 via 192.0.2.1"},
	} {
		who := strings.Join(strings.Fields(c.want)[:strings.Count(strings.Split(c.want, " 198")[0], " ")+1], " ")
		newRig(t, c.config).expect(t, "S +00.000000 "+who+" 1 to 6\nR +00.000000 "+c.want+" since -5000\nS +00.000000 "+who+" 6 to 1", step{0, told})
	}
}

// TestLocRIBOfNoAS: where a router states 0 as its own AS, that of its OPENs to neighbours is taken.
func TestLocRIBOfNoAS(t *testing.T) {
	own := neighbour
	own.Type, own.IP, own.ASN = wire.LocRIB, netip.IPv4Unspecified(), 0
	newRig(t, Config{View: "loc-rib"}).expect(t, `
		S +00.000000 AS64511 192.0.2.250 1 to 6
		R +00.000000 AS64511 192.0.2.250 198.51.100.0/24 by  via 192.0.2.1 since -5000
		S +00.000000 AS64511 192.0.2.250 6 to 1`,
		step{0, say(up(neighbour), up(own), route(own, announce(t, "", "198.51.100.0/24")))})
}

// TestTableWithoutEnd: where End-of-RIB does not come, silence ends the table, or else its length.
func TestTableWithoutEnd(t *testing.T) {
	newRig(t, Config{}).expect(t, `
		S +00.000000 P 1 to 6
		R +01.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1 since -5000
		R +30.000000 P 198.51.101.0/24 by 64500 via 192.0.2.1 since -5000
		A +59.500000 P 198.51.102.0/24 by 64500 via 192.0.2.1
		S +60.000000 P 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour))},
		step{1, say(route(neighbour, announce(t, "64500", "198.51.100.0/24")))},
		step{30, say(route(neighbour, announce(t, "64500", "198.51.101.0/24")))},
		step{60, say(route(at(neighbour, 59.5), announce(t, "64500", "198.51.102.0/24")))},
	)
	steps := []step{{0, say(initiation("core1"), up(neighbour))}}
	for i := range 100 {
		steps = append(steps, step{float64(10 * i), say(route(at(neighbour, float64(10*i)), announce(t, "64500", "198.51.100.0/24")))})
	}
	entries := 0
	for _, line := range newRig(t, Config{}).play(t, steps...) {
		entries += strings.Count(line, "R ")
	}
	if want := 90; entries != want { // 15 minutes
		t.Errorf("%d entries, want %d", entries, want)
	}
}

// TestTimes: the router's, unless it has none, is far ahead, or goes back.
func TestTimes(t *testing.T) {
	nothing := neighbour
	nothing.Sec, nothing.Micro = 0, 0
	a := announce(t, "64500", "198.51.100.0/24")
	newRig(t, Config{}).expect(t, `
		S +00.000000 P 1 to 6
		A +10.250000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		A +12.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		A +12.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		A +13.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		A +73.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		S +73.000000 P 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour), route(neighbour, endOfRIB(v4)))},
		step{11, say(route(at(neighbour, 10.25), a))},
		step{12, say(route(nothing, a))},
		step{12.5, say(route(at(neighbour, 11), a))}, // not before what was said
		step{13, say(route(at(neighbour, 73.5), a))}, // more than a minute ahead
		step{13, say(route(at(neighbour, 73), a))},
	)
}

// TestPeerUpAgain: what repeats a Peer Up for another view says nothing; a new session takes the old one down, and what
// comes behind a Peer Down is passed over.
func TestPeerUpAgain(t *testing.T) {
	twin := neighbour
	twin.Flags = wire.FlagPostPolicy
	again := up(at(neighbour, 5))
	again.Up.RemotePort++
	r := newRig(t, Config{})
	r.expect(t, `
		S +00.000000 P 1 to 6
		A +01.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		S +05.000000 P 6 to 1
		S +05.000000 P 1 to 6
		R +06.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1 since +01
		S +07.000000 P 6 to 1
		S +08.000000 P 1 to 6
		S +09.000000 P 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour), up(twin), route(neighbour, endOfRIB(v4)))},
		step{1, say(up(neighbour), route(at(neighbour, 1), announce(t, "64500", "198.51.100.0/24")))},
		step{5, say(again)},
		step{6, say(route(at(neighbour, 1), announce(t, "64500", "198.51.100.0/24")))},
		step{7, say(down(at(neighbour, 7)), down(at(twin, 7)), route(neighbour, announce(t, "64500", "198.51.101.0/24")))},
		step{8, say(up(at(neighbour, 8)))},
		step{9, nil},
	)
	if s := r.Status(); s.Errors == 0 || s.Messages != 12 {
		t.Errorf("status is %+v", s)
	}
}

// TestRoutesWithoutPeerUp: a neighbour that nobody introduced is up from its first route on.
func TestRoutesWithoutPeerUp(t *testing.T) {
	newRig(t, Config{}).expect(t, `
		S +00.000000 P 1 to 6
		R +00.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1 since -5000
		S +00.000000 P 6 to 1`,
		step{0, say(route(neighbour, announce(t, "64500", "198.51.100.0/24")))})
}

// TestTooManyPeers passes over those beyond the limit, and forgets those that are down first.
func TestTooManyPeers(t *testing.T) {
	second, third := neighbour, neighbour
	second.IP, third.IP = netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	newRig(t, Config{MaxPeers: 1}).expect(t, `
		S +00.000000 P 1 to 6
		S +01.000000 P 6 to 1
		S +02.000000 AS64500 192.0.2.3 1 to 6
		S +02.000000 AS64500 192.0.2.3 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour), up(second), route(second, announce(t, "64500", "198.51.100.0/24")))},
		step{1, say(down(at(neighbour, 1)))},
		step{2, say(up(third))},
	)
}

// TestAddPath: path identifiers are kept in tables and messages, and an UPDATE of two families that differ in them
// becomes two.
func TestAddPath(t *testing.T) {
	u := up(neighbour)
	u.Up.Sent.AddPath = []bgp.AddPath{{Family: v4, Mode: bgp.AddPathReceive}}
	u.Up.Received.AddPath = []bgp.AddPath{{Family: v4, Mode: bgp.AddPathSend}, {Family: v6, Mode: bgp.AddPathSend}}
	attrs := "400101 00 400206 0201 0000fbf4 400304 c0000201"
	mp := "800e1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8"
	body := func(nlri string) []byte {
		all := octets(t, attrs+mp)
		return raw(append(append([]byte{0, 0, 0, byte(len(all))}, all...), octets(t, nlri)...))
	}
	newRig(t, Config{}).expect(t, `
		S +00.000000 P 1 to 6
		R +00.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1 id 7 since -5000
		R +00.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1 id 8 since -5000
		R +00.000000 P 2001:db8::/32 by 64500 via 192.0.2.1 since -5000
		A +01.000000 P 2001:db8::/32 by 64500 via 192.0.2.1
		A +01.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1 id 9
		W +02.000000 P 198.51.100.0/24 id 9
		S +02.000000 P 6 to 1`,
		step{0, say(initiation("core1"), u, route(neighbour, body("00000007 18 c63364 00000008 18 c63364")),
			route(neighbour, endOfRIB(v4)), route(neighbour, endOfRIB(v6)))},
		step{1, say(route(at(neighbour, 1), body("00000009 18 c63364")))},
		step{2, say(route(at(neighbour, 2), raw(octets(t, "0008 00000009 18 c63364 0000"))))},
	)
}

// TestLegacyPaths: two octets become four by the flag or by the look of the path; what AS_TRANS hides stays as it was.
func TestLegacyPaths(t *testing.T) {
	old := neighbour
	old.Flags = wire.FlagLegacyAS
	rest := "400101 00 400304 c0000201"
	body := func(attrs string) []byte {
		all := octets(t, attrs+rest)
		return raw(append(append([]byte{0, 0, 0, byte(len(all))}, all...), octets(t, "18 c63364")...))
	}
	merged := body("400206 0202 fbf4 5ba0 c01106 0201 fa56ea01")
	r := newRig(t, Config{})
	r.expect(t, `
		S +00.000000 P 1 to 6
		R +00.000000 P 198.51.100.0/24 by 64500 4200000001 via 192.0.2.1 since -5000
		A +00.000000 P 198.51.100.0/24 by 64500 23456 via 192.0.2.1
		A +01.000000 P 198.51.100.0/24 by 64500 4200000001 via 192.0.2.1
		A +02.000000 P 198.51.100.0/24 by 64500 23456 via 192.0.2.1
		A +03.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		W +04.000000 P 198.51.100.0/24
		problem: UPDATE: attribute 2: AS_PATH has a segment longer than itself
		W +04.000000 P 198.51.100.0/24
		S +04.000000 P 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour), route(old, merged), route(old, body("400206 0202 fbf4 5ba0")), route(old, endOfRIB(v4)))},
		step{1, say(route(at(old, 1), merged))},
		step{2, say(route(at(old, 2), body("400206 0202 fbf4 5ba0")))},
		step{3, say(route(at(neighbour, 3), body("400204 0201 fbf4")))},
		step{4, say(route(at(old, 4), withdraw(t, "198.51.100.0/24")), route(at(neighbour, 4), body("400203 0209 fb")))},
	)
	two := 0
	for _, rec := range r.records["core1"] {
		if rec[5] == 17 && rec[7] == 1 {
			two++
		}
	}
	if two != 2 {
		t.Errorf("%d records have AS numbers of two octets, want those 2 in which AS_TRANS hides a network", two)
	}
}

// TestMissingNextHop: a route that a router tells without its next hop is a route all the same; one without its path is
// not.
func TestMissingNextHop(t *testing.T) {
	none := raw(octets(t, "0000 000d 400101 00 400206 0201 0000fbf4 18 c63364"))
	newRig(t, Config{}).expect(t, `
		S +00.000000 P 1 to 6
		R +00.000000 P 198.51.100.0/24 by 64500 via 0.0.0.0 since -5000
		A +01.000000 P 198.51.100.0/24 by 64500 via 0.0.0.0
		problem: UPDATE: attribute 2: mandatory attribute is missing
		W +02.000000 P 198.51.100.0/24
		S +02.000000 P 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour), route(neighbour, none), route(neighbour, endOfRIB(v4)))},
		step{1, say(route(at(neighbour, 1), none))},
		step{2, say(route(at(neighbour, 2), raw(octets(t, "0000 0004 400101 00 18 c63364"))))},
	)
}

// TestUnchanged: a message of which nothing has to be changed is recorded octet for octet; other families are passed
// over, multicast ones are no table.
func TestUnchanged(t *testing.T) {
	update := announce(t, "64500 64501", "198.51.100.0/24", "2001:db8::/32")
	vpn := raw(octets(t, "0000 001e 400101 00 400200 800e13 0001 80 0c 000000000000000000000000 00 70 00"))
	multicast := raw(octets(t, "0000 001d 400101 00 400206 0201 0000fbf4 800e0d 0001 02 04 c0000201 00 18 c63364"))
	r := newRig(t, Config{})
	r.expect(t, `
		S +00.000000 P 1 to 6
		A +00.000000 P 198.51.100.0/24 by 64500 via 192.0.2.1
		A +01.000000 P 198.51.100.0/24 by 64500 64501 via 192.0.2.1
		A +01.000000 P 2001:db8::/32 by 64500 64501 via 192.0.2.1
		S +02.000000 P 6 to 1`,
		step{0, say(initiation("core1"), up(neighbour), route(at(neighbour, 0), multicast), route(neighbour, endOfRIB(v4)), route(neighbour, endOfRIB(v6)))},
		step{1, say(route(at(neighbour, 1), update))},
		step{2, say(route(at(neighbour, 2), vpn))},
	)
	if rec := r.records["core1"][2]; !bytes.HasSuffix(rec, update) {
		t.Errorf("%x does not end in %x", rec, update)
	}
}
