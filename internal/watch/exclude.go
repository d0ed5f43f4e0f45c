package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// candidate is an origin held against the established ones, with all that the exclusions look at.
type candidate struct {
	t       *track
	prefix  netip.Prefix
	base    []base
	paths   [][]values.ASN // of the live routes that show it, from the peer to the origin
	marked  int            // of these, how many ask for a blackhole
	objects []Object
	tried   []Tried
	at      int64 // when it became an incident, or now; for the age of route objects
}

func (c *candidate) victim() values.ASN { return c.base[0].origin }

// exclusion is a benign explanation. Its test gives the outcome and what it rests on.
type exclusion struct {
	name    string
	test    func(*Engine, *candidate) (Result, string)
	factual bool // it rests on facts alone, so that new ones can tell otherwise of an open incident
}

// exclusions are tried in this order; the first that explains a candidate ends the matter. What each means and why is
// in docs/formulas.md.
func exclusions() []exclusion {
	return []exclusion{
		{"roa-valid", byROA, true},
		{"route-object", byRouteObject, true},
		{"same-organisation", bySibling, true},
		{"customer-or-provider", byRelation, true},
		{"covering-origin", byCoveringOrigin, false},
		{"victim-on-path", byVictimOnPath, false},
		{"neighbours", byNeighbours, false},
		{"prepend-typo", byPrependTypo, false},
		{"asn-typo", byASNTypo, false},
		{"blackhole", byBlackhole, false},
		{"too-specific", byLength, false},
		{"anycast", byAnycast, false},
		{"ddos-protection", byProtection, false},
		{"transfer", byTransfer, false},
		{"moved", byMove, false},
	}
}

// explain tries the exclusions and gives the name of the one that explains the candidate, or "".
func (e *Engine) explain(c *candidate) string {
	for _, x := range exclusions() {
		if e.off[x.name] {
			c.tried = append(c.tried, Tried{Name: x.name, Result: Disabled})
			continue
		}
		result, detail := x.test(e, c)
		c.tried = append(c.tried, Tried{x.name, result, detail})
		if result == Explains {
			return x.name
		}
	}
	return ""
}

