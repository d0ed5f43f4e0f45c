package norms

import (
	"fmt"
	"strings"
)

// Assess gives the network's scores for the month: every metric in order, then every Action.
func (p *Profile) Assess(in Inputs) []Score {
	scores := p.Incidents(in)
	scores = append(scores,
		p.spoofing(in, M5, in.Spoofing), p.spoofing(in, M5C, in.CustomerSpoofing), p.policy(in), p.irr(in), p.rpki(in),
		p.invalid(in), p.contacts(in), p.deployment(in))
	for i := range scores {
		scores[i].Weight = p.weight(scores[i].Metric)
	}
	return append(scores, p.Combine(scores)...)
}

// Incidents gives the scores of the incident metrics, M1 to M4C.
func (p *Profile) Incidents(in Inputs) (scores []Score) {
	for _, m := range IncidentMetrics() {
		s := p.incidents(in, m)
		s.Weight = p.weight(m)
		scores = append(scores, s)
	}
	return scores
}

func (p *Profile) incidents(in Inputs, m Metric) Score {
	s := p.blank(in, m)
	given := in.Incidents[m]
	all, known := given.Get()
	if !known {
		return s.without(given.Reason())
	}
	var own []Penalty
	for _, penalty := range all {
		if penalty.ASN == in.ASN && penalty.Metric == m {
			own = append(own, penalty)
		}
	}
	raw, intervals := p.Severity.Raw(own, in.Month)
	gap := both(p.unwatched(in.Watched), in.Gaps[m])
	if gap != "" && raw == 0 {
		return s.without("no incident seen, but " + gap)
	}
	s = p.fromRaw(s, raw)
	s.Intervals = intervals
	if gap != "" {
		s.NoDataReason = &gap
	}
	return s
}

// unwatched says what is wrong with the share of the month watched; it is empty if that was enough.
func (p *Profile) unwatched(watched Input[float64]) string {
	share, known := watched.Get()
	switch {
	case !known:
		return "share of the month watched: " + watched.Reason()
	case share < p.Coverage.MinWatched:
		return fmt.Sprintf("only %.1f %% of the month was watched", 100*share)
	}
	return ""
}

