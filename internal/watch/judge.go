package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// groupKey tells which tracks make one incident.
type groupKey struct {
	kind   Kind
	asn    values.ASN
	victim values.ASN // 0: none, or several
	bogon  values.ASN
	admin  bool
	mass   bool
}

// group is an incident in the making: the tracks of one announcing network against one victim.
type group struct {
	groupKey
	id      string
	start   int64
	victims map[values.ASN]int // prefixes by victim
	members []*member
	open    int // members that have not ended
	marks   []string
}

// member is one prefix of an incident, as judged when it joined.
type member struct {
	track   *track // while open; a copy of it, at rest, when ended
	ended   int64  // 0 while open
	base    []base
	objects []Object
	tried   []Tried
	rov     string
	old     bool // the announcing network announced it before judging began
	carried bool // the announcing network passed the prefix on before (RFC 7908 type 5)
}

// Explained is a candidate that a benign explanation covers.
type Explained struct {
	Time   time.Time
	ASN    values.ASN
	Victim values.ASN
	Prefix netip.Prefix
	By     string // the exclusion
	Detail string
}

// judge opens incidents, or adds to open ones, for the tracks that have been seen by enough peers for long enough.
func (e *Engine) judge(ripe []*track) {
	found := make(map[groupKey][]*member)
	var keys []groupKey
	for _, t := range ripe {
		key, m := e.weigh(t)
		if m == nil {
			continue
		}
		if found[key] == nil {
			keys = append(keys, key)
		}
		found[key] = append(found[key], m)
	}
	for _, batch := range e.gatherMass(keys, found) {
		e.join(batch.key, batch.members)
	}
}

// weigh decides whether a track is a deviation, and into which incident it goes; nil if it is explained.
func (e *Engine) weigh(t *track) (groupKey, *member) {
	key := groupKey{kind: t.kind, asn: t.asn, bogon: t.bogon, admin: t.admin}
	m := &member{track: t}
	p := e.table.Prefix(t.prefix)
	if pr := e.states[t.prefix].find(t.asn); pr != nil {
		m.old = pr.flags&baseline != 0
	}
	if (t.kind == BogonPrefix || t.kind == BogonASN) && e.facts.Bogons == nil {
		return key, nil
	}
	switch t.kind {
	case Hijack:
		return e.weighHijack(key, m)
	case RPKIInvalid:
		if e.facts.VRPs == nil {
			return key, nil
		}
		v := e.facts.VRPs.Validate(p, t.asn)
		m.rov = v.State.String()
		for _, id := range v.Objects() {
			m.objects = append(m.objects, Object{"vrp", id, m.rov})
		}
		if len(v.Deciding) > 0 && v.Deciding[0].ASN != t.asn {
			key.victim = v.Deciding[0].ASN
		}
	case BogonPrefix:
		v := e.facts.Bogons.Prefix(p, time.Unix(e.now, 0))
		m.objects = append(m.objects, Object{"bogon", v.Object, v.Kind.String()})
	case BogonASN:
		v := e.facts.Bogons.ASN(t.bogon, time.Unix(e.now, 0))
		m.objects = append(m.objects, Object{"bogon", v.Object, v.Kind.String()})
	}
	return key, m
}

func (e *Engine) weighHijack(key groupKey, m *member) (groupKey, *member) {
	t := m.track
	c := e.candidateOf(t)
	if len(c.base) == 0 {
		e.absolve(t)
		return key, nil
	}
	if by := e.explain(c); by != "" {
		e.log = append(e.log, Explained{
			Time: time.Unix(t.first, 0).UTC(), ASN: t.asn, Victim: c.victim(), Prefix: c.prefix,
			By: by, Detail: c.tried[len(c.tried)-1].Detail,
		})
		e.absolve(t)
		return key, nil
	}
	key.victim = c.victim()
	m.base, m.objects, m.tried = c.base, c.objects, c.tried
	m.rov = "no data"
	if e.facts.VRPs != nil {
		m.rov = e.facts.VRPs.State(c.prefix, t.asn).String()
	}
	m.carried = e.carriedBefore(t)
	return key, m
}

