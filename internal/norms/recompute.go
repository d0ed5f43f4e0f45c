package norms

import (
	"maps"
	"slices"

	"pahra/wire/values"
)

// Recompute gives the scores of a month from penalties alone, in the order of every output: of each network those
// metrics that it has a penalty in, even if outside the month. The penalties are taken to be all that there were in
// these metrics, and the whole month to have been watched. Where they are complete, all incident metrics of each network
// in it are scored, those without a penalty as clean, and Action 1 with them.
func (p *Profile) Recompute(month values.Month, penalties []Penalty, complete bool) (scores []Score) {
	grouped := ByNetwork(penalties)
	for _, asn := range slices.Sorted(maps.Keys(grouped)) {
		in := Inputs{ASN: asn, Month: month, Watched: Known(1.0), Incidents: map[Metric]Input[[]Penalty]{}}
		for _, m := range IncidentMetrics() {
			if found := grouped[asn][m]; complete || found != nil {
				in.Incidents[m] = Known(found)
			}
		}
		metrics := p.Incidents(in)
		if complete {
			scores = append(scores, metrics...)
			scores = append(scores, p.Combine(metrics)[0])
			continue
		}
		for _, s := range metrics {
			if s.HasData() {
				scores = append(scores, s)
			}
		}
	}
	return scores
}
