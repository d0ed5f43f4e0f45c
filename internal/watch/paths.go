package watch

import (
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// edge is a link between neighbours on a path, the one nearer the collector first.
type edge struct{ near, far values.ASN }

// pathNote is what a distinct path was found to hold. It does not hang on when the path was looked at: one that was
// forgotten comes to the same when it returns.
type pathNote struct {
	seen bool
	// bogon is a number that must not appear, and culprit the network next to it towards the collector, which let it
	// out; 0 where there is none.
	bogon, culprit values.ASN
	admin          bool       // the bogon is merely administrative
	naive          bool       // a step goes against the relations, however doubtful
	near           values.ASN // the network next to the origin; 0 where there is none, or the path does not tell
	newUntil       uint32     // how long the link between the two may count as new, in seconds since 1970; 0 for not at all
	leak           uint32     // place in Engine.leaks plus one; 0 for none
	left           uint32     // when a route last ceased to have it, in seconds since 1970; 0 for never
}

// notePath gives what the path of an attribute set holds, looking only the first time.
func (e *Engine) notePath(a routes.Attr) pathNote {
	twoOctet := a.Flags&routes.TwoOctet != 0
	paths := &e.paths[0]
	if twoOctet {
		paths = &e.paths[1]
	}
	for int(a.Path) >= len(*paths) {
		*paths = append(*paths, pathNote{})
	}
	note := &(*paths)[a.Path]
	if note.seen || a.Path == 0 {
		return *note
	}
	e.hops = e.in.AppendPath(e.hops[:0], a.Path)
	all := e.noteEdges(e.hops)
	found := e.bogonIn(e.hops, twoOctet)
	found.seen, found.left = true, note.left
	found.leak, found.naive = e.noteLeaks(e.hops)
	found.near, found.newUntil = e.lastLink(e.hops)
	if all { // else another peer may have room for it
		(*paths)[a.Path] = found
	}
	return found
}

// leaveAttr notes that a route no longer has an attribute set.
func (e *Engine) leaveAttr(a routes.Attr) {
	paths := e.paths[0]
	if a.Flags&routes.TwoOctet != 0 {
		paths = e.paths[1]
	}
	if int(a.Path) < len(paths) {
		paths[a.Path].left = uint32(e.now)
	}
}

// maxHops is beyond every true path, prepends collapsed; a longer one says nothing of who is next to whom.
const maxHops = 48

// noteEdges remembers who was seen next to whom since when. Who stands on a path twice wrote what is in between, as
// networks do to keep a route from others; that is left out.
//
// It gives false where not all could be remembered.
func (e *Engine) noteEdges(hops []values.ASN) bool {
	if len(hops) > maxHops {
		return true
	}
	all := true
	for i := 0; i+1 < len(hops); i++ {
		if again := slices.Index(hops[i+1:], hops[i]); again >= 0 {
			i += again // the next round stands at its second place
			continue
		}
		link := edge{hops[i], hops[i+1]}
		if _, known := e.edges[link]; known {
			continue
		}
		if !e.mayShowLink() {
			all = false
			continue
		}
		e.noteEdge(link)
	}
	return all
}

// noteEdge remembers a link not seen before. Who stands nearer the collector carries the routes of the other; of links
// seen while judging, that counts once they are no longer new.
func (e *Engine) noteEdge(link edge) {
	if e.judging == 0 || e.recalling {
		e.edges[link] = min(e.now, max(0, e.judging-1))
		if e.judging == 0 {
			e.edges[link] = e.now
		} else {
			e.news.links[link] = true
		}
		e.below[link.near]++
		return
	}
	e.edges[link] = e.now
	e.fresh = append(e.fresh, link)
}

// carries says how many networks one was known to carry routes of; links that are no longer new count.
func (e *Engine) carries(asn values.ASN) int32 {
	for len(e.fresh) > 0 && e.now-e.edges[e.fresh[0]] > int64(e.set.LinkMemory.Seconds()) {
		e.below[e.fresh[0].near]++
		e.fresh = e.fresh[1:]
	}
	return e.below[asn]
}

// settleLinks drops what is nothing but a new neighbour.
func (e *Engine) settleLinks() {
	for _, t := range e.newLinks {
		if t.phase == waiting && len(e.suspicious(t.prefix, edge{t.asn, t.far})) == 0 {
			t.phase, t.sights = explained, nil
		}
	}
	e.newLinks = e.newLinks[:0]
}

// lastLink gives the network next to the origin of a path, and how long the link between the two may count as new.
func (e *Engine) lastLink(hops []values.ASN) (near values.ASN, newUntil uint32) {
	n := len(hops)
	if n < 2 || n > maxHops || hasLoop(hops) {
		return 0, 0
	}
	link := edge{hops[n-2], hops[n-1]}
	if e.isNewLink(link) {
		newUntil = uint32(e.edges[link] + int64(e.set.LinkMemory.Seconds()))
	}
	return link.near, newUntil
}

// bogonIn finds the bogon ASN nearest the collector and the network that let it out. AS_TRANS on a two-octet session
// stands for a number that could not be written (RFC 6793) and is no bogon there.
func (e *Engine) bogonIn(path []values.ASN, twoOctet bool) (note pathNote) {
	for i, asn := range path {
		if asn == values.ASTrans && twoOctet {
			continue
		}
		if kind := e.bogonKind(asn); kind != authority.BogonNone {
			if i > 0 { // a bogon in the first place is the collector's own arrangement
				note = pathNote{bogon: asn, culprit: path[i-1], admin: kind == authority.BogonAdministrative}
			}
			return note
		}
	}
	return note
}

func (e *Engine) bogonKind(asn values.ASN) authority.BogonKind {
	if e.facts.Bogons == nil {
		return e.heldBogons[asn]
	}
	return e.facts.Bogons.ASN(asn, time.Unix(e.now, 0)).Kind
}

func (e *Engine) isBogonASN(asn values.ASN) bool { return e.bogonKind(asn) == authority.BogonFull }

// linked says whether two networks were neighbours on a path before sec, either way round.
func (e *Engine) linked(a, b values.ASN, before int64) bool {
	for _, link := range [...]edge{{a, b}, {b, a}} {
		if since, ok := e.edges[link]; ok && since < before {
			return true
		}
	}
	return false
}
