package service

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// monthly is what was announced in a month, as the facts of its end (or of the window's) judge it.
type monthly struct {
	month     values.Month
	announced []announcement
	facts     watch.Facts
	irr       *irrFacts
	at        time.Time // the month's end, or the window's
	members   membership
	taken     map[values.ASN]norms.RouteTally // of direct customers, by who took them; nil without relations
}

// announcement is a prefix and an origin that enough peers saw, with the verdict of each authority.
type announcement struct {
	prefix   netip.Prefix
	origin   values.ASN
	sessions int // the most that had it at once
	first    time.Time
	last     time.Time
	rov      string // "no data" where there are no VRPs
	irr      string
	irrAuth  string // by authenticated registries alone
	bogon    string
	objects  []string
}

const noData = "no data"

// closeMonth takes stock of what was announced in the month.
func (r *run) closeMonth(m values.Month) {
	if len(r.months) > 0 && r.months[len(r.months)-1].month == m || !m.End().After(r.opt.From) {
		return
	}
	begin := m.Start()
	if r.opt.From.After(begin) {
		begin = r.opt.From
	}
	end := m.End()
	if r.opt.To.Before(end) {
		end = r.opt.To
	}
	month := monthly{month: m, facts: r.book.facts, irr: r.book.irr, at: end}
	for a := range r.engine.Announced(begin.Unix()) {
		v := announcement{
			prefix: a.Prefix, origin: a.Origin, sessions: a.Sessions,
			first: time.Unix(a.First, 0).UTC(), last: time.Unix(a.Last, 0).UTC(),
		}
		v.judge(month.facts, end)
		month.announced = append(month.announced, v)
	}
	month.compare(r)
	r.months = append(r.months, month)
}

// judge asks each authority.
func (a *announcement) judge(f watch.Facts, at time.Time) {
	a.rov, a.irr, a.irrAuth, a.bogon = noData, noData, noData, noData
	if f.VRPs != nil {
		v := f.VRPs.Validate(a.prefix, a.origin)
		a.rov = v.State.String()
		a.objects = append(a.objects, v.Objects()...)
	}
	if f.IRR != nil {
		v := f.IRR.Validate(a.prefix, a.origin, at)
		a.irr, a.irrAuth = v.State.String(), v.AuthenticatedState.String()
		a.objects = append(a.objects, v.Objects()...)
	}
	if f.Bogons != nil {
		v := f.Bogons.Prefix(a.prefix, at)
		a.bogon = v.Kind.String()
		if v.Kind != authority.BogonNone {
			a.objects = append(a.objects, v.Object)
		}
	}
}

// score gives the scores of every network that announced something in the month, or had a part in an incident.
func (r *run) score(m *monthly) []norms.Score {
	penalties, taken := r.penalties()
	byNetwork, excused := norms.ByNetwork(penalties), norms.ByNetwork(taken)
	routes := make(map[values.ASN][]announcement)
	for _, a := range m.announced {
		routes[a.origin] = append(routes[a.origin], a)
	}
	asns := make([]values.ASN, 0, len(routes))
	for asn := range routes {
		asns = append(asns, asn)
	}
	for _, p := range slices.Concat(penalties, taken) {
		if routes[p.ASN] == nil {
			asns = append(asns, p.ASN)
		}
	}
	slices.Sort(asns)
	asns = slices.Compact(asns)
	spoof := r.spoofing(m)
	gaps := m.gaps()
	watched := r.watched(m.month)
	var scores []norms.Score
	for _, asn := range asns {
		in := norms.Inputs{
			ASN: asn, Month: m.month, Watched: watched,
			Incidents: incidentInputs(byNetwork[asn]), Gaps: gaps,
			Spoofing:         spoof(asn),
			CustomerSpoofing: m.ofCustomers(asn, spoof),
			Policy:           m.policy(asn),
			IRR:              m.registered(r.profile, routes[asn]),
			ROV:              m.validated(routes[asn]),
			Contacts:         m.contacts(asn),
			Prefixes:         m.covered(routes[asn]),
			ROVRate:          norms.NoData[float64]("not measured: it takes active tests"),
		}
		own := r.profile.Assess(in)
		r.correct(in, own, excused[asn])
		r.comparisons = append(r.comparisons, m.comparison(r, asn, own, routes[asn]))
		scores = append(scores, m.mark(r.profile, own)...)
	}
	return scores
}

// gaps says which incident metrics could not be looked for wholly, and why.
func (m *monthly) gaps() map[norms.Metric]string {
	gaps := make(map[norms.Metric]string)
	if why := m.noRelations(); why != "" {
		gaps[norms.M1], gaps[norms.M1C] = why, why
	}
	if why := m.facts.NoData["bogons"]; why != "" {
		why = "only space that RFCs set apart was looked for: " + why
		gaps[norms.M3], gaps[norms.M3C] = why, why
	}
	return gaps
}

