package authority

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// BogonKind tells what a bogon weighs: full bogons score, administrative ones inform.
type BogonKind uint8

// The kinds, in order of weight.
const (
	BogonNone           BogonKind = iota
	BogonAdministrative           // delegated, but its holder or registry has a paper problem: expired, on hold, in quarantine
	BogonFull                     // nobody may announce it: special purpose, or not delegated to anyone
)

// String gives "none", "administrative" or "full".
func (k BogonKind) String() string {
	names := [...]string{"none", "administrative", "full"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("BogonKind(%d)", uint8(k))
}

// BogonPrefix is one entry of a bogon list.
type BogonPrefix struct {
	Prefix netip.Prefix
	Kind   BogonKind // BogonNone makes an exception from the shorter entries of the same Source
	Since  time.Time // from when it holds; zero: always
	Until  time.Time // from when it holds no longer; zero: still
	Source string    // the list: "cymru", "iana"
	Rule   string    // what the list says of it: "Private-Use (RFC 1918)"; may be empty
}

// ID names the entry: "bogon 10.0.0.0/8 iana Private-Use (RFC 1918)".
func (b BogonPrefix) ID() string { return bogonID(b.Prefix.String(), b.Source, b.Rule) }

// BogonASN is a range of numbers that a list calls bogon.
type BogonASN struct {
	From, To     values.ASN // both included
	Kind         BogonKind
	Since, Until time.Time
	Source       string
	Rule         string
}

// ID names the entry: "bogon AS64512-AS65534 iana Private Use (RFC 6996)".
func (b BogonASN) ID() string {
	name := fmt.Sprintf("AS%d", b.From)
	if b.To != b.From {
		name += fmt.Sprintf("-AS%d", b.To)
	}
	return bogonID(name, b.Source, b.Rule)
}

func bogonID(what, source, rule string) string {
	id := "bogon " + what + " " + source
	if rule != "" {
		id += " " + rule
	}
	return id
}

// BogonVerdict says whether a prefix or a number is a bogon, and by which entry. The zero value: it is not.
type BogonVerdict struct {
	Kind   BogonKind
	Source string // the list that decided
	Rule   string // what it says
	Object string // the entry's ID
}

// Bogons judges prefixes and numbers by bogon lists. The zero value knows none, not even the special-purpose ones.
type Bogons struct {
	index    *prefixIndex
	prefixes []BogonPrefix
	asns     []BogonASN   // by first number
	from     []values.ASN // the first number of each of the asns
	reach    []values.ASN // the highest last number of the asns up to each
	skipped  int
}

// NewBogons builds a table from lists; add [SpecialPrefixes] and [SpecialASNs] for what the RFCs and IANA set apart.
// Entries that are not well formed are left out and counted. The slices are not kept.
func NewBogons(prefixes []BogonPrefix, asns []BogonASN) *Bogons {
	b := &Bogons{}
	for _, e := range prefixes {
		if e.Prefix.Bits() <= 0 || e.Prefix != e.Prefix.Masked() {
			b.skipped++ // a list that calls everything bogon is broken
			continue
		}
		b.prefixes = append(b.prefixes, e)
	}
	for _, e := range asns {
		if e.From > e.To {
			b.skipped++
			continue
		}
		b.asns = append(b.asns, e)
	}
	slices.SortStableFunc(b.prefixes, func(x, y BogonPrefix) int {
		return cmp.Or(values.ComparePrefix(x.Prefix, y.Prefix), cmp.Compare(x.Source, y.Source),
			cmp.Compare(y.Kind, x.Kind), x.Since.Compare(y.Since), x.Until.Compare(y.Until), cmp.Compare(x.Rule, y.Rule))
	})
	slices.SortStableFunc(b.asns, func(x, y BogonASN) int { return cmp.Compare(x.From, y.From) })
	var reach values.ASN
	for _, e := range b.asns {
		reach = max(reach, e.To)
		b.from, b.reach = append(b.from, e.From), append(b.reach, reach)
	}
	b.index = newPrefixIndex(len(b.prefixes), func(i int) netip.Prefix { return b.prefixes[i].Prefix })
	return b
}

// Skipped counts the entries left out as malformed.
func (b *Bogons) Skipped() int { return b.skipped }

// Prefix judges a prefix at a time: it is a bogon when it lies within an entry that holds then. Each list speaks with
// its longest such entry; of two lists the graver verdict counts, then the longer entry. A default route, and a prefix
// that merely contains bogons, is none. The zero time admits every entry that still holds.
func (b *Bogons) Prefix(p netip.Prefix, at time.Time) BogonVerdict {
	if b.index == nil {
		return BogonVerdict{}
	}
	n := b.index.leaf(p)
	if n == none {
		return BogonVerdict{}
	}
	var best *BogonPrefix
	var heard []string // lists that have spoken
	for ; n != none; n = b.index.parent[n] {
		from, to := b.index.items(n)
		for i := from; i < to; i++ {
			e := &b.prefixes[i]
			if !holds(e.Since, e.Until, at) || slices.Contains(heard, e.Source) {
				continue
			}
			heard = append(heard, e.Source)
			if e.Kind != BogonNone && (best == nil || e.Kind > best.Kind) {
				best = e
			}
		}
	}
	if best == nil {
		return BogonVerdict{}
	}
	return BogonVerdict{best.Kind, best.Source, best.Rule, best.ID()}
}

// ASN judges a number at a time: the gravest entry that holds then, of equals the narrowest.
func (b *Bogons) ASN(a values.ASN, at time.Time) BogonVerdict {
	i, _ := slices.BinarySearch(b.from, a)
	for i < len(b.from) && b.from[i] == a {
		i++
	}
	var best *BogonASN
	for i--; i >= 0 && b.reach[i] >= a; i-- {
		e := &b.asns[i]
		if e.To < a || e.Kind == BogonNone || !holds(e.Since, e.Until, at) {
			continue
		}
		if best == nil || compareASN(*e, *best) < 0 {
			best = e
		}
	}
	if best == nil {
		return BogonVerdict{}
	}
	return BogonVerdict{best.Kind, best.Source, best.Rule, best.ID()}
}

// compareASN orders entries by what makes one decide: gravest, narrowest, and then by what makes the order total.
func compareASN(x, y BogonASN) int {
	return cmp.Or(cmp.Compare(y.Kind, x.Kind), cmp.Compare(x.To-x.From, y.To-y.From), cmp.Compare(x.From, y.From),
		cmp.Compare(x.Source, y.Source), cmp.Compare(x.Rule, y.Rule))
}

// holds tells whether an entry of that validity holds at a time.
func holds(since, until, at time.Time) bool {
	if at.IsZero() {
		return until.IsZero()
	}
	return !since.After(at) && (until.IsZero() || at.Before(until))
}
