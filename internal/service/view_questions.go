package service

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// NetworkQuestion asks for a network's page, Mended naming findings to work out the scores without, see [WhatIf].
type NetworkQuestion struct {
	ASN    values.ASN
	WhatIf bool
	Mended []string
}

// NetworksQuestion asks for a part of the list of networks, from 1.
type NetworksQuestion struct{ Part int }

// NeighbourhoodQuestion asks for a neighbourhood's page, its map coloured by an Action.
type NeighbourhoodQuestion struct {
	Name string
	By   norms.Metric
}

// NeighbourhoodsQuestion asks for the list of neighbourhoods.
type NeighbourhoodsQuestion struct{}

// MembersQuestion asks for every network of a neighbourhood on a line.
type MembersQuestion struct{ Name string }

// PrefixQuestion asks for a prefix's page.
type PrefixQuestion struct{ Prefix netip.Prefix }

// SearchQuestion asks for what a text finds.
type SearchQuestion struct{ Query string }

// MethodQuestion asks how figures come about.
type MethodQuestion struct{}

func (q NetworksQuestion) answer(_ context.Context, a *asked) (any, error) {
	page, err := a.view.Networks(q.Part)
	if err != nil {
		return nil, err
	}
	page.List = a.lines(page.List)
	return page, nil
}

func (q SearchQuestion) answer(ctx context.Context, a *asked) (any, error) {
	page := a.view.Search(q.Query)
	digits := strings.ToLower(page.Query)
	if len(digits) < MinIncidentPrefix || !isHex(digits) {
		return page, nil
	}
	list, _, _, err := a.incidents(ctx, IncidentQuery{Limit: maxList})
	if err != nil {
		return nil, err
	}
	for n := range list {
		if strings.HasPrefix(list[n].ID, digits) {
			page.Hits = append(page.Hits, Hit{Incident: list[n].ID, Title: a.view.pages.headline(&list[n])})
			page.Total++
		}
	}
	return page, nil
}

// lines gives lines with what the viewer may see of each network.
func (a *asked) lines(list []NetworkLine) []NetworkLine {
	if a.all() {
		return list
	}
	list = slices.Clone(list)
	for n := range list {
		list[n] = a.line(list[n])
	}
	return list
}

// line gives a network's line with what the viewer may see of it: no measure that is not public, no count that would
// tell of incidents.
func (a *asked) line(l NetworkLine) NetworkLine {
	scores := slices.Clone(l.Scores)
	open := true
	for n, s := range scores {
		if d := a.opt.Policy.Measure(s.Action, l.ASN, a.viewer); !d.Visible {
			scores[n] = LineScore{Action: s.Action, Band: norms.NoBand, Withheld: true}
			open = false
		}
	}
	l.Scores = scores
	if !open {
		l.Announced, l.Incidents, l.Findings, l.ToMend, l.Withheld = 0, 0, 0, 0, true
		l.Points, l.Best, l.past = 0, "", nil
		var steps []Step
		for _, s := range l.steps {
			if a.mayTell(s, l.ASN) {
				steps, l.ToMend, l.Findings = append(steps, s), l.ToMend+s.Findings, l.Findings+s.Findings
			}
		}
		l.steps = nil
		l.gain(steps)
	}
	return l
}

// mayTell says whether the viewer may know of a step: of those that count in a measure that they may see.
func (a *asked) mayTell(s Step, asn values.ASN) bool {
	return s.Raise != nil && a.opt.Policy.Measure(s.Raise.Metric, asn, a.viewer).Visible
}