// noRelations says why there are no relations; it is empty if there are.
func (m *monthly) noRelations() string {
	if m.facts.Registry != nil && m.facts.Registry.HasRelations() {
		return ""
	}
	return "relations: " + cmp.Or(m.facts.NoData["relations"], "none are at hand")
}

// ofCustomers adds up what the tests say of the network's direct customers.
func (m *monthly) ofCustomers(asn values.ASN, spoof func(values.ASN) norms.Input[norms.Spoofing]) norms.Input[norms.Spoofing] {
	if own := spoof(asn); own.Reason() != "" {
		return own
	}
	if why := m.noRelations(); why != "" {
		return norms.NoData[norms.Spoofing](why)
	}
	var sum norms.Spoofing
	for _, customer := range m.facts.Registry.Customers(asn) {
		tests, _ := spoof(customer).Get()
		sum.Tests += tests.Tests
		sum.Leaked += tests.Leaked
	}
	return norms.Known(sum)
}

// mark names on each score the inputs that were used against their time or age.
func (m *monthly) mark(p *norms.Profile, scores []norms.Score) []norms.Score {
	if len(m.facts.Anachronism) == 0 {
		return scores
	}
	uses := usesOf(p)
	for i := range scores {
		for _, kind := range m.facts.Anachronism {
			if slices.Contains(uses[scores[i].Metric], kind) {
				scores[i].Anachronism = append(scores[i].Anachronism, kind)
			}
		}
	}
	return scores
}

// usesOf gives the kinds of input that each measure rests on; an Action on those of the metrics that count in it.
func usesOf(p *norms.Profile) map[norms.Metric][]string {
	leak, hijack := watch.RestsOn(watch.Leak), watch.RestsOn(watch.Hijack)
	prefix, asn := watch.RestsOn(watch.BogonPrefix), watch.RestsOn(watch.BogonASN)
	uses := map[norms.Metric][]string{
		norms.M1: leak, norms.M1C: leak, norms.M2: hijack, norms.M2C: hijack, norms.M3: prefix, norms.M3C: prefix,
		norms.M4: asn, norms.M4C: asn, norms.M5: {"spoofer"}, norms.M5C: {"spoofer", "relations"}, norms.M6: {"irr"},
		norms.M7IRR: {"irr"}, norms.M7RPKI: {"vrp"}, norms.M7RPKIN: {"vrp"}, norms.M8: {"irr", "registry", "peeringdb"},
		norms.M9: {"vrp"},
	}
	for i, rule := range []norms.Action{p.Actions.A1, p.Actions.A2, p.Actions.A3, p.Actions.A4} {
		for m, weight := range rule.Weights {
			if weight > 0 {
				uses[norms.Actions()[i]] = append(uses[norms.Actions()[i]], uses[m]...)
			}
		}
	}
	return uses
}

// penalties gives what every incident costs whom, and what it would cost besides without the overrides.
func (r *run) penalties() (list, taken []norms.Penalty) {
	for _, inc := range r.incidents {
		taken = append(taken, excusedOf(r.profile, inc, r.opt.To)...)
		penalties, _ := penaltiesOf(r.profile, inc, r.opt.To)
		list = append(list, penalties...)
	}
	return list, taken
}

func normsIncident(inc watch.Incident, to time.Time) norms.Incident {
	n := norms.Incident{
		Kind: string(inc.Kind), ASN: inc.ASN, Start: inc.Start, End: to,
		Attribution: string(inc.Attribution), Administrative: inc.Evidence.Administrative,
		Confidence: inc.Confidence,
	}
	if inc.End != nil {
		n.End = *inc.End
	}
	for _, a := range inc.Accomplices {
		if a.Weight == 0 { // too few say that it had a part
			continue
		}
		n.Accomplices = append(n.Accomplices, norms.Hop{ASN: a.ASN, Distance: 1, CustomerEdge: a.CustomerEdge})
	}
	return n
}

// incidentInputs gives what was found in each incident metric.
func incidentInputs(found map[norms.Metric][]norms.Penalty) map[norms.Metric]norms.Input[[]norms.Penalty] {
	in := make(map[norms.Metric]norms.Input[[]norms.Penalty])
	for _, m := range norms.IncidentMetrics() {
		in[m] = norms.Known(found[m])
	}
	return in
}

