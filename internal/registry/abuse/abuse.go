// Package abuse finds whom a regional registry or PeeringDB names for reports of abuse: of a network, of an address.
//
// Give a [Builder] the objects of registries' dumps in RPSL and the mailboxes of PeeringDB; [Builder.Build] gives the
// [Book]. A book is not changed after it was built and may be read by many goroutines.
//
// An object of a network or of addresses names a role (abuse-c), an incident response team (mnt-irt), or an organisation
// that names a role; the mailbox is the abuse-mailbox there. Only registries that check who registers count, for elsewhere
// anybody could have the reports about another sent to himself. Nothing else of a person or a role is kept.
package abuse

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"

	"pahra/wire/delegated"
	"pahra/wire/rpsl"
	"pahra/wire/values"
)

// Mailbox is where reports of abuse go, and who says so.
type Mailbox struct {
	Address string // in lower case
	Source  string // such as "RIPE: aut-num AS64500, abuse-c"
}

// Book is what registries name. The zero value has nothing.
type Book struct {
	networks map[values.ASN]Mailbox
	peering  map[values.ASN]Mailbox
	ranges   bart.Table[uint32] // a place in boxes
	boxes    []Mailbox
}

// Network gives what a regional registry names for a network.
func (b *Book) Network(asn values.ASN) (Mailbox, bool) {
	m, found := b.networks[asn]
	return m, found
}

// Registries says whether any regional registry's dump named anybody.
func (b *Book) Registries() bool { return len(b.networks)+len(b.boxes) > 0 }

// Address gives what a regional registry names for the smallest range with an address that names anything.
func (b *Book) Address(a netip.Addr) (Mailbox, bool) {
	if i, found := b.ranges.Lookup(a.Unmap().WithZone("")); found {
		return b.boxes[i], true
	}
	return Mailbox{}, false
}

// HasPeeringDB says whether PeeringDB named anybody.
func (b *Book) HasPeeringDB() bool { return len(b.peering) > 0 }

// PeeringDB gives what PeeringDB names for a network.
func (b *Book) PeeringDB(asn values.ASN) (Mailbox, bool) {
	m, found := b.peering[asn]
	return m, found
}

// Classes are the classes of RPSL that a [Builder] takes.
func Classes() []string {
	return []string{"aut-num", "inetnum", "inet6num", "organisation", "role", "irt"}
}

// mostRanges bounds how many ranges of addresses are kept.
const mostRanges = 8 << 20

// ErrMany says that a dump has more ranges of addresses than there is room for.
var ErrMany = errors.New("more than 8,388,608 ranges of addresses name a contact")

// Builder gathers. The zero value is empty and ready. Not safe for concurrent use.
type Builder struct {
	mailboxes map[string]string // by registry and handle, of roles and teams
	orgs      map[string]string // the role of an organisation
	networks  []named
	ranges    []namedRange
	peering   map[values.ASN]Mailbox
}

// named is an object that names somebody by handles: registry and handle, or "".
type named struct {
	asn                    values.ASN
	registry, role, irt, o string
}

type namedRange struct {
	first netip.Addr
	count uint64 // of addresses; of IPv6 the length of the prefix
	named
}

// AddPeeringDB adds a mailbox that PeeringDB has for a network; the first counts.
func (b *Builder) AddPeeringDB(asn values.ASN, address, role string) {
	if b.peering == nil {
		b.peering = map[values.ASN]Mailbox{}
	}
	if address = mailbox([]byte(address)); address != "" && b.peering[asn].Address == "" {
		b.peering[asn] = Mailbox{address, "PeeringDB: " + strings.ToLower(role) + " of AS" + asn.String()}
	}
}

