package party

import (
	"reflect"
	"slices"
	"strings"
)

// Plan is what a table that is given makes of one that is there.
type Plan struct {
	Added, Changed, Dropped []string // ids
	Same                    int
	Put                     []Constituent // added and changed
	After                   []Constituent // the whole table afterwards
}

// PlanOf tells what becomes of a table. Constituents that are given take the place of those with the same ids; the others
// stay, or go where what is given is the whole.
func PlanOf(is, given []Constituent, whole bool) Plan {
	var p Plan
	is, given = slices.Clone(is), slices.Clone(given)
	Sort(is)
	Sort(given)
	at := func(list []Constituent, id string) (int, bool) {
		return slices.BinarySearchFunc(list, id, func(c Constituent, id string) int { return strings.Compare(c.ID, id) })
	}
	for _, c := range given {
		i, there := at(is, c.ID)
		switch {
		case !there:
			p.Added = append(p.Added, c.ID)
		case reflect.DeepEqual(is[i], c):
			p.Same++
			continue
		default:
			p.Changed = append(p.Changed, c.ID)
		}
		p.Put = append(p.Put, c)
	}
	p.After = given
	for _, c := range is {
		if _, there := at(given, c.ID); there {
			continue
		}
		if whole {
			p.Dropped = append(p.Dropped, c.ID)
			continue
		}
		p.Same++
		p.After = append(p.After, c)
	}
	Sort(p.After)
	return p
}

// Nothing says whether all stays as it is.
func (p *Plan) Nothing() bool { return len(p.Put) == 0 && len(p.Dropped) == 0 }
