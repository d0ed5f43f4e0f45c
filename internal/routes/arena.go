package routes

import "math/bits"

// arena holds the routes of all prefixes in a few large blocks without pointers: ten million routes cost their own size,
// and the garbage collector does not look at them. The zero value is ready to use.
type arena struct {
	blocks [][]Route
	used   int // of the last block
	free   [128][]uint32
}

// span is where the routes of one prefix lie. The zero value holds none.
type span struct {
	at   uint32 // block and place in it
	n    uint32
	room uint32 // how many it can hold: a size that sizeOf gives
}

const (
	placeBits = 16
	blockLen  = 1 << placeBits // of all blocks but small first ones, and of those for one very long span
)

// of gives a span's routes; they may be changed in place.
func (a *arena) of(s span) []Route {
	if s.n == 0 {
		return nil
	}
	at := s.at & (blockLen - 1)
	return a.blocks[s.at>>placeBits][at : at+s.n : at+s.n]
}

// add adds a route behind a span's last. guess is how many routes it will have, as far as one knows.
func (a *arena) add(s *span, r Route, guess int) {
	if s.n == s.room {
		a.move(s, max(uint32(guess), s.n+2, s.n+s.n/2))
	}
	a.blocks[s.at>>placeBits][s.at&(blockLen-1)+s.n] = r
	s.n++
}

// remove takes route i out of a span; the last takes its place.
func (a *arena) remove(s *span, i int) {
	routes := a.of(*s)
	routes[i] = routes[s.n-1]
	s.n--
}

// move gives a span room for n routes, and its old place to whoever needs one of that size.
func (a *arena) move(s *span, n uint32) {
	class, room := sizeOf(n)
	to := span{at: a.place(class, room), n: s.n, room: room}
	copy(a.of(to), a.of(*s))
	if s.room > 0 {
		old, _ := sizeOf(s.room)
		a.free[old] = append(a.free[old], s.at)
	}
	*s = to
}

func (a *arena) place(class int, room uint32) uint32 {
	if list := a.free[class]; len(list) > 0 {
		a.free[class] = list[:len(list)-1]
		return list[len(list)-1]
	}
	last := len(a.blocks) - 1
	if last < 0 || a.used+int(room) > len(a.blocks[last]) {
		a.blocks = append(a.blocks, make([]Route, max(int(room), min(blockLen, 1<<10<<len(a.blocks)))))
		last, a.used = last+1, 0
	}
	at := uint32(last)<<placeBits | uint32(a.used)
	a.used += int(room)
	return at
}

// sizeOf gives the size of spans that hold n routes, n above 0, and its number: each up to 8, then four sizes to each
// doubling, so that at most a fifth lies idle.
func sizeOf(n uint32) (class int, size uint32) {
	if n <= 8 {
		return int(n) - 1, n
	}
	shift := bits.Len32(n-1) - 3
	quarter := (n-1)>>shift + 1 // of the doubling: 5 to 8
	return 8 + (shift-1)*4 + int(quarter) - 5, quarter << shift
}
