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
		for _, s := range m.track.sights {
			peer := e.table.Peers.Get(s.peer).ASN
			path := upTo(e.in.AppendPath(nil, e.in.Attr(s.attr).Path), g.asn)
			key := keyOf(peer, path)
			if len(path) == 0 || seen[key] {
				continue
			}
			seen[key] = true
			out = append(out, witness{peer, path})
		}
	}
	slices.SortFunc(out, func(a, b witness) int { return cmp.Or(cmp.Compare(a.peer, b.peer), slices.Compare(a.path, b.path)) })
	return out
}

// upTo cuts a path behind the first place of asn; nil where it is not there.
func upTo(path []values.ASN, asn values.ASN) []values.ASN {
	i := slices.Index(path, asn)
	return path[:i+1]
}

func keyOf(peer values.ASN, path []values.ASN) string {
	b := make([]byte, 0, 4*len(path)+4)
	for _, a := range append([]values.ASN{peer}, path...) {
		b = append(b, byte(a>>24), byte(a>>16), byte(a>>8), byte(a))
	}
	return string(b)
}

// attribute says how far the paths support that the announcing network did it, and gives the network that all of them
// share in between, 0 if there is none.
//
// A path is what the networks on it say. If all paths pass through one network, that one could have made the rest up;
// if at least MinPeerASNs peer networks see it over paths with nothing in common but the announcing network, somebody
// else would have had to inject it in several places.
func (e *Engine) attribute(g *group) (Attribution, values.ASN) {
	ws := e.witnesses(g)
	peers := make(map[values.ASN]bool)
	var common []values.ASN
	for i, w := range ws {
		peers[w.peer] = true
		between := between(w, g.asn)
		if i == 0 {
			common = between
			continue
		}
		common = slices.DeleteFunc(common, func(a values.ASN) bool { return !slices.Contains(between, a) })
	}
	if len(peers) >= e.set.MinPeerASNs && len(common) == 0 {
		return Supported, 0
	}
	if g.ownHistory() {
		return Supported, nearest(common)
	}
	shared := nearest(common)
	if shared != 0 && !e.linked(shared, g.asn, g.firstSight()) {
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

// between gives the networks between the collector and the announcing network.
func between(w witness, asn values.ASN) []values.ASN {
	list := slices.Clone(w.path[:len(w.path)-1])
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

// ownHistory says whether the announcing network did the same before judging began, so that nobody who wanted to frame
// it now could have: every prefix of the incident was in the baseline with it. A hijack is by its definition new.
func (g *group) ownHistory() bool {
	if g.kind == Hijack || g.kind == BogonASN {
		return false
	}
	return !slices.ContainsFunc(g.members, func(m *member) bool { return !m.old })
}
