package routes_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/routes"
	"pahra/wire/values"
)

// slot is where one route of the table stands.
type slot struct {
	peer   routes.PeerID
	prefix netip.Prefix
	path   uint32
}

// slowTable is the oracle: a map of routes, and of each session when it went down and came up.
type slowTable struct {
	routes   map[slot]routes.Route
	down, up map[routes.PeerID]int64
	isDown   map[routes.PeerID]bool
	resets   map[routes.PeerID]int
}

func newSlowTable() *slowTable {
	return &slowTable{map[slot]routes.Route{}, map[routes.PeerID]int64{}, map[routes.PeerID]int64{},
		map[routes.PeerID]bool{}, map[routes.PeerID]int{}}
}

func (o *slowTable) of(p netip.Prefix) []routes.Route {
	var list []routes.Route
	for s, r := range o.routes {
		if s.prefix == p {
			list = append(list, r)
		}
	}
	return sorted(list)
}

func (o *slowTable) live(r routes.Route, sec int64) bool {
	return !o.isDown[r.Peer] && (int64(r.Since) >= o.up[r.Peer] || sec < o.up[r.Peer]+routes.ResyncTime)
}

func sorted(list []routes.Route) []routes.Route {
	slices.SortFunc(list, func(a, b routes.Route) int {
		return cmp.Or(cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Path, b.Path))
	})
	return list
}

// newTable gives a table with n peers and some attribute sets.
func newTable(t interface{ Fatal(...any) }, n int) (*routes.Table, []routes.PeerID, []routes.AttrID) {
	in := routes.NewInterner()
	table := routes.NewTable(in)
	var peers []routes.PeerID
	for i := range n {
		id, ok := table.Peers.ID(routes.PeerKey{Collector: "c", ASN: values.ASN(100 + i), IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})})
		if !ok {
			t.Fatal("no peer")
		}
		peers = append(peers, id)
	}
	var attrs []routes.AttrID
	for i := range uint32(6) {
		attrs = append(attrs, in.ID(path(true, 100, 200+i), true, false))
	}
	return table, peers, attrs
}

func prefixes() []netip.Prefix {
	var list []netip.Prefix
	for _, s := range []string{"10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "192.0.2.0/24", "2001:db8::/32", "2001:db8::/48"} {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

// TestTableAgainstMap plays random sequences of all that can happen and compares the whole table after each step.
func TestTableAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, peers, attrs := newTable(t, 4)
		o := newSlowTable()
		sec := int64(1_000_000)
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			sec += rapid.SampledFrom([]int64{0, 1, 30, routes.ResyncTime}).Draw(t, "wait")
			s := slot{rapid.SampledFrom(peers).Draw(t, "peer"), rapid.SampledFrom(prefixes()).Draw(t, "prefix"),
				rapid.SampledFrom([]uint32{0, 0, 7}).Draw(t, "path")}
			a := rapid.SampledFrom(attrs).Draw(t, "attr")
			step(t, table, o, s, a, sec)
			compare(t, table, o, sec)
		}
	})
}

func step(t *rapid.T, table *routes.Table, o *slowTable, s slot, a routes.AttrID, sec int64) {
	old, had := o.routes[s]
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		c, ok := table.Withdraw(s.peer, s.prefix, s.path, sec)
		if ok != had || ok && (c.Old != old.Attr || c.New != 0 || table.Prefix(c.Prefix) != s.prefix) {
			t.Fatalf("Withdraw gives %+v, %v; had %+v, %v", c, ok, old, had)
		}
		delete(o.routes, s)
	case 1:
		c := table.Load(s.peer, s.prefix, s.path, a, sec)
		if !had || int64(old.Since) < sec {
			o.routes[s] = routes.Route{Peer: s.peer, Path: s.path, Attr: a, Since: uint32(sec)}
		} else {
			a = old.Attr
		}
		if c.Old != old.Attr || c.New != a {
			t.Fatalf("Load gives %+v, had %+v", c, old)
		}
	case 2:
		state := rapid.SampledFrom([]uint16{1, 3, routes.Established}).Draw(t, "state")
		table.SetState(s.peer, state, sec)
		up := state == routes.Established
		if o.isDown[s.peer] == up {
			o.isDown[s.peer] = !up
			if up {
				o.up[s.peer] = sec
			} else {
				o.down[s.peer] = sec
				o.resets[s.peer]++
			}
		}
	default:
		c := table.Announce(s.peer, s.prefix, s.path, a, sec)
		if c.Old != old.Attr || c.New != a || table.Prefix(c.Prefix) != s.prefix {
			t.Fatalf("Announce gives %+v, had %+v", c, old)
		}
		o.routes[s] = routes.Route{Peer: s.peer, Path: s.path, Attr: a, Since: uint32(sec)}
	}
}

