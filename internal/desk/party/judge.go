package party

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/routes/origins"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// Found is what an event's party was found by: the kind of a constituent's selector, or one of these.
type Found string

// What a party is found by where no constituent owns the event.
const (
	FoundNetwork   Found = "network"   // the one that announced the address
	FoundCountry   Found = "country"   // its national CERT
	FoundRegistrar Found = "registrar" // of the domain
	FoundNothing   Found = "nothing"
)

func foundWords() []string {
	words := []string{string(FoundNetwork), string(FoundCountry), string(FoundRegistrar), string(FoundNothing)}
	for _, k := range Kinds() {
		words = append(words, string(k))
	}
	return words
}

// Network is what is known of a network.
type Network struct {
	Party   string // as:N
	Number  string
	Name    string
	Country string
}

// NewNetwork gives what is known of a network.
func NewNetwork(asn values.ASN, name, country string) *Network {
	return &Network{Party: "as:" + asn.String(), Number: asn.String(), Name: name, Country: country}
}

// Resolver asks which addresses a name has.
type Resolver interface {
	// Resolve gives the addresses of a name and when they were asked for; none where there are none, or where too much is
	// asked at the moment. Answers may be kept. It is safe for concurrent use.
	Resolve(ctx context.Context, name string) ([]netip.Addr, time.Time)
}

// Desk answers who is responsible. Its parts are not changed while it is used; it is safe for concurrent use.
type Desk struct {
	Directory *Directory
	Policy    *Policy
	Space     *origins.Series         // nil: nothing is known of who announced what
	Networks  map[values.ASN]*Network // nil: nothing is known of networks
	Contacts  *Contacts               // nil: only constituents' own
	Resolver  Resolver                // nil: names are not resolved
}

// Told is who else is told of an event, and by which row of the routing table.
type Told struct {
	Party string `json:"party"`
	By    string `json:"by"`
}

// Answer is what is known of whom an event concerns.
type Answer struct {
	Class       string
	Party       string
	Found       Found
	Constituent *Constituent // nil where it is not one's
	Selector    *Selector
	Prefix      netip.Prefix // the longest that covered the address
	ASN         values.ASN
	Country     string
	Also        []Told
	Rules       []string // the names of those that the event meets
	Effect      Effect
	Contact     Choice   // whom to write to
	Why         []string // how it was found; of Explain alone
	explain     bool
	network     *Network // nil where nothing is known of it
}

func (a *Answer) say(format string, args ...any) { a.Why = append(a.Why, fmt.Sprintf(format, args...)) }

// Judge tells whom an event concerns and puts in what is known of its address. What the report says stays as it is; where
// something else is known, that stands under extra.pahra.
func (d *Desk) Judge(ctx context.Context, code class.Code, e *intelmq.Event) Answer {
	return d.judge(ctx, code, e, false)
}

// Explain does what Judge does, and says why.
func (d *Desk) Explain(ctx context.Context, code class.Code, e *intelmq.Event) Answer {
	return d.judge(ctx, code, e, true)
}

func (d *Desk) judge(ctx context.Context, code class.Code, e *intelmq.Event, explain bool) Answer {
	strip(e)
	e.Grow(room)
	a := Answer{Class: code.String(), explain: explain}
	f := FactsOf(e)
	d.locate(ctx, e, &f, &a)
	d.network(e, &f, &a)
	d.own(&f, &a)
	s := subject{event: e, Answer: &a}
	if c := a.Constituent; c != nil {
		s.criticality, s.sector = c.Criticality, c.Sector
	}
	d.rules(&s, f.At)
	d.tell(&s, &f)
	a.Contact = d.Contacts.offline(&f, a.Constituent, explain)
	if explain {
		a.Why = append(a.Why, a.Contact.Why...)
	}
	if box := a.Contact.Address; box != "" {
		e.SetNew("source.abuse_contact", intelmq.Value{Text: box})
	}
	a.mark(e)
	return a
}

// room is for the fields that are mostly put in.
const room = 8

// locate finds the address of an event about a name.
func (d *Desk) locate(ctx context.Context, e *intelmq.Event, f *Facts, a *Answer) {
	if f.Addr.IsValid() || f.Name == "" {
		return
	}
	if d.Resolver == nil {
		if a.explain {
			a.say("the report gives no address for %s, and names are not resolved here", f.Name)
		}
		return
	}
	list, asked := d.Resolver.Resolve(ctx, f.Name)
	if len(list) == 0 {
		if a.explain {
			a.say("%s was not found to have an address", f.Name)
		}
		return
	}
	f.Addr = list[0].Unmap()
	e.Set("source.ip", intelmq.Value{Text: f.Addr.String()})
	e.Set("extra.pahra.resolved", intelmq.Value{Text: asked.UTC().Format(time.RFC3339)})
	if a.explain {
		a.say("%s had the address %s when it was asked for at %s, not when the event was seen", f.Name, f.Addr, asked.UTC().Format(time.RFC3339))
	}
}

