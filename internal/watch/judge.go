package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// groupKey tells what can become one incident: deviations of one kind by one announcing network.
type groupKey struct {
	kind  Kind
	asn   values.ASN
	bogon values.ASN
	admin bool
	leak  *leak
	far   values.ASN
	named bool // the paths to each prefix support that the announcing network did it, as of when it joined
}

// group is an incident in the making: what one network announced against one victim, or against several in one burst.
type group struct {
	groupKey
	id       string
	start    int64
	victims  map[values.ASN]int // prefixes by victim; 0 stands for none
	members  []*member
	open     int // members that have not ended
	marks    []string
	refuted  bool // of a leak: new facts show none
	rejudged []Rejudgement
	final    *Incident // as it stood when it ended, but for its updates; nil while open
	told     told
}

// member is one prefix of an incident.
type member struct {
	track   *track // while open; a copy of it, at rest, when ended
	victim  values.ASN
	ended   int64 // 0 while open
	base    []base
	verdict          // the latest that did not refute it
	first   *verdict // by which it joined, where another came since
	refuted string   // by what new facts refute it; "" where they do not
	old     bool     // the announcing network announced it before judging began
	// contested says that enough peer networks had an established origin at once; of a hijack.
	contested bool
	carried   bool // the announcing network passed the prefix on before (RFC 7908 type 5)
}

// Explained is a candidate that a benign explanation covers.
type Explained struct {
	Time   time.Time
	Kind   Kind
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
		m := e.weigh(t)
		if m == nil {
			continue
		}
		key := t.key()
		if t.kind != Leak { // one triple is one incident
			key.named, _ = e.supports(m) // what one network could have made up does not lengthen what others saw
		}
		if found[key] == nil {
			keys = append(keys, key)
		}
		found[key] = append(found[key], m)
	}
	for _, key := range keys {
		e.join(key, found[key])
	}
}

func (t *track) key() groupKey {
	return groupKey{kind: t.kind, asn: t.asn, bogon: t.bogon, admin: t.admin, leak: t.leak, far: t.far}
}

// weigh decides whether a track is a deviation; nil if it is explained.
func (e *Engine) weigh(t *track) *member {
	m := &member{track: t}
	p := e.table.Prefix(t.prefix)
	if pr := e.states[t.prefix].find(t.asn); pr != nil {
		m.old = pr.flags&baseline != 0
	}
	if (t.kind == BogonPrefix || t.kind == BogonASN) && e.facts.Bogons == nil || t.kind == RPKIInvalid && e.facts.VRPs == nil {
		t.from = 0 // to be judged when there are data again
		return nil
	}
	switch t.kind {
	case Hijack:
		return e.weighHijack(m)
	case Leak:
		return e.weighLeak(m)
	case PathAnomaly:
		return e.weighLink(m)
	case RPKIInvalid:
		if e.isBlackhole(t) {
			return nil
		}
		v := e.facts.VRPs.Validate(p, t.asn)
		m.rov, m.objects = rovText(v), vrpObjects(v)
		if len(v.Deciding) > 0 && v.Deciding[0].ASN != t.asn {
			m.victim = v.Deciding[0].ASN
		}
	case BogonPrefix:
		v := e.facts.Bogons.Prefix(p, time.Unix(e.now, 0))
		m.objects = append(m.objects, Object{"bogon", v.Object, v.Kind.String()})
	case BogonASN:
		v := e.facts.Bogons.ASN(t.bogon, time.Unix(e.now, 0))
		m.objects = append(m.objects, Object{"bogon", v.Object, v.Kind.String()})
	}
	return m
}

func (e *Engine) weighHijack(m *member) *member {
	t := m.track
	c := e.candidateOf(t)
	if len(c.base) == 0 {
		e.absolve(t)
		return nil
	}
	if by := e.explain(c); by != "" {
		e.note(t, c.victim(), by, c.tried[len(c.tried)-1].Detail)
		e.absolve(t)
		return nil
	}
	m.victim = c.victim()
	m.base, m.objects, m.tried = c.base, c.objects, c.tried
	m.contested = slices.ContainsFunc(c.base, func(b base) bool { return int(b.nets) >= e.set.MinPeerASNs })
	m.rov = "no data"
	if e.facts.VRPs != nil {
		m.rov = e.facts.VRPs.State(c.prefix, t.asn).String()
	}
	m.carried = e.carriedBefore(t)
	return m
}

// isBlackhole says whether the routes that show a deviation ask for their traffic to be dropped; the RPKI does not
// speak of those (RFC 7999 section 3.3 asks for looser filters). It is logged as explained.
func (e *Engine) isBlackhole(t *track) bool {
	c := e.candidateOf(t)
	result, detail := byBlackhole(e, c)
	if result != Explains || e.off["blackhole"] {
		return false
	}
	e.note(t, 0, "blackhole", detail)
	t.phase, t.sights = explained, nil
	return true
}

