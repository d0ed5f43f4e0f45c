package routes

// Sweep forgets the sets that used says no to, and the paths that none of the others has. Before they go, leave is told
// of them, ascending; what it was told of is not to be asked for afterwards, until the same number is given again. All
// other numbers stand for what they stood for.
//
// Whoever keeps an AttrID or a PathID must have used speak for it. [Interner.Sum] and [Sets.Add] may be called meanwhile.
func (in *Interner) Sweep(used func(AttrID) bool, leave func(sets []AttrID, paths []PathID)) {
	keep, keepPath := in.sets.inUse(), make([]bool, in.paths.len()+1)
	var sets []AttrID
	for id := range keep {
		switch {
		case !keep[id]:
		case used(AttrID(id)):
			keepPath[in.attrs.at(id).Path] = true
		default:
			keep[id] = false
			sets = append(sets, AttrID(id))
		}
	}
	var paths []PathID
	for id, is := range in.paths.sums.inUse() {
		if is && !keepPath[id] {
			paths = append(paths, PathID(id))
		}
	}
	if len(sets) == 0 {
		return
	}
	leave(sets, paths)
	for _, id := range sets {
		*in.attrs.at(int(id)) = Attr{}
	}
	in.sets.keep(keep)
	if len(paths) > 0 {
		in.paths.keep(keepPath)
	}
}
