package tally

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"pahra/internal/health"
	"pahra/internal/store"
	"pahra/wire/values"
)

// Health is how well a network or a neighbourhood is, type by type.
type Health struct {
	From      string           `json:"from"` // the first day
	To        string           `json:"to"`   // the last
	Addresses float64          `json:"announced_addresses"`
	Types     []health.Measure `json:"types"`
	Biases    []string         `json:"biases"`
}

// Days is over how many days health is measured.
const Days = 90

// span gives the days that are over.
func (t *Tally) span() (from, to time.Time) {
	to = t.opt.Now().UTC().Truncate(24 * time.Hour)
	return to.AddDate(0, 0, -Days), to
}

// PartyOf gives the party that a network is.
func PartyOf(asn values.ASN) string { return "as:" + asn.String() }

// Health measures networks together that announce so many addresses, over the last days that are over. It is exact: nothing
// is suppressed, so it is for whoever may see everything of them.
func (t *Tally) Health(ctx context.Context, networks []values.ASN, addresses float64) (*Health, error) {
	from, to := t.span()
	h := &Health{From: from.Format(time.DateOnly), To: to.AddDate(0, 0, -1).Format(time.DateOnly), Addresses: addresses, Biases: biases()}
	var sightings []health.Sighting
	var episodes []health.Episode
	covered := map[string][]time.Time{}
	for _, asn := range networks {
		p, err := t.opt.Store.PartyHealth(ctx, t.opt.Tenant, PartyOf(asn), from, to)
		if err != nil {
			return nil, err
		}
		for _, d := range p.Days {
			sightings = append(sightings, health.Sighting{Day: d.Day, Type: d.Class, Addresses: d.Addresses})
		}
		for _, c := range p.Spans {
			episodes = append(episodes, health.Episode{Type: c.Class, First: c.First, Last: c.Last, Gone: c.Gone})
		}
		if len(covered) == 0 {
			for _, c := range p.Covered {
				if list := covered[c.Class]; !slices.ContainsFunc(list, c.Day.Equal) {
					covered[c.Class] = append(list, c.Day)
				}
			}
		}
	}
	h.Types = health.Measures(sightings, episodes, covered, from, to, addresses)
	return h, nil
}

func biases() []string {
	return []string{
		"Address churn: a host whose address changes (DHCP) counts once for each address, many hosts behind one address (NAT) count as one.",
		"Recovery is measured for cases, not hosts, and known only to lie between the last day on which a source saw a case and the first on which it looked and did not.",
		"A day on which no source reported on a type is no data, not zero.",
	}
}

// Sum is a neighbourhood's month, all types together.
type Sum struct {
	Month     string      `json:"month"`
	Addresses health.Cell `json:"address_days"`
	Cases     health.Cell `json:"cases"`
	Days      int         `json:"days"`
	// Of the days, each from the figure that is shown alone.
	Prevalence *float64 `json:"prevalence"`
	Per100k    *float64 `json:"per_100000"`
}

// Place is a neighbourhood: its networks and what they announce.
type Place struct {
	Name      string
	Networks  []values.ASN
	Addresses float64
}

// Sums gives what is public of neighbourhoods in a month: of each the address-days and cases of its networks, all types
// together. All places must be given at once: what could be told from two that overlap is suppressed.
func (t *Tally) Sums(ctx context.Context, places []Place, month time.Time) (map[string]Sum, error) {
	end := month.AddDate(0, 1, 0)
	p, err := t.opt.Store.PartyHealth(ctx, t.opt.Tenant, "", month, end)
	if err != nil {
		return nil, err
	}
	addresses, cases := map[string]int64{}, map[string]int64{}
	for _, d := range p.Days {
		addresses[d.Party] += d.Addresses
	}
	for _, c := range p.Spans {
		if !c.First.Before(month) {
			cases[c.Party]++
		}
	}
	days := daysOf(p.Covered)
	out := map[string]Sum{}
	a, err := t.parts(places, addresses)
	if err != nil {
		return nil, err
	}
	c, err := t.parts(places, cases)
	if err != nil {
		return nil, err
	}
	for _, place := range places {
		s := Sum{Month: month.Format("2006-01"), Addresses: a[place.Name], Cases: c[place.Name], Days: days}
		if days == 0 {
			s.Addresses, s.Cases = health.Cell{State: health.NoData}, health.Cell{State: health.NoData}
		}
		if n := s.Addresses.Count; n != nil {
			if mean, ok := health.Prevalence(*n, days); ok {
				s.Prevalence = &mean
				if rate, ok := health.Rate(mean, place.Addresses); ok {
					s.Per100k = &rate
				}
			}
		}
		out[place.Name] = s
	}
	return out, nil
}

