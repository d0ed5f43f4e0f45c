package norms

import (
	"fmt"
	"math"
	"slices"
	"time"

	"pahra/wire/values"
)

// Culprit says when the announcing network of an incident is penalised. An incident that does not count for its culprit
// counts for nobody.
type Culprit struct {
	Weight float64 `yaml:"weight"`
	// Attributions that count: supported, single-path, possibly-forged.
	Attributions []string `yaml:"attributions"`
	// Bogons that count: full, administrative.
	Bogons []string `yaml:"bogons"`
	// MinConfidence is the least confidence, 0 to 1, of an incident that counts.
	MinConfidence float64 `yaml:"min_confidence"`
}

// Accomplice says how the networks that let an incident pass are penalised.
type Accomplice struct {
	Rule             string  `yaml:"rule"`               // next-hop: only hop 1, with Weight; decay: Decay^hop, at least Floor
	Weight           float64 `yaml:"weight"`             // under next-hop
	Decay            float64 `yaml:"decay"`              // under decay
	Floor            float64 `yaml:"floor"`              // under decay
	CustomerEdgeOnly bool    `yaml:"customer_edge_only"` // only where the announcement came from a known customer
}

// The accomplice rules.
const (
	nextHop = "next-hop"
	decay   = "decay"
)

// Kinds says which metrics each kind of incident counts in.
type Kinds struct {
	Hijack      Pair `yaml:"hijack"`
	Leak        Pair `yaml:"leak"`
	BogonPrefix Pair `yaml:"bogon-prefix"`
	BogonASN    Pair `yaml:"bogon-asn"`
	RPKIInvalid Pair `yaml:"rpki-invalid"`
	PathAnomaly Pair `yaml:"path-anomaly"`
	// BogonGranularitySeconds, where above 0, widens bogon incidents to whole multiples of it since 1970 UTC.
	BogonGranularitySeconds int64 `yaml:"bogon_granularity_seconds"`
}

// Pair is the metric for the culprit and the one for its accomplices: "none" where a kind informs only.
type Pair struct {
	Culprit    string `yaml:"culprit"`
	Accomplice string `yaml:"accomplice"`
}

// Incident is what the norms need to know of a judged incident.
type Incident struct {
	Kind        string // hijack, leak, bogon-prefix, bogon-asn, rpki-invalid, path-anomaly
	ASN         values.ASN
	Start, End  time.Time // End is exclusive; for one still open, the moment up to which was watched
	Attribution string    // supported, single-path, possibly-forged
	// Administrative is set for a bogon that is merely not handed out.
	Administrative bool
	Confidence     float64 // 0 to 1, as the watch gives it
	Accomplices    []Hop
}

// Hop is a network that let an incident pass: of a route leak the one that accepted the leaked routes.
type Hop struct {
	ASN          values.ASN
	Distance     int   // 1 is the first network after the announcing one
	CustomerEdge *bool // whether the announcement came from its customer; nil where not known
}

// Penalties gives what an incident costs whom, the culprit first. Where it costs nobody anything, why says the reason.
func (p *Profile) Penalties(inc Incident) (penalties []Penalty, why string) {
	pair, ok := p.Kinds.of(inc.Kind)
	if !ok {
		return nil, fmt.Sprintf("profile %s knows no kind %q", p.ID, inc.Kind)
	}
	culprit, accomplice := pair.metrics()
	if culprit == 0 && accomplice == 0 {
		return nil, fmt.Sprintf("profile %s takes %s as information only", p.ID, inc.Kind)
	}
	if why := p.Culprit.excuse(inc); why != "" {
		return nil, why
	}
	start, end := p.Kinds.span(inc)
	add := func(asn values.ASN, m Metric, weight float64) {
		if m != 0 && weight > 0 {
			penalties = append(penalties, Penalty{ASN: asn, Metric: m, Start: start, End: end, Weight: weight})
		}
	}
	add(inc.ASN, culprit, p.Culprit.Weight)
	for _, hop := range inc.Accomplices {
		add(hop.ASN, accomplice, p.Accomplice.share(hop))
	}
	if len(penalties) == 0 {
		return nil, fmt.Sprintf("profile %s gives no weight to anyone in it", p.ID)
	}
	return penalties, ""
}

