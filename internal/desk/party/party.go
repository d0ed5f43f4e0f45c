// Package party tells who is responsible for an event, who else is told, and how that was found.
//
// A [Directory] holds the constituents: organisations that the desk serves, each with selectors (networks, prefixes,
// domains, hosts of URLs, sectors), contacts, keys and consents, all with a source, a time of validity and the day on which
// they were last confirmed. A [Desk] puts it together with what is known of networks at the event's time and with a
// [Policy]: who else is told, and which events are tagged, held back or put first. [Desk.Judge] answers for one event and
// enriches it; [Desk.Explain] does the same and says why. [ReadConstituents] and [WriteConstituents] are the table as CSV,
// [Overlaps], [Due] and [Replay] look at a table before it is used.
//
// Which selector owns an event: the most specific one that was valid at the event's time.
//
//	the host of its URL > the longest domain of its name > the longest prefix of its address > its network > its sector
//
// A name goes before an address: where an event is about a name (source.url, source.fqdn), the address is often that of a
// host with thousands of others on it, and the name leads to who can change what is served there; the network of the
// address is told as well. Names that nobody reported as the place of harm (source.reverse_dns) own nothing.
//
// A party is a text: c:ID a constituent, as:N a network, cert:CC the national CERT of a country, reg:NAME a registrar, none
// nobody. The package reads and writes nothing by itself and knows no clock; where it resolves names it asks a [Resolver].
package party

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// None is the party of what nobody is known to be responsible for.
const None = "none"

// Validity says who stated something and when it holds.
type Validity struct {
	Source    string
	From, To  time.Time // from the one until before the other; the zero time is no bound
	Confirmed time.Time // zero: never
}

// At says whether it holds at a time.
func (v Validity) At(at time.Time) bool {
	return !at.Before(v.From) && (v.To.IsZero() || at.Before(v.To))
}

// Constituent is an organisation that the desk serves.
type Constituent struct {
	ID          string // lower case letters, digits and -
	Name        string
	Sector      string
	Criticality string   // one of Criticalities, or ""
	Languages   []string // as in BCP 47, the preferred one first
	Hours       string   // when somebody is there, for people: "Mon-Fri 09:00-17:00 Asia/Kolkata"
	Channel     string   // one of Channels, or "" for mail
	Validity
	Selectors []Selector
	Contacts  []Contact
	Keys      []Key
	Consents  []Consent
}

// Criticalities are how much depends on a constituent, the least first.
func Criticalities() []string { return []string{"low", "medium", "high", "critical"} }

// Channels are the ways in which a constituent wants to be told.
func Channels() []string { return []string{"mail", "portal", "phone", "api"} }

// Party gives the constituent's identity as a party.
func (c *Constituent) Party() string { return "c:" + c.ID }

// Kind is what a selector selects by.
type Kind string

// The kinds of selectors, the most specific first.
const (
	ByHost   Kind = "host"   // of a URL, alone
	ByDomain Kind = "domain" // and all names below it
	ByPrefix Kind = "prefix"
	ByASN    Kind = "asn"
	BySector Kind = "sector" // what a report says of the event's sector
)

// Kinds are the kinds of selectors, the most specific first.
func Kinds() []Kind { return []Kind{ByHost, ByDomain, ByPrefix, ByASN, BySector} }

// Selector says what belongs to a constituent.
type Selector struct {
	Kind  Kind
	Value string // as ParseSelector gives it
	Validity
}

// ParseSelector gives a selector's value as it is written everywhere: prefixes without host bits, names in lower case.
func ParseSelector(kind Kind, value string) (Selector, error) {
	s := Selector{Kind: kind, Value: strings.TrimSpace(value)}
	switch kind {
	case ByPrefix:
		p, err := parsePrefix(s.Value)
		if err != nil {
			return s, err
		}
		s.Value = p.String()
	case ByASN:
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(s.Value), "AS"), 10, 32)
		if err != nil || n == 0 {
			return s, fmt.Errorf("%q is no ASN", value)
		}
		s.Value = strconv.FormatUint(n, 10)
	case ByDomain, ByHost:
		s.Value = asciiName(strings.TrimPrefix(s.Value, "*."))
		if !validName(s.Value) {
			return s, fmt.Errorf("%q is no domain", value)
		}
	case BySector:
		s.Value = strings.ToLower(s.Value)
		if s.Value == "" {
			return s, fmt.Errorf("%q is no sector", value)
		}
	default:
		return s, fmt.Errorf("%q is no kind of selector", kind)
	}
	return s, nil
}