// watched is the share of the month that lies in the window and in which anything was heard, the warm-up left out.
func (r *run) watched(m values.Month) norms.Input[float64] {
	from, to := r.opt.From, r.opt.To
	if warm := r.harvested.warm; warm.After(from) {
		from = warm
	}
	if m.Start().After(from) {
		from = m.Start()
	}
	if m.End().Before(to) {
		to = m.End()
	}
	share := r.heard.within(from, to).Seconds() / m.End().Sub(m.Start()).Seconds()
	return norms.Known(min(1, share))
}

func (m *monthly) registered(p *norms.Profile, list []announcement) norms.Input[norms.Registered] {
	if m.facts.IRR == nil {
		return norms.NoData[norms.Registered](m.facts.NoData["irr"])
	}
	n := norms.Registered{Announced: len(list)}
	for _, a := range list {
		state := a.irr
		if p.Routing.AuthenticatedOnly {
			state = a.irrAuth
		}
		if registeredBy(p, state) {
			n.Registered++
		}
	}
	return norms.Known(n)
}

func (m *monthly) validated(list []announcement) norms.Input[norms.Validated] {
	if m.facts.VRPs == nil {
		return norms.NoData[norms.Validated](m.facts.NoData["vrp"])
	}
	var n norms.Validated
	for _, a := range list {
		switch a.rov {
		case "valid":
			n.Valid++
		case "not-found":
			n.Unknown++
		default:
			n.Invalid++
		}
	}
	return norms.Known(n)
}

func (m *monthly) covered(list []announcement) norms.Input[norms.Covered] {
	if m.facts.VRPs == nil {
		return norms.NoData[norms.Covered](m.facts.NoData["vrp"])
	}
	announced, covered := make(map[netip.Prefix]bool), 0
	for _, a := range list {
		if !announced[a.prefix] && a.rov != "not-found" {
			covered++
		}
		announced[a.prefix] = true
	}
	return norms.Known(norms.Covered{Announced: len(announced), Covered: covered})
}

func (m *monthly) policy(asn values.ASN) norms.Input[norms.Policy] {
	if m.irr == nil {
		return norms.NoData[norms.Policy](m.facts.NoData["irr"])
	}
	a, ok := m.irr.autnums[asn]
	if !ok {
		if missing := m.unconsulted(asn); len(missing) > 0 {
			return norms.NoData[norms.Policy]("no aut-num object at hand; not consulted: " + strings.Join(missing, ", "))
		}
	}
	return norms.Known(norms.Policy{Imports: a.imports, Exports: a.exports})
}

// unconsulted names the registries in which the network's objects could stand and which are not at hand.
func (m *monthly) unconsulted(asn values.ASN) []string {
	databases := map[string]string{"afrinic": "AFRINIC", "apnic": "APNIC", "arin": "ARIN", "lacnic": "LACNIC", "ripencc": "RIPE"}
	rir := ""
	if m.facts.Registry != nil {
		n, _ := m.facts.Registry.Network(asn)
		rir = n.RIR
	}
	var missing []string
	for name, database := range databases {
		if (rir == "" || rir == name) && (m.irr == nil || !m.irr.sources[database]) {
			missing = append(missing, strings.ToLower(database))
		}
	}
	slices.Sort(missing)
	return missing
}

func (m *monthly) contacts(asn values.ASN) norms.Input[norms.Contacts] {
	c := norms.Contacts{Unconsulted: m.unconsulted(asn)}
	if reason := m.facts.NoData["peeringdb"]; reason != "" {
		c.Unconsulted = append(c.Unconsulted, "peeringdb")
		if m.irr == nil {
			return norms.NoData[norms.Contacts](fmt.Sprintf("%s; %s", m.facts.NoData["irr"], reason))
		}
	}
	if m.irr != nil {
		for _, found := range m.irr.autnums[asn].contacts {
			source := found.source
			if !slices.Contains([]string{"ripe", "apnic", "afrinic", "arin", "lacnic"}, source) {
				source = "irr"
			}
			c.Found = append(c.Found, norms.Contact{Source: source, Role: found.role})
		}
	}
	if m.facts.Registry != nil {
		n, _ := m.facts.Registry.Network(asn)
		for _, found := range n.Contacts {
			if found.Source == "peeringdb" {
				c.Found = append(c.Found, norms.Contact{Source: "peeringdb", Role: peeringDBRole(found.Role),
					HasEmail: found.HasMail, HasPhone: found.HasPhone})
			}
		}
	}
	slices.SortFunc(c.Found, func(a, b norms.Contact) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Role, b.Role))
	})
	return norms.Known(c)
}

// peeringDBRole gives a role as PeeringDB spells it, which the profiles go by.
func peeringDBRole(role string) string {
	if role == "noc" {
		return "NOC"
	}
	return strings.ToUpper(role[:1]) + role[1:]
}
