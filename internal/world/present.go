package world

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// Heard is one thing that a peer said to a collector: an MRT record and when.
type Heard struct {
	Collector string
	At        time.Time
	Record    []byte
}

// Present is what collectors hear from a moment on, for ever. Not safe for concurrent use.
type Present struct {
	year  *Year
	w     *world
	feed  *feed
	next  int64 // messages before it were made
	queue []Heard
}

// Present goes on at a moment, to whole seconds. Who heard an earlier Present until about left hears first that what
// had happened then is over; what began before the moment is left out. A zero left means that the past ended ordinarily.
func (y *Year) Present(from, left time.Time) (*Present, error) {
	p := &Present{year: y, next: from.Unix()}
	var touched []netip.Prefix
	if !left.IsZero() {
		w, err := y.presently(left)
		if err != nil {
			return nil, err
		}
		touched = w.touched(left.Unix() + leeway)
	}
	if err := p.open(from); err != nil {
		return nil, err
	}
	p.mend(touched)
	return p, nil
}

// leeway is how inexactly it is known when somebody stopped hearing, in seconds.
const leeway = 300

// touched gives the prefixes that something happened to in a chapter before a moment, in order.
func (w *world) touched(before int64) []netip.Prefix {
	seen := make(map[netip.Prefix]bool)
	for _, s := range w.plan {
		switch {
		case s.sec >= before:
		case s.prefix.IsValid():
			seen[s.prefix] = true
		default:
			for _, p := range w.net(s.source.origin).prefixes {
				seen[p] = true
			}
		}
	}
	list := make([]netip.Prefix, 0, len(seen))
	for p := range seen {
		list = append(list, p)
	}
	slices.SortFunc(list, values.ComparePrefix)
	return list
}

// open takes up the chapter of a moment, without what began before that.
func (p *Present) open(from time.Time) error {
	w, err := p.year.presently(from)
	if err != nil {
		return err
	}
	p.w, p.feed = w, newFeed(w)
	sec := from.Unix()
	p.feed.steps = slices.DeleteFunc(slices.Clone(w.plan), func(s step) bool { return s.sec < sec })
	p.feed.resets = slices.DeleteFunc(p.feed.resets, func(e sessionEvent) bool { return e.sec < sec })
	if r := p.feed.resets; len(r) > 0 && r[0].up {
		p.feed.resets = r[1:]
	}
	return nil
}

// mend has the speakers tell the ordinary of prefixes, over half a minute.
func (p *Present) mend(prefixes []netip.Prefix) {
	for _, at := range prefixes {
		routes := make([]*route, len(p.w.speakers))
		if list := p.w.ordinarily(at); len(list) > 0 {
			routes = p.w.plainRoutes(list[0].origin)
		}
		for i, r := range routes {
			p.feed.add(message{sec: p.next + 1 + jitter(p.next, i, 0), speaker: i, route: r, prefixes: []netip.Prefix{at}})
		}
	}
}

// Next gives what is heard next.
func (p *Present) Next() (Heard, error) {
	for len(p.queue) == 0 {
		if err := p.advance(); err != nil {
			return Heard{}, err
		}
	}
	h := p.queue[0]
	p.queue = p.queue[1:]
	return h, nil
}

// step by which messages are made, in seconds.
const stride = 10

// advance makes the messages of the next seconds.
func (p *Present) advance() error {
	p.next += stride
	end := p.w.at(p.w.seconds())
	until := min(p.next, end)
	p.feed.play(until)
	if p.next >= end {
		p.next, until = end, end
	}
	var out bytes.Buffer
	m := mrt.NewWriter(&out)
	for _, msg := range p.feed.due(until) {
		out.Reset()
		if err := p.w.put(m, msg); err != nil {
			return err
		}
		name := p.w.p.Collectors[p.w.speakers[msg.speaker].collector]
		for _, record := range records(slices.Clone(out.Bytes())) {
			p.queue = append(p.queue, Heard{name, time.Unix(msg.sec, 0).UTC(), record})
		}
	}
	if p.next < end {
		return nil
	}
	return p.open(time.Unix(end, 0))
}

// records takes MRT records that stand one behind the other apart (RFC 6396 section 2).
func records(b []byte) (list [][]byte) {
	const header = 12
	for len(b) >= header {
		n := header + int(binary.BigEndian.Uint32(b[8:]))
		list, b = append(list, b[:n:n]), b[n:]
	}
	return list
}
