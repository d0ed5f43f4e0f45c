package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"pahra/internal/account"
	"pahra/internal/publication"
	"pahra/internal/store"
	"pahra/internal/watch"
)

// IncidentMore is what a service adds to an incident's page.
type IncidentMore struct {
	// Versions are the verdicts reached on it, the latest first.
	Versions []VersionLine `json:"versions"`
	// Record is what happened since it was found: notices, replies, disputes, decisions.
	Record publication.Record `json:"record"`
	// Why says by which clause of the policy the viewer sees it.
	Why publication.Decision `json:"publication"`
	// CanDispute says that the viewer holds the announcing network, CanDecide that they decide.
	CanDispute bool `json:"can_dispute"`
	CanDecide  bool `json:"can_decide"`
	Withheld   int  `json:"withheld_accomplices,omitempty"`
	// Gaps are the times in its life in which a collector was not heard.
	Gaps []store.StoredGap `json:"gaps"`
}

// VersionLine is a verdict.
type VersionLine struct {
	Version     int               `json:"version"`
	Reached     time.Time         `json:"reached"`
	Confidence  float64           `json:"confidence"`
	Attribution watch.Attribution `json:"attribution"`
	Kind        watch.Kind        `json:"kind"`
	Status      watch.Status      `json:"status"`
	Digest      string            `json:"digest"`
}

// IncidentQuestion asks for an incident's page.
type IncidentQuestion struct{ ID string }

func (q IncidentQuestion) answer(ctx context.Context, a *asked) (any, error) {
	page, err := a.incidentPage(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	i := &page.Incident
	more := &IncidentMore{Versions: []VersionLine{}, Gaps: []store.StoredGap{}, Record: publication.Record{Incident: i.ID, ASN: i.ASN, Kind: i.Kind, State: publication.Open}}
	if a.opt.Policy != nil {
		records, err := a.records(ctx, []watch.Incident{*i})
		if err != nil {
			return nil, err
		}
		v := a.opt.Policy.View(*i, records[i.ID], a.viewer, a.now)
		if !v.Decision.Visible {
			return nil, ErrNoPage
		}
		more.Record, more.Why, more.Withheld = v.Main, v.Decision, v.Withheld
		page.withhold(v.Incident)
		if err := a.withholdBurst(ctx, page); err != nil {
			return nil, err
		}
	}
	more.CanDispute = a.viewer.Holds(i.ASN) && a.viewer.May(account.Member, account.ScopeReply)
	more.CanDecide = a.viewer.May(account.Analyst, account.ScopeAnalyse)
	page.More = more
	return page, a.past(ctx, page, more)
}

// incidentPage makes the page of an incident: as the store has it, which is newer, or as the run does.
func (a *asked) incidentPage(ctx context.Context, id string) (*IncidentPage, error) {
	page, err := a.view.Incident(id)
	if a.opt.Store == nil || err != nil && !errors.Is(err, ErrNoPage) {
		return page, err
	}
	stored, missing := a.opt.Store.Incident(ctx, id)
	switch {
	case errors.Is(missing, store.ErrNotFound):
		return page, err
	case missing != nil:
		return nil, missing
	case page == nil:
		return a.view.pages.incidentWith(&stored.Incident, trailOf(&stored.Incident)), nil
	}
	told := toldTrail{page.Sights, page.Paths, page.PathsAll}
	return a.view.pages.incidentWith(&stored.Incident, told), nil
}

// withhold shows the incident without the accomplices that the viewer may not see.
func (page *IncidentPage) withhold(as watch.Incident) {
	page.Incident = as
	keep := page.Alarm.LetPass[:0:0]
	for _, p := range page.Alarm.LetPass {
		for _, x := range as.Accomplices {
			if x.ASN == p.ASN {
				keep = append(keep, p)
			}
		}
	}
	page.Alarm.LetPass = keep
	costs := page.Counts[:0:0]
	for _, c := range page.Counts {
		shown := c.ASN == as.ASN
		for _, x := range as.Accomplices {
			shown = shown || x.ASN == c.ASN
		}
		if shown {
			costs = append(costs, c)
		}
	}
	page.Counts = costs
}

// past adds the verdicts reached on an incident, and the gaps in its life.
func (a *asked) past(ctx context.Context, page *IncidentPage, more *IncidentMore) error {
	if a.opt.Store == nil {
		return nil
	}
	versions, err := a.opt.Store.IncidentVersions(ctx, page.Incident.ID)
	if err != nil {
		return err
	}
	for n := len(versions) - 1; n >= 0; n-- {
		v := versions[n]
		more.Versions = append(more.Versions, VersionLine{v.Version, v.Reached, v.Incident.Confidence, v.Incident.Attribution, v.Incident.Kind, v.Incident.Status, v.Digest})
	}
	f := store.GapFilter{From: page.Incident.Start}
	if page.Incident.End != nil {
		f.To = *page.Incident.End
	}
	gaps, err := a.opt.Store.Gaps(ctx, f)
	more.Gaps = append(more.Gaps, gaps[:min(len(gaps), maxGaps)]...)
	return err
}

// withholdBurst leaves out of a leak's page the leaks of the same burst that the viewer may not see.
func (a *asked) withholdBurst(ctx context.Context, page *IncidentPage) error {
	if page.Burst == nil {
		return nil
	}
	var list []watch.Incident
	for _, t := range page.Burst.Together {
		list = append(list, a.view.pages.incidents[a.view.byID[t.ID]])
	}
	seen, _, err := a.visible(ctx, list)
	if err != nil {
		return err
	}
	kept := []Together{}
	for _, t := range page.Burst.Together {
		if slices.ContainsFunc(seen, func(i watch.Incident) bool { return i.ID == t.ID }) {
			kept = append(kept, t)
		}
	}
	page.Burst.Together = kept
	return nil
}
