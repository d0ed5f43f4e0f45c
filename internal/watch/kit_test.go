package watch

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// feed is a small stream of events in the making: what some peers say, second by second after start.
//
// Peer i, from 0, is AS 1001+i; unless a path says otherwise it has every route over a transit network of its own,
// AS 2001+i, so that the paths have nothing in common.
type feed struct {
	set    Settings
	start  int64
	peers  []values.ASN
	as2    map[int]bool // peers with two-octet sessions
	events []said
	labels []uint32                         // communities of what is announced from now on
	otc    values.ASN                       // Only to Customer of what is announced from now on; 0: none
	ahead  bool                             // whether all attributes are numbered before the first event, as when files are read ahead
	sweeps bool                             // whether what is unused is forgotten before each event
	before func(e *Engine, now, next int64) // called before each event, with the time reached and that of the event
	n      int
}

// said is one event, or new facts.
type said struct {
	sec    int64
	kind   mrt.ElemKind
	peer   int
	prefix netip.Prefix
	raw    []byte // attributes
	state  uint16
	id     int64
	facts  *Facts
}

// outcome is what an engine made of a feed.
type outcome struct {
	*Engine
	incidents []Incident
}

const minute, hour = 60, 3600

func newFeed(peers int) *feed {
	f := &feed{set: Defaults(), start: time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC).Unix(), as2: map[int]bool{}}
	for i := range peers {
		f.peers = append(f.peers, values.ASN(1001+i))
	}
	return f
}

// span gives the peers from a up to b, b left out.
func span(a, b int) (list []int) {
	for i := a; i < b; i++ {
		list = append(list, i)
	}
	return list
}

// transit is the network over which a peer hears of all others.
func transit(peer int) values.ASN { return values.ASN(2001 + peer) }

// table lets every peer have a route to prefix in a table dump at the start. tail are the networks behind its transit.
func (f *feed) table(prefix string, tail ...values.ASN) *feed {
	for i := range f.peers {
		f.say(0, mrt.RIBEntry, i, prefix, tail)
	}
	return f
}

// tableOf is table for some peers only.
func (f *feed) tableOf(peers []int, prefix string, tail ...values.ASN) *feed {
	for _, i := range peers {
		f.say(0, mrt.RIBEntry, i, prefix, tail)
	}
	return f
}

// announce lets peers announce a route, over their transits and tail.
func (f *feed) announce(sec int64, peers []int, prefix string, tail ...values.ASN) *feed {
	for _, i := range peers {
		f.say(sec, mrt.Announce, i, prefix, tail)
	}
	return f
}

func (f *feed) withdraw(sec int64, peers []int, prefix string) *feed {
	for _, i := range peers {
		f.say(sec, mrt.Withdraw, i, prefix, nil)
	}
	return f
}

// path lets one peer announce a route with exactly this path, its own number added in front.
func (f *feed) path(sec int64, peer int, prefix string, path ...values.ASN) *feed {
	f.add(said{sec: sec, kind: mrt.Announce, peer: peer, prefix: netip.MustParsePrefix(prefix), raw: f.attrs(peer, path)})
	return f
}

func (f *feed) say(sec int64, kind mrt.ElemKind, peer int, prefix string, tail []values.ASN) {
	s := said{sec: sec, kind: kind, peer: peer, prefix: netip.MustParsePrefix(prefix)}
	if kind != mrt.Withdraw {
		s.raw = f.attrs(peer, append([]values.ASN{transit(peer)}, tail...))
	}
	f.add(s)
}

// state lets the session of peers change its state.
func (f *feed) state(sec int64, peers []int, state uint16) *feed {
	for _, i := range peers {
		f.add(said{sec: sec, kind: mrt.State, peer: i, state: state})
	}
	return f
}

// down takes sessions down; up brings them back.
func (f *feed) down(sec int64, peers []int) *feed { return f.state(sec, peers, 1) }
func (f *feed) up(sec int64, peers []int) *feed   { return f.state(sec, peers, routes.Established) }