// note logs a candidate as explained.
func (e *Engine) note(t *track, victim values.ASN, by, detail string) {
	e.log = append(e.log, Explained{
		Time: time.Unix(t.first, 0).UTC(), Kind: t.kind, ASN: t.asn, Victim: victim, Prefix: e.table.Prefix(t.prefix),
		By: by, Detail: detail,
	})
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

// join adds members to open incidents of their key, opening one if need be: to the one against the same victim, else to
// one of the same burst. Members that ripen together and open one go into it together.
func (e *Engine) join(key groupKey, members []*member) {
	var fresh []*member
	for _, m := range members {
		if g := e.openFor(key, m); g != nil {
			g.add(m)
			g.marks = merge(g.marks, e.marksFor(key.kind))
			e.tellMember(g)
			continue
		}
		fresh = append(fresh, m)
	}
	if len(fresh) == 0 {
		return
	}
	g := &group{groupKey: key, start: e.began(fresh[0].track), victims: make(map[values.ASN]int)}
	var prefixes []netip.Prefix
	for _, m := range fresh {
		g.start = min(g.start, e.began(m.track))
		prefixes = append(prefixes, e.table.Prefix(m.track.prefix))
		g.add(m)
	}
	g.id = g.identity(prefixes)
	g.marks = merge(nil, e.marksFor(key.kind))
	e.groups[key] = append(e.groups[key], g)
	if g.leak != nil {
		g.leak.groups = append(g.leak.groups, g)
	}
	e.tellMember(g)
}

// tellMember puts an incident with a new member among the news.
func (e *Engine) tellMember(g *group) {
	e.tell(g)
	if g.leak != nil {
		e.tellLeaks(g.asn)
	}
}

// openFor gives the open incident that a new member belongs to.
func (e *Engine) openFor(key groupKey, m *member) *group {
	for _, g := range e.groups[key] {
		if g.victims[m.victim] > 0 && !g.refuted {
			return g
		}
	}
	for _, g := range e.groups[key] {
		if !g.refuted && e.began(m.track)-g.start <= int64(e.set.BurstWindow.Seconds()) {
			return g
		}
	}
	return nil
}

func (g *group) add(m *member) {
	m.track.phase, m.track.group, m.track.gone = open, g, 0
	g.members = append(g.members, m)
	g.victims[m.victim]++
	g.open++
}

// oneVictim gives the victim if there is exactly one, else nil.
func (g *group) oneVictim() *values.ASN {
	if len(g.victims) != 1 || g.victims[0] > 0 {
		return nil
	}
	for v := range g.victims {
		return &v
	}
	return nil
}

// RestsOn names the kinds of input that a judgement of a kind rests on. Relations are among them always: they say over
// whose customer edge it came in.
func RestsOn(kind Kind) []string {
	switch kind {
	case Hijack: // networks are known as siblings from any of the last three
		return []string{"vrp", "irr", "relations", "organisations", "registry", "peeringdb"}
	case RPKIInvalid:
		return []string{"vrp", "relations"}
	case Leak, PathAnomaly:
		return []string{"relations", "vrp", "organisations", "registry", "peeringdb", "bogons"}
	}
	return []string{"bogons", "relations"}
}

// marksFor names the anachronistic inputs that a judgement of this kind rests on.
func (e *Engine) marksFor(kind Kind) []string {
	var marks []string
	for _, k := range e.facts.Anachronism {
		if slices.Contains(RestsOn(kind), k) {
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
	t.phase, t.group, t.sights = closed, nil, nil
	e.closeRefuted(t)
	g.open--
	if g.open == 0 {
		e.groups[g.groupKey] = slices.DeleteFunc(e.groups[g.groupKey], func(o *group) bool { return o == g })
		e.done = append(e.done, g)
		e.ended = append(e.ended, g)
	}
}

// closeRefuted lets what new facts explain count as explained from now on, as if they had been known when it began.
func (e *Engine) closeRefuted(t *track) {
	switch {
	case !t.refuted:
	case t.kind == Hijack:
		e.absolve(t)
	case t.kind == PathAnomaly:
		t.phase = explained
	case t.kind == Leak:
		t.refuted = false
		if t.leak.benign != "" {
			t.phase = explained
		}
	}
}

// settleEnded writes down the incidents that ended at this moment: what is known then is the last word on them, whatever
// becomes known later.
func (e *Engine) settleEnded() {
	for _, g := range e.ended {
		e.tell(g)
		inc := e.report(g)
		inc.Evidence.Updates = nil
		g.final = &inc
	}
	e.ended = e.ended[:0]
}

// end is when the last member ended; of an incident that ended.
func (g *group) end() (sec int64) {
	for _, m := range g.members {
		sec = max(sec, m.ended)
	}
	return sec
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