// parsePrefix reads a prefix, or an address as the prefix of itself alone. Bits behind the prefix are an error: one of the
// two is not what was meant.
func parsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is no prefix", text)
	case p != p.Masked():
		return p, fmt.Errorf("%s has bits behind the prefix: is %s meant, or %s?", p, p.Masked(), p.Addr())
	case p.Bits() == 0:
		return p, fmt.Errorf("%s is the whole Internet", p)
	case p.Addr().Is4In6():
		return p, fmt.Errorf("%s: write IPv4 addresses as such", p)
	}
	return p, nil
}

// asciiName gives a name as events have it: in lower case, in ASCII, without a dot at its end.
func asciiName(s string) string {
	s = strings.TrimSuffix(s, ".")
	if format, known := intelmq.FormatOf("source.fqdn"); known {
		if v, err := format(s); err == nil {
			return v.Text
		}
	}
	return strings.ToLower(s)
}

// validName says whether a text can be a domain: labels of letters, digits and hyphens, in ASCII, of which the last is no
// number.
func validName(s string) bool {
	if len(s) > 253 || s == "" {
		return false
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// Prefix gives the prefix of a selector by prefix.
func (s Selector) Prefix() netip.Prefix {
	p, _ := netip.ParsePrefix(s.Value) // ParseSelector has seen to it
	return p
}

// ASN gives the network of a selector by network.
func (s Selector) ASN() values.ASN {
	n, _ := strconv.ParseUint(s.Value, 10, 32) // ParseSelector has seen to it
	return values.ASN(n)
}

// Contact is where a constituent is reached in a role.
type Contact struct {
	Role      string // one of Roles
	Name      string
	Address   string   // mailto:…, tel:… or https:…
	Languages []string // where they differ from the constituent's
	Validity
}

// Roles are those of contacts, in the order in which one is taken for a report.
func Roles() []string {
	return []string{"abuse", "security", "noc", "technical", "administrative", "management", "other"}
}

// Key is one that mail to a constituent is encrypted to.
type Key struct {
	Kind  string // openpgp or smime
	Value string // fingerprint, or the armoured key or certificate
	Validity
}

// Consent is what a constituent agreed to.
type Consent struct {
	Kind  string // such as share-with-partners, publish-name
	Value string // yes or no
	Validity
}

// Check says what is wrong with a constituent.
func (c *Constituent) Check() error {
	switch {
	case c.ID == "" || len(c.ID) > 100 || strings.Trim(c.ID, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "":
		return fmt.Errorf("id %q: an id has small letters, digits, . _ and - alone", c.ID)
	case c.Name == "":
		return fmt.Errorf("constituent %s has no name", c.ID)
	case c.Criticality != "" && !slices.Contains(Criticalities(), c.Criticality):
		return fmt.Errorf("criticality %q is none of %s", c.Criticality, strings.Join(Criticalities(), ", "))
	case c.Channel != "" && !slices.Contains(Channels(), c.Channel):
		return fmt.Errorf("channel %q is none of %s", c.Channel, strings.Join(Channels(), ", "))
	}
	return nil
}

// Mailbox gives where a constituent is told at a time: of the contacts that are valid then and have a mail address, that of
// the first role. What was confirmed last goes before, among those of a role.
func (c *Constituent) Mailbox(at time.Time) (Contact, bool) {
	var best *Contact
	rank := func(k *Contact) int { return slices.Index(Roles(), k.Role) }
	for i := range c.Contacts {
		k := &c.Contacts[i]
		if !k.At(at) || !strings.HasPrefix(k.Address, "mailto:") {
			continue
		}
		if best == nil || rank(k) < rank(best) || rank(k) == rank(best) && k.Confirmed.After(best.Confirmed) {
			best = k
		}
	}
	if best == nil {
		return Contact{}, false
	}
	return *best, true
}
