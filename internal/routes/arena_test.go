package routes

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestArenaAgainstSlices plays random additions and removals on several spans and compares each with a slice.
func TestArenaAgainstSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a arena
		spans := make([]span, rapid.IntRange(1, 6).Draw(t, "spans"))
		want := make([][]Route, len(spans))
		for step := range rapid.IntRange(1, 400).Draw(t, "steps") {
			i := rapid.IntRange(0, len(spans)-1).Draw(t, "span")
			if n := len(want[i]); n > 0 && rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				at := rapid.IntRange(0, n-1).Draw(t, "at")
				a.remove(&spans[i], at)
				want[i][at] = want[i][n-1]
				want[i] = want[i][:n-1]
			} else {
				r := Route{Attr: AttrID(step)}
				a.add(&spans[i], r, rapid.IntRange(0, 20).Draw(t, "guess"))
				want[i] = append(want[i], r)
			}
			for i := range spans {
				if got := a.of(spans[i]); !slices.Equal(got, want[i]) {
					t.Fatalf("span %d: got %v, want %v", i, got, want[i])
				}
			}
		}
	})
}

// TestArenaOfManyRoutes fills past the first blocks, and one span past a whole block.
func TestArenaOfManyRoutes(t *testing.T) {
	var a arena
	var long span
	short := make([]span, 3*blockLen/4)
	for i := range uint32(blockLen + 1000) {
		a.add(&long, Route{Since: i}, 0)
	}
	for i := range short {
		for j := range 3 {
			a.add(&short[i], Route{Since: uint32(i), Path: uint32(j)}, 2)
		}
	}
	for i, r := range a.of(long) {
		if r.Since != uint32(i) {
			t.Fatalf("route %d of the long span is %d", i, r.Since)
		}
	}
	for i := range short {
		for j, r := range a.of(short[i]) {
			if r.Since != uint32(i) || r.Path != uint32(j) {
				t.Fatalf("route %d of span %d is %v", j, i, r)
			}
		}
	}
}

// TestSizes: a size holds what it is asked for, is its own size, and wastes little; no two have one number.
func TestSizes(t *testing.T) {
	number := map[int]uint32{}
	for n := uint32(1); n < 1<<20; n++ {
		class, size := sizeOf(n)
		again, same := sizeOf(size)
		if size < n || n > 8 && float64(size) > 1.25*float64(n) || again != class || same != size {
			t.Fatalf("%d: size %d, number %d; again %d, %d", n, size, class, same, again)
		}
		if other, ok := number[class]; ok && other != size {
			t.Fatalf("sizes %d and %d have number %d", other, size, class)
		}
		number[class] = size
	}
	if class, _ := sizeOf(1 << 31); class >= len(arena{}.free) {
		t.Errorf("number %d has no place", class)
	}
}
