package authority

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

// ROV is the state of route origin validation (RFC 6811 section 2). RFC 6811 knows one Invalid; it is told apart here
// by what would mend it: another origin, or a longer maxLength.
type ROV uint8

// The states.
const (
	// ROVNotFound : no VRP covers the prefix.
	ROVNotFound ROV = iota
	// ROVValid : a VRP covers the prefix, names the origin, and its maxLength is not shorter than the prefix.
	ROVValid
	// ROVInvalidOrigin : VRPs cover the prefix, none of them names the origin.
	ROVInvalidOrigin
	// ROVInvalidLength : VRPs that name the origin cover the prefix, which is longer than any of them allows.
	ROVInvalidLength
)

// Invalid tells whether RFC 6811 calls the state Invalid.
func (s ROV) Invalid() bool { return s >= ROVInvalidOrigin }

// String gives "not-found", "valid", "invalid-origin" or "invalid-length".
func (s ROV) String() string {
	switch s {
	case ROVNotFound:
		return "not-found"
	case ROVValid:
		return "valid"
	case ROVInvalidOrigin:
		return "invalid-origin"
	case ROVInvalidLength:
		return "invalid-length"
	}
	return fmt.Sprintf("ROV(%d)", uint8(s))
}

// ROVVerdict is a state and what decided it.
type ROVVerdict struct {
	State ROV
	// AS0 marks an InvalidOrigin where every covering VRP names AS 0: the holder says that nobody announces this
	// prefix (RFC 6483 section 4), or the registry that it is not delegated.
	AS0 bool
	// Deciding holds the matching VRPs of a Valid, those of the origin for an InvalidLength, all covering ones for an
	// InvalidOrigin; longest prefix first, at most eight. More counts the rest.
	Deciding []vrp.VRP
	More     int
}

// Objects names the VRPs that decided, as [VRPID] does.
func (v ROVVerdict) Objects() []string {
	ids := make([]string, len(v.Deciding))
	for i, d := range v.Deciding {
		ids[i] = VRPID(d)
	}
	return ids
}

// VRPID names a VRP: "VRP 192.0.2.0/24-24 AS64500 (apnic)", the prefix with its maxLength, the ASN, the trust anchor.
func VRPID(v vrp.VRP) string {
	return fmt.Sprintf("VRP %s-%d AS%d (%s)", v.Prefix, v.MaxLength, v.ASN, v.TA)
}

// VRPTable holds validated ROA payloads and judges routes by them. The zero value holds none.
type VRPTable struct {
	index   *prefixIndex
	items   []vrpItem
	expires []int64
	tas     []string
	skipped int
}

// vrpItem is what every look-up reads of a VRP; its prefix is the node's.
type vrpItem struct {
	asn       values.ASN
	ta        uint16
	maxLength uint8
}

// NewVRPTable builds a table. VRPs that are not well formed (prefix not masked, maxLength outside the prefix's length
// and the family's) are left out and counted by [VRPTable.Skipped]; exact duplicates are kept once. The slice is not
// kept and not changed.
func NewVRPTable(vrps []vrp.VRP) *VRPTable {
	t := &VRPTable{}
	sorted := make([]vrp.VRP, 0, len(vrps))
	for _, v := range vrps {
		if !usable(v.Prefix) || int(v.MaxLength) < v.Prefix.Bits() || int(v.MaxLength) > v.Prefix.Addr().BitLen() {
			t.skipped++
			continue
		}
		sorted = append(sorted, v)
	}
	slices.SortFunc(sorted, compareVRP)
	sorted = slices.Compact(sorted)
	numbers := map[string]uint16{}
	for _, v := range sorted {
		t.items = append(t.items, vrpItem{v.ASN, t.numberTA(numbers, v.TA), v.MaxLength})
		t.expires = append(t.expires, v.Expires)
	}
	t.index = newPrefixIndex(len(sorted), func(i int) netip.Prefix { return sorted[i].Prefix })
	return t
}

// numberTA interns a trust anchor's name. There are five; past 65,535 a hostile file's names become "other".
func (t *VRPTable) numberTA(numbers map[string]uint16, name string) uint16 {
	if n, ok := numbers[name]; ok {
		return n
	}
	if len(t.tas) == 1<<16-1 {
		name = "other"
	}
	n := uint16(len(t.tas))
	if len(t.tas) < 1<<16 {
		t.tas = append(t.tas, name)
		numbers[name] = n
		return n
	}
	return 1<<16 - 1
}

// compareVRP orders by prefix, maxLength and ASN as package vrp does, so that its output needs no sorting; then by trust
// anchor and expiry.
func compareVRP(a, b vrp.VRP) int {
	if c := values.ComparePrefix(a.Prefix, b.Prefix); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.MaxLength, b.MaxLength), cmp.Compare(a.ASN, b.ASN),
		cmp.Compare(a.TA, b.TA), cmp.Compare(a.Expires, b.Expires))
}

// Len counts the VRPs held.
func (t *VRPTable) Len() int { return len(t.items) }

// Skipped counts the VRPs that were left out as malformed.
func (t *VRPTable) Skipped() int { return t.skipped }

// State judges one route (RFC 6811 section 2.1). Give [NoOrigin] where the path has no single origin: such a route is
// InvalidOrigin where anything covers it and NotFound elsewhere, never Valid. It allocates nothing.
func (t *VRPTable) State(p netip.Prefix, origin values.ASN) ROV {
	if t.index == nil {
		return ROVNotFound
	}
	n := t.index.leaf(p)
	if n == none {
		return ROVNotFound
	}
	state, bits := ROVInvalidOrigin, uint8(p.Bits())
	for ; n != none; n = t.index.parent[n] {
		from, to := t.index.items(n)
		for _, item := range t.items[from:to] {
			if item.asn != origin || origin == NoOrigin {
				continue
			}
			if bits <= item.maxLength {
				return ROVValid
			}
			state = ROVInvalidLength
		}
	}
	return state
}

// Validate judges one route as [VRPTable.State] does and says which VRPs decided.
func (t *VRPTable) Validate(p netip.Prefix, origin values.ASN) ROVVerdict {
	v := ROVVerdict{State: t.State(p, origin)}
	if v.State == ROVNotFound {
		return v
	}
	v.AS0 = v.State == ROVInvalidOrigin
	for n := t.index.leaf(p); n != none; n = t.index.parent[n] {
		from, to := t.index.items(n)
		for i := from; i < to; i++ {
			item := t.items[i]
			v.AS0 = v.AS0 && item.asn == 0
			if !decides(v.State, item, p, origin) {
				continue
			}
			if len(v.Deciding) == maxDeciding {
				v.More++
				continue
			}
			v.Deciding = append(v.Deciding, t.vrp(n, i))
		}
	}
	return v
}

// decides tells whether a covering VRP is one of those that made the state what it is.
func decides(s ROV, item vrpItem, p netip.Prefix, origin values.ASN) bool {
	switch s {
	case ROVValid:
		return item.asn == origin && p.Bits() <= int(item.maxLength)
	case ROVInvalidLength:
		return item.asn == origin
	default:
		return true
	}
}

// vrp gives item i of node n in full.
func (t *VRPTable) vrp(n int32, i uint32) vrp.VRP {
	item := t.items[i]
	return vrp.VRP{Prefix: t.index.prefix(n), MaxLength: item.maxLength, ASN: item.asn, TA: t.tas[item.ta],
		Expires: t.expires[i]}
}
