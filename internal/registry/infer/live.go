package infer

import (
	"pahra/internal/routes"
	"pahra/wire/values"
)

// AddLive adds each distinct path of the routes that stand in a table at a moment. What [Reader] leaves out is left out
// here too.
func (p *Paths) AddLive(t *routes.Table, sec int64) {
	in := t.Interner()
	sets, paths := make([]bool, in.Len()+1), make(map[routes.PathID]bool)
	var hops []values.ASN
	for id := range t.Len() {
		for _, r := range t.RoutesOf(routes.PrefixID(id)) {
			if sets[r.Attr] || !t.IsLive(r, sec) {
				continue
			}
			sets[r.Attr] = true
			a := in.Attr(r.Attr)
			if a.Path == 0 || paths[a.Path] || unfit(a) != fit {
				continue
			}
			paths[a.Path] = true
			hops = in.AppendPath(hops[:0], a.Path)
			p.Add(hops)
		}
	}
}

// fitness is why the path of an attribute set is left out.
type fitness uint8

const (
	fit       fitness = iota
	malformed         // it could not be decoded
	inSets            // it has an AS_SET or a confederation before its end
)

func unfit(a routes.Attr) fitness {
	switch {
	case a.Flags&routes.Malformed != 0:
		return malformed
	case a.Flags&routes.HasSet != 0 && a.Origin != 0:
		return inSets
	}
	return fit
}
