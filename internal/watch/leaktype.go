package watch

import "pahra/internal/registry"

// LeakType says whether a network that has a route from one neighbour and passes it on to another leaks it, by what both
// are to it, and of which type of RFC 7908, section 3, that is; 0 where it is none.
func LeakType(from, to registry.Relation) (n int, is bool) {
	l := leak{fromIs: KnownRelation{Relation: from.String()}, toIs: KnownRelation{Relation: to.String()}}
	return l.typeOf(), above(from) && above(to)
}
