package routes

// byteSet numbers distinct byte strings from 1 as a sumSet does and keeps them back to back in chunks, so a million small
// keys cost little more than their bytes. Not safe for concurrent use.
type byteSet struct {
	hasher hasher
	sums   sumSet
	refs   list[ref] // by id-1
	chunks [][]byte
}

type ref struct{ chunk, off, len uint32 }

const chunkSize = 1 << 20

func newByteSet() *byteSet { return &byteSet{hasher: newHasher(), sums: newSumSet()} }

// id gives the number of key and whether it is new. A new key is copied.
func (s *byteSet) id(key []byte) (id uint32, isNew bool) { return s.idOf(key, s.hasher.of(key)) }

// idOf is id for a key whose sum is at hand.
func (s *byteSet) idOf(key []byte, h Sum) (id uint32, isNew bool) {
	id, isNew = s.sums.id(h)
	if isNew {
		s.refs.put(int(id-1), s.store(key))
	}
	return id, isNew
}

// bytes gives the key with number id; it must not be changed.
func (s *byteSet) bytes(id uint32) []byte {
	r := s.refs.at(int(id - 1))
	return s.chunks[r.chunk][r.off : r.off+r.len]
}

// len is the highest number given so far.
func (s *byteSet) len() int { return s.refs.n }

// keep forgets the keys of all numbers but those that keep asks for, none of which has been given back, and lays the
// others back to back again.
func (s *byteSet) keep(keep []bool) {
	s.sums.keep(keep)
	old := s.chunks
	s.chunks = nil
	for i := range s.refs.n {
		r := s.refs.at(i)
		if !keep[i+1] {
			*r = ref{}
			continue
		}
		*r = s.store(old[r.chunk][r.off : r.off+r.len])
	}
}

func (s *byteSet) store(key []byte) ref {
	last := len(s.chunks) - 1
	if last < 0 || len(s.chunks[last])+len(key) > cap(s.chunks[last]) {
		s.chunks = append(s.chunks, make([]byte, 0, max(chunkSize, len(key))))
		last++
	}
	off := len(s.chunks[last])
	s.chunks[last] = append(s.chunks[last], key...)
	return ref{uint32(last), uint32(off), uint32(len(key))}
}