// know sets the facts from a second on; before anything else said in it.
func (f *feed) know(sec int64, facts Facts) *feed {
	f.add(said{sec: sec, facts: &facts})
	return f
}

// label gives the communities of what is announced from now on.
func (f *feed) label(communities ...uint32) *feed {
	f.labels = communities
	return f
}

// mark gives the Only to Customer attribute (RFC 9234) of what is announced from now on.
func (f *feed) mark(otc values.ASN) *feed {
	f.otc = otc
	return f
}

func (f *feed) add(s said) {
	f.n++
	s.id = int64(f.n)
	f.events = append(f.events, s)
}

// attrs encodes attributes for the peer's session, prepends and all as given.
func (f *feed) attrs(peer int, path []values.ASN) []byte {
	hops := append([]values.ASN{f.peers[peer]}, path...)
	if !f.as2[peer] {
		a := bgp.Attrs{HasOrigin: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: hops}}, Communities: f.labels, HasOTC: f.otc != 0, OTC: f.otc}
		return bgp.AppendAttrs(nil, &a)
	}
	b := []byte{0x40, 1, 1, 0, 0x40, 2, byte(2 + 2*len(hops)), 2, byte(len(hops))}
	for _, a := range hops {
		if a > 0xffff {
			a = values.ASTrans
		}
		b = binary.BigEndian.AppendUint16(b, uint16(a))
	}
	return b
}

// run plays the feed to a second and gives what came of it.
func (f *feed) run(t testing.TB, until int64) outcome {
	t.Helper()
	return f.play(f.ordered(), until)
}

// ordered gives what was said in the order of time.
func (f *feed) ordered() []said {
	events := slices.Clone(f.events)
	slices.SortStableFunc(events, func(a, b said) int {
		if a.sec != b.sec {
			return int(a.sec - b.sec)
		}
		return kindRank(a) - kindRank(b)
	})
	return events
}

// kindRank lets facts come first in their second.
func kindRank(s said) int {
	if s.facts != nil {
		return 0
	}
	return 1
}

func (f *feed) play(events []said, until int64) outcome {
	e := newEngine(f)
	f.playOn(e, events)
	return outcome{e, e.Finish(f.start + until)}
}

func newEngine(f *feed) *Engine { return New(f.set, routes.NewTable(routes.NewInterner())) }

// playOn plays events to an engine.
func (f *feed) playOn(e *Engine, events []said) {
	in := e.Table().Interner()
	var ahead []routes.AttrID
	for _, s := range events {
		if s.raw != nil && f.ahead {
			ahead = append(ahead, in.ID(s.raw, !f.as2[s.peer], s.kind == mrt.RIBEntry))
		}
	}
	if f.sweeps {
		e.ForgetUnused(slices.Values(ahead))
	}
	for _, s := range events {
		if f.before != nil {
			f.before(e, e.now, f.start+s.sec)
		}
		if s.facts != nil {
			e.Advance(f.start + s.sec)
			e.SetFacts(*s.facts)
			continue
		}
		peer, _ := e.Table().Peers.ID(routes.PeerKey{Collector: "kit", ASN: f.peers[s.peer], IP: ip(s.peer)})
		ev := Event{Sec: f.start + s.sec, Kind: s.kind, Peer: peer, Prefix: s.prefix, State: s.state,
			File: "kit/" + string(rune('a'+s.peer)), Offset: s.id, Raw: record(s.id)}
		if s.raw != nil {
			ev.Attr = in.ID(s.raw, !f.as2[s.peer], s.kind == mrt.RIBEntry)
		}
		if f.sweeps {
			e.atHand, e.swept = ev.Attr, 0
			e.sweepBy(0, max(sweepEvery, f.start+s.sec))
		}
		e.Feed(&ev)
		for i := range ev.Raw { // the engine must have copied what it keeps
			ev.Raw[i] = 0xee
		}
	}
}

