package service

import (
	"maps"
	"slices"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/publication"
	"pahra/internal/registry"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// MethodPage says how figures come about, with examples that the program works out by the run's own profile.
type MethodPage struct {
	Run       PageRun `json:"run"`
	Profile   string  `json:"profile"`
	Title     string  `json:"title"`
	Effective string  `json:"effective"`
	// ReadyFrom and AspiringFrom are the lowest percentages of their bands.
	ReadyFrom    float64 `json:"ready_from"`
	AspiringFrom float64 `json:"aspiring_from"`
	// The steps of severity: shorter than ShortBelow costs Short, below Day UnderDay, and each full day PerDay more.
	ShortBelow time.Duration     `json:"short_below_ns"`
	Short      float64           `json:"short"`
	Day        time.Duration     `json:"day_ns"`
	UnderDay   float64           `json:"under_day"`
	PerDay     float64           `json:"per_day"`
	Severity   []SeverityExample `json:"severity"`
	Curve      []CurvePoint      `json:"curve"`
	// Formula is the curve, written out.
	Formula       string        `json:"formula"`
	Line          []CurvePoint  `json:"curve_line"` // for the picture
	InvalidFactor float64       `json:"invalid_factor"`
	RPKI          []RPKIExample `json:"rpki"`
	IRR           []IRRExample  `json:"irr"`
	Actions       []ActionRule  `json:"actions"`
	Kinds         []KindRule    `json:"kinds"`
	MinConfidence float64       `json:"min_confidence"`
	MinPeerASNs   int           `json:"min_peer_asns"`
	MinVisibility int           `json:"min_visibility"`
	MinDuration   time.Duration `json:"min_duration_ns"`
	BurstWindow   time.Duration `json:"burst_window_ns"`
	Leaks         []LeakExample `json:"leaks"`
	// Weights are the parts of a confidence.
	Weights []Weight `json:"confidence_weights"`
	// Attributed are incidents of this run, one for each attribution that occurs, with the sum of its confidence.
	Attributed []AttributionExample `json:"attributed"`
	Sources    []SettingSource      `json:"settings"`
	// Disputes is what became of disputes by kind of incident; null in the pages of a run.
	Disputes []publication.Tally `json:"disputes,omitempty"`
}

// SeverityExample is what incidents of some lengths cost together.
type SeverityExample struct {
	Lengths []time.Duration `json:"lengths_ns"`
	Costs   []float64       `json:"costs"`
	CurvePoint
}

// CurvePoint is a penalty and the percentage it stands for.
type CurvePoint struct {
	Raw     float64    `json:"raw"`
	Percent float64    `json:"percent"`
	Band    norms.Band `json:"band"`
}

// RPKIExample is the score of M7RPKI for so many routes.
type RPKIExample struct {
	Valid    int        `json:"valid"`
	Unknown  int        `json:"unknown"`
	Invalid  int        `json:"invalid"`
	Fraction float64    `json:"fraction"`
	Percent  float64    `json:"percent"`
	Band     norms.Band `json:"band"`
}

// IRRExample is the score of M7IRR for so many routes.
type IRRExample struct {
	Announced  int        `json:"announced"`
	Registered int        `json:"registered"`
	Fraction   float64    `json:"fraction"`
	Percent    float64    `json:"percent"`
	Band       norms.Band `json:"band"`
}

// ActionRule is how an Action is made of metrics.
type ActionRule struct {
	Action  norms.Metric   `json:"action"`
	Title   string         `json:"title"`
	Combine string         `json:"combine"`
	Metrics []norms.Metric `json:"metrics"` // those with weight
}

// KindRule is in which metrics a kind of incident counts.
type KindRule struct {
	Kind       watch.Kind `json:"kind"`
	Announcer  string     `json:"announcer"`
	Accomplice string     `json:"accomplice"`
}

// LeakExample is whether a network that has a route from one neighbour may pass it on to another.
type LeakExample struct {
	From string `json:"from"` // what the neighbour that the route came from is to the network
	To   string `json:"to"`
	Leak bool   `json:"leak"`
	Type int    `json:"type,omitempty"` // RFC 7908, section 3
}

// AttributionExample is an incident of this run that shows what an attribution means.
type AttributionExample struct {
	Attribution watch.Attribution `json:"attribution"`
	Incident    IncidentLine      `json:"incident"`
	Why         string            `json:"why"`
	Reasons     []string          `json:"reasons"`
}

// SettingSource is a setting of the profile and where it comes from.
type SettingSource struct {
	Path   string `json:"path"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

// Method gives the page that explains the rest.
func (p *Pages) Method() MethodPage {
	prof, set := p.run.profile, p.run.Snapshot.Settings
	page := MethodPage{
		Run: p.head, Profile: prof.ID, Title: prof.Title, Effective: prof.Effective,
		ReadyFrom: prof.Bands.Ready, AspiringFrom: prof.Bands.Aspiring,
		ShortBelow: time.Duration(prof.Severity.ShortBelowSeconds) * time.Second, Day: time.Duration(prof.Severity.DaySeconds) * time.Second,
		Short: prof.Severity.Short, UnderDay: prof.Severity.UnderDay, PerDay: prof.Severity.PerDay,
		InvalidFactor: prof.Routing.InvalidFactor, MinConfidence: prof.Culprit.MinConfidence,
		MinPeerASNs: set.MinPeerASNs, MinVisibility: set.MinVisibility, MinDuration: set.MinDuration, BurstWindow: set.BurstWindow,
		Formula: formula(prof.Curve), Weights: weights(), Leaks: leakExamples(), Attributed: p.attributed(),
	}
	minutes := func(list ...int) (d []time.Duration) {
		for _, n := range list {
			d = append(d, time.Duration(n)*time.Minute)
		}
		return d
	}
	for _, lengths := range [][]time.Duration{minutes(29), minutes(30), minutes(45), minutes(29, 13*60), minutes(29, 13*60, 25*60), minutes(31 * 24 * 60)} {
		page.Severity = append(page.Severity, p.severity(lengths))
	}
	for _, raw := range []float64{0, 0.25, 0.5, 1, 1.5, 2, 3, 3.5, 5, 8, 16, 32} {
		page.Curve = append(page.Curve, p.curve(raw))
	}
	for n := range 121 {
		page.Line = append(page.Line, p.curve(float64(n)/20))
	}
	page.RPKI, page.IRR = p.routeExamples()
	for _, a := range norms.Actions() {
		in := [...]norms.Action{prof.Actions.A1, prof.Actions.A2, prof.Actions.A3, prof.Actions.A4}[a-norms.A1]
		rule := ActionRule{Action: a, Title: programme.ActionTitle(a), Combine: string(in.Combine), Metrics: []norms.Metric{}}
		for _, m := range slices.Sorted(maps.Keys(in.Weights)) {
			if in.Weights[m] > 0 {
				rule.Metrics = append(rule.Metrics, m)
			}
		}
		page.Actions = append(page.Actions, rule)
	}
	for _, k := range kindsShown() {
		page.Kinds = append(page.Kinds, p.kindRule(k))
	}
	for _, s := range prof.Settings() {
		page.Sources = append(page.Sources, SettingSource{s.Path, s.Value, s.Source})
	}
	return page
}

func (p *Pages) curve(raw float64) CurvePoint {
	percent := p.run.profile.Curve.Percent(raw)
	return CurvePoint{raw, percent, p.run.profile.Bands.Of(percent)}
}

// severity lets incidents of these lengths happen in a month, apart from one another, and has them scored.
func (p *Pages) severity(lengths []time.Duration) SeverityExample {
	month := values.MonthOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	at := month.Start()
	var penalties []norms.Penalty
	for _, d := range lengths {
		penalties = append(penalties, norms.Penalty{ASN: 64496, Metric: norms.M2, Start: at, End: at.Add(d), Weight: 1})
		at = at.Add(d + time.Hour)
	}
	raw, intervals := p.run.profile.Severity.Raw(penalties, month)
	e := SeverityExample{Lengths: lengths, CurvePoint: p.curve(raw)}
	for _, in := range intervals {
		e.Costs = append(e.Costs, in.Contribution)
	}
	return e
}

func (p *Pages) routeExamples() (rpki []RPKIExample, irr []IRRExample) {
	assess := func(in norms.Inputs, m norms.Metric) norms.Score {
		for _, s := range p.run.profile.Assess(in) {
			if s.Metric == m && s.HasData() {
				return s
			}
		}
		return norms.Score{Fraction: new(float64), Percent: new(float64)}
	}
	for _, v := range []norms.Validated{{Valid: 100}, {Valid: 80, Unknown: 19, Invalid: 1}, {Valid: 54, Invalid: 1}, {Valid: 26, Invalid: 1}, {Valid: 90, Invalid: 10}} {
		s := assess(norms.Inputs{ASN: 64496, ROV: norms.Known(v)}, norms.M7RPKI)
		rpki = append(rpki, RPKIExample{v.Valid, v.Unknown, v.Invalid, *s.Fraction, *s.Percent, s.Band})
	}
	for _, v := range []norms.Registered{{Announced: 5, Registered: 5}, {Announced: 5, Registered: 3}, {Announced: 42}} {
		s := assess(norms.Inputs{ASN: 64496, IRR: norms.Known(v)}, norms.M7IRR)
		irr = append(irr, IRRExample{v.Announced, v.Registered, *s.Fraction, *s.Percent, s.Band})
	}
	return rpki, irr
}

// kindRule asks the profile who is penalised for an incident of a kind, by putting one to it.
func (p *Pages) kindRule(k watch.Kind) KindRule {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	penalties, why := p.run.profile.Penalties(norms.Incident{
		Kind: string(k), ASN: 64496, Start: start, End: start.Add(time.Hour), Attribution: string(watch.Supported), Confidence: 1,
		Accomplices: []norms.Hop{{ASN: 64497, Distance: 1, CustomerEdge: new(bool)}},
	})
	rule := KindRule{Kind: k, Announcer: "informs only", Accomplice: "informs only"}
	for _, x := range penalties {
		if x.ASN == 64496 {
			rule.Announcer = p.counted(x.Metric)
		} else {
			rule.Accomplice = p.counted(x.Metric)
		}
	}
	if len(penalties) == 0 && why != "" {
		rule.Announcer = "informs only: " + why
	}
	return rule
}

// counted names a metric, and says where it has no weight in any Action.
func (p *Pages) counted(m norms.Metric) string {
	if p.weighs(m) {
		return m.String()
	}
	return m.String() + " (reported only)"
}

// attributed picks, for each attribution, the first incident of this run.
func (p *Pages) attributed() []AttributionExample {
	list := []AttributionExample{}
	for _, a := range []watch.Attribution{watch.Supported, watch.SinglePath, watch.PossiblyForged} {
		for i := range p.incidents {
			if inc := &p.incidents[i]; inc.Attribution == a {
				list = append(list, AttributionExample{a, p.line(inc), programme.Attributed(*inc), inc.Reasons})
				break
			}
		}
	}
	return list
}

// leakExamples goes through what the neighbours on both sides can be.
func leakExamples() []LeakExample {
	list := []LeakExample{}
	relations := []registry.Relation{registry.CustomerOf, registry.PeerOf, registry.ProviderOf}
	for _, from := range relations {
		for _, to := range relations {
			n, is := watch.LeakType(from, to)
			list = append(list, LeakExample{from.String(), to.String(), is, n})
		}
	}
	return list
}
