package routes

import (
	"hash/maphash"
	"slices"
)

// Sum stands for the octets of an attribute set or a path: 96 bits of a hash whose keys are drawn when the program
// starts. Two strings are taken for one where their sums are equal (docs/adr/0006). Sums of different runs, or of
// different sets, have nothing to do with each other.
type Sum struct {
	low  uint64
	high uint32
}

// hasher makes sums. It may be used by several goroutines at once.
type hasher struct{ a, b maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed(), maphash.MakeSeed()} }

func (h *hasher) of(key []byte) Sum {
	return Sum{maphash.Bytes(h.a, key), uint32(maphash.Bytes(h.b, key))}
}

// sumSet numbers distinct sums from 1 in the order of first use; numbers given back are given again, the lowest first. A
// look-up touches one place in memory. Not safe for concurrent use.
type sumSet struct {
	slots []slot // a power of two, at most 3/4 full; id 0 is free
	n     int    // the highest number given so far
	free  []uint32
}

type slot struct {
	low      uint64
	high, id uint32
}

func newSumSet() sumSet { return sumSet{slots: make([]slot, 1<<10)} }

// id gives the number of a sum and whether it is new.
func (s *sumSet) id(h Sum) (id uint32, isNew bool) {
	mask := uint64(len(s.slots) - 1)
	i := h.low & mask
	for ; s.slots[i].id != 0; i = (i + 1) & mask {
		if at := &s.slots[i]; at.low == h.low && at.high == h.high {
			return at.id, false
		}
	}
	id = s.next()
	s.slots[i] = slot{h.low, h.high, id}
	if s.len()*4 > len(s.slots)*3 {
		s.grow()
	}
	return id, true
}

func (s *sumSet) next() uint32 {
	if last := len(s.free) - 1; last >= 0 {
		id := s.free[last]
		s.free = s.free[:last]
		return id
	}
	s.n++
	return uint32(s.n)
}

// reserve lets the first n numbers stand for sums that are not known, in an empty set.
func (s *sumSet) reserve(n int) {
	s.n = n
	s.room(n)
}

// room makes room for n sums.
func (s *sumSet) room(n int) {
	for n*4 > len(s.slots)*3 {
		s.grow()
	}
}

// len is how many sums there are.
func (s *sumSet) len() int { return s.n - len(s.free) }

// inUse says of each number whether it stands for a sum.
func (s *sumSet) inUse() []bool {
	used := slices.Repeat([]bool{true}, s.n+1)
	used[0] = false
	for _, id := range s.free {
		used[id] = false
	}
	return used
}

// keep forgets the sums of all numbers but those that keep asks for, none of which has been given back.
func (s *sumSet) keep(keep []bool) {
	for i := range s.slots {
		for s.slots[i].id != 0 && !keep[s.slots[i].id] {
			s.remove(uint64(i))
		}
	}
	s.free = s.free[:0]
	for id := s.n; id > 0; id-- {
		if !keep[id] {
			s.free = append(s.free, uint32(id))
		}
	}
}

// remove empties a slot. What stands behind it without a gap moves up if its look-up would end at the empty slot.
func (s *sumSet) remove(empty uint64) {
	mask := uint64(len(s.slots) - 1)
	for i := (empty + 1) & mask; s.slots[i].id != 0; i = (i + 1) & mask {
		if home := s.slots[i].low & mask; (i-home)&mask >= (i-empty)&mask {
			s.slots[empty] = s.slots[i]
			empty = i
		}
	}
	s.slots[empty] = slot{}
}

// touch asks for the memory that look-ups of sums will need, so that the processor fetches several places at a time;
// look-ups one behind another would each wait for theirs. What it gives means nothing.
func (s *sumSet) touch(sums []Sum) (any uint64) {
	mask := uint64(len(s.slots) - 1)
	for i := range sums {
		any += s.slots[sums[i].low&mask].low
	}
	return any
}

func (s *sumSet) grow() {
	old := s.slots
	s.slots = make([]slot, len(old)*2)
	mask := uint64(len(s.slots) - 1)
	for _, o := range old {
		if o.id == 0 {
			continue
		}
		i := o.low & mask
		for s.slots[i].id != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = o
	}
}