func byROA(e *Engine, c *candidate) (Result, string) {
	if e.facts.VRPs == nil {
		return NoData, e.facts.NoData["vrp"]
	}
	v := e.facts.VRPs.Validate(c.prefix, c.t.asn)
	for _, id := range v.Objects() {
		c.objects = append(c.objects, Object{"vrp", id, v.State.String()})
	}
	if v.State == authority.ROVValid {
		return Explains, first(v.Objects())
	}
	return Fails, v.State.String()
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// byRouteObject takes a route object of a registry that checks who may register; of one that does not, only an object
// that stood long before, since whoever hijacks can register too.
func byRouteObject(e *Engine, c *candidate) (Result, string) {
	if e.facts.IRR == nil {
		return NoData, e.facts.NoData["irr"]
	}
	v := e.facts.IRR.Validate(c.prefix, c.t.asn, time.Unix(e.now, 0))
	for _, id := range v.Objects() {
		c.objects = append(c.objects, Object{"irr", id, v.State.String()})
	}
	switch {
	case v.State != authority.IRRValid && v.State != authority.IRRValidLessSpecific:
		return Fails, v.State.String()
	case v.Authenticated:
		return Explains, v.Object
	}
	old := c.at - int64(e.set.RouteObjectAge.Seconds())
	if slices.ContainsFunc(v.Deciding, func(o authority.RouteObject) bool {
		return !o.Created.IsZero() && o.Created.Unix() <= old
	}) {
		return Explains, v.Object + ", not authenticated but registered long before"
	}
	return Fails, v.Object + " is not authenticated, and not known to be old"
}

func bySibling(e *Engine, c *candidate) (Result, string) {
	if !e.facts.hasOrganisations() {
		return NoData, e.facts.NoData["organisations"]
	}
	return e.anyVictim(c, func(v values.ASN) (string, bool) {
		return fmt.Sprintf("AS%d and AS%d are of one organisation", c.t.asn, v), e.facts.Registry.Sibling(c.t.asn, v)
	})
}

func byRelation(e *Engine, c *candidate) (Result, string) {
	if !e.facts.hasRelations() {
		return NoData, e.facts.NoData["relations"]
	}
	reg := e.facts.Registry
	return e.anyVictim(c, func(v values.ASN) (string, bool) {
		switch rel := reg.Relation(c.t.asn, v); {
		case rel == registry.ProviderOf || rel == registry.CustomerOf || rel == registry.SiblingOf:
			return fmt.Sprintf("AS%d is the %s of AS%d", c.t.asn, rel, v), true
		case reg.InConeWithin(v, c.t.asn, e.set.ConeLevels):
			return fmt.Sprintf("AS%d is in the customer cone of AS%d", c.t.asn, v), true
		case reg.InConeWithin(c.t.asn, v, e.set.ConeLevels):
			return fmt.Sprintf("AS%d is in the customer cone of AS%d", v, c.t.asn), true
		}
		return "", false
	})
}

// anyVictim tries a test on every established origin.
func (e *Engine) anyVictim(c *candidate, test func(values.ASN) (string, bool)) (Result, string) {
	for _, b := range c.base {
		if detail, ok := test(b.origin); ok {
			return Explains, detail
		}
	}
	return Fails, ""
}

// byCoveringOrigin: who holds the covering block may announce the part, as for a customer that moved.
func byCoveringOrigin(e *Engine, c *candidate) (Result, string) {
	for cover := range e.table.Covering(c.prefix) {
		for _, p := range e.established(cover, 0) {
			if p.origin == c.t.asn && e.table.Prefix(cover).Bits() > 0 {
				return Explains, fmt.Sprintf("AS%d originates %s, which covers it", p.origin, e.table.Prefix(cover))
			}
		}
	}
	if !e.whole {
		return NoData, "no whole table: covering prefixes may be missing"
	}
	return Fails, ""
}

// byVictimOnPath: an established origin passes the announcement on, so it knows of it.
func byVictimOnPath(e *Engine, c *candidate) (Result, string) {
	return e.anyVictim(c, func(v values.ASN) (string, bool) {
		on := 0
		for _, path := range c.paths {
			if slices.Contains(path[:max(0, slices.Index(path, c.t.asn))], v) { // behind its own number an origin writes what it likes
				on++
			}
		}
		return fmt.Sprintf("AS%d is on %d of %d paths and passes it on", v, on, len(c.paths)), on*2 > len(c.paths)
	})
}

// byNeighbours: the two were seen next to each other before, as provider and customer are, and are not known as peers.
func byNeighbours(e *Engine, c *candidate) (Result, string) {
	return e.anyVictim(c, func(v values.ASN) (string, bool) {
		peers := e.facts.Registry != nil && e.facts.Registry.Relation(c.t.asn, v) == registry.PeerOf
		return fmt.Sprintf("AS%d and AS%d were neighbours on paths before", c.t.asn, v),
			!peers && e.linked(c.t.asn, v, c.t.first)
	})
}

// byPrependTypo: "64500 3" where "64500 64500 64500" was meant, or "64500 645" where the number was cut.
func byPrependTypo(e *Engine, c *candidate) (Result, string) {
	return e.anyVictim(c, func(v values.ASN) (string, bool) {
		behind := func(path []values.ASN) bool { return len(path) >= 2 && path[len(path)-2] == v }
		cut := strings.HasPrefix(strconv.Itoa(int(v)), strconv.Itoa(int(c.t.asn)))
		return fmt.Sprintf("%d stands behind AS%d as a number of prepends, or its own cut short, would", c.t.asn, v),
			(cut || uint32(c.t.asn) <= e.set.TypoMaxASN) && slices.ContainsFunc(c.paths, behind)
	})
}

// byASNTypo: the number differs from an established origin's by one digit or two exchanged ones.
func byASNTypo(e *Engine, c *candidate) (Result, string) {
	return e.anyVictim(c, func(v values.ASN) (string, bool) {
		upstream := func(path []values.ASN) bool {
			return len(path) >= 2 && e.linked(path[len(path)-2], v, c.t.first)
		}
		return fmt.Sprintf("%d is one slip from %d, behind the same neighbour", c.t.asn, v),
			oneSlip(strconv.Itoa(int(c.t.asn)), strconv.Itoa(int(v))) && slices.ContainsFunc(c.paths, upstream)
	})
}

// oneSlip says whether a becomes b by changing, adding, dropping or exchanging one digit.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		return i < len(a) && (a[i+1:] == b[i+1:] || swapped)
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}

// byBlackhole: a small prefix whose traffic is to be dropped. Of a larger one nobody asks that, but whoever hijacks it can
// add a community that means nothing to others, to be left alone.
func byBlackhole(e *Engine, c *candidate) (Result, string) {
	if e.smallest(c.prefix) && c.marked*2 > len(c.paths) { // one peer can add a community to its own route
		return Explains, fmt.Sprintf("%d of %d routes ask for a blackhole (RFC 7999 or x:666)", c.marked, len(c.paths))
	}
	return Fails, ""
}

// byLength: longer than networks exchange, so a blackhole or an internal route that leaked (RFC 7908 type 6).
func byLength(e *Engine, c *candidate) (Result, string) {
	if e.tooSpecific(c.prefix) {
		return Explains, fmt.Sprintf("/%d is longer than what is exchanged globally", c.prefix.Bits())
	}
	return Fails, ""
}