// absolve takes an origin into the baseline.
func (e *Engine) absolve(t *track) {
	t.phase = explained
	t.sights = nil
	if p := e.states[t.prefix].find(t.asn); p != nil {
		p.flags &^= suspect
	}
}

// carriedBefore says whether routes of other origins to the prefix pass through the announcing network.
func (e *Engine) carriedBefore(t *track) bool {
	for _, r := range e.table.RoutesOf(t.prefix) {
		a := e.in.Attr(r.Attr)
		if a.Origin == t.asn {
			continue
		}
		if e.hops = e.in.AppendPath(e.hops[:0], a.Path); slices.Contains(e.hops, t.asn) {
			return true
		}
	}
	return false
}

type batch struct {
	key     groupKey
	members []*member
}

// gatherMass puts the hijacks by one network of many victims into one batch, and leaves the others as they are.
func (e *Engine) gatherMass(keys []groupKey, found map[groupKey][]*member) []batch {
	victims := make(map[values.ASN]int)
	for _, k := range keys {
		if k.kind == Hijack {
			victims[k.asn]++
		}
	}
	var out []batch
	at := make(map[groupKey]int)
	for _, k := range keys {
		members := found[k]
		mass := groupKey{kind: Hijack, asn: k.asn, mass: true}
		if k.kind == Hijack && (victims[k.asn] >= e.set.MassVictims || e.groups[mass] != nil) {
			k = mass
		}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, batch{key: k})
		}
		out[i].members = append(out[i].members, members...)
	}
	return out
}

// join adds members to the open incident of their key, opening one if need be.
func (e *Engine) join(key groupKey, members []*member) {
	g := e.groups[key]
	if g == nil {
		g = &group{groupKey: key, start: members[0].track.first, victims: make(map[values.ASN]int)}
		var prefixes []netip.Prefix
		for _, m := range members {
			g.start = min(g.start, m.track.first)
			prefixes = append(prefixes, e.table.Prefix(m.track.prefix))
		}
		g.id = incidentID(key.kind, key.asn, g.oneVictim(), prefixes, g.start)
		e.groups[key] = g
	}
	for _, m := range members {
		m.track.phase, m.track.group, m.track.gone = open, g, 0
		g.members = append(g.members, m)
		g.open++
		if len(m.base) > 0 {
			g.victims[m.base[0].origin]++
		} else if key.victim != 0 {
			g.victims[key.victim]++
		}
	}
	g.marks = merge(g.marks, e.marksFor(key.kind))
}

// oneVictim gives the one victim, or nil.
func (g *group) oneVictim() *values.ASN {
	if g.victim == 0 {
		return nil
	}
	v := g.victim
	return &v
}

// marksFor names the anachronistic inputs that a judgement of this kind rests on.
func (e *Engine) marksFor(kind Kind) []string {
	uses := map[Kind][]string{
		Hijack:      {"vrp", "irr", "relations", "organisations"},
		RPKIInvalid: {"vrp"},
		BogonPrefix: {"bogons"},
		BogonASN:    {"bogons"},
	}
	var marks []string
	for _, k := range e.facts.Anachronism {
		if slices.Contains(uses[kind], k) {
			marks = append(marks, k)
		}
	}
	return marks
}

func merge(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return list
}

// end takes note that a track's deviation has gone; the incident ends with its last.
func (e *Engine) end(t *track) {
	g := t.group
	for _, m := range g.members {
		if m.track == t {
			rest := *t
			m.track, m.ended = &rest, t.gone
			break
		}
	}
	t.phase = closed
	g.open--
	if g.open == 0 {
		delete(e.groups, g.groupKey)
		e.done = append(e.done, g)
	}
}

// Log gives the candidates that were explained, in the order in which they were.
func (e *Engine) Log() []Explained { return e.log }

// what says in a few words what a group is about; for reasons.
func (g *group) what() string {
	switch g.kind {
	case BogonASN:
		return fmt.Sprintf("AS%d lets AS%d out", g.asn, g.bogon)
	case BogonPrefix:
		return fmt.Sprintf("AS%d announces a bogon", g.asn)
	case RPKIInvalid:
		return fmt.Sprintf("AS%d announces what the RPKI finds invalid", g.asn)
	}
	return fmt.Sprintf("AS%d originates prefixes of others", g.asn)
}
