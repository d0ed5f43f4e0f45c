package watch

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/wire/values"
)

// verdict is what a prefix of an incident was found to be, by the facts of a moment.
type verdict struct {
	rov     string
	objects []Object
	tried   []Tried
	why     []string // of a path anomaly
}

func (v *verdict) equal(o *verdict) bool {
	return v.rov == o.rov && slices.Equal(v.objects, o.objects) && slices.Equal(v.tried, o.tried) && slices.Equal(v.why, o.why)
}

// opening gives the verdict by which a prefix joined.
func (m *member) opening() *verdict {
	if m.first != nil {
		return m.first
	}
	return &m.verdict
}

// replace puts a new verdict in the place of the last, and keeps the first.
func (m *member) replace(v verdict) {
	if m.first == nil {
		first := m.verdict
		m.first = &first
	}
	m.verdict = v
}

// changedKinds names the kinds of facts of which another table is at hand now, that of RPKI only where it says something
// else: it comes every few minutes.
func changedKinds(was, is *Facts) map[string]bool {
	changed := map[string]bool{
		"vrp": !is.VRPs.JudgesAs(was.VRPs), "aspa": !is.ASPAs.JudgesAs(was.ASPAs), "irr": was.IRR != is.IRR, "bogons": was.Bogons != is.Bogons,
		"registry": was.Registry != is.Registry,
	}
	maps.DeleteFunc(changed, func(_ string, is bool) bool { return !is })
	return changed
}

// judgedBy gives the kinds of facts by which an open incident of a kind is judged again, ascending.
func judgedBy(kind Kind) []string {
	switch kind {
	case Hijack:
		return []string{"irr", "registry", "vrp"}
	case RPKIInvalid:
		return []string{"vrp"}
	case Leak:
		return []string{"aspa", "bogons", "registry"}
	case PathAnomaly:
		return []string{"aspa", "registry"}
	}
	return []string{"bogons"}
}

// said is what was said of an incident at a moment.
func (e *Engine) said(g *group) Said {
	at, shared := e.attribute(g)
	conf, reasons := e.confidence(g, at, shared)
	return Said{conf, reasons}
}

// rejudge judges the open incidents again by facts of which some kinds changed.
func (e *Engine) rejudge(changed map[string]bool, before map[*group]leakBefore) {
	for _, g := range e.openGroups() {
		r := rejudging{e: e, g: g}
		for _, kind := range judgedBy(g.kind) {
			if changed[kind] {
				r.changed = append(r.changed, kind)
			}
		}
		switch {
		case len(r.changed) == 0:
		case g.leak != nil:
			r.leak(before[g])
		default:
			r.members()
		}
	}
	e.reviveExplained()
}

// rejudging is how one incident is judged again.
type rejudging struct {
	e       *Engine
	g       *group
	changed []string
	entries []Rejudgement // one for each outcome
}

// members judges each open prefix of an incident again.
func (r *rejudging) members() {
	var before *Said
	for _, m := range r.g.members {
		if m.ended != 0 {
			continue
		}
		v, by, detail := r.e.judgeAgain(m)
		t := m.track
		outcome := Stands
		switch {
		case by != "" && t.refuted, by == "" && !t.refuted && v.equal(&m.verdict):
			continue
		case by != "":
			outcome = Refuted
		case t.refuted:
			outcome = Again
		}
		if before == nil {
			said := r.e.said(r.g)
			before = &said
		}
		r.add(outcome, m, &v, by, detail)
		if m.refuted, t.refuted = by, by != ""; !t.refuted {
			m.replace(v)
		}
		r.e.look(t)
	}
	if before != nil {
		r.keep(*before)
	}
}

// add puts a prefix into the entry of its outcome.
func (r *rejudging) add(outcome Outcome, m *member, v *verdict, by, detail string) {
	i := slices.IndexFunc(r.entries, func(x Rejudgement) bool { return x.Outcome == outcome })
	if i < 0 {
		i = len(r.entries)
		r.entries = append(r.entries, Rejudgement{Time: time.Unix(r.e.now, 0).UTC(), Changed: r.changed, Outcome: outcome, By: by, Detail: detail, Objects: []Object{}})
	}
	x := &r.entries[i]
	if x.PrefixesTotal++; len(x.Prefixes) < maxObjects {
		x.Prefixes = append(x.Prefixes, r.e.table.Prefix(m.track.prefix))
	}
	for _, o := range v.objects {
		if len(x.Objects) < maxObjects && !slices.Contains(x.Objects, o) {
			x.Objects = append(x.Objects, o)
		}
	}
}

// maxRejudged bounds how many times an incident's line tells of having been judged again: the first, and the latest.
const maxRejudged = 32

