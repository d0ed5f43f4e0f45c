package world

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/mrt"
)

// feed plays the plan and writes what the collectors hear, a file for each collector and slot. It holds no more than a
// slot's messages, and what differs from the ordinary.
type feed struct {
	w       *world
	groups  map[node]*state         // networks whose plain announcement is not as usual
	now     map[netip.Prefix]*state // prefixes that events are about
	down    []bool                  // by speaker
	backlog []int64                 // until when a speaker is still telling all again
	pending []message
	seq     int
	// what is still to happen
	steps    []step
	resets   []sessionEvent
	restored bool
}

// state is who announces something and what the speakers have of it.
type state struct {
	sources []source
	routes  []*route
	last    int64 // when the last message was sent
}

func newFeed(w *world) *feed {
	f := &feed{w: w, groups: map[node]*state{}, now: map[netip.Prefix]*state{}, down: make([]bool, len(w.speakers)),
		backlog: make([]int64, len(w.speakers)),
		steps:   w.plan, resets: sessionEvents(w.resets)}
	for p, sources := range w.special {
		f.now[p] = &state{sources: sources, routes: w.routesOf(sources)}
	}
	return f
}

// run plays slot after slot.
func (f *feed) run(sink Sink) error {
	slot := f.w.slot()
	end := f.w.p.Start.Add(f.w.p.Window)
	for from := f.w.p.Start; from.Before(end); from = from.Add(slot) {
		until := from.Add(slot).Unix()
		f.play(until)
		if err := f.flush(sink, from, until); err != nil {
			return err
		}
	}
	return nil
}

// play lets happen what is planned before a moment.
func (f *feed) play(until int64) {
	for {
		switch {
		case len(f.resets) > 0 && f.resets[0].sec < until && (len(f.steps) == 0 || f.resets[0].sec <= f.steps[0].sec):
			f.session(f.resets[0])
			f.resets = f.resets[1:]
		case len(f.steps) > 0 && f.steps[0].sec < until:
			f.step(f.steps[0])
			f.steps = f.steps[1:]
		default:
			if r := f.w.restored(); r != 0 && r < until && !f.restored {
				f.restored = true
				f.restore(r)
			}
			return
		}
	}
}

// step changes who announces what; each speaker whose route changes says so within half a minute.
func (f *feed) step(s step) {
	if s.prefix.IsValid() {
		f.change(f.stateOf(s.prefix), s, []netip.Prefix{s.prefix})
		return
	}
	n := s.source.origin
	var plain []netip.Prefix
	for _, p := range f.w.net(n).prefixes {
		if at, ok := f.now[p]; ok {
			f.change(at, s, []netip.Prefix{p})
		} else {
			plain = append(plain, p)
		}
	}
	at := f.groupOf(n)
	f.groups[n] = at
	f.change(at, s, plain)
}

// groupOf gives who announces what a network announces plainly.
func (f *feed) groupOf(n node) *state {
	if at, ok := f.groups[n]; ok {
		return at
	}
	return &state{sources: []source{f.w.plainly(n)}, routes: f.w.plainRoutes(n)}
}

// stateOf gives who announces a prefix, from now on apart from what else its holder announces.
func (f *feed) stateOf(p netip.Prefix) *state {
	at, ok := f.now[p]
	if !ok {
		at = &state{routes: make([]*route, len(f.w.speakers))}
		if n := f.w.holderOf(p); n >= 0 && slices.Contains(f.w.net(n).prefixes, p) {
			*at = *f.groupOf(n)
		}
		f.now[p] = at
	}
	return at
}

// change applies a step to who announces prefixes, and lets the speakers tell.
func (f *feed) change(at *state, s step, prefixes []netip.Prefix) {
	at.sources = slices.Clone(at.sources)
	i := slices.IndexFunc(at.sources, func(o source) bool { return o.origin == s.source.origin && o.id == s.source.id })
	switch {
	case s.gone && i >= 0:
		at.sources = slices.Delete(at.sources, i, i+1)
	case !s.gone && i >= 0:
		at.sources[i] = s.source
	case !s.gone:
		at.sources = append(at.sources, s.source)
	}
	fresh := f.w.routesOf(at.sources)
	last := at.last
	for i := range f.w.speakers {
		if fresh[i].equal(at.routes[i]) {
			fresh[i] = at.routes[i]
			continue
		}
		sec := max(s.sec+jitter(s.sec, i, s.source.origin), last, f.backlog[i])
		if !f.down[i] {
			f.tell(sec, i, fresh[i], prefixes)
		}
		at.last = max(at.last, sec)
	}
	at.routes = fresh
}

// jitter is how many seconds a route takes to a speaker: as good as random, and the same whatever else happens.
func jitter(sec int64, speaker int, origin node) int64 {
	h := uint64(sec)*0x9e3779b97f4a7c15 ^ uint64(speaker)*0xbf58476d1ce4e5b9 ^ uint64(origin)*0x94d049bb133111eb
	h ^= h >> 31
	h *= 0xd6e8feb86659fd93
	return int64((h >> 32) % 25)
}

// tell sends a speaker's messages, one for each family.
func (f *feed) tell(sec int64, speaker int, r *route, prefixes []netip.Prefix) {
	six := slices.IndexFunc(prefixes, func(p netip.Prefix) bool { return p.Addr().Is6() })
	if six < 0 {
		six = len(prefixes)
	}
	for _, list := range [][]netip.Prefix{prefixes[:six], prefixes[six:]} {
		if len(list) > 0 {
			f.add(message{sec: sec, speaker: speaker, route: r, prefixes: list})
		}
	}
}

func (f *feed) add(m message) {
	f.seq++
	m.seq = f.seq
	f.pending = append(f.pending, m)
}

// flush writes the messages of one slot, a file for each collector; an empty file too, as archives have them.
func (f *feed) flush(sink Sink, from time.Time, until int64) error {
	list := f.due(until)
	for c, name := range f.w.p.Collectors {
		path := fmt.Sprintf("mrt/%s/updates.%s.gz", name, from.Format("20060102.1504"))
		err := writeFile(sink, file{path, gzipped(func(out io.Writer) error {
			m := mrt.NewWriter(out)
			for _, msg := range list {
				if f.w.speakers[msg.speaker].collector != c {
					continue
				}
				if err := f.w.put(m, msg); err != nil {
					return err
				}
			}
			return nil
		})})
		if err != nil {
			return err
		}
	}
	return nil
}

// due takes the messages before a moment.
func (f *feed) due(until int64) []message {
	sortMessages(f.pending)
	n := 0
	for n < len(f.pending) && f.pending[n].sec < until {
		n++
	}
	list := slices.Clone(f.pending[:n])
	f.pending = append(f.pending[:0], f.pending[n:]...)
	return list
}

// gzipped compresses what write writes, for speed rather than size.
func gzipped(write func(io.Writer) error) func(io.Writer) error {
	return func(out io.Writer) error {
		z, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
		if err != nil {
			return err
		}
		buffered := bufio.NewWriterSize(z, 1<<16)
		return errors.Join(write(buffered), buffered.Flush(), z.Close())
	}
}