// AddRPSL adds an object of one of the [Classes]; others, and those of registries that do not check who registers, add
// nothing.
func (b *Builder) AddRPSL(o *rpsl.Object) error {
	if !o.Authenticated {
		return nil
	}
	if b.mailboxes == nil {
		b.mailboxes, b.orgs = map[string]string{}, map[string]string{}
	}
	n := named{registry: o.Source, role: handle(o, "abuse-c"), irt: handle(o, "mnt-irt"), o: handle(o, "org")}
	switch string(o.Class) {
	case "role", "irt":
		name := handle(o, "nic-hdl")
		if o.Is("irt") {
			name = handle(o, "irt")
		}
		if m := mailbox(o.Get("abuse-mailbox")); m != "" && name != "" {
			b.mailboxes[name] = m
		}
	case "organisation":
		if name := handle(o, "organisation"); name != "" && n.role != "" {
			b.orgs[name] = n.role
		}
	case "aut-num":
		a, err := o.AutNum()
		if err != nil {
			return err
		}
		n.asn = a.ASN
		b.networks = append(b.networks, n)
	case "inetnum", "inet6num":
		return b.addRange(string(o.Key), n)
	}
	return nil
}

// addRange adds addresses that name somebody, as "192.0.2.0 - 192.0.2.255" or as a prefix.
func (b *Builder) addRange(text string, n named) error {
	if n.role == "" && n.irt == "" && n.o == "" {
		return nil
	}
	if len(b.ranges) == mostRanges {
		return ErrMany
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		count := uint64(p.Bits())
		if p.Addr().Is4() {
			count = 1 << (32 - p.Bits())
		}
		b.ranges = append(b.ranges, namedRange{p.Masked().Addr(), count, n})
		return nil
	}
	from, to, _ := strings.Cut(text, "-")
	first, err1 := netip.ParseAddr(strings.TrimSpace(from))
	last, err2 := netip.ParseAddr(strings.TrimSpace(to))
	if err1 != nil || err2 != nil || !first.Is4() || !last.Is4() || last.Less(first) {
		return errors.New("no range of addresses")
	}
	b.ranges = append(b.ranges, namedRange{first, uint64(number(last)) - uint64(number(first)) + 1, n})
	return nil
}

func number(a netip.Addr) uint32 {
	n := a.As4()
	return uint32(n[0])<<24 | uint32(n[1])<<16 | uint32(n[2])<<8 | uint32(n[3])
}

// Build gives the book of what was added. The builder is empty afterwards.
func (b *Builder) Build() *Book {
	book := &Book{networks: map[values.ASN]Mailbox{}, peering: b.peering}
	for _, n := range b.networks {
		if m := b.resolve(n, "aut-num AS"+n.asn.String()); m.Address != "" {
			book.networks[n.asn] = m
		}
	}
	places := map[Mailbox]uint32{}
	for _, r := range b.ranges {
		m := b.resolve(r.named, "addresses")
		if m.Address == "" {
			continue
		}
		i, known := places[m]
		if !known {
			i = uint32(len(book.boxes))
			places[m], book.boxes = i, append(book.boxes, m)
		}
		for _, p := range r.prefixes() {
			book.ranges.Insert(p, i)
		}
	}
	*b = Builder{}
	return book
}

func (r *namedRange) prefixes() []netip.Prefix {
	kind := delegated.IPv6
	if r.first.Is4() {
		kind = delegated.IPv4
	}
	rec := delegated.Record{Type: kind, First: r.first, Count: r.count}
	return rec.Prefixes()
}

// resolve follows an object's handles to a mailbox: its own role, then its team, then its organisation's role.
func (b *Builder) resolve(n named, what string) Mailbox {
	for _, way := range []struct{ name, how string }{{n.role, "abuse-c"}, {n.irt, "mnt-irt"}, {b.orgs[n.o], "abuse-c of its organisation"}} {
		if m := b.mailboxes[way.name]; way.name != "" && m != "" {
			return Mailbox{m, n.registry + ": " + what + ", " + way.how}
		}
	}
	return Mailbox{}
}

// handle gives the first handle of an attribute, told apart from those of other registries.
func handle(o *rpsl.Object, name string) string {
	words := strings.Fields(string(o.Get(name)))
	if len(words) == 0 {
		return ""
	}
	return o.Source + " " + strings.ToUpper(strings.TrimSuffix(words[0], ","))
}

// mailbox gives what looks like one, in lower case, or "".
func mailbox(text []byte) string {
	s := strings.ToLower(strings.TrimSpace(string(text)))
	local, domain, _ := strings.Cut(s, "@")
	if len(s) > 254 || local == "" || !strings.Contains(domain, ".") || strings.ContainsAny(s, " \t\r\n<>,;\"") || strings.Contains(domain, "@") {
		return ""
	}
	return s
}
