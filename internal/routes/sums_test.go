package routes_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/routes"
)

// TestManyAtOnceAgainstMap holds the numbers of sets and paths, given one by one and many at once, against maps of
// strings, where nothing is hashed to a sum.
func TestManyAtOnceAgainstMap(t *testing.T) {
	unreach := attr(0x80, 15, 0, 2, 1, 32, 0x20, 1, 0xd, 0xb8)
	rapid.Check(t, func(t *rapid.T) {
		sets := make([]routes.Set, rapid.IntRange(1, 400).Draw(t, "sets"))
		keys := make([]string, len(sets)) // without prefixes
		single, many := routes.NewInterner(), routes.NewInterner()
		for i := range sets {
			s := &sets[i]
			s.AS4, s.RIB = rapid.Bool().Draw(t, "as4"), rapid.Bool().Draw(t, "rib")
			s.Raw = join(path(s.AS4, rapid.SliceOfN(rapid.Uint32Range(1, 3), 0, 4).Draw(t, "path")...),
				communities(rapid.Uint32Range(0, 2).Draw(t, "community")))
			keys[i] = fmt.Sprint(s.AS4, s.Raw)
			if rapid.Bool().Draw(t, "with a prefix") {
				s.Raw = join(unreach, s.Raw)
			}
			many.Sum(s)
		}
		seen, paths := map[string]routes.AttrID{}, map[string]routes.PathID{"[]": 0}
		for i, id := range many.IDs(nil, sets) {
			want, ok := seen[keys[i]]
			if !ok {
				want = routes.AttrID(len(seen) + 1)
				seen[keys[i]] = want
			}
			if one := single.ID(sets[i].Raw, sets[i].AS4, sets[i].RIB); one != want || id != want {
				t.Fatalf("set %d is number %d, one by one %d, among many %d", i, want, one, id)
			}
			if diff := cmp.Diff(single.Attr(id), many.Attr(id)); diff != "" {
				t.Fatal(diff)
			}
			text := fmt.Sprint(many.AppendPath(nil, many.Attr(id).Path))
			p, ok := paths[text]
			if !ok {
				p = routes.PathID(len(paths))
				paths[text] = p
			}
			if got := many.Attr(id).Path; got != p {
				t.Fatalf("path %s is number %d, want %d", text, got, p)
			}
		}
		if many.Len() != len(seen) || many.Paths() != len(paths)-1 {
			t.Fatalf("%d sets and %d paths, want %d and %d", many.Len(), many.Paths(), len(seen), len(paths)-1)
		}
	})
}
