package watch

import (
	"fmt"
	"slices"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// isNewLink says whether judging had begun when a link was first seen, and that is not long ago.
func (e *Engine) isNewLink(link edge) bool {
	since, known := e.edges[link]
	if !known || since < e.judging || e.now-since > int64(e.set.LinkMemory.Seconds()) || e.judging == 0 {
		return false
	}
	back, known := e.edges[edge{link.far, link.near}]
	return !known || back >= since
}

// endsNew says whether a path leads to its origin over a new link.
func (e *Engine) endsNew(note pathNote, origin values.ASN) bool {
	return e.now <= int64(note.newUntil) && e.isNewLink(edge{note.near, origin})
}

// classifyLink follows a route to an established origin over a link that no path showed before. Forged origins look
// like that (RFC 9319 section 3: what origin validation alone does not see), and so do new providers.
func (e *Engine) classifyLink(s *prefixState, id routes.PrefixID, a routes.Attr, note pathNote) {
	if e.recalling || !e.endsNew(note, a.Origin) || e.tooSpecific(e.table.Prefix(id)) || e.isBogonASN(note.near) || e.isBogonASN(a.Origin) {
		return
	}
	if e.roomForTrack(s) { // whether it is suspicious shows at the end of the second
		e.newLinks = append(e.newLinks, e.track(s, track{kind: PathAnomaly, prefix: id, asn: note.near, far: a.Origin}))
	}
}

// suspicious says what makes a new link to the origin of a prefix more than a new neighbour; nothing where nothing does:
// who sells transit gains customers every day ("new-provider").
func (e *Engine) suspicious(id routes.PrefixID, link edge) (why []string) {
	isOrigin := func(p pair) bool { return p.origin == link.far }
	covered := false
	if !slices.ContainsFunc(e.established(id, 0), isOrigin) {
		if !e.whole {
			return nil
		}
		for cover := range e.table.Covering(e.table.Prefix(id)) {
			covered = covered || slices.ContainsFunc(e.established(cover, 0), isOrigin)
		}
		if !covered {
			return nil
		}
	}
	if e.facts.ASPAs != nil && e.facts.ASPAs.Hop(link.far, link.near) == authority.NotProviderPlus {
		why = append(why, attestedOtherwise(link))
	}
	if e.carries(link.near) == 0 {
		why = append(why, fmt.Sprintf("no path before showed anybody behind AS%d: it sells transit to nobody", link.near))
	}
	if covered {
		why = append(why, "the prefix is a part of one that stood, announced as such for the first time")
	}
	if len(why) == 0 && e.off["new-provider"] {
		why = append(why, "a new neighbour, as any new provider is")
	}
	return why
}

// attestedOtherwise says that the origin attests other providers.
func attestedOtherwise(link edge) string {
	return fmt.Sprintf("AS%d attests its providers (ASPA), and AS%d is none", link.far, link.near)
}

// linkObjects gives what the origin's ASPA says of the link.
func (e *Engine) linkObjects(link edge) (list []Object) {
	if e.facts.ASPAs == nil {
		return nil
	}
	if id := e.facts.ASPAs.Object(link.far); id != "" {
		list = append(list, Object{"aspa", id, e.facts.ASPAs.Hop(link.far, link.near).String()})
	}
	return list
}

// weighLink decides whether a new link is an anomaly; nil if it is explained.
func (e *Engine) weighLink(m *member) *member {
	t := m.track
	why := e.suspicious(t.prefix, edge{t.asn, t.far})
	m.victim = t.far
	if len(why) == 0 {
		t.phase, t.sights = explained, nil
		return nil
	}
	for _, x := range linkExclusions() {
		if e.off[x.name] {
			m.tried = append(m.tried, Tried{Name: x.name, Result: Disabled})
			continue
		}
		result, detail := x.test(e, t)
		m.tried = append(m.tried, Tried{x.name, result, detail})
		if result == Explains {
			e.note(t, t.far, x.name, detail)
			t.phase, t.sights = explained, nil
			return nil
		}
	}
	m.why = why
	m.rov = "no data"
	if e.facts.VRPs != nil {
		m.rov = e.facts.VRPs.State(e.table.Prefix(t.prefix), t.far).String()
	}
	m.objects = e.linkObjects(edge{t.asn, t.far})
	return m
}

// linkExclusion is a benign explanation of a new link.
type linkExclusion struct {
	name string
	test func(*Engine, *track) (Result, string)
}

func linkExclusions() []linkExclusion {
	return []linkExclusion{
		{"aspa-provider", linkByASPA},
		{"known-relation", linkByRelation},
		{"same-organisation", linkBySibling},
		{"ddos-protection", linkByProtection},
	}
}

func linkByASPA(e *Engine, t *track) (Result, string) {
	if e.facts.ASPAs == nil {
		return NoData, e.facts.NoData["vrp"]
	}
	if e.facts.ASPAs.Hop(t.far, t.asn) == authority.ProviderPlus {
		return Explains, fmt.Sprintf("AS%d attests that AS%d is its provider", t.far, t.asn)
	}
	return Fails, e.facts.ASPAs.Hop(t.far, t.asn).String()
}

// linkByRelation: the sources had the two as neighbours before any path showed it.
func linkByRelation(e *Engine, t *track) (Result, string) {
	if !e.facts.hasRelations() {
		return NoData, e.facts.NoData["relations"]
	}
	if rel := e.facts.Registry.Relation(t.asn, t.far); rel != registry.Unknown {
		return Explains, fmt.Sprintf("AS%d is known as the %s of AS%d", t.asn, rel, t.far)
	}
	return Fails, ""
}

func linkBySibling(e *Engine, t *track) (Result, string) {
	if !e.facts.hasOrganisations() {
		return NoData, e.facts.NoData["organisations"]
	}
	if e.facts.Registry.Sibling(t.asn, t.far) {
		return Explains, fmt.Sprintf("AS%d and AS%d are of one organisation", t.asn, t.far)
	}
	return Fails, ""
}

func linkByProtection(e *Engine, t *track) (Result, string) {
	if name, ok := e.protection(t.asn); ok {
		return Explains, name + " carries the prefixes of those it protects"
	}
	return Fails, ""
}

// weighAnomaly weighs a path anomaly for its confidence.
func (e *Engine) weighAnomaly(w *weighing, g *group) {
	w.add(0.25, "AS%d was never seen next to AS%d before", g.asn, g.members[0].track.far)
	for _, why := range g.members[0].why {
		w.add(0.20, "%s", why)
	}
}

// linkEvidence writes down what a path anomaly rests on.
func (g *group) linkEvidence() *NewLink {
	return &NewLink{Near: g.asn, Far: g.members[0].track.far, Why: g.members[0].opening().why}
}
