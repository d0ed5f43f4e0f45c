package routes

import "bytes"

// Set is an attribute set as it stood, for [Interner.IDs].
type Set struct {
	Raw      []byte
	AS4, RIB bool
	Sum      Sum // filled in by [Interner.Sum]
}

// Sets gathers the attribute sets of a run of elements, so that they can be interned at once: by the goroutine that
// decodes, beside the one that interns. The zero value is ready to use.
//
// In a table a peer often has the same attributes for prefixes that are neighbours, and in an UPDATE all prefixes have
// the same: such a repetition, of which no sum is worked out, takes no place in the list. Not safe for concurrent use.
type Sets struct {
	List []Set
	last []uint32 // by index in the peer table, from -1: where in List its last set is, plus 1
}

// Add takes the set of an element whose peer has that index in the peer table, or -1, and gives its place in List. raw
// is kept until Reset.
func (s *Sets) Add(in *Interner, peer int, raw []byte, as4, rib bool) uint32 {
	for peer+1 >= len(s.last) {
		s.last = append(s.last, 0)
	}
	last := &s.last[peer+1]
	if *last > 0 {
		if l := &s.List[*last-1]; l.AS4 == as4 && l.RIB == rib && bytes.Equal(l.Raw, raw) {
			return *last - 1
		}
	}
	set := Set{Raw: raw, AS4: as4, RIB: rib}
	in.Sum(&set)
	s.List = append(s.List, set)
	*last = uint32(len(s.List))
	return *last - 1
}

// Reset empties the list and keeps its storage.
func (s *Sets) Reset() {
	clear(s.List)
	s.List = s.List[:0]
	clear(s.last)
}