// network finds who announced the address at the event's time, and puts it in.
func (d *Desk) network(e *intelmq.Event, f *Facts, a *Answer) {
	a.ASN, a.Country = f.ASN, f.Country
	if f.Addr.IsValid() && d.Space != nil {
		d.announced(e, f, a)
	}
	if a.network == nil {
		a.network = d.Networks[a.ASN]
	}
	if n := a.network; n != nil {
		if n.Country != "" {
			a.Country = put(e, a, "source.geolocation.cc", "extra.pahra.cc", intelmq.Value{Text: n.Country})
		}
		if n.Name != "" {
			e.SetNew("source.as_name", intelmq.Value{Text: n.Name})
		}
		if a.explain {
			a.say("AS%s is %s, %s", n.Number, orElse(n.Name, "without a name"), orElse(n.Country, "no country known"))
		}
	}
	f.ASN, f.Country = a.ASN, a.Country
}

// announced looks the address up in the table of the event's time.
func (d *Desk) announced(e *intelmq.Event, f *Facts, a *Answer) {
	table, later := d.Space.At(f.At)
	if table == nil {
		if a.explain {
			a.say("no table of prefixes was known at %s", f.At.UTC().Format(time.RFC3339))
		}
		return
	}
	o, found := table.Lookup(f.Addr)
	if !found {
		if a.explain {
			a.say("nobody announced %s as of %s", f.Addr, table.Time().UTC().Format(time.RFC3339))
		}
		return
	}
	if later {
		e.Set("extra.pahra.anachronism", intelmq.Value{Text: "prefixes of " + table.Time().UTC().Format(time.RFC3339)})
	}
	if a.explain {
		a.say("%s is in %s, announced by AS%s (%d routes%s) as of %s", f.Addr, o.Prefix, o.ASN, o.Peers, others(o.Others), table.Time().UTC().Format(time.RFC3339))
	}
	a.Prefix, a.ASN = o.Prefix, o.ASN
	if f.ASN != 0 && slices.Contains(o.Others, f.ASN) {
		a.ASN = f.ASN // of several that announced it, the one that the report names
	}
	number := ""
	if a.network = d.Networks[a.ASN]; a.network != nil {
		number = a.network.Number
	} else {
		number = a.ASN.String()
	}
	put(e, a, "source.asn", "extra.pahra.asn", intelmq.Value{Text: number, Kind: intelmq.Int})
	put(e, a, "source.network", "extra.pahra.network", intelmq.Value{Text: o.Prefix.String()})
}

func others(list []values.ASN) string {
	if len(list) == 0 {
		return ""
	}
	text := ", and by"
	for _, asn := range list {
		text += " AS" + asn.String()
	}
	return text
}

// put gives an event's field a value, if it has none; one that contradicts stays, and the value goes beside it. It gives
// the text of the value.
func put(e *intelmq.Event, a *Answer, key, beside string, v intelmq.Value) string {
	if is, there := e.SetNew(key, v); there && is.Text != v.Text {
		e.Set(beside, v)
		if a.explain {
			a.say("the report says that %s is %s; %s stands beside it", key, is.Text, v.Text)
		}
	}
	return v.Text
}

// own finds the party.
func (d *Desk) own(f *Facts, a *Answer) {
	if m, found := d.Directory.Find(f); found {
		a.Constituent, a.Selector, a.Party, a.Found = m.Constituent, m.Selector, m.Constituent.Party(), Found(m.Selector.Kind)
		if a.explain {
			a.say("%s %s belongs to constituent %s (%s)%s: the most specific selector valid at %s", m.Selector.Kind, m.Selector.Value, m.Constituent.ID,
				m.Constituent.Name, saidBy(m.Selector.Validity), f.At.UTC().Format(time.RFC3339))
		}
		return
	}
	if a.explain {
		a.say("no constituent's selector valid at %s has it", f.At.UTC().Format(time.RFC3339))
	}
	abroad := f.Country != "" && len(d.Policy.Home) > 0 && !slices.Contains(d.Policy.Home, f.Country)
	if abroad && d.Policy.Abroad == "cert" {
		if row := d.Contacts.cert(f.Country, f.At); row != nil {
			a.Party, a.Found = "cert:"+f.Country, FoundCountry
			if a.explain {
				a.say("%s is abroad: its national CERT, %s", f.Country, row.Name)
			}
			return
		}
		if a.explain {
			a.say("%s is abroad, and no national CERT of it is in the table", f.Country)
		}
	}
	switch {
	case a.network != nil:
		a.Party, a.Found = a.network.Party, FoundNetwork
	case f.ASN != 0:
		a.Party, a.Found = "as:"+f.ASN.String(), FoundNetwork
	case f.Registrar != "":
		a.Party, a.Found = "reg:"+f.Registrar, FoundRegistrar
	default:
		a.Party, a.Found = None, FoundNothing
	}
	switch {
	case a.explain && a.Found == FoundNothing:
		a.say("nobody is known to be responsible")
	case a.explain:
		a.say("it is for %s, found by %s", a.Party, a.Found)
	}
}

func saidBy(v Validity) string {
	text := ""
	if v.Source != "" {
		text = ", says " + v.Source
	}
	if !v.Confirmed.IsZero() {
		text += ", confirmed " + day(v.Confirmed)
	}
	return text
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
