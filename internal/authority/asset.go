package authority

import (
	"cmp"
	"slices"
	"strings"

	"pahra/wire/values"
)

// ASSet is an as-set object (RFC 2622 section 5.1), as far as expansion needs it. Names are compared without case.
type ASSet struct {
	Name   string // may be hierarchical: "AS64500:AS-CUSTOMERS"
	Source string // the registry
	// Authenticated registries win where several registries hold a set of this name and none is pinned.
	Authenticated bool
	ASNs          []values.ASN // members that are AS numbers
	Sets          []string     // members that are sets, possibly pinned: "RIPE::AS-EXAMPLE"
	MbrsByRef     []string     // maintainers whose networks may join by member-of; "ANY" admits all
}

// ID names the set with its registry: "as-set AS-EXAMPLE RIPE".
func (s ASSet) ID() string { return "as-set " + s.Name + " " + s.Source }

// SetBuilder gathers as-sets, and the networks that join sets by reference, into a [SetTable]. The zero value is ready.
type SetBuilder struct {
	sets []ASSet
	refs []membership
}

// membership is one aut-num's claim to belong to a set.
type membership struct {
	set, source string
	asn         values.ASN
	mntBy       []string
}

// Add takes one as-set; the slices are kept.
func (b *SetBuilder) Add(s ASSet) {
	s.Name, s.Source = strings.ToUpper(s.Name), strings.ToUpper(s.Source)
	b.sets = append(b.sets, s)
}

// AddMemberOf takes an aut-num whose member-of names sets. It joins those of the same registry whose mbrs-by-ref names
// one of its maintainers or ANY (RFC 2622 section 5.1); others take no notice of it.
func (b *SetBuilder) AddMemberOf(asn values.ASN, source string, memberOf, mntBy []string) {
	for _, set := range memberOf {
		b.refs = append(b.refs, membership{strings.ToUpper(set), strings.ToUpper(source), asn, mntBy})
	}
}

// SetTable holds as-sets by name and registry. The zero value holds none.
type SetTable struct {
	sets   []ASSet          // by name, authenticated first, then by registry
	byName map[string]int32 // the first of each name
}

// Build makes the table and empties the builder.
func (b *SetBuilder) Build() *SetTable {
	t := &SetTable{sets: b.sets, byName: make(map[string]int32, len(b.sets))}
	slices.SortStableFunc(t.sets, compareSet)
	t.sets = slices.CompactFunc(t.sets, func(a, b ASSet) bool { return a.Name == b.Name && a.Source == b.Source })
	for i, s := range t.sets {
		if _, ok := t.byName[s.Name]; !ok {
			t.byName[s.Name] = int32(i)
		}
	}
	joined := map[int32][]values.ASN{}
	for _, ref := range b.refs {
		if i := t.find(ref.set, ref.source); i != none && admits(t.sets[i].MbrsByRef, ref.mntBy) {
			joined[i] = append(joined[i], ref.asn)
		}
	}
	for i, asns := range joined {
		t.sets[i].ASNs = slices.Concat(t.sets[i].ASNs, asns)
	}
	*b = SetBuilder{}
	return t
}

// compareSet orders by name, authenticated first, registry. Of two of one name and registry, the one with more members
// comes first and, if that does not tell, the one whose members are smaller, so that input order leaves no trace.
func compareSet(a, b ASSet) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	if a.Authenticated != b.Authenticated {
		if a.Authenticated {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(len(b.ASNs)+len(b.Sets), len(a.ASNs)+len(a.Sets)),
		slices.Compare(a.ASNs, b.ASNs), slices.Compare(a.Sets, b.Sets), slices.Compare(a.MbrsByRef, b.MbrsByRef))
}

// admits tells whether a set that lists maintainers in mbrs-by-ref takes a network maintained by mntBy.
func admits(mbrsByRef, mntBy []string) bool {
	for _, m := range mbrsByRef {
		if strings.EqualFold(m, "ANY") || slices.ContainsFunc(mntBy, func(by string) bool { return strings.EqualFold(by, m) }) {
			return true
		}
	}
	return false
}

// Len counts the sets held.
func (t *SetTable) Len() int { return len(t.sets) }

// Sources names the registries that hold a set of this name, in the order in which they are preferred.
func (t *SetTable) Sources(name string) []string {
	var out []string
	i, ok := t.byName[strings.ToUpper(name)]
	for ; ok && int(i) < len(t.sets) && t.sets[i].Name == strings.ToUpper(name); i++ {
		out = append(out, t.sets[i].Source)
	}
	return out
}

// Set gives a set by name, "AS-EXAMPLE" or pinned to a registry "RIPE::AS-EXAMPLE".
func (t *SetTable) Set(name string) (ASSet, bool) {
	if i := t.find(splitPin(name)); i != none {
		return t.sets[i], true
	}
	return ASSet{}, false
}

// find gives the number of a set. An empty source takes the preferred registry's.
func (t *SetTable) find(name, source string) int32 {
	i, ok := t.byName[name]
	for ; ok && int(i) < len(t.sets) && t.sets[i].Name == name; i++ {
		if source == "" || t.sets[i].Source == source {
			return i
		}
	}
	return none
}

// splitPin takes "RIPE::AS-EXAMPLE" apart and gives upper case; without a pin the source is empty.
func splitPin(s string) (name, source string) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if source, name, ok := strings.Cut(s, "::"); ok {
		return name, source
	}
	return s, ""
}
