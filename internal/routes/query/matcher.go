package query

import (
	"bytes"
	"hash/maphash"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
)

// Bounds of what a Matcher remembers: a power of two of attribute sets, none longer than verdictLimit octets.
const (
	verdictSlots = 1 << 13
	verdictLimit = 1024
)

// Matcher applies a Query. It is for one goroutine.
type Matcher struct {
	query    *Query
	needs    bool
	attrs    bgp.Attrs
	path     []byte
	seed     maphash.Seed
	verdicts []verdict
}

// verdict is what was said of one attribute set.
type verdict struct {
	raw    []byte
	as4    bool
	rib    bool
	known  bool
	wanted bool
}

// NewMatcher makes a Matcher of q, which must not change as long as the Matcher is used.
func NewMatcher(q *Query) *Matcher {
	m := &Matcher{query: q, needs: q.NeedsAttrs(), seed: maphash.MakeSeed()}
	if m.needs {
		m.verdicts = make([]verdict, verdictSlots)
	}
	return m
}

// Match tells whether e is wanted.
func (m *Matcher) Match(e *mrt.Elem) bool {
	if !m.query.matchElem(e) {
		return false
	}
	if !m.needs {
		return true
	}
	if e.Kind != mrt.Announce && e.Kind != mrt.RIBEntry {
		return false
	}
	v := &m.verdicts[maphash.Bytes(m.seed, e.RawAttrs)%verdictSlots]
	if !v.known || v.as4 != e.AS4 || v.rib != e.RIB || !bytes.Equal(v.raw, e.RawAttrs) {
		if cap(v.raw) > verdictLimit {
			v.raw = nil
		}
		v.raw, v.as4, v.rib, v.known = append(v.raw[:0], e.RawAttrs...), e.AS4, e.RIB, true
		v.wanted = m.judge(e)
	}
	return v.wanted
}

// judge decodes the attributes and applies the query to them.
func (m *Matcher) judge(e *mrt.Elem) (wanted bool) {
	bgp.DecodeAttrs(&m.attrs, e.RawAttrs, e.AS4, e.RIB)
	wanted, m.path = m.query.matchAttrs(&m.attrs, m.path)
	return wanted
}
