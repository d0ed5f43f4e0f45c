package watch

import "slices"

// What one prefix may take of memory and time. A liar can announce one prefix with every number there is; the most that
// was ever true, of anycast relays, is about a hundred origins.
const (
	maxOrigins = 128
	maxTracks  = 4 * maxOrigins
)

// roomForOrigin says whether a prefix may have one more origin. Where it has too many it forgets, with their tracks,
// those that no session has now, that did not belong to the baseline and that at most one peer network ever showed.
func (e *Engine) roomForOrigin(s *prefixState) bool {
	if len(s.pairs) < maxOrigins {
		return true
	}
	idle := func(p pair) bool { return p.now == 0 && p.flags&baseline == 0 && p.nets <= 1 }
	gone := func(t *track) bool {
		p := s.find(t.asn)
		return t.kind != BogonASN && t.phase != open && t.from == 0 && (p == nil || idle(*p))
	}
	e.forget(s, gone)
	s.pairs = slices.DeleteFunc(s.pairs, func(p pair) bool {
		followed := slices.ContainsFunc(s.tracks, func(t *track) bool { return t.kind != BogonASN && t.asn == p.origin })
		return idle(p) && !followed
	})
	return len(s.pairs) < maxOrigins
}

// roomForTrack says whether a prefix may have one more track. Where it has too many it forgets those of bogon ASNs and of
// new links that nobody shows now; they are made again when somebody does.
func (e *Engine) roomForTrack(s *prefixState) bool {
	if len(s.tracks) < maxTracks {
		return true
	}
	e.forget(s, func(t *track) bool {
		return (t.kind == BogonASN || t.kind == PathAnomaly) && t.phase != open && t.from == 0 && !e.isShown(t)
	})
	return len(s.tracks) < maxTracks
}

// isShown says whether any session has a route that shows it.
func (e *Engine) isShown(t *track) bool {
	for _, r := range e.table.RoutesOf(t.prefix) {
		if e.shows(t, r.Attr) {
			return true
		}
	}
	return false
}

// forget drops tracks of a prefix.
func (e *Engine) forget(s *prefixState, drop func(*track) bool) {
	dropped := make(map[*track]bool)
	for _, t := range s.tracks {
		if drop(t) {
			dropped[t] = true
		}
	}
	if len(dropped) == 0 {
		return
	}
	isDropped := func(t *track) bool { return dropped[t] }
	s.tracks = slices.DeleteFunc(s.tracks, isDropped)
	e.tracks = slices.DeleteFunc(e.tracks, isDropped)
	for t := range dropped {
		e.takers[t.asn] = slices.DeleteFunc(e.takers[t.asn], isDropped)
	}
}
