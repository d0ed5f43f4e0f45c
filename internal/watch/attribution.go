package watch

import (
	"cmp"
	"slices"

	"pahra/wire/values"
)

// witness is a path by which one peer showed a deviation.
type witness struct {
	peer values.ASN
	path []values.ASN // from the peer to the announcing network, that one included and last
}

// witnesses gives the distinct paths of an incident.
func (e *Engine) witnesses(g *group) []witness {
	var out []witness
	seen := make(map[string]bool)
	for _, m := range g.members {
		for _, w := range e.witnessesOf(m.track) {
			if key := keyOf(w.peer, w.path); !seen[key] {
				seen[key] = true
				out = append(out, w)
			}
		}
	}
	sortWitnesses(out)
	return out
}

func sortWitnesses(ws []witness) {
	slices.SortFunc(ws, func(a, b witness) int { return cmp.Or(cmp.Compare(a.peer, b.peer), slices.Compare(a.path, b.path)) })
}

// witnessesOf gives the paths by which each peer showed one prefix of it.
func (e *Engine) witnessesOf(t *track) []witness {
	var out []witness
	for _, s := range t.sights {
		if path := t.upToAnnouncer(e.in.AppendPath(nil, e.in.Attr(s.attr).Path)); len(path) > 0 {
			out = append(out, witness{e.table.Peers.Get(s.peer).ASN, path})
		}
	}
	sortWitnesses(out)
	return out
}

// upToAnnouncer cuts a path behind the announcing network: behind its last place, since whatever stands between its
// first and its last could have made the rest up. Behind a bogon ASN's announcer stands the bogon. It gives nil where
// it is not there.
func (t *track) upToAnnouncer(path []values.ASN) []values.ASN {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == t.asn && (t.behind() == 0 || i+1 < len(path) && path[i+1] == t.behind()) {
			return path[:i+1]
		}
	}
	return nil
}

// behind gives the network that must stand behind the announcing one; 0 for any.
func (t *track) behind() values.ASN {
	switch t.kind {
	case BogonASN:
		return t.bogon
	case Leak:
		return t.leak.from
	case PathAnomaly:
		return t.far
	}
	return 0
}

func keyOf(peer values.ASN, path []values.ASN) string {
	b := make([]byte, 0, 4*len(path)+4)
	for _, a := range append([]values.ASN{peer}, path...) {
		b = append(b, byte(a>>24), byte(a>>16), byte(a>>8), byte(a))
	}
	return string(b)
}

// attribute says how far the paths support that the announcing network did it, and gives the network that all of them
// share in between, 0 if there is none. It is what the weakest of the prefixes has: that one was announced says nothing
// of another.
//
// A path is what the networks on it say. If all paths pass through one network, that one could have made the rest up;
// if at least MinPeerASNs peer networks see it over paths with nothing in common but the announcing network, somebody
// else would have had to inject it in several places.
func (e *Engine) attribute(g *group) (Attribution, values.ASN) {
	at, shared := Supported, values.ASN(0)
	if g.leak != nil { // decided once for all its prefixes
		return e.attributeLeak(g)
	}
	members := slices.SortedStableFunc(slices.Values(g.members), func(a, b *member) int {
		return values.ComparePrefix(e.table.Prefix(a.track.prefix), e.table.Prefix(b.track.prefix))
	})
	for _, m := range members {
		ok, s := e.supports(m)
		switch {
		case ok:
		case s != 0 && !e.linked(s, g.asn, g.firstSight()):
			return PossiblyForged, s
		case at == Supported || shared == 0:
			at, shared = SinglePath, s
		}
	}
	return at, shared
}

// attributeLeak is attribute for a leak.
func (e *Engine) attributeLeak(g *group) (Attribution, values.ASN) {
	ok, shared := e.independent(e.leakWitnesses(g), g.asn)
	switch {
	case ok:
		return Supported, 0
	case shared != 0 && !e.linked(shared, g.asn, min(g.start, g.members[0].track.first)):
		return PossiblyForged, shared
	}
	return SinglePath, shared
}

// firstSight is when the first element showed it, be it to one peer only and long before the incident counts as begun.
func (g *group) firstSight() int64 {
	first := g.start
	for _, m := range g.members {
		first = min(first, m.track.first)
	}
	return first
}

// supports says whether the paths to one prefix name the announcing network. If not, it gives the network that all of
// them share, 0 where there is none. A hijack takes two claims: that who announced before did so must also rest on more
// than one peer's word, or that one could make whoever comes after look guilty. Of leaks attributeLeak decides.
func (e *Engine) supports(m *member) (ok bool, shared values.ASN) {
	independent, shared := e.independent(e.witnessesOf(m.track), m.track.asn)
	if m.track.kind == Hijack {
		return independent && m.contested, shared
	}
	return independent || m.old && m.track.proven, shared
}

// independent says whether paths from enough peer networks to asn have no network in common, and gives the common
// network next to asn if they have.
func (e *Engine) independent(ws []witness, asn values.ASN) (bool, values.ASN) {
	peers := make(map[values.ASN]bool)
	var common []values.ASN
	for i, w := range ws {
		peers[w.peer] = true
		between := between(w, asn)
		if i == 0 {
			common = between
			continue
		}
		common = slices.DeleteFunc(common, func(a values.ASN) bool { return !slices.Contains(between, a) })
	}
	return len(peers) >= e.set.MinPeerASNs && len(common) == 0, nearest(common)
}

// between gives the networks between the collector and the announcing network.
func between(w witness, asn values.ASN) []values.ASN {
	list := slices.DeleteFunc(slices.Clone(w.path), func(a values.ASN) bool { return a == asn })
	if w.peer != asn && !slices.Contains(list, w.peer) {
		list = append([]values.ASN{w.peer}, list...)
	}
	return list
}

// nearest gives the shared network next to the announcing one.
func nearest(common []values.ASN) values.ASN {
	if len(common) == 0 {
		return 0
	}
	return common[len(common)-1]
}

// remember notes that independent paths showed a deviation that needs no novelty: what then comes back is the
// announcing network's own history, even over one path. That it was in the baseline is not enough, since whoever frames
// it can have begun before judging did.
func (e *Engine) remember(t *track) {
	if t.proven || t.kind != RPKIInvalid && t.kind != BogonPrefix {
		return
	}
	if t.proven, _ = e.independent(e.witnessesOf(t), t.asn); t.proven {
		e.tellTrack(t)
	}
}

// accepted says whether a network took the announcement straight from the announcing one, by the same measure: on its
// own word, as a peer, or on that of enough peers whose paths to it have no network in common.
func (e *Engine) accepted(asn values.ASN, ws []witness) bool {
	var to []witness
	for _, w := range ws {
		if n := len(w.path) - 1; n > 0 && w.path[n-1] == asn {
			if w.peer == asn && n == 1 {
				return true
			}
			to = append(to, witness{w.peer, w.path[:n]})
		}
	}
	ok, _ := e.independent(to, asn)
	return ok
}
