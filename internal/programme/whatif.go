package programme

import (
	"slices"

	"pahra/internal/norms"
)

// WhatIf scores a network's month again as if findings were mended, by the norms' own code: the metrics in their order,
// and then the Actions combined from them. left are the penalties of the incidents that would remain; a metric with one
// fewer than now is scored as if the whole month were watched. Metrics without data stay so.
func (by *Adviser) WhatIf(s Subject, mended []Finding, left map[norms.Metric][]norms.Penalty) []norms.Score {
	counts := make(map[FindingKind]int)
	fewer := make(map[norms.Metric]bool)
	for _, f := range mended {
		counts[f.Kind]++
		if f.Incident != "" && f.Metric != nil && (f.Kind == Announced || f.Kind == PassedOn) {
			fewer[*f.Metric] = true
		}
	}
	scores := slices.Clone(s.Scores)
	put := func(list []norms.Score, wanted func(norms.Metric) bool) {
		for _, to := range list {
			i := slices.IndexFunc(scores, func(was norms.Score) bool { return was.Metric == to.Metric })
			if i >= 0 && wanted(to.Metric) && scores[i].HasData() && to.HasData() {
				scores[i] = to
			}
		}
	}
	in, changed := by.mendedInputs(s, counts)
	put(by.Profile.Assess(in), func(m norms.Metric) bool { return changed[m] })
	for kind, m := range map[FindingKind]norms.Metric{NoContact: norms.M8, Spoofs: norms.M5} {
		if counts[kind] > 0 {
			put([]norms.Score{full(scores, m)}, func(norms.Metric) bool { return true })
		}
	}
	if len(fewer) > 0 {
		rest := norms.Inputs{ASN: s.Network.ASN, Month: s.Month, Watched: norms.Known(1.0), Incidents: make(map[norms.Metric]norms.Input[[]norms.Penalty])}
		for m := range fewer {
			rest.Incidents[m] = norms.Known(left[m])
		}
		put(by.Profile.Incidents(rest), func(m norms.Metric) bool { return fewer[m] })
	}
	return append(scores, by.Profile.Combine(scores)...)
}

// mendedInputs gives what is registered once so many findings of each kind are mended, and the metrics it changes.
func (by *Adviser) mendedInputs(s Subject, n map[FindingKind]int) (norms.Inputs, map[norms.Metric]bool) {
	in, changed, t := norms.Inputs{ASN: s.Network.ASN, Month: s.Month}, make(map[norms.Metric]bool), by.count(s.Routes)
	if wrong := n[InvalidOrigin] + n[InvalidLength]; wrong+n[NoROA] > 0 {
		in.ROV = norms.Known(norms.Validated{Valid: t.valid + wrong + n[NoROA], Invalid: max(0, t.invalid-wrong), Unknown: max(0, t.unknown-n[NoROA])})
		changed[norms.M7RPKI], changed[norms.M7RPKIN] = true, true
	}
	if unregistered := n[NoObject] + n[ObjectElsewhere]; unregistered > 0 {
		in.IRR = norms.Known(norms.Registered{Announced: t.announced, Registered: min(t.announced, t.registered+unregistered)})
		changed[norms.M7IRR] = true
	}
	if n[NoPolicy] > 0 {
		in.Policy = norms.Known(norms.Policy{Imports: by.Profile.Policy.MinImports, Exports: by.Profile.Policy.MinExports})
		changed[norms.M6] = true
	}
	return in, changed
}