func ip(peer int) netip.Addr { return netip.AddrFrom4([4]byte{198, 51, 100, byte(peer)}) }

// record is the made-up MRT record that an event stood in.
func record(id int64) []byte { return fmt.Appendf(nil, "record %d", id) }

// at gives a second of the feed as a time.
func (f *feed) at(sec int64) time.Time { return time.Unix(f.start+sec, 0).UTC() }

// of gives the incidents of a kind.
func (o outcome) of(kind Kind) (list []Incident) {
	for _, i := range o.incidents {
		if i.Kind == kind {
			list = append(list, i)
		}
	}
	return list
}

// only gives the one incident there must be, which must be of this kind.
func (o outcome) only(t testing.TB, kind Kind) Incident {
	t.Helper()
	if len(o.incidents) != 1 || o.incidents[0].Kind != kind {
		t.Fatalf("want one incident, a %s; got %s", kind, o)
	}
	return o.incidents[0]
}

// none demands that there is no incident.
func (o outcome) none(t testing.TB) {
	t.Helper()
	if len(o.incidents) > 0 {
		t.Errorf("want no incident; got %s", o)
	}
}

func (o outcome) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d incidents", len(o.incidents))
	for _, i := range o.incidents {
		end := "open"
		if i.End != nil {
			end = i.End.Format(time.TimeOnly)
		}
		fmt.Fprintf(&b, "\n  %s AS%d %v %s to %s %s", i.Kind, i.ASN, i.Prefixes, i.Start.Format(time.TimeOnly), end, i.Attribution)
		for _, x := range i.Evidence.Exclusions {
			fmt.Fprintf(&b, "\n      %s: %s (%s)", x.Name, x.Result, x.Detail)
		}
	}
	for _, x := range o.Log() {
		fmt.Fprintf(&b, "\n  explained: AS%d %s by %s (%s)", x.ASN, x.Prefix, x.By, x.Detail)
	}
	return b.String()
}

// lines gives all that the engine gives, as JSON.
func (o outcome) lines(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	for _, i := range o.incidents {
		line, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// tried gives the outcome of one exclusion in an incident.
func tried(i Incident, name string) Result {
	for _, x := range i.Evidence.Exclusions {
		if x.Name == name {
			return x.Result
		}
	}
	return ""
}

// vrps reads lines like "20.1.0.0/16 24 3301".
func vrps(lines ...string) *authority.VRPTable {
	var list []vrp.VRP
	for _, line := range lines {
		var prefix string
		var v vrp.VRP
		if _, err := fmt.Sscan(line, &prefix, &v.MaxLength, &v.ASN); err != nil {
			panic(err)
		}
		v.Prefix, v.TA = netip.MustParsePrefix(prefix), "kit"
		list = append(list, v)
	}
	return authority.NewVRPTable(list)
}

// irr makes a table of route objects.
func irr(objects ...authority.RouteObject) *authority.RouteTable {
	var b authority.RouteBuilder
	for _, o := range objects {
		if err := b.Add(o); err != nil {
			panic(err)
		}
	}
	return b.Build()
}

// who builds a registry.
func who(fill func(*registry.Builder, registry.Source)) *registry.Registry {
	b := registry.NewBuilder()
	fill(b, registry.Source{Name: "kit", Time: time.Date(2021, 2, 1, 0, 0, 0, 0, time.UTC)})
	return b.Build()
}

// specialBogons are those that RFCs and IANA set apart.
func specialBogons(more ...authority.BogonPrefix) *authority.Bogons {
	return authority.NewBogons(append(authority.SpecialPrefixes(), more...), authority.SpecialASNs())
}

// The players of most tests. No number is one slip from another, and none is in a list of anything.
const (
	victim   values.ASN = 33010
	attacker values.ASN = 47777
	framed   values.ASN = 52999
	carrier  values.ASN = 6666
	third    values.ASN = 41234
)

const block, part, long = "20.1.0.0/16", "20.1.7.0/24", "20.1.7.128/25"
