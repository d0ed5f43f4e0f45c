package watch

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/checkpoint"
	"pahra/wire/values"
)

// groups writes or reads the incidents, open and ended.
func (k *keeper) groups() {
	e := k.e
	k.Section("incidents")
	under := e.openGroups()
	for _, list := range [...]*[]*group{&under, &e.done} {
		checkpoint.List(k.Coder, list, mostOf, func(g **group) {
			if k.Reading() {
				*g = &group{victims: make(map[values.ASN]int)}
			}
			k.group(*g)
		})
	}
	if !k.Reading() || k.Err() != nil {
		return
	}
	for _, g := range under {
		e.groups[g.groupKey] = append(e.groups[g.groupKey], g)
	}
	for _, g := range append(slices.Clone(e.done), under...) {
		if (g.open == 0) != (g.final != nil) {
			k.Fail("incident %s has neither ended nor not", g.id)
			return
		}
		if g.leak != nil {
			g.leak.groups = append(g.leak.groups, g)
		}
		e.tell(g)
	}
}

// openGroups gives the open incidents, those of one key in the order in which they opened.
func (e *Engine) openGroups() (list []*group) {
	for _, key := range slices.SortedFunc(maps.Keys(e.groups), compareKeys) {
		list = append(list, e.groups[key]...)
	}
	return list
}

func compareKeys(a, b groupKey) int {
	flags := func(k groupKey) (n int) {
		for bit, is := range [...]bool{k.admin, k.named, k.leak != nil} {
			if is {
				n |= 1 << bit
			}
		}
		return n
	}
	c := cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.asn, b.asn), cmp.Compare(a.bogon, b.bogon), cmp.Compare(a.far, b.far),
		cmp.Compare(flags(a), flags(b)))
	if c == 0 && a.leak != nil {
		return compareSteps(a.leak.triple, b.leak.triple)
	}
	return c
}

func (k *keeper) group(g *group) {
	k.kind(&g.kind)
	k.asn(&g.asn)
	k.asn(&g.bogon)
	k.Bool(&g.admin)
	k.leakRef(&g.leak)
	k.asn(&g.far)
	k.Bool(&g.named)
	k.String(&g.id, mostText)
	k.time(&g.start)
	checkpoint.List(k.Coder, &g.members, mostOf, func(m **member) {
		if k.Reading() {
			*m = &member{}
		}
		k.member(*m)
		if !k.Reading() {
			return
		}
		g.victims[(*m).victim]++
		(*m).track.group = g
		if (*m).ended == 0 {
			g.open++
		}
	})
	checkpoint.List(k.Coder, &g.marks, mostText, k.name)
	k.Bool(&g.refuted)
	k.asJSON(g, len(g.rejudged) > 0, &g.rejudged)
	final := g.final
	if k.Reading() {
		final = &Incident{}
	}
	if k.asJSON(g, final != nil, final) {
		g.final = final
	}
	if len(g.members) == 0 || (g.kind == Leak) != (g.leak != nil) {
		k.Fail("incident %s is none", g.id)
	}
}

// member writes or reads a prefix of an incident; one that ended has its own copy of the track.
func (k *keeper) member(m *member) {
	if k.time(&m.ended); m.ended == 0 {
		k.trackRef(&m.track)
	} else {
		if k.Reading() {
			m.track = &track{}
		}
		k.track(m.track)
	}
	k.asn(&m.victim)
	checkpoint.List(k.Coder, &m.base, mostOf, func(b *base) { k.prefix(&b.prefix); k.pair(&b.pair) })
	k.verdict(&m.verdict)
	replaced := m.first != nil
	if k.Bool(&replaced); replaced {
		if k.Reading() {
			m.first = &verdict{}
		}
		k.verdict(m.first)
	}
	k.name(&m.refuted)
	k.Bool(&m.old)
	k.Bool(&m.contested)
	k.Bool(&m.carried)
}

func (k *keeper) verdict(v *verdict) {
	checkpoint.List(k.Coder, &v.objects, mostOf, k.object)
	k.tries(&v.tried)
	k.name(&v.rov)
	checkpoint.List(k.Coder, &v.why, mostText, func(s *string) { k.String(s, mostText) })
}

func (k *keeper) object(o *Object) {
	k.name(&o.Kind)
	k.name(&o.ID)
	k.name(&o.Says)
}

// asJSON writes or reads a part of an incident that is published, if it is there.
func (k *keeper) asJSON(g *group, is bool, v any) (found bool) {
	var text []byte
	if is && !k.Reading() {
		var err error
		if text, err = json.Marshal(v); err != nil {
			k.Fail("incident %s: %v", g.id, err)
		}
	}
	k.Bytes(&text, mostReport)
	if !k.Reading() || len(text) == 0 {
		return false
	}
	if err := json.Unmarshal(text, v); err != nil {
		k.Fail("incident %s: %v", g.id, err)
	}
	return true
}

// explained writes or reads what was logged of a candidate.
func (k *keeper) explained(x *Explained) {
	sec := x.Time.Unix()
	if k.time(&sec); k.Reading() {
		x.Time = time.Unix(sec, 0).UTC()
	}
	k.kind(&x.Kind)
	k.asn(&x.ASN)
	k.asn(&x.Victim)
	k.netPrefix(&x.Prefix)
	k.name(&x.By)
	k.String(&x.Detail, mostBytes)
}

// netPrefix writes or reads a prefix by what it is.
func (k *keeper) netPrefix(p *netip.Prefix) {
	text, err := p.MarshalBinary()
	if err != nil {
		k.Fail("a prefix: %v", err)
	}
	if k.Bytes(&text, mostText); !k.Reading() {
		return
	}
	if err := p.UnmarshalBinary(text); err != nil {
		k.Fail("a prefix: %v", err)
	}
}