func compare(t *rapid.T, table *routes.Table, o *slowTable, sec int64) {
	for _, p := range prefixes() {
		id, ok := table.Lookup(p)
		if !ok {
			if len(o.of(p)) > 0 {
				t.Fatalf("%s is not known", p)
			}
			continue
		}
		want := o.of(p)
		if diff := gocmp.Diff(want, sorted(slices.Clone(table.RoutesOf(id)))); diff != "" && len(want) > 0 {
			t.Fatalf("%s: %s", p, diff)
		}
		for _, r := range want {
			for _, at := range []int64{sec, sec + 1, sec + routes.ResyncTime} {
				if got := table.IsLive(r, at); got != o.live(r, at) {
					t.Fatalf("IsLive(%+v, %d) = %v", r, at, got)
				}
			}
		}
	}
	for i := range table.Peers.Len() {
		id := routes.PeerID(i)
		p := table.Peers.Get(id)
		if p.Down != o.isDown[id] || p.DownSince != o.down[id] || p.UpSince != o.up[id] || p.Resets != o.resets[id] {
			t.Fatalf("peer %d: %+v", i, p)
		}
	}
}

// TestResetIsNotWithdrawals: while a session is down its routes are kept; back up, they stand for ResyncTime and after
// it only if they were repeated.
func TestResetIsNotWithdrawals(t *testing.T) {
	table, peers, attrs := newTable(t, 1)
	p, q := netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")
	table.Announce(peers[0], p, 0, attrs[0], 1000)
	table.Announce(peers[0], q, 0, attrs[0], 1000)
	check := func(at int64, wantP, wantQ bool) {
		t.Helper()
		for prefix, want := range map[netip.Prefix]bool{p: wantP, q: wantQ} {
			id, _ := table.Lookup(prefix)
			rs := table.RoutesOf(id)
			if len(rs) != 1 || table.IsLive(rs[0], at) != want {
				t.Errorf("at %d: %s has routes %v, live wanted: %v", at, prefix, rs, want)
			}
		}
	}
	check(1000, true, true)
	table.SetState(peers[0], 1, 2000)
	check(2000, false, false)
	for _, state := range []uint16{2, 4, 5} { // states on the way up change nothing
		table.SetState(peers[0], state, 2010)
	}
	table.SetState(peers[0], routes.Established, 2060)
	check(2060, true, true)
	c := table.Announce(peers[0], p, 0, attrs[0], 2100)
	if c.Old != attrs[0] || c.New != attrs[0] {
		t.Errorf("the repeated route counts as a change: %+v", c)
	}
	check(2060+routes.ResyncTime-1, true, true)
	check(2060+routes.ResyncTime, true, false)
	if pr := table.Peers.Get(peers[0]); pr.Resets != 1 || pr.Withdrawn != 0 || pr.Announced != 3 {
		t.Errorf("peer: %+v", pr)
	}
}

