package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"pahra/internal/alert"
	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// OwnFacts are what the checks of networks' own routes go by, at a moment. What is nil is no data.
type OwnFacts struct {
	At       time.Time // of the data
	Routes   map[values.ASN][]alert.OwnRoute
	Up       [2]int // as [OwnRoutes] gives it
	VRPs     *authority.VRPTable
	VRPsAt   time.Time // when they were known
	IRR      *authority.RouteTable
	Registry *registry.Registry
}

// Watched gives the networks whose own routes are to be checked: those that subscriptions name, by number or by
// neighbourhood, and want to know that of.
func (a *Alerter) Watched(ctx context.Context) (map[values.ASN]bool, error) {
	subs, err := a.subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	all := map[values.ASN]bool{}
	for _, s := range subs {
		if s.Paused || len(s.Kinds) > 0 && !slices.ContainsFunc(s.Kinds, ofOwnRoutes) || len(s.Roles) > 0 && !slices.Contains(s.Roles, alert.Owner) {
			continue
		}
		for _, asn := range s.Networks {
			all[asn] = true
		}
		for _, name := range s.Neighbourhoods {
			for _, asn := range a.membersOf(name).asns {
				all[asn] = true
			}
		}
	}
	return all, nil
}

func ofOwnRoutes(k alert.Kind) bool {
	switch k {
	case alert.ROAExpiry, alert.ROALost, alert.RouteObjectLost, alert.NewUpstream, alert.VisibilityLost, alert.OwnInvalid:
		return true
	}
	return false
}

// Facts checks the watched networks' own routes and queues who is to be told. What a network's check remembers is stored
// with what it found, so that nothing is told twice or lost when the process dies.
func (a *Alerter) Facts(ctx context.Context, f OwnFacts) error {
	watched, err := a.Watched(ctx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(watched)), checkedAtOnce) {
		if err := a.checkOwn(ctx, f, part); err != nil {
			return err
		}
	}
	return nil
}

// checkedAtOnce is how many networks are checked in one transaction.
const checkedAtOnce = 100

// checkOwn checks some networks.
func (a *Alerter) checkOwn(ctx context.Context, f OwnFacts, asns []values.ASN) error {
	subs, err := a.subscriptions(ctx)
	if err != nil {
		return err
	}
	what := store.Telling{Hear: a.hearer(subs), Memory: map[string][]byte{}}
	for _, asn := range asns {
		name := "AS" + asn.String()
		var m alert.Memory
		if err := a.remembered(ctx, name, &m); err != nil {
			return err
		}
		next, alerts := alert.Check(m, a.viewOf(f, asn))
		what.Alerts = append(what.Alerts, alerts...)
		if what.Memory[name], err = json.Marshal(next); err != nil {
			return fmt.Errorf("writing down what is remembered of %s: %w", name, err)
		}
	}
	_, err = a.tell(ctx, what)
	return err
}

// viewOf gives what is known of a network.
func (a *Alerter) viewOf(f OwnFacts, asn values.ASN) alert.View {
	v := alert.View{ASN: asn, At: f.At, HasRoutes: f.Routes != nil, Routes: f.Routes[asn], Up: f.Up, VRPs: f.VRPs, VRPsAt: f.VRPsAt, Horizon: a.horizonOf(f),
		IRR: f.IRR, Link: a.set.Links.Network(asn)}
	if f.Registry != nil && f.Registry.HasRelations() {
		v.Relation = func(other values.ASN) string {
			if r := f.Registry.Relation(other, asn); r != registry.Unknown {
				return r.String()
			}
			return ""
		}
	}
	return v
}

// horizonCache keeps what was worked out for the last set of VRPs.
type horizonCache struct {
	of   *authority.VRPTable
	left map[string]time.Duration
}

func (a *Alerter) horizonOf(f OwnFacts) map[string]time.Duration {
	if f.VRPs == nil {
		return nil
	}
	a.horizonMu.Lock()
	defer a.horizonMu.Unlock()
	if a.horizon.of != f.VRPs {
		a.horizon = horizonCache{f.VRPs, f.VRPs.Horizon(f.VRPsAt)}
	}
	return a.horizon.left
}

// OwnRoutes gathers what the networks of a set announce, who sees it and next to whom they stand, and how many peer
// networks are heard of IPv4 and IPv6. Only what enough peers had at once within a day counts as announced. It reads the
// engine's table, so it is for the goroutine that feeds the engine.
func OwnRoutes(e *watch.Engine, at time.Time, asns map[values.ASN]bool) (own map[values.ASN][]alert.OwnRoute, up [2]int) {
	own = make(map[values.ASN][]alert.OwnRoute, len(asns))
	table := e.Table()
	up = peersUp(table)
	if len(asns) == 0 {
		return own, up
	}
	g := gatherer{table: table, at: at.Unix()}
	for a := range e.Announced(at.Add(-24 * time.Hour).Unix()) {
		if !asns[a.Origin] {
			continue
		}
		if id, ok := table.Lookup(a.Prefix); ok {
			r := g.route(id, a.Origin)
			r.Prefix = a.Prefix
			own[a.Origin] = append(own[a.Origin], r)
		}
	}
	return own, up
}

// peersUp counts the networks of sessions that are up and have sent routes.
func peersUp(table *routes.Table) (up [2]int) {
	for n, family := range []routes.Family{routes.IPv4, routes.IPv6} {
		seen := map[values.ASN]bool{}
		for id := range table.Peers.Len() {
			if p := table.Peers.Get(routes.PeerID(id)); !p.Down && p.Families&family != 0 {
				seen[p.ASN] = true
			}
		}
		up[n] = len(seen)
	}
	return up
}

// gatherer looks at who has a route.
type gatherer struct {
	table *routes.Table
	at    int64
	hops  []values.ASN
}

// route says who has a prefix with an origin now, and over which neighbours of it.
func (g *gatherer) route(id routes.PrefixID, origin values.ASN) alert.OwnRoute {
	in := g.table.Interner()
	peers, near := map[values.ASN]bool{}, map[values.ASN]map[values.ASN]bool{}
	for _, r := range g.table.RoutesOf(id) {
		attr := in.Attr(r.Attr)
		if attr.Origin != origin || !g.table.IsLive(r, g.at) {
			continue
		}
		peer := g.table.Peers.Get(r.Peer).ASN
		if peer == origin {
			continue
		}
		peers[peer] = true
		g.hops = in.AppendPath(g.hops[:0], attr.Path)
		if n := len(g.hops); n >= 2 && g.hops[n-1] == origin && g.hops[n-2] != origin {
			if near[g.hops[n-2]] == nil {
				near[g.hops[n-2]] = map[values.ASN]bool{}
			}
			near[g.hops[n-2]][peer] = true
		}
	}
	route := alert.OwnRoute{Peers: len(peers)}
	for asn, by := range near {
		route.Upstreams = append(route.Upstreams, alert.Neighbour{ASN: asn, Peers: len(by)})
	}
	slices.SortFunc(route.Upstreams, func(a, b alert.Neighbour) int { return cmp.Compare(a.ASN, b.ASN) })
	return route
}