// both joins two reasons, either of which may be empty.
func both(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// gaps are reasons why metrics have no data, each with the metrics it holds for.
type gaps []struct {
	reason  string
	metrics string
}

func (g *gaps) add(m Metric, reason string) {
	for i := range *g {
		if (*g)[i].reason == reason {
			(*g)[i].metrics += ", " + m.String()
			return
		}
	}
	*g = append(*g, struct{ reason, metrics string }{reason, m.String()})
}

// String gives "M2, M3: only 3.3 % of the month was watched; M4: no bogon list".
func (g gaps) String() (text string) {
	for _, one := range g {
		text = both(text, one.metrics+": "+one.reason)
	}
	return text
}

// spoofing is M5 of the network's own tests and M5C of its customers'.
func (p *Profile) spoofing(in Inputs, m Metric, of Input[Spoofing]) Score {
	s := p.blank(in, m)
	tests, known := of.Get()
	switch {
	case !known:
		return s.without(of.Reason())
	case tests.Tests == 0 && m == M5C:
		return s.without("no spoofing test of a customer in the month")
	case tests.Tests == 0:
		return s.without("no spoofing test in the month")
	}
	return p.fromRaw(s, float64(tests.Leaked)*p.Spoofing.RawPerPrefix)
}

// policy is M6.
func (p *Profile) policy(in Inputs) Score {
	s := p.blank(in, M6)
	policy, known := in.Policy.Get()
	if !known {
		return s.without(in.Policy.Reason())
	}
	return p.fromBool(s, policy.Imports >= p.Policy.MinImports && policy.Exports >= p.Policy.MinExports)
}

// irr is M7IRR.
func (p *Profile) irr(in Inputs) Score {
	s := p.blank(in, M7IRR)
	routes, known := in.IRR.Get()
	switch {
	case !known:
		return s.without(in.IRR.Reason())
	case routes.Announced == 0 && p.Routing.NoRoutes == NoRoutesFull:
		return p.fromFraction(s, 1)
	case routes.Announced == 0:
		return s.without(noRoutes)
	}
	return p.fromFraction(s, float64(routes.Registered)/float64(routes.Announced))
}

const noRoutes = "no routes announced in the month"

// rpki is M7RPKI.
func (p *Profile) rpki(in Inputs) Score {
	return p.ofRoutes(p.blank(in, M7RPKI), in, func(s Score, v Validated) Score {
		penalty := float64(p.Routing.InvalidFactor * float64(v.Invalid)) // the conversion forbids a fused multiply-add
		return p.fromFraction(s, (float64(v.Valid)-penalty)/float64(v.total()))
	})
}

// invalid is M7RPKIN, a share of what is wrong: the percentage is of the rest.
func (p *Profile) invalid(in Inputs) Score {
	return p.ofRoutes(p.blank(in, M7RPKIN), in, func(s Score, v Validated) Score {
		share := float64(v.Invalid) / float64(v.total())
		s = p.fromFraction(s, float64(v.total()-v.Invalid)/float64(v.total()))
		s.Fraction = &share
		return s
	})
}

// ofRoutes scores the outcomes of origin validation, where there are any.
func (p *Profile) ofRoutes(s Score, in Inputs, score func(Score, Validated) Score) Score {
	v, known := in.ROV.Get()
	switch {
	case !known:
		return s.without(in.ROV.Reason())
	case v.total() == 0:
		return s.without(noRoutes)
	}
	return score(s, v)
}

func (v Validated) total() int { return v.Valid + v.Invalid + v.Unknown }

// contacts is M8.
func (p *Profile) contacts(in Inputs) Score {
	s := p.blank(in, M8)
	contacts, known := in.Contacts.Get()
	if !known {
		return s.without(in.Contacts.Reason())
	}
	for _, c := range contacts.Found {
		if p.Contacts.accept(c) {
			return p.fromBool(s, true)
		}
	}
	if len(contacts.Unconsulted) > 0 {
		return s.without("none found, but not consulted: " + strings.Join(contacts.Unconsulted, ", "))
	}
	return p.fromBool(s, false)
}

// deployment is M9.
func (p *Profile) deployment(in Inputs) Score {
	s := p.blank(in, M9)
	if p.Routing.Deployment == DeploymentROVRate {
		rate, known := in.ROVRate.Get()
		if !known {
			return s.without(in.ROVRate.Reason())
		}
		return p.fromFraction(s, rate)
	}
	prefixes, known := in.Prefixes.Get()
	switch {
	case !known:
		return s.without(in.Prefixes.Reason())
	case prefixes.Announced == 0:
		return s.without("no prefixes announced in the month")
	}
	return p.fromFraction(s, float64(prefixes.Covered)/float64(prefixes.Announced))
}

// blank is a score of the metric without a result.
func (p *Profile) blank(in Inputs, m Metric) Score {
	s := Score{ASN: in.ASN, Month: in.Month, Profile: p.ID, Metric: m, Band: NoBand}
	if m.IsOurs() {
		s.Definition = Ours
	}
	return s
}

// without makes the score "no data" for a reason.
func (s Score) without(reason string) Score {
	s.Raw, s.Fraction, s.Percent, s.Band, s.NoDataReason = nil, nil, nil, NoBand, &reason
	return s
}

func (p *Profile) fromRaw(s Score, raw float64) Score {
	s.Raw = &raw
	return p.withPercent(s, p.Curve.Percent(raw))
}

func (p *Profile) fromFraction(s Score, fraction float64) Score {
	s.Fraction = &fraction
	return p.withPercent(s, p.Curve.OfFraction(fraction))
}

func (p *Profile) fromBool(s Score, yes bool) Score {
	if yes {
		return p.fromFraction(s, 1)
	}
	return p.fromFraction(s, 0)
}

func (p *Profile) withPercent(s Score, percent float64) Score {
	s.Percent, s.Band, s.NoDataReason = &percent, p.Bands.Of(percent), nil
	return s
}
