package routes

// list is a slice that grows without being copied: it lies in pieces of equal length. The zero value is empty.
type list[T any] struct {
	pieces [][]T
	n      int
}

const (
	pieceBits = 12
	pieceLen  = 1 << pieceBits
)

// add adds v and gives its place.
func (l *list[T]) add(v T) int {
	if l.n == len(l.pieces)<<pieceBits {
		l.pieces = append(l.pieces, make([]T, pieceLen))
	}
	*l.at(l.n) = v
	l.n++
	return l.n - 1
}

// put lays v at a place, which may be the one behind the last.
func (l *list[T]) put(i int, v T) {
	if i == l.n {
		l.add(v)
		return
	}
	*l.at(i) = v
}

// at gives what lies at a place, to be read or changed.
func (l *list[T]) at(i int) *T { return &l.pieces[i>>pieceBits][i&(pieceLen-1)] }
