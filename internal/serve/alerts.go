package serve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/desk/deadline"
	"pahra/internal/registry"
	"pahra/internal/service"
	"pahra/internal/store"
	"pahra/wire/values"
)

// openAlerts makes what tells people. Whichever role finds something queues it; the role worker sends.
func (s *Server) openAlerts() (err error) {
	if s.Delivery, err = service.NewDelivery(service.DeliverConfig(s.Config.Alerts), s.now); err != nil {
		return fmt.Errorf("alerts: %w", err)
	}
	policy := service.AlertPolicy{
		Store: s.Store, Policy: s.Policy, Viewer: s.viewerOf, Parties: s.Shown.Parties, Now: s.now,
		Notified: func(ctx context.Context, incident string, asn values.ASN, how string) error {
			_, err := s.People.Desk.Notified(ctx, incident, asn, how)
			return err
		},
	}
	s.ownFacts = make(chan service.OwnFacts, 1)
	s.Alerts, err = service.NewAlerter(service.AlertSettings{
		Store: s.Store, Now: s.now, Show: policy.Show, Told: policy.Told, Parties: s.Shown.Parties, Deliver: s.Delivery, Chance: rand.Float64,
		Resolve: s.resolve, Links: s.alertLinks(), Log: s.log.With("part", "alerts"),
	})
	return err
}

// AlertDesk is where people say what they want to be told.
func (s *Server) AlertDesk() *service.AlertDesk {
	return &service.AlertDesk{Store: s.Store, Delivery: s.Delivery, Changed: s.Alerts.Changed, Site: s.People.Site, Now: s.now}
}

// viewerOf says who an account is now: one that is gone or disabled is the public.
func (s *Server) viewerOf(ctx context.Context, id string) (account.Viewer, error) {
	public := account.Viewer{Scopes: account.AllScopes()}
	a, err := s.Store.Account(ctx, id)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, account.ErrNotFound) || err == nil && a.Disabled {
		return public, nil
	}
	if err != nil {
		return public, err
	}
	networks, err := s.Store.NetworksOf(ctx, id)
	return account.Viewer{Account: id, Name: a.Name, Role: a.Role, Networks: networks, Scopes: account.AllScopes()}, err
}

// resolve gives the networks of a neighbourhood, by the registry that is judged with.
func (s *Server) resolve(name string) ([]values.ASN, error) {
	if r := s.registry.Load(); r != nil {
		return r.Resolve(name)
	}
	return nil, registry.ErrNoData
}

// pageAt gives the address of a page; "" where the service's own is not set.
func (s *Server) pageAt(path string) string {
	if s.Config.PublicURL == "" {
		return ""
	}
	return strings.TrimSuffix(s.Config.PublicURL, "/") + path
}

// alertLinks say where the pages are that messages point at.
func (s *Server) alertLinks() service.AlertLinks {
	at := s.pageAt
	return service.AlertLinks{
		Incident:     func(id string) string { return at("/incident/" + id) },
		Network:      func(asn values.ASN) string { return at("/network/AS" + asn.String()) },
		Subscription: func(string) string { return at("/account/alerts") },
		Sources:      at("/sources"),
	}
}

// remind tells those who see a case of a deadline of it, by the channels of their subscriptions.
func (s *Server) remind(ctx context.Context, c store.Case, r deadline.Reminder) error {
	due := alert.CaseDue{Case: c.ID, Party: c.Party, Deadline: r.ID, Title: r.Title, Owes: r.Owes, To: r.To, Start: r.Start, Due: r.Due, Before: r.Before}
	return s.Alerts.Deadline(ctx, alert.OfDeadline(due, s.now(), s.pageAt("/desk/case/"+strconv.FormatInt(c.ID, 10))))
}

// takeOwn takes what own routes are checked by; what is not checked yet when newer facts come is passed over.
func (s *Server) takeOwn(f service.OwnFacts) {
	s.registry.Store(f.Registry)
	select {
	case <-s.ownFacts:
	default:
	}
	s.ownFacts <- f
}

// sourcesEvery is how often is looked whether a source is stale.
const sourcesEvery = 30 * time.Second

// checkAlerts checks own routes when there is something new to check them by, and the sources now and then.
func (s *Server) checkAlerts(ctx context.Context) error {
	log, tick := s.log.With("part", "alerts"), time.NewTicker(sourcesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-s.ownFacts:
			if err := s.Alerts.Facts(ctx, f); err != nil && ctx.Err() == nil {
				log.Error("own routes were not checked", "err", err)
			}
		case <-tick.C:
			states := service.SourceStates(s.Sources.Status(), s.Depot.Alarm, s.now())
			if err := s.Alerts.Sources(ctx, s.now(), states); err != nil && ctx.Err() == nil {
				log.Error("the sources were not checked", "err", err)
			}
		}
	}
}
