package party

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/wire/values"
)

// Facts are what an event says, and what is known of it, as far as it matters to whose it is.
type Facts struct {
	At        time.Time
	Addr      netip.Addr
	Host      string // of its URL, in lower case
	Name      string // its domain name: the host of the URL, or source.fqdn
	ASN       values.ASN
	Country   string
	Sector    string
	Registrar string
}

// Match is a selector that owns an event.
type Match struct {
	Constituent *Constituent
	Selector    *Selector
}

// Directory finds the constituent of an event. It is not changed after it was made and may be read by many goroutines.
type Directory struct {
	list     []Constituent
	ids      map[string]int32
	prefixes *chain
	networks map[values.ASN][]owner
	hosts    map[string][]owner
	domains  map[string][]owner
	sectors  map[string][]owner
}

// owner is a selector, as numbers.
type owner struct {
	constituent, selector int32
	from, to              int64 // seconds since 1970; it holds until before to
}

// NewDirectory makes the directory of constituents, which it keeps.
func NewDirectory(list []Constituent) (*Directory, error) {
	d := &Directory{list: list, ids: make(map[string]int32, len(list)), networks: map[values.ASN][]owner{}, hosts: map[string][]owner{}, domains: map[string][]owner{}, sectors: map[string][]owner{}}
	byPrefix := map[netip.Prefix][]owner{}
	for i := range list {
		c := &list[i]
		if err := c.Check(); err != nil {
			return nil, err
		}
		d.ids[c.ID] = int32(i)
		for j := range c.Selectors {
			s := &c.Selectors[j]
			canonical, err := ParseSelector(s.Kind, s.Value)
			if err != nil || canonical.Value != s.Value {
				return nil, fmt.Errorf("constituent %s: selector %s %q is not as it is written everywhere", c.ID, s.Kind, s.Value)
			}
			o := owner{constituent: int32(i), selector: int32(j)}
			o.from, o.to = within(c.Validity, s.Validity)
			switch s.Kind {
			case ByPrefix:
				byPrefix[s.Prefix()] = append(byPrefix[s.Prefix()], o)
			case ByASN:
				d.networks[s.ASN()] = append(d.networks[s.ASN()], o)
			default:
				m := map[Kind]map[string][]owner{ByHost: d.hosts, ByDomain: d.domains, BySector: d.sectors}[s.Kind]
				m[s.Value] = append(m[s.Value], o)
			}
		}
	}
	d.arrange(byPrefix)
	return d, nil
}

// within gives the time within which both hold.
func within(v, o Validity) (from, to int64) {
	const ever = int64(1) << 60
	from, to = -ever, ever
	for _, v := range []Validity{v, o} {
		if !v.From.IsZero() {
			from = max(from, v.From.Unix())
		}
		if !v.To.IsZero() {
			to = min(to, v.To.Unix())
		}
	}
	return from, to
}

// arrange puts all owners in order, and the prefixes into the table.
func (d *Directory) arrange(byPrefix map[netip.Prefix][]owner) {
	for _, owners := range byPrefix {
		d.sort(owners)
	}
	d.prefixes = newChain(byPrefix)
	for _, m := range []map[string][]owner{d.hosts, d.domains, d.sectors} {
		for _, owners := range m {
			d.sort(owners)
		}
	}
	for _, owners := range d.networks {
		d.sort(owners)
	}
}

// sort puts owners in the order of their constituents' ids, so that of two for the same, which an import refuses, always
// the same one owns.
func (d *Directory) sort(list []owner) {
	slices.SortFunc(list, func(a, b owner) int {
		return cmp.Or(strings.Compare(d.list[a.constituent].ID, d.list[b.constituent].ID), cmp.Compare(a.selector, b.selector))
	})
}

// Constituents gives all constituents. They belong to the directory.
func (d *Directory) Constituents() []Constituent { return d.list }

// Constituent gives the constituent of an id.
func (d *Directory) Constituent(id string) (*Constituent, bool) {
	i, known := d.ids[id]
	if !known {
		return nil, false
	}
	return &d.list[i], true
}

// Find gives the most specific selector that owns an event with these facts.
func (d *Directory) Find(f *Facts) (Match, bool) {
	at := f.At.Unix()
	if f.Host != "" && len(d.hosts) > 0 {
		if m, found := d.valid(d.hosts[f.Host], at); found {
			return m, true
		}
	}
	if f.Name != "" && len(d.domains) > 0 {
		if m, found := d.byDomain(f.Name, at); found {
			return m, true
		}
	}
	if f.Addr.IsValid() {
		for n := d.prefixes.of(f.Addr); n != nil; n = d.prefixes.above(n) {
			if m, found := d.valid(n.owners, at); found {
				return m, true
			}
		}
	}
	if f.ASN != 0 {
		if m, found := d.valid(d.networks[f.ASN], at); found {
			return m, true
		}
	}
	if f.Sector != "" {
		return d.valid(d.sectors[f.Sector], at)
	}
	return Match{}, false
}

// byDomain looks for a name and the domains above it, the longest first.
func (d *Directory) byDomain(name string, at int64) (Match, bool) {
	for {
		if m, found := d.valid(d.domains[name], at); found {
			return m, true
		}
		_, above, more := strings.Cut(name, ".")
		if !more {
			return Match{}, false
		}
		name = above
	}
}

// valid gives the first owner that holds at a time.
func (d *Directory) valid(owners []owner, at int64) (Match, bool) {
	for _, o := range owners {
		if at >= o.from && at < o.to {
			c := &d.list[o.constituent]
			return Match{c, &c.Selectors[o.selector]}, true
		}
	}
	return Match{}, false
}
