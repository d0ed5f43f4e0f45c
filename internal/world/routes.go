package world

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
)

// writeRoutes writes each collector's table at the start and its updates after it.
func (w *world) writeRoutes(sink Sink) error {
	if err := w.writeTables(sink); err != nil {
		return err
	}
	return newFeed(w).run(sink)
}

// writeTables writes each collector's table at the start.
func (w *world) writeTables(sink Sink) error {
	for c, name := range w.p.Collectors {
		kind := []string{"bview", "rib"}[c%2] // as RIPE RIS and RouteViews call it
		path := fmt.Sprintf("mrt/%s/%s.%s.gz", name, kind, w.p.Start.Format("20060102.1504"))
		if err := writeFile(sink, file{path, gzipped(func(out io.Writer) error { return w.table(out, c) })}); err != nil {
			return err
		}
	}
	return nil
}

// table writes one collector's table, prefix by prefix.
func (w *world) table(out io.Writer, collector int) error {
	m := mrt.NewWriter(out)
	sec := uint32(w.p.Start.Unix())
	var peers []mrt.Speaker
	var mine []int
	for i, s := range w.speakers {
		if s.collector == collector {
			mine = append(mine, i)
			peers = append(peers, mrt.Speaker{ID: s.session.PeerIP, IP: s.session.PeerIP, ASN: s.session.PeerAS})
		}
	}
	if err := m.PeerIndex(sec, w.speakers[collector].session.LocalIP, "", peers); err != nil {
		return err
	}
	entries := make([]mrt.TableEntry, 0, len(mine))
	for seq, e := range w.order {
		routes := w.startRoutes(e)
		for k, i := range mine {
			if r := routes[i]; r != nil {
				entries = append(entries, w.tableEntry(sec, uint16(k), i, r, e.prefix))
			}
		}
		if err := m.Table(sec, uint32(seq), e.prefix, entries); err != nil {
			return err
		}
		entries = entries[:0]
	}
	return nil
}

func (w *world) tableEntry(sec uint32, index uint16, speaker int, r *route, p netip.Prefix) mrt.TableEntry {
	age := uint32((90 + w.rand.IntN(60*24*60)) * 60)
	return mrt.TableEntry{Peer: index, Originated: sec - age, Attrs: bgp.AppendAttrs(nil, w.attrs(&w.speakers[speaker], r, p))}
}

// slot is how much time one file of updates holds.
func (w *world) slot() time.Duration {
	if w.story != nil {
		return day
	}
	return 15 * time.Minute
}

// message is what a speaker says of some prefixes of one family.
type message struct {
	sec      int64
	seq      int
	speaker  int
	route    *route // nil: withdraw
	prefixes []netip.Prefix
	states   *[2]uint16 // a change of state
}

func sortMessages(list []message) {
	slices.SortFunc(list, func(a, b message) int { return cmp.Or(cmp.Compare(a.sec, b.sec), cmp.Compare(a.seq, b.seq)) })
}

// put writes one message.
func (w *world) put(m *mrt.Writer, msg message) error {
	s := &w.speakers[msg.speaker]
	switch {
	case msg.states != nil:
		return m.StateChange(uint32(msg.sec), s.session, msg.states[0], msg.states[1])
	case msg.route == nil:
		return m.Withdraw(uint32(msg.sec), s.session, msg.prefixes)
	}
	return m.Announce(uint32(msg.sec), s.session, w.attrs(s, msg.route, msg.prefixes[0]), msg.prefixes)
}
