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
	"pahra/wire/values"
)

// feed plays the plan and writes what the collectors hear, a file for each collector and slot. It holds no more than a
// slot's messages.
type feed struct {
	w       *world
	now     map[netip.Prefix]*state
	down    []bool // by speaker
	pending []message
	seq     int
}

// run plays slot after slot.
func (f *feed) run(sink Sink) error {
	steps, resets := f.w.plan, sessionEvents(f.w.resets)
	end := f.w.p.Start.Add(f.w.p.Window)
	for from := f.w.p.Start; from.Before(end); from = from.Add(slot) {
		until := from.Add(slot).Unix()
		for {
			switch {
			case len(resets) > 0 && resets[0].sec < until && (len(steps) == 0 || resets[0].sec <= steps[0].sec):
				f.session(resets[0])
				resets = resets[1:]
				continue
			case len(steps) > 0 && steps[0].sec < until:
				f.step(steps[0])
				steps = steps[1:]
				continue
			}
			break
		}
		if err := f.flush(sink, from, until); err != nil {
			return err
		}
	}
	return nil
}

// step changes who announces a prefix; each speaker whose route changes says so within half a minute.
func (f *feed) step(s step) {
	at, ok := f.now[s.prefix]
	if !ok {
		at = &state{held: make([]held, len(f.w.speakers))}
		f.now[s.prefix] = at
	}
	at.sources = slices.Clone(at.sources)
	i := slices.IndexFunc(at.sources, func(o source) bool { return o.origin == s.source.origin })
	switch {
	case s.gone && i >= 0:
		at.sources = slices.Delete(at.sources, i, i+1)
	case !s.gone && i >= 0:
		at.sources[i] = s.source
	case !s.gone:
		at.sources = append(at.sources, s.source)
	}
	fresh := f.w.heard(at.sources)
	for i := range f.w.speakers {
		if !f.down[i] && !fresh[i].equal(at.held[i]) {
			f.add(message{sec: s.sec + int64(f.w.rand.IntN(25)), speaker: i, held: fresh[i], prefixes: []netip.Prefix{s.prefix}})
		}
	}
	at.held = fresh
}

func (f *feed) add(m message) {
	f.seq++
	m.seq = f.seq
	f.pending = append(f.pending, m)
}

// sessionEvent is one end of a reset.
type sessionEvent struct {
	sec     int64
	speaker int
	up      bool
}

func sessionEvents(resets []reset) []sessionEvent {
	var list []sessionEvent
	for _, r := range resets {
		list = append(list, sessionEvent{r.down, r.speaker, false}, sessionEvent{r.up, r.speaker, true})
	}
	slices.SortStableFunc(list, func(a, b sessionEvent) int { return int(a.sec - b.sec) })
	return list
}

// session takes a session down, or up again through the states of RFC 4271 section 8.2.2 with all routes repeated.
func (f *feed) session(e sessionEvent) {
	const idle, connect, openSent, openConfirm, established = 1, 2, 4, 5, 6
	f.down[e.speaker] = !e.up
	if !e.up {
		f.pending = slices.DeleteFunc(f.pending, func(m message) bool { return m.speaker == e.speaker && m.sec >= e.sec })
		f.add(message{sec: e.sec, speaker: e.speaker, states: &[2]uint16{established, idle}})
		return
	}
	for _, s := range [][2]uint16{{idle, connect}, {connect, openSent}, {openSent, openConfirm}, {openConfirm, established}} {
		f.add(message{sec: e.sec, speaker: e.speaker, states: &s})
	}
	f.repeat(e)
}

// repeat announces all that a speaker holds, over a minute.
func (f *feed) repeat(e sessionEvent) {
	var prefixes []netip.Prefix
	for p, at := range f.now {
		if at.held[e.speaker].path != nil {
			prefixes = append(prefixes, p)
		}
	}
	slices.SortFunc(prefixes, values.ComparePrefix)
	for i, p := range prefixes {
		sec := e.sec + 1 + int64(i*60/len(prefixes))
		f.add(message{sec: sec, speaker: e.speaker, held: f.now[p].held[e.speaker], prefixes: []netip.Prefix{p}})
	}
}

// flush writes the messages of one slot, a file for each collector; an empty file too, as archives have them.
func (f *feed) flush(sink Sink, from time.Time, until int64) error {
	sortMessages(f.pending)
	n := 0
	for n < len(f.pending) && f.pending[n].sec < until {
		n++
	}
	for c, name := range f.w.p.Collectors {
		path := fmt.Sprintf("mrt/%s/updates.%s.gz", name, from.Format("20060102.1504"))
		err := writeFile(sink, file{path, gzipped(func(out io.Writer) error {
			m := mrt.NewWriter(out)
			for _, msg := range f.pending[:n] {
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
	f.pending = append(f.pending[:0], f.pending[n:]...)
	return nil
}

// gzipped compresses what write writes.
func gzipped(write func(io.Writer) error) func(io.Writer) error {
	return func(out io.Writer) error {
		z := gzip.NewWriter(out)
		buffered := bufio.NewWriter(z)
		return errors.Join(write(buffered), buffered.Flush(), z.Close())
	}
}
