package watch

import (
	"iter"
	"slices"

	"pahra/internal/routes"
)

const (
	// sweepEvery is at which times of the data, in seconds, there may be a sweep.
	sweepEvery = 3600
	// sweepSoon is how many new ones there must be for a sweep within the hour.
	sweepSoon = 1 << 21
	// sweepShare is what part of the attribute sets must be new since the last sweep for there to be one.
	sweepShare = 16
)

// ForgetUnused lets the engine forget attribute sets and paths that no route has any more and no evidence needs, lest a
// service that runs for months grow with all it ever heard. held yields the sets that were numbered for elements yet to
// be fed; that of the element at hand needs not be among them.
//
// It changes no result: what was forgotten and returns is judged as if it had been known all along. To that end the steps
// of forgotten paths are remembered for as long as they would count had they not been: until no route has had them for
// BaselineMemory. New facts may make leaks of them, and what was usual before is none. There is a sweep at the whole hours of the data, where there is something to be had,
// and at once where there are very many.
func (e *Engine) ForgetUnused(held iter.Seq[routes.AttrID]) { e.held = held }

// sweepBy forgets what is unused if the time that comes to sec passes a whole hour.
func (e *Engine) sweepBy(from, sec int64) {
	grown := e.in.Kept() - e.swept
	soon := grown > max(sweepSoon, e.swept) && sec/60 != from/60
	if e.held == nil || !soon && (sec/sweepEvery == from/sweepEvery || grown*sweepShare < e.swept) {
		return
	}
	used := e.usedSets()
	var left []pastStep
	e.in.Sweep(func(id routes.AttrID) bool { return used[id] }, func(sets []routes.AttrID, paths []routes.PathID) {
		for _, id := range sets {
			delete(e.otc, id)
		}
		for _, id := range paths {
			left = e.leavePath(left, id)
		}
	})
	e.past = mergeSteps(e.past, left, sec-int64(e.set.BaselineMemory.Seconds()))
	e.swept = e.in.Kept()
}

// usedSets says of each attribute set whether a route, the evidence of a track or an element yet to come has it.
func (e *Engine) usedSets() []bool {
	used := make([]bool, e.in.Len()+1)
	for id := range e.table.Len() {
		for _, r := range e.table.RoutesOf(routes.PrefixID(id)) {
			used[r.Attr] = true
		}
	}
	for _, t := range e.followedTracks() {
		for i := range t.sights {
			used[t.sights[i].attr] = true
		}
	}
	for id := range e.held {
		used[id] = true
	}
	used[e.atHand] = true
	return used
}

// followedTracks gives, in no defined order and some more than once, all tracks that anything may come of: also those
// that their prefix had no room for any more, and those of incidents as they were when these ended.
func (e *Engine) followedTracks() []*track {
	list := slices.Clone(e.tracks)
	for _, a := range e.agenda {
		list = append(list, a.track)
	}
	for _, l := range e.leaks {
		list = append(list, l.tracks...)
	}
	for _, g := range e.allGroups() {
		for _, m := range g.members {
			list = append(list, m.track)
		}
	}
	return list
}

// leavePath drops what is noted of a path, and adds its steps to list if any route had it.
func (e *Engine) leavePath(list []pastStep, id routes.PathID) []pastStep {
	seen, last := false, uint32(0)
	for session := range e.paths {
		if notes := e.paths[session]; int(id) < len(notes) {
			seen = seen || notes[id].seen
			last = max(last, notes[id].left)
			notes[id] = pathNote{}
		}
	}
	if !seen {
		return list
	}
	e.hops = e.in.AppendPath(e.hops[:0], id)
	hops := plain(e.hops)
	for i := 1; i+1 < len(hops); i++ {
		list = append(list, pastStep{triple{from: hops[i+1], leaker: hops[i], to: hops[i-1]}, last})
	}
	return list
}

// pastStep is a step of a path that is forgotten, and when a route last had it, in seconds since 1970.
type pastStep struct {
	triple
	last uint32
}

// mergeSteps adds steps to a list in ascending order, each once, and leaves out those last known before a time.
func mergeSteps(list, more []pastStep, since int64) []pastStep {
	slices.SortFunc(more, func(a, b pastStep) int { return compareSteps(a.triple, b.triple) })
	out := make([]pastStep, 0, len(list)+len(more))
	known := len(list)
	for len(list)+len(more) > 0 {
		from := &list
		if len(list) == 0 || len(more) > 0 && compareSteps(more[0].triple, list[0].triple) < 0 {
			from = &more
		}
		step := (*from)[0]
		*from = (*from)[1:]
		if n := len(out); n > 0 && out[n-1].triple == step.triple {
			out[n-1].last = max(out[n-1].last, step.last)
		} else if int64(step.last) >= since && (from == &list || known < maxPast) {
			out = append(out, step)
			known++
		}
	}
	return slices.Clip(out)
}

// recallPaths looks anew at the paths that routes have, or had within the memory of baselines: those were usual before.
// Older ones are as if they had been forgotten.
func (e *Engine) recallPaths() {
	known := e.paths
	e.paths = [2][]pathNote{}
	clear(e.otc)
	used := e.usedPaths()
	since := e.now - int64(e.set.BaselineMemory.Seconds())
	for width, flags := range [...]routes.Flags{0, routes.TwoOctet} {
		for id, note := range known[width] {
			if note.seen && (used[width][id] || int64(note.left) >= since) {
				e.notePath(routes.Attr{Path: routes.PathID(id), Flags: flags})
				e.paths[width][id].left = note.left
			}
		}
	}
}

// usedPaths says of each path, by the width of the session's numbers, whether a route has it.
func (e *Engine) usedPaths() (used [2][]bool) {
	for width := range used {
		used[width] = make([]bool, e.in.Paths()+1)
	}
	for id := range e.table.Len() {
		for _, r := range e.table.RoutesOf(routes.PrefixID(id)) {
			if a := e.in.Attr(r.Attr); a.Flags&routes.TwoOctet != 0 {
				used[1][a.Path] = true
			} else {
				used[0][a.Path] = true
			}
		}
	}
	return used
}

// recallPast looks anew at the steps of paths that are forgotten, as noteLeaks does at those of paths.
func (e *Engine) recallPast() {
	if !e.facts.hasRelations() {
		return
	}
	since := e.now - int64(e.set.BaselineMemory.Seconds())
	for _, step := range e.past {
		if int64(step.last) < since {
			continue
		}
		r, against := e.ruleFor(step.triple)
		if against {
			e.countNaive(step.triple)
		}
		if r != 0 {
			e.followed(step.triple, r)
		}
	}
}