// fewest is how many networks a sum must have: of fewer it would be a figure of single networks, which are for their holders.
const fewest = 3

// parts suppresses sums of places that overlap: networks that are in the same places are one part, which is not published
// itself but must not be told either.
func (t *Tally) parts(places []Place, counts map[string]int64) (map[string]health.Cell, error) {
	in := map[values.ASN]string{} // the places of a network
	for n, p := range places {
		for _, asn := range p.Networks {
			in[asn] += fmt.Sprintf("%d ", n)
		}
	}
	value, networks := map[string]int64{}, map[string]int{}
	for asn, where := range in {
		value[where] += counts[PartyOf(asn)]
		networks[where]++
	}
	var figures []health.Figure
	for where, n := range value {
		figures = append(figures, health.Figure{Key: "part " + where, Value: n, Unsaid: true, Secret: networks[where] < fewest})
	}
	slices.SortFunc(figures, func(a, b health.Figure) int { return cmp.Compare(a.Key, b.Key) })
	var sums []health.Sum
	for _, p := range places {
		s, n := health.Sum{Total: "place " + p.Name}, int64(0)
		var seen []string
		for _, asn := range p.Networks {
			seen = append(seen, in[asn])
		}
		slices.Sort(seen)
		for _, where := range slices.Compact(seen) {
			s.Parts, n = append(s.Parts, "part "+where), n+value[where]
		}
		figures, sums = append(figures, health.Figure{Key: s.Total, Value: n}), append(sums, s)
	}
	hidden, err := health.Suppress(figures, sums, t.opt.Smallest)
	if err != nil {
		return nil, err
	}
	cells := map[string]health.Cell{}
	for i, f := range figures[len(value):] {
		if hidden[f.Key] {
			cells[places[i].Name] = health.Cell{State: health.Suppressed}
		} else {
			cells[places[i].Name] = health.Counts(f.Value)
		}
	}
	return cells, nil
}

func daysOf(covered []store.CoveredDay) int {
	var days []time.Time
	for _, c := range covered {
		if !slices.ContainsFunc(days, c.Day.Equal) {
			days = append(days, c.Day)
		}
	}
	return len(days)
}

// Risk weighs what networks could amplify, as CyberGreen does, over the last days that are over. country gives where a
// network is registered.
func (t *Tally) Risk(ctx context.Context, country func(party string) string, of func(health.Exposure) string) ([]health.Risk, []health.Factor, error) {
	from, to := t.span()
	var identifiers []string
	for _, f := range t.factors {
		identifiers = append(identifiers, f.Identifiers...)
	}
	slices.Sort(identifiers)
	days, err := t.opt.Store.Exposures(ctx, t.opt.Tenant, slices.Compact(identifiers), from, to)
	if err != nil {
		return nil, nil, err
	}
	list := make([]health.Exposure, 0, len(days))
	for _, d := range days {
		list = append(list, health.Exposure{Day: d.Day, Identifier: d.Identifier, Network: d.Party, Country: country(d.Party), Addresses: d.Addresses})
	}
	return health.Amplification(list, t.factors, health.CellThreshold, of), t.factors, nil
}
