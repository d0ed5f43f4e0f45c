package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/programme"
	"pahra/internal/publication"
	"pahra/internal/source"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// AlertPolicy decides by the publication policy who is told what, and writes down that holders were told. Every field is
// needed.
type AlertPolicy struct {
	Store  *store.Store
	Policy *publication.Policy
	// Viewer says who an account is now: its role and the networks that it holds. One that is gone or disabled is the
	// public.
	Viewer  func(ctx context.Context, account string) (account.Viewer, error)
	Parties func(watch.Incident) map[values.ASN]programme.Network
	// Notified writes down that a network's holder was told of an incident, and how.
	Notified func(ctx context.Context, incident string, asn values.ASN, how string) error
	Now      func() time.Time
}

// Show gives an alert as the owner of a subscription may see it, for [AlertSettings]: whole, without the accomplices that
// they may not know of, or not at all.
func (p *AlertPolicy) Show(ctx context.Context, s alert.Subscription, a alert.Alert) (alert.Alert, bool, error) {
	viewer, err := p.Viewer(ctx, s.Owner)
	if err != nil {
		return a, false, fmt.Errorf("looking up account %s: %w", s.Owner, err)
	}
	switch {
	case a.Case != 0:
		if !viewer.May(account.Analyst, account.ScopeRead) {
			a.Link = "" // that page is the team's
		}
		ok, err := p.seesCase(ctx, viewer, a.Case)
		return a, ok, err
	case a.Incident == "":
		return a, mayKnow(viewer, a), nil
	}
	i, err := p.Store.IncidentByID(ctx, a.Incident)
	if errors.Is(err, store.ErrNotFound) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	records, err := p.Store.PublicationRecords(ctx, a.Incident)
	if err != nil {
		return a, false, err
	}
	view := p.Policy.View(i, records, viewer, p.Now())
	if !view.Decision.Visible || view.Withheld == 0 {
		return a, view.Decision.Visible, nil
	}
	bare := alert.OfIncident(view.Incident, a.Time, p.Parties(view.Incident), a.Link).Stored()
	bare.ID, bare.Phase, bare.Time, bare.Until = a.ID, a.Phase, a.Time, a.Until
	return bare, true, nil
}

// seesCase says whether a case is one that somebody sees on the pages: an analyst of its team, or the holder of its network.
func (p *AlertPolicy) seesCase(ctx context.Context, v account.Viewer, id int64) (bool, error) {
	if !v.May(account.Member, account.ScopeRead) {
		return false, nil
	}
	var parties []string
	for _, asn := range v.Networks {
		parties = append(parties, "as:"+asn.String())
	}
	sight, err := p.Store.SightOf(ctx, v, parties...)
	if v.Role < account.Analyst && sight.Tenant == "" {
		sight.Tenant = store.National // as on the pages of networks
	}
	if err == nil {
		_, err = p.Store.Case(ctx, sight, id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// mayKnow says who is told of a network's own routes (its holder, and analysts) and of the sources (administrators).
func mayKnow(v account.Viewer, a alert.Alert) bool {
	if a.Kind == alert.SourceStale || a.Kind == alert.SourceHeld {
		return v.May(account.Administrator, account.ScopeRead)
	}
	return v.May(account.Analyst, account.ScopeRead) || v.May(account.Member, account.ScopeRead) && v.Holds(a.Network)
}

// Told writes down which holders learned of which incidents, for [AlertSettings]: those of the accused networks, by mail
// or webhook, once each.
func (p *AlertPolicy) Told(ctx context.Context, c alert.Channel, m alert.Message) error {
	if c.Kind == alert.Syslog {
		return nil
	}
	viewer, err := p.Viewer(ctx, c.Owner)
	if err != nil {
		return fmt.Errorf("looking up account %s: %w", c.Owner, err)
	}
	var errs []error
	for _, a := range m.Alerts {
		for _, party := range a.Parties {
			accused := party.Role == alert.Announcer || party.Role == alert.Accomplice
			if a.Incident != "" && accused && viewer.Holds(party.ASN) {
				errs = append(errs, p.notified(ctx, a.Incident, party.ASN, c.Kind))
			}
		}
	}
	return errors.Join(errs...)
}

func (p *AlertPolicy) notified(ctx context.Context, incident string, asn values.ASN, by alert.ChannelKind) error {
	record, _, err := p.Store.PublicationRecord(ctx, incident, asn)
	if err != nil || record.Notified != nil || record.Standing().TakenBack() {
		return err
	}
	if err := p.Notified(ctx, incident, asn, "an alert by "+string(by)); err != nil {
		return fmt.Errorf("writing down that AS%d was told of incident %s: %w", asn, incident, err)
	}
	return nil
}

// Parties gives what the latest published run knows of the networks with a part in an incident, by the names they may
// be told by.
func (s *Shown) Parties(i watch.Incident) map[values.ASN]programme.Network {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.view == nil {
		return nil
	}
	return s.view.pages.run.partiesIn([]watch.Incident{i}, s.view.pages.parties)
}

// downFor is how long a source must be down to be told of: most come back by themselves.
const downFor = 5 * time.Minute

// SourceStates says of live sources what [Alerter.Sources] wants to know: which are stale. held says what of a source
// is held, by its name in the configuration.
func SourceStates(list []source.Status, held func(name string) string, now time.Time) []alert.SourceState {
	var states []alert.SourceState
	for _, s := range list {
		why, stale := s.Stale(now)
		stale = stale && (s.Up || now.Sub(s.Since) > downFor)
		states = append(states, alert.SourceState{Name: s.Name, Kind: s.Kind, Stale: stale, Last: s.LastMessage, Why: why, Held: held(s.Name)})
	}
	return states
}
