package service

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/internal/alert"
	"pahra/internal/authority"
	"pahra/internal/routes"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// ownEngine is an engine with a table of two prefixes of AS64500 and one of another, as some peers see them.
func ownEngine(t *testing.T, at int64) *watch.Engine {
	t.Helper()
	in := routes.NewInterner()
	e := watch.New(watch.Defaults(), routes.NewTable(in))
	for n := range 8 {
		peer := values.ASN(1001 + n)
		id, ok := e.Table().Peers.ID(routes.PeerKey{Collector: "rrc00", ASN: peer, IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})})
		if !ok {
			t.Fatal("no room for a peer")
		}
		say := func(prefix string, path ...values.ASN) {
			raw := bgp.AppendAttrs(nil, &bgp.Attrs{HasOrigin: true, HasPath: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: append([]values.ASN{peer}, path...)}},
				HasNextHop: true, NextHop: netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})})
			e.Feed(&watch.Event{Sec: at, Kind: mrt.RIBEntry, Peer: id, Prefix: netip.MustParsePrefix(prefix), Attr: in.ID(raw, true, true), File: "f"})
		}
		say("192.0.2.0/24", values.ASN(2000+n%2), 64500, 64500)
		say("203.0.113.0/24", 2000, 64501)
		if n < 6 {
			say("198.51.100.0/24", 2000, 64500)
		}
	}
	e.Advance(at + 10)
	return e
}

func TestOwnRoutes(t *testing.T) {
	at := alertNoon
	own, up := OwnRoutes(ownEngine(t, at.Unix()), at.Add(time.Minute), map[values.ASN]bool{64500: true, 64999: true})
	want := map[values.ASN][]alert.OwnRoute{64500: {
		{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Peers: 8, Upstreams: []alert.Neighbour{{ASN: 2000, Peers: 4}, {ASN: 2001, Peers: 4}}},
		{Prefix: netip.MustParsePrefix("198.51.100.0/24"), Peers: 6, Upstreams: []alert.Neighbour{{ASN: 2000, Peers: 6}}},
	}}
	if diff := cmp.Diff(want, own, cmpopts.EquateComparable(netip.Prefix{})); diff != "" || up != [2]int{8, 0} {
		t.Errorf("peers %v: %s", up, diff)
	}
}

// A ROA that is lost is told of once, over a restart; no data is no loss.
func TestAlertsOwnRoutes(t *testing.T) {
	d := newDesk(t, storetest.Open(t, storetest.SQLite(t)))
	d.channel("c", alert.Mail, "a@example.org")
	d.subscribe(alert.Subscription{ID: "s", Neighbourhoods: []string{"association"}, Channels: []string{"c"}, GatherSeconds: -1})
	prefix := netip.MustParsePrefix("192.0.2.0/24")
	signed := authority.NewVRPTable([]vrp.VRP{{Prefix: prefix, MaxLength: 24, ASN: 64500, TA: "apnic"}})
	bare := authority.NewVRPTable([]vrp.VRP{{Prefix: netip.MustParsePrefix("203.0.113.0/24"), MaxLength: 24, ASN: 1, TA: "apnic"}})
	for _, vrps := range []*authority.VRPTable{signed, nil, bare, bare, nil, signed} {
		f := OwnFacts{At: d.now, VRPs: vrps, VRPsAt: d.now, Up: [2]int{20, 20}, Routes: map[values.ASN][]alert.OwnRoute{64500: {{Prefix: prefix, Peers: 18}}}}
		d.must(d.Facts(t.Context(), f))
		d.must(d.Facts(t.Context(), f)) // the same again, as after a kill
		d.drain(1)
		d.restart()
		d.now = d.now.Add(time.Hour)
	}
	var told []string
	for _, copies := range d.post.sent {
		told = append(told, string(copies[0].Alerts[0].Phase)+" "+string(copies[0].Alerts[0].Kind))
	}
	if diff := cmp.Diff([]string{"ended roa-lost", "opened roa-lost"}, told, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
		t.Error(diff)
	}
}

// Only administrators hear of the sources.
func TestAlertsSources(t *testing.T) {
	d := newDesk(t, storetest.Open(t, storetest.SQLite(t)))
	d.channel("c", alert.Mail, "a@example.org")
	d.subscribe(alert.Subscription{ID: "admin", Administrator: true, Channels: []string{"c"}, GatherSeconds: -1})
	d.subscribe(alert.Subscription{ID: "all", Channels: []string{"c"}, GatherSeconds: -1})
	for _, stale := range []bool{false, true, true, false} {
		d.must(d.Sources(t.Context(), d.now, []alert.SourceState{{Name: "ris", Kind: "rislive", Stale: stale}}))
		d.now = d.now.Add(time.Minute)
		d.restart()
	}
	d.drain(1)
	if got := d.subjects(); len(got) != 1 || got[0] != "admin" { // one message with the end, which overtook the beginning
		t.Errorf("%q were told", got)
	}
}
