package service

import (
	"context"
	"errors"

	"pahra/internal/norms"
	"pahra/internal/store"
)

// KeepMonth stores what the neighbourhoods come to in the last month of the run that is shown, so that their history
// outlives the run.
func (s *Shown) KeepMonth(ctx context.Context) error {
	v, done := s.hold()
	defer done()
	if v == nil || s.opt.Store == nil {
		return errors.New("there is no run to keep a month of, or no store to keep it in")
	}
	return s.opt.Store.SaveNeighbourhoods(ctx, s.opt.Now(), v.neighbourhoodMonths())
}

// neighbourhoodMonths gives what each neighbourhood comes to in the last month.
func (v *View) neighbourhoodMonths() (rows []store.NeighbourhoodMonth) {
	snap := &v.pages.run.Snapshot
	for _, name := range v.names {
		page := &v.places[name].page
		for _, m := range page.History {
			if m.Month == page.Month {
				rows = append(rows, monthRow(name, m, page, v.pages.run.profile.Bands, snap))
			}
		}
	}
	return rows
}

func monthRow(name string, m HistoryMonth, page *NeighbourhoodPage, bandOf norms.Bands, snap *Snapshot) store.NeighbourhoodMonth {
	row := store.NeighbourhoodMonth{
		Neighbourhood: name, Month: page.Month, Profile: snap.Profile.ID, Networks: page.Members, Incidents: page.IncidentsTotal, Snapshot: snap.ID,
	}
	for n, mean := range m.Means {
		measure, bands := store.Measure{Metric: mean.Action, Percent: mean.Percent, Band: norms.NoBand}, store.Bands{Metric: mean.Action}
		if mean.Percent != nil {
			measure.Band = bandOf.Of(*mean.Percent)
		}
		for _, b := range m.Distribution[n].Bands {
			*map[norms.Band]*int{norms.Ready: &bands.Ready, norms.Aspiring: &bands.Aspiring, norms.Lagging: &bands.Lagging, norms.NoBand: &bands.NoData}[b.Band] = b.Networks
		}
		row.Measures, row.Bands = append(row.Measures, measure), append(row.Bands, bands)
	}
	return row
}
