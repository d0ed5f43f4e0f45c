package world

import (
	"cmp"
	"net/netip"
	"slices"

	"pahra/wire/values"
)

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
	slices.SortStableFunc(list, func(a, b sessionEvent) int { return cmp.Compare(a.sec, b.sec) })
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

// repeat tells all that a speaker has, over a minute. What changes meanwhile is told after it.
func (f *feed) repeat(e sessionEvent) {
	w := f.w
	sec := func(i, n int) int64 { return e.sec + 1 + int64(i*60/n) }
	for i, n := range w.networks {
		r := f.groupOf(node(i)).routes[e.speaker]
		if r == nil {
			continue
		}
		plain := n.prefixes
		if slices.ContainsFunc(plain, func(p netip.Prefix) bool { return f.now[p] != nil }) {
			plain = slices.DeleteFunc(slices.Clone(plain), func(p netip.Prefix) bool { return f.now[p] != nil })
		}
		f.tell(sec(i, len(w.networks)), e.speaker, r, plain)
	}
	var others []netip.Prefix
	for p, at := range f.now {
		if at.routes[e.speaker] != nil {
			others = append(others, p)
		}
	}
	slices.SortFunc(others, values.ComparePrefix)
	for i, p := range others {
		f.tell(sec(i, len(others)), e.speaker, f.now[p].routes[e.speaker], []netip.Prefix{p})
	}
	f.backlog[e.speaker] = e.sec + 62
}