// excuse says why the culprit is not penalised; it is empty if it is.
func (c Culprit) excuse(inc Incident) string {
	class := "full"
	if inc.Administrative {
		class = "administrative"
	}
	switch {
	case !slices.Contains(c.Attributions, inc.Attribution):
		return fmt.Sprintf("attribution is %s, which names no culprit", inc.Attribution)
	case inc.Confidence < c.MinConfidence:
		return fmt.Sprintf("its confidence, %.2f, is below %.2f", inc.Confidence, c.MinConfidence)
	case isBogon(inc.Kind) && !slices.Contains(c.Bogons, class):
		return fmt.Sprintf("%s bogons inform only", class)
	}
	return ""
}

// share is the weight of an accomplice.
func (a Accomplice) share(h Hop) float64 {
	switch {
	case h.Distance < 1 || a.CustomerEdgeOnly && (h.CustomerEdge == nil || !*h.CustomerEdge):
		return 0
	case a.Rule == decay:
		return max(math.Pow(a.Decay, float64(h.Distance)), a.Floor)
	case h.Distance == 1:
		return a.Weight
	}
	return 0
}

func isBogon(kind string) bool { return kind == "bogon-prefix" || kind == "bogon-asn" }

// span is the incident's time span, widened for bogons where the profile says so.
func (k Kinds) span(inc Incident) (start, end time.Time) {
	start, end = inc.Start.UTC(), inc.End.UTC()
	if g := k.BogonGranularitySeconds; g > 0 && isBogon(inc.Kind) {
		from, to := start.Unix(), end.Unix()
		if end.Nanosecond() > 0 {
			to++
		}
		from -= ((from % g) + g) % g
		if rest := ((to % g) + g) % g; rest > 0 || to == from {
			to += g - rest
		}
		return time.Unix(from, 0).UTC(), time.Unix(to, 0).UTC()
	}
	return start, end
}

func (k Kinds) of(kind string) (Pair, bool) {
	switch kind {
	case "hijack":
		return k.Hijack, true
	case "leak":
		return k.Leak, true
	case "bogon-prefix":
		return k.BogonPrefix, true
	case "bogon-asn":
		return k.BogonASN, true
	case "rpki-invalid":
		return k.RPKIInvalid, true
	case "path-anomaly":
		return k.PathAnomaly, true
	}
	return Pair{}, false
}

// metrics gives the pair's metrics, 0 for none. They were checked when the profile was read.
func (p Pair) metrics() (culprit, accomplice Metric) {
	culprit, _ = ParseMetric(p.Culprit)
	accomplice, _ = ParseMetric(p.Accomplice)
	return culprit, accomplice
}

func (k Kinds) check() error {
	if k.PathAnomaly != (Pair{"none", "none"}) {
		return fmt.Errorf("incidents.path-anomaly: it informs only and must be none for both")
	}
	for _, pair := range []Pair{k.Hijack, k.Leak, k.BogonPrefix, k.BogonASN, k.RPKIInvalid, k.PathAnomaly} {
		for _, name := range []string{pair.Culprit, pair.Accomplice} {
			if m, err := ParseMetric(name); name != "none" && (err != nil || !m.IsIncident()) {
				return fmt.Errorf("incidents: %q is neither an incident metric (M1 to M4C) nor none", name)
			}
		}
	}
	if k.BogonGranularitySeconds < 0 || k.BogonGranularitySeconds > 31*86400 {
		return fmt.Errorf("incidents.bogon_granularity_seconds %d is not within 0 and 31 days", k.BogonGranularitySeconds)
	}
	return nil
}

func (c Culprit) check() error {
	if !within(c.Weight, 0, maxWeight) {
		return fmt.Errorf("culprit.weight %v is outside 0 to %v", c.Weight, float64(maxWeight))
	}
	if !within(c.MinConfidence, 0, 1) {
		return fmt.Errorf("culprit.min_confidence %v is outside 0 to 1", c.MinConfidence)
	}
	if err := oneOf("culprit.attributions", c.Attributions, "supported", "single-path", "possibly-forged"); err != nil {
		return err
	}
	return oneOf("culprit.bogons", c.Bogons, "full", "administrative")
}

func (a Accomplice) check() error {
	if !within(a.Weight, 0, maxWeight) || !within(a.Decay, 0, 1) || !within(a.Floor, 0, 1) {
		return fmt.Errorf("accomplice: weight, decay or floor is out of range")
	}
	return oneOf("accomplice.rule", []string{a.Rule}, nextHop, decay)
}

// oneOf refuses any word that is not allowed.
func oneOf(path string, words []string, allowed ...string) error {
	for _, w := range words {
		if !slices.Contains(allowed, w) {
			return fmt.Errorf("%s: %q is none of %q", path, w, allowed)
		}
	}
	return nil
}
