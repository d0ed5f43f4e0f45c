package cases

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/desk"
	"pahra/internal/store"
	"pahra/internal/watch"
)

// classOf gives the class of the case that a routing incident opens, and false where it opens none. The RSIT knows no routing: who
// announces the addresses of others, or in their name, masquerades; what else should not have been announced is a misconfiguration.
// Whether it was meant is not said by either.
func classOf(i watch.Incident) (class string, opens bool) {
	if i.Attribution == watch.PossiblyForged || len(i.Anachronism) > 0 || i.Correction(i.ASN) != nil || i.Evidence.Administrative {
		return "", false
	}
	switch i.Kind {
	case watch.Hijack:
		return "fraud/masquerade", true
	case watch.RPKIInvalid, watch.Leak, watch.BogonPrefix, watch.BogonASN:
		return "availability/misconfiguration", true
	}
	return "", false // it informs only
}

// Incidents opens a case of a tenant for each routing incident that has none, of the announcing network; one that has ended has its case
// recovered, one that goes on after all has it reopened. An incident whose path may be forged, or that only informs, opens none. It may be
// given the same incidents again.
func (s *Service) Incidents(ctx context.Context, tenant string, list []watch.Incident) error {
	var failed error
	for _, i := range list {
		if err := s.incident(ctx, tenant, i); err != nil {
			failed = errors.Join(failed, fmt.Errorf("case of incident %s: %w", i.ID, err))
		}
	}
	return failed
}

func (s *Service) incident(ctx context.Context, tenant string, i watch.Incident) error {
	v := store.MachineSight(tenant)
	have, err := s.Store.CasesBeyond(ctx, v, 0, store.CaseFilter{Incident: i.ID})
	if err != nil {
		return err
	}
	now := s.Now().UTC().Truncate(time.Microsecond)
	if len(have) == 0 {
		class, opens := classOf(i)
		if !opens {
			return nil
		}
		id, err := s.openIncident(ctx, tenant, i, class, now)
		if err != nil || i.End == nil {
			return err
		}
		have = []store.Case{{DeskCase: store.DeskCase{ID: id, State: string(desk.New)}}}
	}
	to := desk.Recovered
	if i.End == nil {
		to = desk.Reopened
	}
	if desk.Move(desk.Desk, desk.State(have[0].State), to) != nil {
		return nil // as it is already
	}
	return s.Store.ChangeCases(ctx, v, now, []int64{have[0].ID}, func(c *store.Case) (store.CaseChange, error) {
		if desk.Move(desk.Desk, desk.State(c.State), to) != nil {
			return store.CaseChange{}, nil
		}
		d := Detail{From: c.State, To: string(to)}
		c.State, c.Changed, c.Gone, c.LastSeen = string(to), now, nil, now
		if i.End == nil {
			c.Reopened++
		} else {
			end := i.End.UTC()
			gone := end.Truncate(24 * time.Hour)
			c.Gone, c.LastSeen, d.What, d.At = &gone, end, "ended", &end
		}
		s.wind(c, now)
		return store.CaseChange{Log: []store.CaseEntry{{Case: c.ID, Actor: By{Actor: desk.Desk}.String(), Act: "case.move", Detail: d}}}, nil
	})
}

func (s *Service) openIncident(ctx context.Context, tenant string, i watch.Incident, class string, now time.Time) (int64, error) {
	c := store.Case{Incident: i.ID, DeskCase: store.DeskCase{Tenant: tenant, Party: "as:" + i.ASN.String(), Class: class,
		Identifier: "route-" + string(i.Kind), State: string(desk.New), Opened: now, Changed: now, Received: now, FirstSeen: i.Start, LastSeen: now, Events: 1}}
	if s.Country != nil {
		c.Country = s.Country(i.ASN)
	}
	return s.Store.AddCase(ctx, now, c, func(id int64) []store.CaseEntry {
		return []store.CaseEntry{{Case: id, Actor: By{Actor: desk.Desk}.String(), Act: "case.open", Detail: Detail{What: "incident " + i.ID}}}
	})
}

// incidentsSeen is the value that says up to when incidents were looked at.
const incidentsSeen = "desk/incidents"

// Watched opens cases for the incidents that the store was given since the last time; at first for those of the last day.
func (s *Service) Watched(ctx context.Context, tenant string) error {
	now := s.Now()
	since := now.Add(-24 * time.Hour)
	switch text, err := s.Store.Get(ctx, incidentsSeen); {
	case err == nil:
		if since, err = time.Parse(time.RFC3339, string(text)); err != nil {
			return fmt.Errorf("reading up to when incidents were seen: %w", err)
		}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	f := store.IncidentFilter{UpdatedSince: since.Add(-time.Minute)} // clocks differ
	for {
		page, err := s.Store.Incidents(ctx, f)
		if err != nil {
			return err
		}
		var list []watch.Incident
		for _, i := range page.Items {
			list = append(list, i.Incident)
		}
		if err := s.Incidents(ctx, tenant, list); err != nil {
			return err
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return s.Store.Put(ctx, now, incidentsSeen, []byte(now.UTC().Format(time.RFC3339)))
		}
	}
}
