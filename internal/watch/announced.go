package watch

import (
	"iter"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// Announced is an origin of a prefix that enough peer networks had at once.
type Announced struct {
	Prefix      netip.Prefix
	Origin      values.ASN
	First, Last int64 // seconds since 1970; Last is now while a session has it
	Sessions    int   // the most that had it at once
}

// Announced yields what at least MinVisibility peer networks (or all, where fewer are known) had at once, and some had since
// the moment given, by prefix and then in the order of first sight. Prefixes longer than networks exchange are left
// out: they are not meant for the Internet.
func (e *Engine) Announced(since int64) iter.Seq[Announced] {
	return func(yield func(Announced) bool) {
		for prefix, id := range e.table.All() {
			if int(id) >= len(e.states) || e.tooSpecific(prefix) {
				continue
			}
			need := e.required(id)
			for i := range e.states[id].pairs {
				p := &e.states[id].pairs[i]
				if int(p.nets) < need || p.now == 0 && int64(p.last) < since {
					continue
				}
				a := Announced{prefix, p.origin, int64(p.first), int64(p.last), int(p.most)}
				if p.now > 0 {
					a.Last = e.now
				}
				if !yield(a) {
					return
				}
			}
		}
	}
}

// WarmUntil is when the warm-up ends; the zero time where a table dump made it needless, or nothing was heard.
func (e *Engine) WarmUntil() time.Time {
	if e.warm == 0 || e.tablesKnown() {
		return time.Time{}
	}
	return time.Unix(e.warm, 0).UTC()
}

// Pending counts the possible deviations that peers show now but that no incident or explanation covers.
func (e *Engine) Pending() int {
	n := 0
	for _, t := range e.tracks {
		if t.phase == waiting && t.first != 0 {
			n++
		}
	}
	return n
}
