package service

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// correctMonths has the store say what signed decisions make of the months that are over: the runs that were published
// for these stay as they are, and so do the old figures, beside the new ones. A decision is looked at once; the month that
// runs on is left to its own publication.
func correctMonths(ctx context.Context, s *store.Store, state string, taken overrides, running values.Month, now time.Time) error {
	for _, hash := range taken.hashes() {
		mark := "corrected/" + hash
		if _, err := s.Get(ctx, mark); err == nil {
			continue
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		months, err := lastRuns(state, running)
		if err != nil {
			return err
		}
		for _, dir := range months {
			if err := correctMonth(ctx, s, dir, taken, hash, now); err != nil {
				return fmt.Errorf("correcting %s: %w", filepath.Base(dir), err)
			}
		}
		if err := s.Put(ctx, now, mark, []byte(now.UTC().Format(time.RFC3339))); err != nil {
			return err
		}
	}
	return nil
}

// lastRuns gives the last run of each month before the running one.
func lastRuns(state string, running values.Month) (last []string, err error) {
	runs, err := PublishedRuns(state)
	if err != nil {
		return nil, err
	}
	byMonth := make(map[values.Month]int)
	for _, dir := range runs { // in order of time
		at, err := time.Parse(runName, filepath.Base(dir))
		if err != nil {
			return nil, err
		}
		month := values.MonthOf(at.Add(-time.Second))
		if !month.Start().Before(running.Start()) {
			continue
		}
		if i, seen := byMonth[month]; seen {
			last[i] = dir
			continue
		}
		byMonth[month], last = len(last), append(last, dir)
	}
	return last, nil
}

// correctMonth stores what a decision makes of the month of a run, if it changes anything.
func correctMonth(ctx context.Context, s *store.Store, dir string, taken overrides, hash string, now time.Time) error {
	r, err := OpenRun(dir)
	if err != nil {
		return err
	}
	o := taken[hash]
	asn, end := o.ASN, r.Snapshot.Window.To
	m, err := r.gather(map[values.ASN]bool{asn: true}, end, false)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(m.incidents, func(i watch.Incident) bool { return i.ID == o.Incident }) {
		return nil
	}
	taken.apply(m.incidents)
	month := values.MonthOf(end.Add(-time.Second))
	row := store.NetworkMonth{ASN: asn, Month: month, Profile: r.profile.ID, Snapshot: r.Snapshot.ID}
	for _, i := range m.incidents {
		if i.ASN == asn && values.MonthOf(i.Start) == month {
			row.Incidents++
		}
	}
	for _, x := range r.corrected(asn, month, m) {
		row.Measures = append(row.Measures, store.Measure{Metric: x.Metric, Raw: x.Raw, Fraction: x.Fraction, Percent: x.Percent, Band: x.Band, Reason: deref(x.NoDataReason)})
	}
	if len(row.Measures) == 0 { // it was not scored that month
		return nil
	}
	return s.SaveMonth(ctx, now, []store.NetworkMonth{row}, store.Correction(hash))
}

// corrected gives a network's scores of a month as they are once the incidents' corrections count: the incident metrics
// anew, the others as the run wrote them, and the Actions from both.
func (r *Run) corrected(asn values.ASN, month values.Month, m *material) []norms.Score {
	stored := make(map[norms.Metric]norms.Score)
	for _, s := range m.scores[asn] {
		if s.Month == month {
			stored[s.Metric] = s
		}
	}
	if len(stored) == 0 {
		return nil
	}
	kept, all := make(map[norms.Metric][]norms.Penalty), make(map[norms.Metric][]norms.Penalty)
	for _, inc := range m.incidents {
		left, _ := penaltiesOf(r.profile, inc, m.at)
		for _, p := range left {
			if p.ASN == asn {
				kept[p.Metric] = append(kept[p.Metric], p)
			}
		}
		for _, p := range excusedOf(r.profile, inc, m.at) {
			if p.ASN == asn {
				all[p.Metric] = append(all[p.Metric], p)
			}
		}
	}
	var scores []norms.Score
	for _, k := range norms.IncidentMetrics() {
		s := stored[k]
		if len(all[k]) > 0 {
			s = r.anew(k, norms.Inputs{ASN: asn, Month: month, Watched: norms.Known(r.watched(month, m.at))}, s, append(all[k], kept[k]...), kept[k])
		}
		scores = append(scores, s)
	}
	for k := norms.M5; k <= norms.M9; k++ {
		if s, ok := stored[k]; ok {
			scores = append(scores, s)
		}
	}
	scores = append(scores, r.profile.Combine(scores)...)
	norms.SortScores(scores)
	return scores
}

// anew gives the score of an incident metric with the penalties that are left. was is the score with all of them. What
// could not be looked for still could not: that is what was's reason says beyond how little was watched.
func (r *Run) anew(k norms.Metric, in norms.Inputs, was norms.Score, all, kept []norms.Penalty) norms.Score {
	one := func(list []norms.Penalty) norms.Score {
		in.Incidents = map[norms.Metric]norms.Input[[]norms.Penalty]{k: norms.Known(list)}
		scores := r.profile.Incidents(in)
		return scores[slices.IndexFunc(scores, func(s norms.Score) bool { return s.Metric == k })]
	}
	if little := one(all).NoDataReason; was.NoDataReason != nil && !same(little, was.NoDataReason) {
		gap := *was.NoDataReason
		if little != nil {
			gap = strings.TrimSuffix(gap, "; "+*little)
		}
		in.Gaps = map[norms.Metric]string{k: gap}
	}
	return one(kept)
}