// smallest says whether a prefix is as long as networks exchange, or longer.
func (e *Engine) smallest(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() >= e.set.MaxPrefix4
	}
	return p.Bits() >= e.set.MaxPrefix6
}

func (e *Engine) tooSpecific(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() > e.set.MaxPrefix4
	}
	return p.Bits() > e.set.MaxPrefix6
}

func byAnycast(e *Engine, c *candidate) (Result, string) {
	for _, a := range sharedPrefixes() {
		if a.prefix.Overlaps(c.prefix) && a.prefix.Bits() <= c.prefix.Bits() {
			return Explains, a.why
		}
	}
	known := 0 // one peer can claim as many origins as it likes
	for _, b := range c.base {
		if b.prefix == c.t.prefix && int(b.nets) >= e.set.MinPeerASNs {
			known++
		}
	}
	if known >= e.set.AnycastOrigins {
		return Explains, fmt.Sprintf("%d origins are established", known)
	}
	return Fails, ""
}

func byProtection(e *Engine, c *candidate) (Result, string) {
	if name, ok := e.protection(c.t.asn); ok {
		return Explains, name + " takes over prefixes of those it protects"
	}
	return Fails, ""
}

// byTransfer: no peer had the old origin for a while, so nothing was in conflict. It is not tried on a more specific
// prefix, whose covering route always stands.
func byTransfer(e *Engine, c *candidate) (Result, string) {
	if c.base[0].prefix != c.t.prefix {
		return Fails, ""
	}
	latest := int64(0)
	for _, b := range c.base {
		if b.now > 0 {
			return Fails, fmt.Sprintf("AS%d still has it at %d sessions", b.origin, b.now)
		}
		latest = max(latest, int64(b.last))
	}
	gap := time.Duration(c.t.first-latest) * time.Second
	if gap >= e.set.TransferGap {
		return Explains, fmt.Sprintf("the old origin had been gone for %s", gap)
	}
	return Fails, "the old origin went as the new one came"
}

// byMove: every session that had the old origin has lost it, and enough have the new one. Whoever hijacks can draw
// routes to himself but cannot make the holder stop announcing, which some peer would still see; so the holder stopped.
// It is not tried where the RPKI or an authenticated registry says that the new origin may not.
func byMove(e *Engine, c *candidate) (Result, string) {
	if c.base[0].prefix != c.t.prefix || c.forbidden(e) {
		return Fails, ""
	}
	if other := e.alsoTakes(c); other != 0 {
		return Fails, fmt.Sprintf("AS%d takes prefixes of AS%d as well", c.t.asn, other)
	}
	had := 0
	for _, b := range c.base {
		if b.now > 0 {
			return Fails, fmt.Sprintf("AS%d still has it at %d sessions", b.origin, b.now)
		}
		had = max(had, int(b.most))
	}
	if had < e.set.MovedSessions || len(c.paths) < had {
		return Fails, fmt.Sprintf("only %d sessions had the old origin", had)
	}
	return Explains, fmt.Sprintf("all %d sessions that had the old origin have lost it; %d have the new", had, len(c.paths))
}

// alsoTakes gives another network whose prefix the same origin took within the burst window; 0 where there is none.
func (e *Engine) alsoTakes(c *candidate) values.ASN {
	window := int64(e.set.BurstWindow.Seconds())
	for _, t := range e.takers[c.t.asn] {
		if d := t.first - c.t.first; t.first == 0 || d > window || -d > window {
			continue
		}
		if list := e.baselineOf(t.prefix, t.asn); len(list) > 0 && list[0].origin != c.victim() {
			return list[0].origin
		}
	}
	return 0
}

// forbidden says whether an authority contradicts the announcement.
func (c *candidate) forbidden(e *Engine) bool {
	if e.facts.VRPs != nil && e.facts.VRPs.State(c.prefix, c.t.asn).Invalid() {
		return true
	}
	return e.facts.IRR != nil && e.facts.IRR.Validate(c.prefix, c.t.asn, time.Unix(e.now, 0)).AuthenticatedState.Invalid()
}

// candidateOf gathers what the exclusions look at.
func (e *Engine) candidateOf(t *track) *candidate {
	c := &candidate{t: t, prefix: e.table.Prefix(t.prefix), base: e.baselineOf(t.prefix, t.asn), at: e.now}
	for _, r := range e.table.RoutesOf(t.prefix) {
		a := e.in.Attr(r.Attr)
		if a.Origin != t.asn || !e.table.IsLive(r, e.now) {
			continue
		}
		c.paths = append(c.paths, e.in.AppendPath(nil, a.Path))
		if a.Flags&routes.Blackhole != 0 {
			c.marked++
		}
	}
	return c
}
