package routes

import "testing"

func TestListKeepsItsPlaces(t *testing.T) {
	var l list[int]
	first := 0
	for i := range 3*pieceLen + 1 {
		if at := l.add(i * 7); at != i {
			t.Fatalf("%d is at place %d", i, at)
		}
		if i == 0 {
			first = *l.at(0)
			*l.at(0) = 1
		}
	}
	if first != 0 || *l.at(0) != 1 || l.n != 3*pieceLen+1 {
		t.Errorf("first %d, then %d; %d in all", first, *l.at(0), l.n)
	}
	for i := 1; i < l.n; i++ {
		if *l.at(i) != i*7 {
			t.Fatalf("place %d holds %d", i, *l.at(i))
		}
	}
}
