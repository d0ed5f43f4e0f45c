package party

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"pahra/internal/registry/abuse"
	"pahra/wire/values"
)

// Row is an entry of the table of contacts that the desk keeps by hand.
type Row struct {
	Kind    Kind // asn, prefix, domain, ByRegistrar, or ByCountry
	Value   string
	Name    string // whose address it is
	Address string // of mail
	Validity
}

// ByCountry is the kind of a national CERT's row: the last that is asked, and whose the events abroad are.
const ByCountry Kind = "country"

// ByRegistrar is the kind of a registrar's row, by the name that reports give it.
const ByRegistrar Kind = "registrar"

// ContactTable are contacts kept by hand, and national CERTs. It is not changed after it was made.
type ContactTable struct {
	rows       []Row
	prefixes   *chain // an owner's selector is a place in rows
	networks   map[values.ASN][]int32
	domains    map[string][]int32
	countries  map[string][]int32
	registrars map[string][]int32 // in lower case
}

// ReadContacts reads the table of contacts: a CSV with the columns kind, value, contact and, if there are, name, source, from,
// to, confirmed. A table of national CERTs may have the columns country, name, contact (or email) instead, as lists of teams do.
func ReadContacts(r io.Reader) (*ContactTable, error) {
	known := []string{"kind", "value", "country", "name", "team", "contact", "email", "source", "from", "to", "confirmed"}
	t, err := openTable(r, known, nil)
	if err != nil {
		return nil, err
	}
	has := func(column string) bool { _, there := t.at[column]; return there }
	if !has("contact") && !has("email") || !has("country") && (!has("kind") || !has("value")) {
		return nil, errors.New("it needs the column contact, and either kind and value, or country")
	}
	var list []Row
	for {
		more, err := t.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if row, ok := t.contactRow(); ok {
			list = append(list, row)
		}
		if len(list) > mostRecords {
			return nil, fmt.Errorf("more than %d rows", mostRecords)
		}
	}
	if len(t.faults) > 0 {
		return nil, errors.Join(t.faults...)
	}
	return newContactTable(list), nil
}

func (t *table) contactRow() (r Row, ok bool) {
	before := len(t.faults)
	r = Row{Kind: Kind(strings.ToLower(t.get("kind"))), Value: t.get("value"), Name: cmp.Or(t.get("name"), t.get("team")), Validity: t.validity()}
	if cc := t.get("country"); cc != "" {
		r.Kind, r.Value = ByCountry, cc
	}
	switch r.Kind {
	case ByCountry:
		if r.Value = strings.ToUpper(r.Value); len(r.Value) != 2 || strings.Trim(r.Value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.fault("value", fmt.Sprintf("%q is no country's code, as IN", r.Value))
		}
	case ByASN, ByPrefix, ByDomain:
		s, err := ParseSelector(r.Kind, r.Value)
		if err != nil {
			t.fault("value", err.Error())
		}
		r.Value = s.Value
	case ByRegistrar:
		if r.Value == "" {
			t.fault("value", "a registrar's name is needed")
		}
	default:
		t.fault("kind", fmt.Sprintf("%q is none of asn, prefix, domain, registrar, country", r.Kind))
	}
	r.Address = strings.ToLower(strings.TrimPrefix(cmp.Or(t.get("contact"), t.get("email")), "mailto:"))
	if !validMailbox(r.Address) {
		t.fault("contact", fmt.Sprintf("%q is no mail address", r.Address))
	}
	return r, len(t.faults) == before
}

func newContactTable(list []Row) *ContactTable {
	t := &ContactTable{rows: list, networks: map[values.ASN][]int32{}, domains: map[string][]int32{}, countries: map[string][]int32{}, registrars: map[string][]int32{}}
	byPrefix := map[netip.Prefix][]owner{}
	for i := range list {
		s := Selector{Kind: list[i].Kind, Value: list[i].Value}
		n := int32(i)
		switch s.Kind {
		case ByPrefix:
			byPrefix[s.Prefix()] = append(byPrefix[s.Prefix()], owner{selector: n})
		case ByASN:
			t.networks[s.ASN()] = append(t.networks[s.ASN()], n)
		case ByDomain:
			t.domains[s.Value] = append(t.domains[s.Value], n)
		case ByRegistrar:
			name := strings.ToLower(s.Value)
			t.registrars[name] = append(t.registrars[name], n)
		default:
			t.countries[s.Value] = append(t.countries[s.Value], n)
		}
	}
	t.prefixes = newChain(byPrefix)
	return t
}

// Len is how many rows there are.
func (t *ContactTable) Len() int { return len(t.rows) }

// valid gives the first of some rows that holds at a time.
func (t *ContactTable) valid(list []int32, at time.Time) *Row {
	for _, i := range list {
		if t.rows[i].At(at) {
			return &t.rows[i]
		}
	}
	return nil
}

// find gives the most specific row for an event: domain, prefix, network.
func (t *ContactTable) find(f *Facts) *Row {
	for name, more := f.Name, f.Name != "" && len(t.domains) > 0; more; name, more = parent(name) {
		if r := t.valid(t.domains[name], f.At); r != nil {
			return r
		}
	}
	if f.Addr.IsValid() {
		for n := t.prefixes.of(f.Addr); n != nil; n = t.prefixes.above(n) {
			for _, o := range n.owners {
				if r := &t.rows[o.selector]; r.At(f.At) {
					return r
				}
			}
		}
	}
	return t.valid(t.networks[f.ASN], f.At)
}

