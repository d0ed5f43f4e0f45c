package world

import (
	"slices"
	"sync"

	"pahra/wire/values"
)

// route is one as a speaker tells it to the collector.
type route struct {
	path        []values.ASN
	communities []uint32
	otc         values.ASN
}

func (r *route) equal(o *route) bool {
	if r == nil || o == nil || r == o {
		return r == o
	}
	return r.otc == o.otc && slices.Equal(r.path, o.path) && slices.Equal(r.communities, o.communities)
}

// plainly is a network's ordinary announcement.
func (w *world) plainly(n node) source {
	s := source{origin: n}
	if v := w.net(n); v.backup {
		s.only = append(append(s.only, v.providers[:len(v.providers)-1]...), v.peers...)
		for _, x := range v.exchanges {
			s.only = append(s.only, x.members...)
		}
	}
	return s
}

// plainRoutes gives the speakers' routes to what a network announces plainly.
func (w *world) plainRoutes(n node) []*route {
	if list, ok := w.shared.get(n); ok {
		return list
	}
	list := w.routesOf([]source{w.plainly(n)})
	w.shared.put(n, list)
	return list
}

// plain keeps the speakers' routes to plain originations. Safe for concurrent use.
type plain struct {
	mu     sync.RWMutex
	routes map[node][]*route
}

func newPlain() *plain { return &plain{routes: make(map[node][]*route)} }

func (p *plain) get(n node) ([]*route, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list, ok := p.routes[n]
	return list, ok
}

func (p *plain) put(n node, list []*route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes[n] = list
}

// startRoutes gives the speakers' routes of the start.
func (w *world) startRoutes(e entry) []*route {
	if list, ok := w.special[e.prefix]; ok {
		return w.routesOf(list)
	}
	return w.plainRoutes(e.origin)
}

// routesOf gives the route of each speaker, nil where it has none.
func (w *world) routesOf(sources []source) []*route {
	out := make([]*route, len(w.speakers))
	s := w.spreader
	all := w.resolve(sources)
	routes := s.spread(all)
	for i, sp := range w.speakers {
		if r := routes[sp.node]; r.how != 0 && (!sp.partial || w.shares(all[r.source].origin)) {
			out[i] = &route{s.path(sp.node), all[r.source].communities, r.otc}
		}
	}
	for _, src := range sources {
		if src.lie {
			i := slices.IndexFunc(w.speakers, func(sp speaker) bool { return sp.node == src.origin })
			out[i] = &route{path: append([]values.ASN{w.net(src.origin).asn}, src.behind...)}
		}
	}
	return out
}

// shares says of which networks a peer with a partial session tells its routes.
func (w *world) shares(n node) bool { return n%8 == 3 }

// resolve puts the routes that leakers have at that time in the place of leaks, and leaves lies out.
func (w *world) resolve(sources []source) []source {
	simple := func(s source) bool { return s.leak == nil && !s.lie }
	if !slices.ContainsFunc(sources, func(s source) bool { return !simple(s) }) {
		return sources
	}
	all := slices.DeleteFunc(slices.Clone(sources), func(s source) bool { return !simple(s) })
	routes := w.spreader.spread(all)
	var leaks []source
	for _, s := range sources {
		if s.leak == nil {
			continue
		}
		r := routes[s.origin]
		if r.how <= fromCustomer || r.next != s.leak.from {
			continue // it has no such route now
		}
		s.behind = w.spreader.path(s.origin)[1:]
		s.otc = r.otc
		leaks = append(leaks, s)
	}
	return append(all, leaks...)
}
