package routes_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"pahra/internal/routes"
)

// numbers is the oracle: it numbers strings and gives a number back to who comes next, the lowest first.
type numbers struct {
	ids  map[string]uint32
	most uint32
}

func (n *numbers) id(key string) uint32 {
	if id, ok := n.ids[key]; ok {
		return id
	}
	taken := slices.Sorted(maps.Values(n.ids))
	id := uint32(1)
	for _, t := range taken {
		if t == id {
			id++
		}
	}
	n.ids[key], n.most = id, max(n.most, id)
	return id
}

// drop gives back the numbers of the strings that keep says no to, and gives them ascending.
func (n *numbers) drop(keep func(string) bool) (gone []uint32) {
	for key, id := range n.ids {
		if !keep(key) {
			gone = append(gone, id)
			delete(n.ids, key)
		}
	}
	slices.Sort(gone)
	return gone
}

// TestSweepAgainstMap interns random sets, one by one and many at once, with sweeps in between, and compares every number
// and path with maps of strings.
func TestSweepAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := routes.NewInterner()
		sets, paths := numbers{ids: map[string]uint32{}}, numbers{ids: map[string]uint32{}}
		pathOfSet := map[string]string{}
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			list := make([]routes.Set, rapid.IntRange(0, 150).Draw(t, "sets"))
			for i := range list {
				asns := rapid.SliceOfN(rapid.Uint32Range(1, 4), 0, 4).Draw(t, "path")
				list[i] = routes.Set{AS4: true, Raw: join(path(true, asns...), communities(rapid.Uint32Range(0, 2).Draw(t, "community")))}
				in.Sum(&list[i])
			}
			for i, id := range in.IDs(nil, list) {
				key := string(list[i].Raw)
				if want := sets.id(key); uint32(id) != want {
					t.Fatalf("%x is number %d, want %d", key, id, want)
				}
				hops := fmt.Sprint(pathOf(in, id))
				pathOfSet[key] = hops
				if hops == "[]" {
					continue
				}
				if want := paths.id(hops); uint32(in.Attr(id).Path) != want {
					t.Fatalf("path %s is number %d, want %d", hops, in.Attr(id).Path, want)
				}
			}
			compareSweep(t, in, &sets, &paths, pathOfSet)
		}
	})
}

// compareSweep sweeps and compares what was forgotten, and all that is left.
func compareSweep(t *rapid.T, in *routes.Interner, sets, paths *numbers, pathOfSet map[string]string) {
	used, lasting := map[routes.AttrID]bool{}, map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(sets.ids)) {
		if rapid.Bool().Draw(t, "used") {
			used[routes.AttrID(sets.ids[key])] = true
			lasting[pathOfSet[key]] = true
		}
	}
	goneSets := sets.drop(func(key string) bool { return used[routes.AttrID(sets.ids[key])] })
	gonePaths := paths.drop(func(key string) bool { return lasting[key] })
	told := false
	in.Sweep(func(id routes.AttrID) bool { return used[id] }, func(s []routes.AttrID, p []routes.PathID) {
		told = true
		if fmt.Sprint(s) != fmt.Sprint(goneSets) || fmt.Sprint(p) != fmt.Sprint(gonePaths) {
			t.Fatalf("forgets sets %v, paths %v; want %v, %v", s, p, goneSets, gonePaths)
		}
		for _, id := range s {
			if a := in.Attr(id); a.Path != 0 && len(in.AppendPath(nil, a.Path)) == 0 {
				t.Fatalf("the path of set %d has gone too early", id)
			}
		}
	})
	if told != (len(goneSets) > 0) {
		t.Fatalf("told of forgetting: %v; sets forgotten: %v", told, goneSets)
	}
	for key, id := range sets.ids {
		if got := fmt.Sprint(pathOf(in, routes.AttrID(id))); got != pathOfSet[key] {
			t.Fatalf("the path of set %d is %s, want %s", id, got, pathOfSet[key])
		}
	}
	for _, id := range goneSets {
		if in.Attr(routes.AttrID(id)) != (routes.Attr{}) {
			t.Fatalf("set %d is not forgotten", id)
		}
	}
	if in.Kept() != len(sets.ids) || in.Len() != int(sets.most) || in.Paths() != int(paths.most) {
		t.Fatalf("%d sets of %d, %d paths; want %d of %d, %d", in.Kept(), in.Len(), in.Paths(), len(sets.ids), sets.most, paths.most)
	}
}

// TestSumBesideSweep: sums are worked out in other goroutines while sets are forgotten; for the race detector.
func TestSumBesideSweep(t *testing.T) {
	in := routes.NewInterner()
	raws := rawSets(2000)
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() {
			var sets routes.Sets
			for _, raw := range raws {
				sets.Add(in, 0, raw, true, false)
			}
		})
	}
	for _, raw := range raws {
		if id := in.ID(raw, true, false); id%100 == 0 {
			in.Sweep(func(id routes.AttrID) bool { return id%3 != 0 }, func([]routes.AttrID, []routes.PathID) {})
		}
	}
	others.Wait()
	in.Sweep(func(routes.AttrID) bool { return false }, func([]routes.AttrID, []routes.PathID) {})
	if in.Kept() != 0 {
		t.Errorf("%d sets are left", in.Kept())
	}
}

// BenchmarkSweep forgets a tenth of a large table's sets and takes them in again.
func BenchmarkSweep(b *testing.B) {
	sets := rawSets(1 << 20)
	in := routes.NewInterner()
	for b.Loop() {
		b.StopTimer()
		for _, s := range sets {
			in.ID(s, true, true)
		}
		b.StartTimer()
		in.Sweep(func(id routes.AttrID) bool { return id%10 != 0 }, func([]routes.AttrID, []routes.PathID) {})
	}
}