// Contacts are all places that know whom to write to. A nil one knows nothing.
type Contacts struct {
	Claims   map[values.ASN]string // mail of who has proved to run a network
	Tables   []*ContactTable       // kept by hand, and of national CERTs
	Registry *abuse.Book           // of registries' dumps and PeeringDB; nil: none
}

// cert gives the row of a country's national CERT.
func (c *Contacts) cert(country string, at time.Time) *Row {
	if c == nil {
		return nil
	}
	for _, t := range c.Tables {
		if r := t.valid(t.countries[country], at); r != nil {
			return r
		}
	}
	return nil
}

// Choice is whom to write to, and why.
type Choice struct {
	Address string
	Source  string   // who says so
	Why     []string // what was tried, in order
}

// Place is where a contact may come from.
type Place string

// The places, those that are asked first before the others.
const (
	FromConstituent Place = "the constituent's contacts"
	FromClaim       Place = "the operator's own claim"
	FromTable       Place = "the table of contacts"
	FromRegistry    Place = "the registry's dump"
	FromRDAP        Place = "RDAP"
	FromPeeringDB   Place = "PeeringDB"
	FromSecurityTxt Place = "security.txt"
	FromCERT        Place = "the national CERT"
)

// Places are where contacts come from, in the order of priority.
func Places() []Place {
	return []Place{FromConstituent, FromClaim, FromTable, FromRegistry, FromRDAP, FromPeeringDB, FromSecurityTxt, FromCERT}
}

// at gives what a place that is at hand says: an address and who says so, or why it has none.
func (c *Contacts) at(place Place, f *Facts, who *Constituent) (address, source, none string) {
	if place == FromConstituent {
		if who == nil {
			return "", "", "it is no constituent's"
		}
		if k, found := who.Mailbox(f.At); found {
			return strings.TrimPrefix(k.Address, "mailto:"), "constituent " + who.ID + ", role " + k.Role, ""
		}
		return "", "", who.ID + " has no valid contact with a mail address"
	}
	if c == nil {
		return "", "", "not at hand"
	}
	switch place {
	case FromClaim:
		if m := c.Claims[f.ASN]; m != "" {
			return m, "operator of AS" + f.ASN.String(), ""
		}
	case FromTable:
		for _, t := range c.Tables {
			if r := t.find(f); r != nil {
				return r.Address, string(r.Kind) + " " + r.Value + saidBy(r.Validity), ""
			}
		}
	case FromRegistry, FromPeeringDB:
		return c.registry(place, f)
	case FromCERT:
		if r := c.cert(f.Country, f.At); r != nil {
			return r.Address, orElse(r.Name, "national CERT of "+r.Value) + saidBy(r.Validity), ""
		}
	default:
		return "", "", "not asked: it is asked over the network"
	}
	return "", "", "it has none for this"
}

func (c *Contacts) registry(place Place, f *Facts) (address, source, none string) {
	if c.Registry == nil || place == FromRegistry && !c.Registry.Registries() || place == FromPeeringDB && !c.Registry.HasPeeringDB() {
		return "", "", "no dump is at hand"
	}
	if place == FromPeeringDB {
		if m, found := c.Registry.PeeringDB(f.ASN); found {
			return m.Address, m.Source, ""
		}
		return "", "", "it has none for this"
	}
	if f.Addr.IsValid() {
		if m, found := c.Registry.Address(f.Addr); found {
			return m.Address, m.Source, ""
		}
	}
	if m, found := c.Registry.Network(f.ASN); found {
		return m.Address, m.Source, ""
	}
	return "", "", "it has none for this"
}

// offline chooses of what is at hand.
func (c *Contacts) offline(f *Facts, who *Constituent, explain bool) Choice {
	var ch Choice
	for _, place := range Places() {
		if !explain && (place == FromRDAP || place == FromSecurityTxt) {
			continue
		}
		address, source, none := c.at(place, f, who)
		if !ch.add(place, address, source, none, explain) {
			return ch
		}
	}
	return ch
}

// add notes what a place says; false where that is the one to take.
func (ch *Choice) add(place Place, address, source, none string, explain bool) bool {
	if address == "" {
		if explain {
			ch.Why = append(ch.Why, fmt.Sprintf("contact: %s: %s", place, none))
		}
		return true
	}
	ch.Address, ch.Source = address, source
	if explain {
		ch.Why = append(ch.Why, fmt.Sprintf("contact: %s: %s (%s)", place, address, source))
	}
	return false
}

// Asker asks over the network where a place is not at hand: RDAP, security.txt.
type Asker interface {
	// Ask gives an address and who says so, or why there is none.
	Ask(ctx context.Context, f *Facts) (address, source, none string)
}

// Choose chooses of all places, in their order: those that are not at hand are asked, if there is somebody to ask them.
func (c *Contacts) Choose(ctx context.Context, f *Facts, who *Constituent, askers map[Place]Asker) Choice {
	var ch Choice
	for _, place := range Places() {
		address, source, none := c.at(place, f, who)
		if a := askers[place]; a != nil {
			address, source, none = a.Ask(ctx, f)
		}
		if !ch.add(place, address, source, none, true) {
			return ch
		}
	}
	return ch
}
