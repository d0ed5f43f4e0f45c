package watch

import (
	"cmp"

	"pahra/internal/authority"
	"pahra/internal/checkpoint"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// paths are what is noted of paths, and what was seen of links and steps.
func (k *keeper) paths() {
	e := k.e
	k.Section("notes")
	for width := range e.paths {
		k.notes(&e.paths[width])
	}
	k.marks()
	k.Section("links")
	checkpoint.Map(k.Coder, e.edges, mostOf, compareEdges, func(link *edge, since *int64) { k.edge(link); k.time(since) })
	checkpoint.List(k.Coder, &e.fresh, mostOf, k.edge)
	for _, counts := range [...]map[edge]int{e.given, e.taken} {
		checkpoint.Map(k.Coder, counts, mostOf, compareEdges, func(link *edge, n *int) { k.edge(link); checkpoint.Int(k.Coder, n) })
	}
	checkpoint.Map(k.Coder, e.heldBogons, mostOf, cmp.Compare, func(asn *values.ASN, kind *authority.BogonKind) { k.asn(asn); checkpoint.Uint(k.Coder, kind) })
	checkpoint.List(k.Coder, &e.past, mostOf, func(s *pastStep) { k.triple(&s.triple); k.time32(&s.last) })
	checkpoint.Map(k.Coder, e.shares, mostOf, cmp.Compare, func(asn *values.ASN, s *share) {
		k.asn(asn)
		checkpoint.Int(k.Coder, &s.links)
		checkpoint.Int(k.Coder, &s.leaks)
	})
	checkpoint.Map(k.Coder, e.naive.triples, mostOf, compareSteps, func(s *triple, is *bool) { k.triple(s); *is = true })
	if k.Reading() {
		k.countBelow()
	}
}

// countBelow tells from the links how many networks each carries routes of.
func (k *keeper) countBelow() {
	e := k.e
	for link := range e.edges {
		e.below[link.near]++
	}
	for _, link := range e.fresh {
		e.below[link.near]--
	}
}

func compareEdges(a, b edge) int {
	return cmp.Or(cmp.Compare(a.near, b.near), cmp.Compare(a.far, b.far))
}

func (k *keeper) edge(l *edge) { k.asn(&l.near); k.asn(&l.far) }

func (k *keeper) triple(s *triple) { k.asn(&s.from); k.asn(&s.leaker); k.asn(&s.to) }

// notes writes or reads what is noted of each path that is kept.
func (k *keeper) notes(list *[]pathNote) {
	if k.Reading() {
		*list = make([]pathNote, k.e.in.Paths()+1)
		for id := 1; id < len(*list) && k.Err() == nil; id++ {
			k.note(&(*list)[id])
		}
		return
	}
	for id := 1; id <= k.e.in.Paths(); id++ {
		if k.numbers.Path(routes.PathID(id)) == 0 {
			continue
		}
		var note pathNote
		if id < len(*list) {
			note = (*list)[id]
		}
		k.note(&note)
	}
}

// note writes or reads the fields that are set, and before them which those are.
func (k *keeper) note(n *pathNote) {
	const seen, admin, naive = 1, 2, 4
	var is uint8
	for bit, set := range [...]bool{n.seen, n.admin, n.naive, n.bogon != 0 || n.culprit != 0, n.near != 0, n.newUntil != 0, n.leak != 0, n.left != 0} {
		if set {
			is |= 1 << bit
		}
	}
	checkpoint.Uint(k.Coder, &is)
	n.seen, n.admin, n.naive = is&seen != 0, is&admin != 0, is&naive != 0
	if is&8 != 0 {
		k.asn(&n.bogon)
		k.asn(&n.culprit)
	}
	if is&16 != 0 {
		k.asn(&n.near)
	}
	if is&32 != 0 {
		k.time32(&n.newUntil)
	}
	if is&64 != 0 {
		checkpoint.Uint(k.Coder, &n.leak) // which there is, is looked at when the leaks are read
	}
	if is&128 != 0 {
		k.time32(&n.left)
	}
}

// marks writes or reads which leaks the attribute sets with Only to Customer show, of those that are kept.
func (k *keeper) marks() {
	kept := make(map[routes.AttrID]uint32)
	for id, n := range k.e.otc {
		if to := k.numbers.Attr(id); to != 0 {
			kept[to] = n
		}
	}
	checkpoint.Map(k.Coder, kept, mostOf, cmp.Compare, func(id *routes.AttrID, n *uint32) {
		checkpoint.Uint(k.Coder, id)
		checkpoint.Uint(k.Coder, n)
	})
	if k.Reading() {
		k.e.otc = kept
	}
}

// leaks writes or reads the steps that are followed; not yet their tracks.
func (k *keeper) leaks() {
	e := k.e
	k.Section("leaks")
	checkpoint.List(k.Coder, &e.leaks, maxLeaks, func(l **leak) {
		if k.Reading() {
			*l = &leak{shown: make(map[routes.PeerID]int)}
		}
		k.leak(*l)
	})
	if !k.Reading() {
		return
	}
	for i, l := range e.leaks {
		e.leakAt[l.triple] = uint32(i + 1)
		e.leaksBy[l.leaker] = append(e.leaksBy[l.leaker], l)
		l.source = e.sourceOf(edge{l.leaker, l.from})
		l.source.leaks = append(l.source.leaks, l)
		l.source.counted = -1
	}
	k.checkLeaks()
}

// checkLeaks fails where a path or a mark shows a leak that is not there, or one is there twice.
func (k *keeper) checkLeaks() {
	e := k.e
	most := uint32(len(e.leaks))
	for _, notes := range e.paths {
		for i := range notes {
			if notes[i].leak > most {
				k.Fail("there is no leak %d", notes[i].leak)
			}
		}
	}
	for _, n := range e.otc {
		if n > most {
			k.Fail("there is no leak %d", n)
		}
	}
	if len(e.leakAt) < len(e.leaks) {
		k.Fail("a leak is there twice")
	}
}

func (k *keeper) leak(l *leak) {
	k.triple(&l.triple)
	k.rule(&l.rule)
	checkpoint.Int(k.Coder, &l.facts)
	k.known(&l.fromIs)
	k.known(&l.toIs)
	k.Bool(&l.standing)
	k.rule(&l.held.byPath)
	k.Bool(&l.held.byMark)
	k.Bool(&l.held.attested)
	k.Bool(&l.held.together)
	checkpoint.Map(k.Coder, l.shown, routes.MaxPeers, cmp.Compare, func(p *routes.PeerID, n *int) { k.peer(p); checkpoint.Int(k.Coder, n) })
	checkpoint.Int(k.Coder, &l.settled.live)
	checkpoint.Int(k.Coder, &l.settled.stood)
	k.Bool(&l.isShown)
	k.time(&l.since)
	checkpoint.Int(k.Coder, &l.most)
	k.name(&l.benign)
	k.tries(&l.tried)
	k.time(&l.judged)
}

func (k *keeper) rule(r *rule) {
	if checkpoint.Uint(k.Coder, r); int(*r) >= len(ruleNames) {
		k.Fail("there is no rule %d", *r)
		*r = 0
	}
}

func (k *keeper) known(r *KnownRelation) {
	k.name(&r.Relation)
	k.Float(&r.Confidence)
	if checkpoint.List(k.Coder, &r.Sources, mostText, k.name); r.Sources == nil {
		r.Sources = []string{}
	}
}

func (k *keeper) tries(list *[]Tried) {
	checkpoint.List(k.Coder, list, mostText, func(t *Tried) {
		k.name(&t.Name)
		k.name((*string)(&t.Result))
		k.String(&t.Detail, mostBytes)
	})
}

// leakRef writes or reads which leak a track follows, if any.
func (k *keeper) leakRef(l **leak) {
	n := uint32(0)
	if *l != nil {
		n = k.e.leakAt[(*l).triple]
	}
	if checkpoint.Uint(k.Coder, &n); !k.Reading() || n == 0 {
		return
	}
	if n > uint32(len(k.e.leaks)) {
		k.Fail("there is no leak %d", n)
		return
	}
	*l = k.e.leaks[n-1]
}

// stirredSources writes or reads whose leaks more or fewer show since the last second.
func (k *keeper) stirredSources() {
	var links []edge
	for _, s := range k.e.stirred {
		links = append(links, edge{s.leaks[0].leaker, s.leaks[0].from})
	}
	checkpoint.List(k.Coder, &links, mostOf, k.edge)
	if !k.Reading() {
		return
	}
	for _, link := range links {
		s := k.e.sources[link]
		if s == nil {
			k.Fail("AS%d leaks nothing of AS%d", link.near, link.far)
			return
		}
		s.touched = true
		k.e.stirred = append(k.e.stirred, s)
	}
}
