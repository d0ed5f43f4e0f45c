package watch

import (
	"math"
	"slices"

	"pahra/internal/routes"
	"pahra/wire/values"
)

// prefixState is what the detectors know of one prefix.
type prefixState struct {
	pairs   []pair
	tracks  []*track
	touched bool // in Engine.touched
}

// pair is an origin of a prefix and its history. Times are seconds since 1970.
type pair struct {
	origin      values.ASN
	first, last uint32 // last: when a peer last said so, or lost it
	now, most   uint16 // sessions that have it, and the most that ever had at the end of a second
	nets        uint16 // the most peer networks that had it then; not counted beyond what any rule asks for
	flags       pairFlags
}

type pairFlags uint8

const (
	baseline  pairFlags = 1 << iota // known before judging began
	fromTable                       // from a table dump
	suspect                         // held against an established origin, and not explained
)

// pair gives the origin's history, new if need be.
func (s *prefixState) pair(origin values.ASN, sec int64) (p *pair, isNew bool) {
	for i := range s.pairs {
		if s.pairs[i].origin == origin {
			return &s.pairs[i], false
		}
	}
	s.pairs = append(s.pairs, pair{origin: origin, first: uint32(sec)})
	return &s.pairs[len(s.pairs)-1], true
}

func (s *prefixState) find(origin values.ASN) *pair {
	for i := range s.pairs {
		if s.pairs[i].origin == origin {
			return &s.pairs[i]
		}
	}
	return nil
}

// lost notes that one session no longer has the origin; if its route was stale it had it no more for a while.
func (s *prefixState) lost(origin values.ASN, sec int64, stale bool) {
	if p := s.find(origin); p != nil {
		p.now -= min(p.now, 1) // 0 where the origin was one too many, and was taken up since
		if !stale {
			p.last = uint32(sec)
		}
	}
}

// count brings up to date how many had each origin of a prefix at once.
func (e *Engine) count(s *prefixState, id routes.PrefixID) {
	enough := uint16(max(e.set.MinVisibility, e.set.MinPeerASNs, 1))
	for i := range s.pairs {
		p := &s.pairs[i]
		p.most = max(p.most, p.now)
		if p.nets >= min(enough, p.now) {
			continue
		}
		var space [64]values.ASN
		asns := space[:0]
		for _, r := range e.table.RoutesOf(id) {
			if e.in.Attr(r.Attr).Origin == p.origin && e.table.IsLive(r, e.now) {
				asns = appendNew(asns, e.table.Peers.Get(r.Peer).ASN)
			}
		}
		p.nets = max(p.nets, uint16(len(asns)))
	}
}

// isEstablished says whether others are held against p at time sec.
func (e *Engine) isEstablished(p *pair, sec int64) bool {
	switch {
	case p.flags&suspect != 0:
		return false
	case p.now == 0 && sec-int64(p.last) > int64(e.set.BaselineMemory.Seconds()):
		return false
	}
	return p.flags&baseline != 0 || sec-int64(p.first) >= int64(e.set.EstablishAfter.Seconds())
}

// established gives the established origins of a prefix other than not: those with a route now first, the most seen
// first, then by number.
func (e *Engine) established(id routes.PrefixID, not values.ASN) []pair {
	if int(id) >= len(e.states) {
		return nil
	}
	var list []pair
	for i := range e.states[id].pairs {
		p := &e.states[id].pairs[i]
		if p.origin != not && e.isEstablished(p, e.now) {
			list = append(list, *p)
		}
	}
	slices.SortFunc(list, func(a, b pair) int {
		if a.now != b.now {
			return int(b.now) - int(a.now)
		}
		if a.origin < b.origin {
			return -1
		}
		return 1
	})
	return list
}

// base is an established origin of a prefix, or of the closest prefix that covers it.
type base struct {
	prefix routes.PrefixID
	pair
}

// baselineOf gives what stood before against an origin new to a prefix: the established origins of the very prefix,
// else of the closest covering prefix that has any. For a covering prefix it gives nothing unless whole tables were
// seen, since otherwise a more specific prefix first seen now may have stood all along.
func (e *Engine) baselineOf(id routes.PrefixID, origin values.ASN) []base {
	if exact := e.established(id, origin); len(exact) > 0 {
		return bases(id, exact)
	}
	if !e.whole {
		return nil
	}
	for cover := range e.table.Covering(e.table.Prefix(id)) {
		if e.table.Prefix(cover).Bits() == 0 {
			continue
		}
		if list := e.established(cover, 0); len(list) > 0 {
			if slices.ContainsFunc(list, func(p pair) bool { return p.origin == origin }) {
				return nil
			}
			return bases(cover, list)
		}
	}
	return nil
}

func bases(id routes.PrefixID, list []pair) []base {
	out := make([]base, len(list))
	for i, p := range list {
		out[i] = base{id, p}
	}
	return out
}

// isNovel says whether an origin first seen now goes against an established one.
func (e *Engine) isNovel(s *prefixState, id routes.PrefixID, origin values.ASN) bool {
	return !e.isBogonASN(origin) && len(e.baselineOf(id, origin)) > 0
}

// tablesKnown says whether whole tables are known of at least half of the sessions that are up and were heard.
func (e *Engine) tablesKnown() bool {
	up, whole := 0, 0
	for i := range e.table.Peers.Len() {
		p := e.table.Peers.Get(routes.PeerID(i))
		if p.Down || p.First == 0 {
			continue
		}
		up++
		if p.Table != 0 {
			whole++
		}
	}
	return up > 0 && whole*2 >= up
}

// needed is how many peer networks must see a deviation of one address family, worked out at a moment.
type needed struct {
	peers int   // sessions known then; 0: not worked out
	until int64 // when a session that is down counts as gone
	n     int
}

// required gives how many peer networks must see a deviation: MinVisibility, or all that are up where they are fewer.
// Those that went down count for as long as they may come back, lest a reset of the others make a deviation of what few
// see.
func (e *Engine) required(id routes.PrefixID) int {
	family := routes.IPv4
	if e.table.Prefix(id).Addr().Is6() {
		family = routes.IPv6
	}
	cached := &e.need[family-1]
	if cached.peers == e.table.Peers.Sessions(family) && cached.n > 0 && e.now < cached.until {
		return cached.n
	}
	asns := make(map[values.ASN]bool)
	until := int64(math.MaxInt64)
	for i := range e.table.Peers.Len() {
		p := e.table.Peers.Get(routes.PeerID(i))
		gone := p.DownSince + routes.ResyncTime
		if p.Families&family == 0 || p.Down && gone <= e.now {
			continue
		}
		asns[p.ASN] = true
		if p.Down {
			until = min(until, gone)
		}
	}
	*cached = needed{e.table.Peers.Sessions(family), until, max(1, min(e.set.MinVisibility, len(asns)))}
	return cached.n
}
