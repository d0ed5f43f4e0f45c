package watch

import (
	"cmp"
	"maps"
	"slices"

	"pahra/internal/checkpoint"
	"pahra/wire/mrt"
)

// kinds are all kinds of incident, in the order by which a checkpoint knows them.
func kinds() []Kind { return []Kind{Hijack, RPKIInvalid, BogonPrefix, BogonASN, Leak, PathAnomaly} }

func (k *keeper) kind(v *Kind) {
	list := kinds()
	n := uint8(max(0, slices.Index(list, *v)))
	if checkpoint.Uint(k.Coder, &n); int(n) >= len(list) {
		k.Fail("there is no kind %d", n)
		n = 0
	}
	if k.Reading() {
		*v = list[n]
	}
}

// allTracks writes or reads all tracks: those in Engine.tracks, and those that only an appointment, a leak or a new link
// still holds.
func (k *keeper) allTracks() {
	k.Section("tracks")
	stray := k.strays()
	for _, list := range [...]*[]*track{&k.e.tracks, &stray} {
		checkpoint.List(k.Coder, list, mostOf, func(t **track) {
			if k.Reading() {
				*t = &track{}
			}
			k.track(*t)
			if k.Reading() && k.tracks[(*t).seq] != nil {
				k.Fail("track %d is there twice", (*t).seq)
			}
			k.tracks[(*t).seq] = *t
		})
	}
	if !k.Reading() {
		return
	}
	for _, t := range k.e.tracks {
		if t.kind == Hijack {
			k.e.takers[t.asn] = append(k.e.takers[t.asn], t)
		}
	}
}

// strays gives the tracks that their prefix had no room for any more, in the order in which they were made.
func (k *keeper) strays() []*track {
	known := make(map[*track]bool, len(k.e.tracks))
	for _, t := range k.e.tracks {
		known[t] = true
	}
	stray := make(map[*track]bool)
	add := func(t *track) {
		if !known[t] {
			stray[t] = true
		}
	}
	for _, a := range k.e.agenda {
		add(a.track)
	}
	for _, l := range k.e.leaks {
		for _, t := range l.tracks {
			add(t)
		}
	}
	for _, t := range k.e.newLinks {
		add(t)
	}
	return slices.SortedFunc(maps.Keys(stray), func(a, b *track) int { return cmp.Compare(a.seq, b.seq) })
}

func (k *keeper) track(t *track) {
	k.kind(&t.kind)
	k.prefix(&t.prefix)
	k.asn(&t.asn)
	k.asn(&t.bogon)
	k.Bool(&t.admin)
	k.leakRef(&t.leak)
	k.asn(&t.far)
	k.Bool(&t.oneProof)
	checkpoint.Int(k.Coder, &t.seq)
	checkpoint.Uint(k.Coder, &t.phase)
	k.Bool(&t.refuted)
	k.Bool(&t.proven)
	k.Bool(&t.returned)
	k.time(&t.first)
	k.time(&t.from)
	k.time(&t.gone)
	checkpoint.List(k.Coder, &t.sights, mostOf, k.sight)
	checkpoint.Int(k.Coder, &t.total)
	if (t.kind == Leak) != (t.leak != nil) || t.phase > closed {
		k.Fail("track %d is none", t.seq)
	}
}

func (k *keeper) sight(s *sight) {
	k.time(&s.sec)
	checkpoint.Uint(k.Coder, &s.micro)
	kind := uint8(s.kind)
	checkpoint.Uint(k.Coder, &kind)
	s.kind = mrt.ElemKind(kind)
	k.peer(&s.peer)
	k.attr(&s.attr)
	k.name(&s.file)
	checkpoint.Int(k.Coder, &s.offset)
	k.Bytes(&s.raw, mostBytes)
}

// trackRef writes or reads which track it is.
func (k *keeper) trackRef(t **track) {
	seq := 0
	if *t != nil {
		seq = (*t).seq
	}
	if checkpoint.Int(k.Coder, &seq); !k.Reading() {
		return
	}
	if *t = k.tracks[seq]; *t == nil {
		k.Fail("there is no track %d", seq)
		*t = &track{}
	}
}

func (k *keeper) trackRefs(list *[]*track) { checkpoint.List(k.Coder, list, mostOf, k.trackRef) }

// states writes or reads what is known of each prefix.
func (k *keeper) states() {
	e := k.e
	k.Section("states")
	n := k.Len(len(e.states), e.table.Len())
	if k.Reading() {
		e.states = make([]prefixState, n)
	}
	for i := 0; i < n && k.Err() == nil; i++ {
		s := &e.states[i]
		checkpoint.List(k.Coder, &s.pairs, mostOf, k.pair)
		k.trackRefs(&s.tracks)
	}
	checkpoint.List(k.Coder, &e.touched, mostOf, k.prefix)
	if k.Reading() && k.Err() == nil {
		for _, id := range e.touched {
			if int(id) >= len(e.states) {
				k.Fail("nothing is known of prefix %d", id)
				return
			}
			e.states[id].touched = true
		}
	}
	for _, l := range e.leaks {
		k.trackRefs(&l.tracks)
	}
}

func (k *keeper) pair(p *pair) {
	k.asn(&p.origin)
	k.time32(&p.first)
	k.time32(&p.last)
	checkpoint.Uint(k.Coder, &p.now)
	checkpoint.Uint(k.Coder, &p.most)
	checkpoint.Uint(k.Coder, &p.nets)
	checkpoint.Uint(k.Coder, &p.flags)
}

// pending is what is to be looked at.
func (k *keeper) pending() {
	e := k.e
	k.Section("pending")
	k.trackRefs(&e.newLinks)
	k.stirredSources()
	sorted := slices.Clone(e.agenda) // a list in order is a heap
	slices.SortFunc(sorted, func(a, b appointment) int {
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.track.seq, b.track.seq))
	})
	checkpoint.List(k.Coder, (*[]appointment)(&sorted), mostOf, func(a *appointment) { k.time(&a.due); k.trackRef(&a.track) })
	if k.Reading() {
		e.agenda = sorted
	}
	checkpoint.List(k.Coder, &e.resyncs, mostOf, k.time)
}
