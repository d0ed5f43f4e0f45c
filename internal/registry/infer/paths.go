package infer

import (
	"slices"

	"pahra/wire/bogons"
	"pahra/wire/values"
)

// Intake counts what became of the paths that were added. A path that comes again is counted again.
type Intake struct {
	Taken    int `json:"taken"`
	Short    int `json:"short"`    // fewer than two networks
	Loops    int `json:"loops"`    // a network stands in two places: poisoned or broken
	Reserved int `json:"reserved"` // a number that no network can have, or AS_TRANS, which hides one
	Long     int `json:"long"`     // more than MaxHops networks
	Full     int `json:"full"`     // refused as Paths was full; which ones depends on the order
}

// MaxHops is the longest path taken, in networks, prepending aside. Real ones have fewer than 20.
const MaxHops = 64

// DefaultCapacity is how many hops of distinct paths [Paths] keeps at most: 256 MiB.
const DefaultCapacity = 64 << 20

// Paths gathers distinct paths. What is kept of a path is the sequence of its networks from the vantage point to the
// origin, without prepending and without the numbers of exchanges. Not safe for concurrent use.
type Paths struct {
	reserved []bogons.ASNRange
	ixps     []values.ASN // ascending
	capacity int
	intake   Intake

	hops   []values.ASN // paths one behind another
	ends   []uint32     // where each ends in hops
	sorted int          // the first so many paths are distinct and in order
	clean  []values.ASN // used again by each Add
}

// NewPaths gives an empty one. ixps are the AS numbers of exchanges' route servers, which are no hops; capacity is how
// many hops to keep at most, 0 stands for DefaultCapacity.
func NewPaths(ixps []values.ASN, capacity int) *Paths {
	if capacity <= 0 || capacity > 1<<31 {
		capacity = DefaultCapacity
	}
	ixps = slices.Clone(ixps)
	slices.Sort(ixps)
	return &Paths{reserved: bogons.SpecialASNs(), ixps: ixps, capacity: capacity}
}

// Add takes a path, the vantage point first and the origin last, and keeps no hold of it.
func (p *Paths) Add(path []values.ASN) {
	if why := p.tidy(path); why != nil {
		*why++
		return
	}
	if len(p.hops)+len(p.clean) > p.capacity {
		if p.compact(); len(p.hops)+len(p.clean) > p.capacity {
			p.intake.Full++
			return
		}
	}
	p.intake.Taken++
	p.hops = append(p.hops, p.clean...)
	p.ends = append(p.ends, uint32(len(p.hops)))
	if fresh := len(p.ends) - p.sorted; fresh > 1<<16 && fresh > p.sorted {
		p.compact()
	}
}

// tidy puts the path into clean. It gives the count to raise where the path is refused.
func (p *Paths) tidy(path []values.ASN) (why *int) {
	p.clean = p.clean[:0]
	for _, asn := range path {
		if n := len(p.clean); n > 0 && p.clean[n-1] == asn {
			continue
		}
		if _, ixp := slices.BinarySearch(p.ixps, asn); ixp {
			continue
		}
		switch {
		case p.isReserved(asn):
			return &p.intake.Reserved
		case slices.Contains(p.clean, asn):
			return &p.intake.Loops
		case len(p.clean) == MaxHops:
			return &p.intake.Long
		}
		p.clean = append(p.clean, asn)
	}
	if len(p.clean) < 2 {
		return &p.intake.Short
	}
	return nil
}

// isReserved tells numbers that no network can have. All that were ever reserved count, whatever the day: a number
// given out since is in no special range now.
func (p *Paths) isReserved(asn values.ASN) bool {
	for _, r := range p.reserved {
		if r.From <= asn && asn <= r.To {
			return true
		}
	}
	return false
}

// path gives one path; it must not be changed.
func (p *Paths) path(i int) []values.ASN {
	from := uint32(0)
	if i > 0 {
		from = p.ends[i-1]
	}
	return p.hops[from:p.ends[i]]
}

// compact sorts the paths and drops those that are there already.
func (p *Paths) compact() {
	if p.sorted == len(p.ends) {
		return
	}
	order := make([]int, len(p.ends))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return slices.Compare(p.path(a), p.path(b)) })
	order = slices.CompactFunc(order, func(a, b int) bool { return slices.Equal(p.path(a), p.path(b)) })
	hops := make([]values.ASN, 0, len(p.hops))
	ends := make([]uint32, 0, len(order))
	for _, i := range order {
		hops = append(hops, p.path(i)...)
		ends = append(ends, uint32(len(hops)))
	}
	p.hops, p.ends, p.sorted = hops, ends, len(ends)
}
