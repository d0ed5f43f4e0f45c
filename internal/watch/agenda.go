package watch

import "container/heap"

// agenda holds the tracks that are to be looked at again, by time and then by the order in which they were made.
type agenda []appointment

type appointment struct {
	due   int64 // seconds since 1970
	track *track
}

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if a[i].due != a[j].due {
		return a[i].due < a[j].due
	}
	return a[i].track.seq < a[j].track.seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// add asks for t to be looked at when due has come.
func (a *agenda) add(due int64, t *track) { heap.Push(a, appointment{due, t}) }

// next takes the appointments of the earliest time at or before sec, and gives that time.
func (a *agenda) next(sec int64) (due int64, tracks []*track) {
	if len(*a) == 0 || (*a)[0].due > sec {
		return 0, nil
	}
	due = (*a)[0].due
	for len(*a) > 0 && (*a)[0].due == due {
		t := heap.Pop(a).(appointment).track
		if n := len(tracks); n == 0 || tracks[n-1] != t {
			tracks = append(tracks, t)
		}
	}
	return due, tracks
}
