package service

import (
	"slices"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/wire/values"
)

// WhatIf is how a network would stand if findings were mended.
type WhatIf struct {
	// Choices are the findings that can be ticked, Ticked those that are.
	Choices []Choice     `json:"choices"`
	Ticked  int          `json:"ticked"`
	Scores  []WhatIfPair `json:"scores"` // of metrics and Actions with data
}

// Choice is a finding, or all of one kind, that can be ticked as mended.
type Choice struct {
	Key    string      `json:"key"` // what [NetworkQuestion] takes: the kind, or the kind, a colon and the subject
	Says   string      `json:"says"`
	Kind   FindingKind `json:"kind"`
	Ticked bool        `json:"ticked"`
	All    int         `json:"all,omitempty"` // how many findings a kind has
}

// WhatIfPair is a score before and after.
type WhatIfPair struct {
	Metric norms.Metric `json:"metric"`
	Title  string       `json:"title,omitempty"` // of an Action
	From   *float64     `json:"from"`
	To     *float64     `json:"to"`
	Before norms.Band   `json:"band_from"`
	After  norms.Band   `json:"band_to"`
}

// The bounds of what can be ticked.
const (
	maxChoices = 8 // of each kind one by one
	maxTicked  = 500
)

// whatIf works out the scores of a network's month without the ticked findings.
func (v *View) whatIf(asn values.ASN, ticked []string, may func(Finding) bool) (*WhatIf, error) {
	r, at := v.pages.run, v.pages.run.Snapshot.Window.To
	m, err := v.index.material(asn, at)
	if err != nil {
		return nil, err
	}
	m.incidents = v.pages.incidentsOf(asn)
	c, err := r.check(asn, m, v.pages.parties)
	if err != nil {
		return nil, err
	}
	out := &WhatIf{Choices: []Choice{}, Scores: []WhatIfPair{}}
	ticked = ticked[:min(len(ticked), maxTicked)]
	var mended []Finding
	gone := make(map[string]bool)
	for _, f := range c.Findings {
		if may(f) && (slices.Contains(ticked, string(f.Kind)) || slices.Contains(ticked, choiceKey(f))) {
			mended, gone[f.Incident] = append(mended, f), true
		}
	}
	out.Ticked = len(mended)
	out.Choices = append(out.Choices, choices(c, ticked, may)...)
	s := r.subject(asn, m, c.latest())
	s.Incidents = c.Incidents
	left := make(map[norms.Metric][]norms.Penalty)
	for _, i := range m.incidents {
		penalties, _ := r.profile.Penalties(normsIncident(i, at))
		for _, p := range penalties {
			if p.ASN == asn && !gone[i.ID] {
				left[p.Metric] = append(left[p.Metric], p)
			}
		}
	}
	out.Scores = append(out.Scores, pairs(c.latest(), r.by.WhatIf(s, mended, left))...)
	return out, nil
}

func choiceKey(f Finding) string { return string(f.Kind) + ":" + f.Subject }

// choices gives what can be ticked: of kinds whose mending raises a score, all together and the first one by one.
func choices(c *NetworkCheck, ticked []string, may func(Finding) bool) (list []Choice) {
	for _, step := range c.Steps {
		if step.Raise == nil {
			continue
		}
		kind := Choice{Key: string(step.Kind), Says: step.Step, Kind: step.Kind, Ticked: slices.Contains(ticked, string(step.Kind))}
		var ones []Choice
		for _, f := range c.Findings {
			if f.Kind != step.Kind || !may(f) {
				continue
			}
			if kind.All++; len(ones) < maxChoices {
				ones = append(ones, Choice{Key: choiceKey(f), Says: f.Says, Kind: f.Kind, Ticked: slices.Contains(ticked, choiceKey(f))})
			}
		}
		if kind.All == 0 {
			continue
		}
		list = append(list, kind)
		if kind.All > 1 {
			list = append(list, ones...)
		}
	}
	return list
}

// pairs puts the scores after beside those before, the Actions first.
func pairs(before MonthCheck, after []norms.Score) (list []WhatIfPair) {
	to := make(map[norms.Metric]norms.Score)
	for _, s := range after {
		to[s.Metric] = s
	}
	for _, a := range before.Actions {
		s := to[a.Metric]
		list = append(list, WhatIfPair{a.Metric, programme.ActionTitle(a.Metric), a.Percent, s.Percent, a.Band, s.Band})
	}
	for _, a := range before.Actions {
		for _, m := range a.Metrics {
			if s := to[m.Metric]; m.Percent != nil && s.Percent != nil && *m.Percent != *s.Percent {
				list = append(list, WhatIfPair{m.Metric, "", m.Percent, s.Percent, m.Band, s.Band})
			}
		}
	}
	return list
}
