package routes

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/checkpoint"
	"pahra/wire/bgp"
	"pahra/wire/values"
)

// TestSavedTable: a table that was saved and read back says the same of every prefix and session, and goes on alike.
func TestSavedTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := NewTable(NewInterner())
		play(rt, table, 0)
		var b bytes.Buffer
		c := checkpoint.NewWriter(&b, "test", 1)
		in := table.Interner()
		numbers := table.Save(c, make([]bool, in.Len()+1), make([]bool, in.Paths()+1))
		if err := c.Close(); err != nil {
			rt.Fatal(err)
		}
		c, err := checkpoint.NewReader(&b, "test", 1)
		if err != nil {
			rt.Fatal(err)
		}
		copied := LoadTable(c)
		if err := c.Close(); err != nil {
			rt.Fatal(err)
		}
		for id := range table.Len() {
			for i, r := range table.RoutesOf(PrefixID(id)) {
				if r.Attr = numbers.Attr(r.Attr); copied.RoutesOf(PrefixID(id))[i] != r {
					rt.Fatalf("%+v, not %+v", copied.RoutesOf(PrefixID(id))[i], r)
				}
			}
		}
		if diff := gocmp.Diff(tell(table), tell(copied)); diff != "" {
			rt.Fatal(diff)
		}
		rest := rapid.SliceOfN(steps(), 0, 20).Draw(rt, "rest")
		for i, s := range rest {
			s.apply(table, int64(1000+i))
			s.apply(copied, int64(1000+i))
		}
		if diff := gocmp.Diff(tell(table), tell(copied)); diff != "" {
			rt.Fatal("later:", diff)
		}
	})
}

// step is one thing that a session says.
type step struct {
	What, Peer, Prefix, Path int
	Tail                     []values.ASN
}

func steps() *rapid.Generator[step] {
	return rapid.Custom(func(t *rapid.T) step {
		return step{
			What: rapid.IntRange(0, 9).Draw(t, "what"), Peer: rapid.IntRange(0, 4).Draw(t, "peer"), Prefix: rapid.IntRange(0, 9).Draw(t, "prefix"),
			Path: rapid.IntRange(0, 1).Draw(t, "path"),
			Tail: rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 9), func(i int) values.ASN { return values.ASN(i * 30_000) }), 0, 4).Draw(t, "tail"),
		}
	})
}

func play(rt *rapid.T, table *Table, start int64) {
	for i, s := range rapid.SliceOfN(steps(), 0, 60).Draw(rt, "steps") {
		s.apply(table, start+int64(i*20))
	}
}

func (s step) apply(t *Table, sec int64) {
	peer, _ := t.Peers.ID(PeerKey{Collector: fmt.Sprint("c", s.Peer%2), ASN: values.ASN(s.Peer + 1), IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(s.Peer)})})
	p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(s.Prefix)}), 16).Masked()
	if s.Prefix > 6 {
		p = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(s.Prefix)}), 40+s.Prefix).Masked()
	}
	attr := t.Interner().ID(bgp.AppendAttrs(nil, &bgp.Attrs{HasOrigin: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: s.Tail}}}), true, false)
	switch s.What {
	case 0:
		t.SetState(peer, 1, sec)
	case 1:
		t.SetState(peer, Established, sec)
	case 2, 3:
		t.Withdraw(peer, p, uint32(s.Path), sec)
	case 4:
		t.Load(peer, p, uint32(s.Path), attr, sec)
	default:
		t.Announce(peer, p, uint32(s.Path), attr, sec)
	}
}

// tell says all that a table has, attribute sets by what they are.
func tell(t *Table) (list []string) {
	for i := range t.Peers.Len() {
		list = append(list, fmt.Sprintf("%+v", *t.Peers.Get(PeerID(i))))
	}
	list = append(list, fmt.Sprint(t.Peers.Sessions(IPv4), t.Peers.Sessions(IPv6)))
	for p, id := range t.All() {
		list = append(list, fmt.Sprint(p, id))
		for _, r := range t.RoutesOf(id) {
			a := t.Interner().Attr(r.Attr)
			list = append(list, fmt.Sprint(r.Peer, r.Path, r.Since, t.Interner().AppendPath(nil, a.Path), a.Origin, a.OTC, a.Flags))
		}
		covers := slices.Collect(t.Covering(p))
		list = append(list, fmt.Sprint(covers))
	}
	return list
}
