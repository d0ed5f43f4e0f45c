package norms

import "fmt"

// Rule says how the metrics of an Action make one score.
type Rule string

// The rules. Metrics of weight 0 take no part.
const (
	Sum   Rule = "sum"   // the weighted sum of the raw penalties, then the curve
	Mean  Rule = "mean"  // the weighted mean of the percentages
	Worst Rule = "worst" // the lowest percentage
	Best  Rule = "best"  // the highest percentage
)

// Missing says what an Action's score is while some metric of weight above 0 has no data.
type Missing string

// The ways to treat a missing metric.
const (
	MissingNoData Missing = "no-data" // no data
	MissingBound  Missing = "bound"   // the score of those known where it is below 100, as an upper bound; else no data
	MissingSkip   Missing = "skip"    // the score of those known
)

// Action is how one Action is scored.
type Action struct {
	Combine Rule               `yaml:"combine"`
	Missing Missing            `yaml:"missing"`
	Weights map[Metric]float64 `yaml:"weights"`
}

// weight is the metric's weight in the Action it belongs to.
func (p *Profile) weight(m Metric) float64 {
	for _, a := range Actions() {
		if w := p.Actions.of(a).Weights[m]; w > 0 {
			return w
		}
	}
	return 0
}

// Combine gives the Action scores from the metric scores of one network and month. Without any scores it gives none.
func (p *Profile) Combine(metrics []Score) (actions []Score) {
	if len(metrics) == 0 {
		return nil
	}
	byMetric := map[Metric]Score{}
	for _, s := range metrics {
		byMetric[s.Metric] = s
	}
	for _, a := range Actions() {
		blank := p.blank(Inputs{ASN: metrics[0].ASN, Month: metrics[0].Month}, a)
		actions = append(actions, p.combine(blank, p.Actions.of(a), byMetric))
	}
	return actions
}

// combine scores one Action.
func (p *Profile) combine(s Score, a Action, byMetric map[Metric]Score) Score {
	var parts []Score
	var missing gaps
	for m := M1; m < A1; m++ {
		if a.Weights[m] == 0 {
			continue
		}
		part, ok := byMetric[m]
		part.Weight = a.Weights[m]
		switch {
		case !ok:
			missing.add(m, "not given")
		case part.NoDataReason != nil:
			missing.add(m, *part.NoDataReason)
		}
		if part.HasData() {
			parts = append(parts, part)
		}
	}
	return p.settle(s, a, parts, missing.String())
}

// settle scores an Action from the parts that have data; gap says what is missing, if anything.
func (p *Profile) settle(s Score, a Action, parts []Score, gap string) Score {
	switch {
	case len(parts) == 0 && gap == "":
		return s.without(fmt.Sprintf("profile %s counts no metric of this Action", p.ID))
	case len(parts) == 0 || gap != "" && a.Missing == MissingNoData:
		return s.without(gap)
	}
	s = p.apply(s, a.Combine, parts)
	if gap != "" && a.Missing == MissingBound && *s.Percent >= 100 {
		return s.without(gap)
	}
	if gap != "" {
		s.NoDataReason = &gap
	}
	return s
}

// apply runs the rule over one part or more, in metric order.
func (p *Profile) apply(s Score, rule Rule, parts []Score) Score {
	var sum, weights float64
	lowest, highest := 100.0, 0.0
	for _, part := range parts {
		x := *part.Percent
		lowest, highest = min(lowest, x), max(highest, x)
		if rule == Sum {
			x = *part.Raw
		}
		sum += float64(part.Weight * x) // the conversion forbids a fused multiply-add
		weights += part.Weight
	}
	switch rule {
	case Sum:
		return p.fromRaw(s, sum)
	case Worst:
		return p.withPercent(s, lowest)
	case Best:
		return p.withPercent(s, highest)
	default:
		return p.withPercent(s, p.Curve.round(sum/weights))
	}
}

// check refuses an Action that cannot be scored.
func (a Action) check(name Metric) error {
	switch a.Combine {
	case Sum, Mean, Worst, Best:
	default:
		return fmt.Errorf("actions.%s.combine %q is none of sum, mean, worst, best", name, a.Combine)
	}
	switch a.Missing {
	case MissingNoData, MissingSkip:
	case MissingBound:
		if a.Combine == Mean || a.Combine == Best {
			return fmt.Errorf("actions.%s.missing bound is no bound under %s", name, a.Combine)
		}
	default:
		return fmt.Errorf("actions.%s.missing %q is none of no-data, bound, skip", name, a.Missing)
	}
	for m := range a.Weights {
		switch {
		case m == 0 || m.IsAction():
			return fmt.Errorf("actions.%s.weights: %s is not a metric", name, m)
		case a.Combine == Sum && !m.IsPenalty():
			return fmt.Errorf("actions.%s.weights: %s has no raw penalty to sum", name, m)
		case !within(a.Weights[m], 0, maxWeight):
			return fmt.Errorf("actions.%s.weights: %s has a weight outside 0 to %v", name, m, float64(maxWeight))
		}
	}
	return nil
}
