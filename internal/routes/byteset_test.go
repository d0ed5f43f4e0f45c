package routes

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestByteSet holds the set against a map: same numbers in the order of first use, same bytes back.
func TestByteSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, oracle := newByteSet(), map[string]uint32{}
		var keys []string
		n := rapid.IntRange(0, 3000).Draw(t, "n")
		small := rapid.SliceOfN(rapid.Byte(), 0, 2)
		for range n {
			key := small.Draw(t, "key")
			want, known := oracle[string(key)]
			if !known {
				want = uint32(len(oracle) + 1)
				oracle[string(key)] = want
				keys = append(keys, string(key))
			}
			got, isNew := set.id(key)
			if got != want || isNew == known {
				t.Fatalf("id(%x) = %d, new %v; want %d, new %v", key, got, isNew, want, !known)
			}
			for i := range key { // a new key is copied
				key[i] ^= 0xff
			}
		}
		if set.len() != len(oracle) {
			t.Fatalf("len %d, want %d", set.len(), len(oracle))
		}
		for i, key := range keys {
			if got := set.bytes(uint32(i + 1)); string(got) != key {
				t.Fatalf("bytes(%d) = %x, want %x", i+1, got, key)
			}
		}
	})
}

// TestByteSetGrows fills the set far past its first size, with keys larger than a chunk among them.
func TestByteSetGrows(t *testing.T) {
	set := newByteSet()
	key := func(i int) []byte {
		if i%4000 == 0 {
			return bytes.Repeat([]byte{byte(i >> 8), byte(i)}, chunkSize/2+i)
		}
		return []byte{byte(i >> 16), byte(i >> 8), byte(i)}
	}
	const n = 20_000
	for i := range n {
		if id, isNew := set.id(key(i)); id != uint32(i+1) || !isNew {
			t.Fatalf("key %d: id %d, new %v", i, id, isNew)
		}
	}
	for i := range n {
		if id, isNew := set.id(key(i)); id != uint32(i+1) || isNew {
			t.Fatalf("key %d again: id %d, new %v", i, id, isNew)
		}
		if !bytes.Equal(set.bytes(uint32(i+1)), key(i)) {
			t.Fatalf("key %d: other bytes come back", i)
		}
	}
}

// TestSumSetForgets holds look-ups among sums that want the same places, with some forgotten in between, against a map.
func TestSumSetForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, oracle := newSumSet(), map[Sum]uint32{}
		size := uint64(len(set.slots))
		draw := rapid.Custom(func(t *rapid.T) Sum { // the last places and the first ones, a few times over
			at := (size - 4 + rapid.Uint64Range(0, 8).Draw(t, "place")) % size
			return Sum{at + size*rapid.Uint64Range(0, 3).Draw(t, "times"), rapid.Uint32Range(0, 1).Draw(t, "high")}
		})
		for range rapid.IntRange(1, 10).Draw(t, "rounds") {
			for range rapid.IntRange(0, 30).Draw(t, "n") {
				sum := draw.Draw(t, "sum")
				id, isNew := set.id(sum)
				if before, known := oracle[sum]; known == isNew || known && id != before {
					t.Fatalf("%v is %d, new %v; was %d", sum, id, isNew, before)
				}
				oracle[sum] = id
			}
			keep := make([]bool, set.n+1)
			for i := range keep {
				keep[i] = rapid.Bool().Draw(t, "keep") && set.inUse()[i]
			}
			set.keep(keep)
			for sum, id := range oracle {
				if !keep[id] {
					delete(oracle, sum)
				}
			}
			for sum, id := range oracle {
				if got, isNew := set.id(sum); got != id || isNew {
					t.Fatalf("%v was %d and is %d, new %v", sum, id, got, isNew)
				}
			}
			if set.len() != len(oracle) {
				t.Fatalf("%d sums, want %d", set.len(), len(oracle))
			}
		}
	})
}
