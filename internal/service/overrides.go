package service

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/source/folder"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// correctionsFile holds what overrides changed in the scores; it is there only where something was changed.
const correctionsFile = "corrections.jsonl"

// Correction is a score that an override changed: what it would be without, and what it is. Its JSON form is published
// as a schema.
type Correction struct {
	ASN       values.ASN   `json:"asn"`
	Month     values.Month `json:"month"`
	Profile   string       `json:"profile"`
	Metric    norms.Metric `json:"metric"`
	Was       Figure       `json:"was"` // the old figure, with the penalties that were taken back
	Now       Figure       `json:"now"`
	Overrides []string     `json:"overrides"` // SHA-256 of each signed record
}

// Figure is what a score comes to.
type Figure struct {
	Raw     *float64   `json:"raw"`
	Percent *float64   `json:"percent"`
	Band    norms.Band `json:"band"`
}

// overrides are signed records that take judgements back, with the SHA-256 of each.
type overrides map[string]publication.Override

// maxOverrides bounds how many are read.
const maxOverrides = 100_000

// readOverrides reads the folder's override records. One whose signature is not that of a key in the folder's list is
// said and left out, as any bad file is.
func readOverrides(dir *folder.Folder, say func(string, ...any)) (overrides, error) {
	keys, list := make(map[string]bool), make(overrides)
	for _, f := range dir.Of(folder.Overrides) {
		if f.Format != "keys" {
			continue
		}
		if err := eachKey(dir, f, func(key string) { keys[key] = true }); err != nil {
			return nil, err
		}
	}
	for _, f := range dir.Of(folder.Overrides) {
		if f.Format != "json" {
			continue
		}
		if len(list) >= maxOverrides {
			return nil, fmt.Errorf("the data hold more than %d overrides", maxOverrides)
		}
		in, err := open(dir, f)
		if err != nil {
			return nil, failed(f, err)
		}
		o, err := publication.ReadOverride(in, func(key string) bool { return keys[key] })
		in.Close()
		if err != nil {
			say("%s: %v; it is left out", f.Path, err)
			continue
		}
		hash, err := o.Hash()
		if err != nil {
			return nil, err
		}
		list[hash] = o
	}
	return list, nil
}

// eachKey gives the trusted keys that a file lists, one a line; what follows # is a remark.
func eachKey(dir *folder.Folder, f folder.File, yield func(string)) error {
	in, err := open(dir, f)
	if err != nil {
		return failed(f, err)
	}
	defer in.Close()
	scan := bufio.NewScanner(io.LimitReader(in, 1<<20))
	for scan.Scan() {
		line, _, _ := strings.Cut(scan.Text(), "#")
		if key := strings.TrimSpace(line); key != "" {
			yield(key)
		}
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", f.Path, err)
	}
	return nil
}

// hashes gives the SHA-256 of each, ascending.
func (o overrides) hashes() []string {
	list := make([]string, 0, len(o))
	for hash := range o {
		list = append(list, hash)
	}
	slices.Sort(list)
	return list
}

// apply writes into each incident what was taken back of it.
func (o overrides) apply(incidents []watch.Incident) {
	byIncident := make(map[string][]watch.Correction)
	for _, hash := range o.hashes() {
		r := o[hash]
		byIncident[r.Incident] = append(byIncident[r.Incident], watch.Correction{ASN: r.ASN, Ground: string(r.Ground), Reason: r.Reason, Decided: r.Decided, Override: hash})
	}
	for i := range incidents {
		list := byIncident[incidents[i].ID]
		slices.SortStableFunc(list, func(a, b watch.Correction) int { return cmp.Compare(a.ASN, b.ASN) })
		incidents[i].Corrections = list
	}
}

// penaltiesOf says what an incident costs whom by a profile, or why it costs nobody anything. What was taken back costs
// nothing.
func penaltiesOf(p *norms.Profile, inc watch.Incident, at time.Time) (list []norms.Penalty, why string) {
	all, why := p.Penalties(normsIncident(inc, at))
	for _, x := range all {
		if inc.Correction(x.ASN) == nil {
			list = append(list, x)
		}
	}
	if len(list) == 0 && len(all) > 0 {
		why = "the judgement was taken back"
	}
	return list, why
}

// excusedOf gives what an incident would cost besides, were nothing of it taken back.
func excusedOf(p *norms.Profile, inc watch.Incident, at time.Time) (list []norms.Penalty) {
	if len(inc.Corrections) == 0 {
		return nil
	}
	all, _ := p.Penalties(normsIncident(inc, at))
	return slices.DeleteFunc(all, func(x norms.Penalty) bool { return inc.Correction(x.ASN) == nil })
}

// correct notes where a network's scores of a month would be others without the overrides. in are the inputs that scored it.
func (r *run) correct(in norms.Inputs, now []norms.Score, excused map[norms.Metric][]norms.Penalty) {
	if len(excused) == 0 {
		return
	}
	with := make(map[norms.Metric][]norms.Penalty)
	for m, known := range in.Incidents {
		kept, _ := known.Get()
		with[m] = append(slices.Clone(kept), excused[m]...)
	}
	in.Incidents = incidentInputs(with)
	was := r.profile.Assess(in)
	for i, s := range now {
		before, after := figureOf(was[i]), figureOf(s)
		if !same(before.Raw, after.Raw) || !same(before.Percent, after.Percent) || before.Band != after.Band {
			r.corrections = append(r.corrections, Correction{in.ASN, in.Month, s.Profile, s.Metric, before, after, r.overridesOf(in.ASN, in.Month)})
		}
	}
}

func figureOf(s norms.Score) Figure { return Figure{s.Raw, s.Percent, s.Band} }

// overridesOf gives the overrides that excuse a network from incidents of a month.
func (r *run) overridesOf(asn values.ASN, month values.Month) []string {
	list := []string{}
	for _, inc := range r.incidents {
		if c := inc.Correction(asn); c != nil && inc.Start.Before(month.End()) && (inc.End == nil || !inc.End.Before(month.Start())) {
			list = append(list, c.Override)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// writeCorrections writes what the overrides changed, if anything.
func (r *run) writeCorrections() ([]Output, error) {
	if len(r.corrections) == 0 {
		if err := os.Remove(filepath.Join(r.opt.Out, correctionsFile)); err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("removing an earlier run's corrections: %w", err)
		}
		return nil, nil
	}
	slices.SortStableFunc(r.corrections, func(a, b Correction) int {
		return cmp.Or(cmp.Compare(a.ASN, b.ASN), a.Month.Start().Compare(b.Month.Start()), cmp.Compare(a.Metric, b.Metric))
	})
	return writeLines(r.opt.Out, correctionsFile, func(put func(any) error) error {
		for i := range r.corrections {
			if err := put(&r.corrections[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
