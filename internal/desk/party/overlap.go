package party

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Overlap is two selectors of different constituents that cover the same at the same time. The narrower one owns.
type Overlap struct {
	Kind     Kind   `json:"kind"`
	Wide     string `json:"wide"` // selectors; the same where Equal
	Narrow   string `json:"narrow"`
	Owner    string `json:"owner"` // constituents: of the wide one, of the narrow one
	Narrower string `json:"narrower"`
	Equal    bool   `json:"equal"` // nothing decides between them: an error
}

// mostOverlaps bounds those that are told: what covers what grows with the square of a table.
const mostOverlaps = 10_000

// Overlaps gives the selectors of two constituents that cover each other, those that are equal first, and no more of them than a person
// could look at.
func Overlaps(d *Directory) []Overlap {
	all := d.coverings(d.equals())
	slices.SortFunc(all, func(a, b Overlap) int {
		if a.Equal != b.Equal {
			if a.Equal {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(slices.Index(Kinds(), a.Kind), slices.Index(Kinds(), b.Kind)), strings.Compare(a.Wide, b.Wide),
			strings.Compare(a.Narrow, b.Narrow), strings.Compare(a.Owner, b.Owner), strings.Compare(a.Narrower, b.Narrower))
	})
	return slices.Compact(all)
}

// equals gives the pairs of which nothing decides who owns.
func (d *Directory) equals() (all []Overlap) {
	for i := range d.prefixes.nodes {
		all = d.equal(all, d.prefixes.nodes[i].owners)
	}
	for _, owners := range d.networks {
		all = d.equal(all, owners)
	}
	for _, m := range []map[string][]owner{d.hosts, d.domains, d.sectors} {
		for _, owners := range m {
			all = d.equal(all, owners)
		}
	}
	return all
}

// coverings adds the pairs of which one is narrower.
func (d *Directory) coverings(all []Overlap) []Overlap {
	for i := range d.prefixes.nodes {
		n := &d.prefixes.nodes[i]
		for w := d.prefixes.above(n); w != nil; w = d.prefixes.above(w) {
			all = d.cover(all, w.owners, n.owners)
		}
	}
	for name, owners := range d.domains {
		for above, more := parent(name); more; above, more = parent(above) {
			all = d.cover(all, d.domains[above], owners)
		}
	}
	for name, owners := range d.hosts {
		for above, more := name, true; more; above, more = parent(above) {
			all = d.cover(all, d.domains[above], owners)
		}
	}
	return all
}

func parent(name string) (string, bool) {
	_, above, more := strings.Cut(name, ".")
	return above, more
}

// equal adds the pairs of owners of one value.
func (d *Directory) equal(all []Overlap, owners []owner) []Overlap {
	for i, a := range owners {
		for _, b := range owners[i+1:] {
			if len(all) == mostOverlaps {
				return all
			}
			if a.constituent != b.constituent && a.meets(b) {
				s := d.selector(a)
				all = append(all, Overlap{s.Kind, s.Value, s.Value, d.list[a.constituent].ID, d.list[b.constituent].ID, true})
			}
		}
	}
	return all
}

// cover adds the pairs of a wide owner and a narrow one.
func (d *Directory) cover(all []Overlap, wide, narrow []owner) []Overlap {
	for _, a := range wide {
		for _, b := range narrow {
			if len(all) == mostOverlaps {
				return all
			}
			if a.constituent != b.constituent && a.meets(b) {
				all = append(all, Overlap{d.selector(b).Kind, d.selector(a).Value, d.selector(b).Value, d.list[a.constituent].ID, d.list[b.constituent].ID, false})
			}
		}
	}
	return all
}

func (d *Directory) selector(o owner) *Selector { return &d.list[o.constituent].Selectors[o.selector] }

func (o owner) meets(p owner) bool { return o.from < p.to && p.from < o.to }

// Stale is something that nobody has confirmed for too long.
type Stale struct {
	Constituent string
	Record      string // constituent, selector, contact, key or consent
	Kind, Value string
	Confirmed   time.Time // zero: never
}

// Yearly is how long a confirmation lasts.
const Yearly = 365 * 24 * time.Hour

// Due gives what is valid and was last confirmed longer ago than every, the oldest first.
func Due(list []Constituent, now time.Time, every time.Duration) []Stale {
	var due []Stale
	for i := range list {
		c := &list[i]
		if !c.At(now) {
			continue
		}
		add := func(record, kind, value string, v Validity) {
			if v.At(now) && now.Sub(v.Confirmed) > every {
				due = append(due, Stale{c.ID, record, kind, value, v.Confirmed})
			}
		}
		add("constituent", "", c.Name, c.Validity)
		for _, s := range c.Selectors {
			add("selector", string(s.Kind), s.Value, s.Validity)
		}
		for _, k := range c.Contacts {
			add("contact", k.Role, k.Address, k.Validity)
		}
		for _, k := range c.Keys {
			add("key", k.Kind, k.Value, k.Validity)
		}
		for _, k := range c.Consents {
			add("consent", k.Kind, k.Value, k.Validity)
		}
	}
	slices.SortStableFunc(due, func(a, b Stale) int {
		return cmp.Or(a.Confirmed.Compare(b.Confirmed), strings.Compare(a.Constituent, b.Constituent))
	})
	return due
}

// Confirm says of a constituent, and of all that is valid of it, that it was confirmed at a time.
func Confirm(c *Constituent, now time.Time) {
	today := now.UTC().Truncate(24 * time.Hour)
	set := func(v *Validity) {
		if v.At(now) {
			v.Confirmed = today
		}
	}
	set(&c.Validity)
	for i := range c.Selectors {
		set(&c.Selectors[i].Validity)
	}
	for i := range c.Contacts {
		set(&c.Contacts[i].Validity)
	}
	for i := range c.Keys {
		set(&c.Keys[i].Validity)
	}
	for i := range c.Consents {
		set(&c.Consents[i].Validity)
	}
}