// TestAddPath: several routes of one peer to one prefix live and go by their path identifiers (RFC 7911).
func TestAddPath(t *testing.T) {
	table, peers, attrs := newTable(t, 2)
	p := netip.MustParsePrefix("192.0.2.0/24")
	for i, path := range []uint32{1, 2, 3} {
		if c := table.Announce(peers[0], p, path, attrs[i], 1000); c.Old != 0 {
			t.Errorf("path %d takes the place of another", path)
		}
	}
	table.Announce(peers[1], p, 2, attrs[5], 1000)
	if c := table.Announce(peers[0], p, 2, attrs[4], 1001); c.Old != attrs[1] || c.New != attrs[4] {
		t.Errorf("announcing path 2 again gives %+v", c)
	}
	if _, ok := table.Withdraw(peers[0], p, 9, 1002); ok {
		t.Error("a path never announced was withdrawn")
	}
	if c, ok := table.Withdraw(peers[0], p, 1, 1002); !ok || c.Old != attrs[0] {
		t.Errorf("withdrawing path 1 gives %+v, %v", c, ok)
	}
	id, _ := table.Lookup(p)
	got := map[string]routes.AttrID{}
	for _, r := range table.RoutesOf(id) {
		got[fmt.Sprint(r.Peer, "/", r.Path)] = r.Attr
	}
	want := map[string]routes.AttrID{"0/2": attrs[4], "0/3": attrs[2], "1/2": attrs[5]}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestCoveringAgainstScan compares with a linear scan of all prefixes.
func TestCoveringAgainstScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, peers, attrs := newTable(t, 1)
		known := map[netip.Prefix]bool{}
		draw := rapid.Custom(func(t *rapid.T) netip.Prefix {
			a := [4]byte{10, byte(rapid.IntRange(0, 1).Draw(t, "b")), byte(rapid.IntRange(0, 3).Draw(t, "c") << 6), 0}
			if rapid.Bool().Draw(t, "six") {
				b := [16]byte{0x20, 1, a[1], a[2]}
				return netip.PrefixFrom(netip.AddrFrom16(b), rapid.IntRange(0, 64).Draw(t, "bits")).Masked()
			}
			return netip.PrefixFrom(netip.AddrFrom4(a), rapid.IntRange(0, 32).Draw(t, "bits")).Masked()
		})
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			p := draw.Draw(t, "prefix")
			known[p] = true
			table.Announce(peers[0], p, 0, attrs[0], 1000)
		}
		asked := draw.Draw(t, "asked")
		var want, got []netip.Prefix
		for p := range known {
			if p != asked && p.Bits() <= asked.Bits() && p.Contains(asked.Addr()) {
				want = append(want, p)
			}
		}
		slices.SortFunc(want, func(a, b netip.Prefix) int { return b.Bits() - a.Bits() })
		for id := range table.Covering(asked) {
			got = append(got, table.Prefix(id))
		}
		if !slices.Equal(want, got) {
			t.Fatalf("covering %s: got %v, want %v", asked, got, want)
		}
		var all []netip.Prefix
		for p, id := range table.All() {
			if table.Prefix(id) != p {
				t.Fatalf("%s has number %d, which is %s", p, id, table.Prefix(id))
			}
			all = append(all, p)
		}
		if want := slices.SortedFunc(maps.Keys(known), values.ComparePrefix); !slices.Equal(want, all) {
			t.Fatalf("All gives %v, want %v", all, want)
		}
		for range table.Covering(asked) { // a caller may stop early
			break
		}
	})
}

func TestPeers(t *testing.T) {
	var p routes.Peers
	key := func(i int) routes.PeerKey {
		return routes.PeerKey{Collector: "c", ASN: values.ASN(i), IP: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})}
	}
	for i := range routes.MaxPeers {
		if id, ok := p.ID(key(i)); !ok || int(id) != i {
			t.Fatalf("peer %d is %d, %v", i, id, ok)
		}
	}
	if _, ok := p.ID(key(routes.MaxPeers)); ok {
		t.Error("one peer too many was taken")
	}
	if id, ok := p.ID(key(77)); !ok || id != 77 || p.Len() != routes.MaxPeers {
		t.Errorf("a known peer is %d, %v", id, ok)
	}
	table, peers, attrs := newTable(t, 3)
	table.Announce(peers[0], netip.MustParsePrefix("192.0.2.0/24"), 0, attrs[0], 1)
	table.Announce(peers[0], netip.MustParsePrefix("198.51.100.0/24"), 0, attrs[0], 2)
	table.Load(peers[1], netip.MustParsePrefix("2001:db8::/32"), 0, attrs[0], 3)
	if n4, n6 := table.Peers.Sessions(routes.IPv4), table.Peers.Sessions(routes.IPv6); n4 != 1 || n6 != 1 {
		t.Errorf("%d sessions of IPv4, %d of IPv6", n4, n6)
	}
	if pr := table.Peers.Get(peers[1]); pr.Table != 3 || pr.Dumped != 1 || pr.First != 3 || pr.Last != 3 {
		t.Errorf("peer: %+v", pr)
	}
}

func BenchmarkTableAnnounce(b *testing.B) {
	const nPeers, nPrefixes = 10, 1 << 16
	table, peers, attrs := newTable(b, nPeers)
	list := make([]netip.Prefix, nPrefixes)
	for i := range list {
		list[i] = netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + i>>12), byte(i >> 4), byte(i << 4), 0}), 20+i%5).Masked()
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		table.Announce(peers[i%nPeers], list[i/nPeers*31%nPrefixes], 0, attrs[i%len(attrs)], int64(i>>8))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "routes/s")
}