// keep adds the entries to the incident.
func (r *rejudging) keep(before Said) {
	for _, x := range r.entries {
		slices.SortFunc(x.Prefixes, values.ComparePrefix)
		x.Before = before
		r.g.rejudged = append(r.g.rejudged, x)
		if len(r.g.rejudged) > maxRejudged {
			r.g.rejudged = slices.Delete(r.g.rejudged, 1, 2)
		}
	}
}

// judgeAgain holds an open prefix of an incident against the facts. It gives the verdict, and by what they refute it; ""
// where they do not. Of what there are no data any more, what it said before stands.
func (e *Engine) judgeAgain(m *member) (v verdict, by, detail string) {
	v = m.verdict
	t := m.track
	p := e.table.Prefix(t.prefix)
	switch t.kind {
	case Hijack:
		return e.hijackAgain(m)
	case PathAnomaly:
		return e.linkAgain(m)
	case RPKIInvalid:
		if e.facts.VRPs == nil {
			return v, m.refuted, ""
		}
		found := e.facts.VRPs.Validate(p, t.asn)
		v.rov, v.objects = rovText(found), vrpObjects(found)
		if !found.State.Invalid() {
			return v, "rpki", fmt.Sprintf("RPKI origin validation finds it %s now", found.State)
		}
	default:
		if e.facts.Bogons == nil {
			return v, m.refuted, ""
		}
		found := e.facts.Bogons.ASN(t.bogon, time.Unix(e.now, 0))
		if t.kind == BogonPrefix {
			found = e.facts.Bogons.Prefix(p, time.Unix(e.now, 0))
		}
		if found.Kind == authority.BogonNone {
			return v, "bogons", "it is no bogon any more"
		}
		v.objects = []Object{{"bogon", found.Object, found.Kind.String()}}
	}
	return v, "", ""
}

// rovText says what origin validation found.
func rovText(v authority.ROVVerdict) string {
	if v.AS0 {
		return v.State.String() + ", by AS0: its holder says that nobody may announce it"
	}
	return v.State.String()
}

func vrpObjects(v authority.ROVVerdict) (list []Object) {
	for _, id := range v.Objects() {
		list = append(list, Object{"vrp", id, v.State.String()})
	}
	return list
}

// hijackAgain tries the explanations that rest on facts alone, against what stood when the incident opened.
func (e *Engine) hijackAgain(m *member) (v verdict, by, detail string) {
	t := m.track
	c := &candidate{t: t, prefix: e.table.Prefix(t.prefix), base: m.base, at: t.from + int64(e.set.MinDuration.Seconds())}
	v = verdict{rov: m.rov, tried: slices.Clone(m.tried)}
	for _, x := range exclusions() {
		i := slices.IndexFunc(v.tried, func(was Tried) bool { return was.Name == x.name })
		if !x.factual || i < 0 || v.tried[i].Result == Disabled {
			continue
		}
		result, text := x.test(e, c)
		if by == "" && (result == Explains || result == NoData && m.refuted == x.name) {
			by, detail = x.name, text
		}
		if result != NoData {
			v.tried[i] = Tried{x.name, result, text}
		}
	}
	for _, o := range m.objects {
		if o.Kind == "vrp" && e.facts.VRPs == nil || o.Kind == "irr" && e.facts.IRR == nil {
			v.objects = append(v.objects, o)
		}
	}
	v.objects = append(v.objects, c.objects...)
	if e.facts.VRPs != nil {
		v.rov = e.facts.VRPs.State(c.prefix, t.asn).String()
	}
	return v, by, detail
}

// linkAgain holds a new link against the facts.
func (e *Engine) linkAgain(m *member) (v verdict, by, detail string) {
	t := m.track
	v = verdict{rov: m.rov, objects: m.objects, why: m.why, tried: slices.Clone(m.tried)}
	for _, x := range linkExclusions() {
		i := slices.IndexFunc(v.tried, func(was Tried) bool { return was.Name == x.name })
		if i < 0 || v.tried[i].Result == Disabled {
			continue
		}
		result, text := x.test(e, t)
		if by == "" && (result == Explains || result == NoData && m.refuted == x.name) {
			by, detail = x.name, text
		}
		if result != NoData {
			v.tried[i] = Tried{x.name, result, text}
		}
	}
	if e.facts.ASPAs == nil {
		if by == "" && m.refuted == "aspa" {
			by = m.refuted
		}
		return v, by, detail
	}
	link := edge{t.asn, t.far}
	v.objects = e.linkObjects(link)
	v.why = slices.DeleteFunc(slices.Clone(m.why), func(s string) bool { return s == attestedOtherwise(link) })
	if e.facts.ASPAs.Hop(link.far, link.near) == authority.NotProviderPlus {
		v.why = append([]string{attestedOtherwise(link)}, v.why...)
	}
	if len(v.why) == 0 && by == "" {
		return v, "aspa", fmt.Sprintf("AS%d no longer attests its providers without AS%d, and nothing else speaks against the link", link.far, link.near)
	}
	return v, by, detail
}
