package routes

import (
	"bytes"
	"hash/maphash"
)

// byteSet numbers distinct byte strings from 1 in the order of first use. It keeps them back to back in chunks, so a
// million small keys cost little more than their bytes. Not safe for concurrent use.
type byteSet struct {
	seed   maphash.Seed
	slots  []slot // a power of two, at most 3/4 full; id 0 is free
	refs   []ref  // refs[id-1]
	chunks [][]byte
}

type slot struct{ hash, id uint32 }

type ref struct{ chunk, off, len uint32 }

const chunkSize = 1 << 20

func newByteSet() *byteSet {
	return &byteSet{seed: maphash.MakeSeed(), slots: make([]slot, 1<<10)}
}

// id gives the number of key and whether it is new. A new key is copied.
func (s *byteSet) id(key []byte) (id uint32, isNew bool) {
	h := uint32(maphash.Bytes(s.seed, key))
	mask := uint32(len(s.slots) - 1)
	i := h & mask
	for ; s.slots[i].id != 0; i = (i + 1) & mask {
		if s.slots[i].hash == h && bytes.Equal(s.bytes(s.slots[i].id), key) {
			return s.slots[i].id, false
		}
	}
	s.refs = append(s.refs, s.store(key))
	id = uint32(len(s.refs))
	s.slots[i] = slot{h, id}
	if len(s.refs)*4 > len(s.slots)*3 {
		s.grow()
	}
	return id, true
}

// bytes gives the key with number id; it must not be changed.
func (s *byteSet) bytes(id uint32) []byte {
	r := s.refs[id-1]
	return s.chunks[r.chunk][r.off : r.off+r.len]
}

func (s *byteSet) len() int { return len(s.refs) }

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

func (s *byteSet) grow() {
	old := s.slots
	s.slots = make([]slot, len(old)*2)
	mask := uint32(len(s.slots) - 1)
	for _, o := range old {
		if o.id == 0 {
			continue
		}
		i := o.hash & mask
		for s.slots[i].id != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = o
	}
}
