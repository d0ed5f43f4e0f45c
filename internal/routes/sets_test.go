package routes_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"pahra/internal/routes"
)

// TestSetsAgainstOneByOne: whatever is left out of the list as a repetition, each element's place leads to the number
// that its set has by itself.
func TestSetsAgainstOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, oracle := routes.NewInterner(), routes.NewInterner()
		var sets routes.Sets
		for range rapid.IntRange(1, 4).Draw(t, "runs") {
			var places []uint32
			var want []routes.AttrID
			for range rapid.IntRange(0, 50).Draw(t, "elements") {
				as4, rib := rapid.Bool().Draw(t, "as4"), rapid.Bool().Draw(t, "rib")
				raw := path(as4, rapid.SliceOfN(rapid.Uint32Range(1, 2), 0, 2).Draw(t, "path")...)
				peer := rapid.IntRange(-1, 3).Draw(t, "peer")
				places = append(places, sets.Add(in, peer, bytes.Clone(raw), as4, rib))
				want = append(want, oracle.ID(raw, as4, rib))
			}
			ids := in.IDs(nil, sets.List)
			for i, place := range places {
				if ids[place] != want[i] {
					t.Fatalf("element %d has number %d, want %d", i, ids[place], want[i])
				}
			}
			sets.Reset()
		}
		if in.Len() != oracle.Len() {
			t.Fatalf("%d sets, want %d", in.Len(), oracle.Len())
		}
	})
}

// TestRepetitionsTakeNoPlace: of a table whose neighbours are alike only the first of each peer is listed.
func TestRepetitionsTakeNoPlace(t *testing.T) {
	in := routes.NewInterner()
	var sets routes.Sets
	for range 3 {
		for peer := range 2 {
			sets.Add(in, peer, path(true, 100, uint32(200+peer)), true, true)
		}
	}
	if len(sets.List) != 2 {
		t.Errorf("%d sets are listed, want 2", len(sets.List))
	}
}
