package authority

import (
	"maps"
	"slices"
)

// JudgesAs tells whether two tables judge every route alike and name the same objects: only when their VRPs end may
// differ. Validators write every few minutes, and mostly the same. Nil is no data, and judges as nil alone does.
func (t *VRPTable) JudgesAs(o *VRPTable) bool {
	if t == o || t == nil || o == nil {
		return t == o
	}
	if !slices.Equal(t.items, o.items) || !slices.Equal(t.tas, o.tas) {
		return false
	}
	if len(t.items) == 0 { // of the zero value nothing is indexed
		return true
	}
	x, y := t.index, o.index
	return slices.Equal(x.start, y.start) && slices.Equal(x.bits, y.bits) && slices.Equal(x.v4, y.v4) && slices.Equal(x.v6, y.v6)
}

// JudgesAs tells whether two tables judge every path alike and name the same objects. Nil is no data, and judges as nil
// alone does.
func (t *ASPATable) JudgesAs(o *ASPATable) bool {
	if t == o || t == nil || o == nil {
		return t == o
	}
	return maps.EqualFunc(t.sets, o.sets, func(a, b providers) bool { return slices.Equal(a.asns, b.asns) && slices.Equal(a.tas, b.tas) })
}
