package authority

import (
	"fmt"
	"slices"
	"strings"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

// Hop is what the ASPAs of a customer say of one network as its provider: the answer of the function that
// draft-ietf-sidrops-aspa-verification-28 section 5.3 calls authorized(x, y).
type Hop uint8

// The answers.
const (
	// NoAttestation : the customer has no ASPA.
	NoAttestation Hop = iota
	// ProviderPlus : the customer's ASPAs name the network. It may be a provider, a route server, or a lateral peer that
	// the customer lets pass its routes on.
	ProviderPlus
	// NotProviderPlus : the customer has ASPAs, none of which names the network.
	NotProviderPlus
)

// String gives the draft's words: "no attestation", "provider+", "not provider+".
func (h Hop) String() string {
	switch h {
	case NoAttestation:
		return "no attestation"
	case ProviderPlus:
		return "provider+"
	case NotProviderPlus:
		return "not provider+"
	}
	return fmt.Sprintf("Hop(%d)", uint8(h))
}

// ASPATable holds the provider sets of validated ASPAs and judges AS paths by them. The zero value holds none. Like a
// [VRPTable] it is made of one snapshot of a validator, which had dropped what had expired; a [Timeline] drops the
// snapshot once it is too old.
type ASPATable struct {
	sets map[values.ASN]providers
}

// providers is the union of a customer's provider sets (U-SPAS), ascending, without AS 0; and who vouches for it.
type providers struct {
	asns []values.ASN
	tas  []string
}

// NewASPATable builds a table. Several ASPAs of one customer are united. AS 0 beside a provider has no effect (section 4);
// alone it says that the customer has no provider. ASPAs of customer AS 0 are left out. The slice is not kept and not
// changed.
func NewASPATable(aspas []vrp.ASPA) *ASPATable {
	t := &ASPATable{sets: make(map[values.ASN]providers, len(aspas))}
	for _, a := range aspas {
		if a.Customer == 0 {
			continue
		}
		p := t.sets[a.Customer]
		p.asns = append(p.asns, a.Providers...)
		p.tas = append(p.tas, a.TA)
		t.sets[a.Customer] = p
	}
	for customer, p := range t.sets {
		slices.Sort(p.asns)
		slices.Sort(p.tas)
		p.asns, p.tas = slices.Compact(p.asns), slices.Compact(p.tas)
		if len(p.asns) > 0 && p.asns[0] == 0 {
			p.asns = p.asns[1:]
		}
		t.sets[customer] = p
	}
	return t
}

// Len counts the customers that have an ASPA.
func (t *ASPATable) Len() int { return len(t.sets) }

// Hop tells whether provider is one of customer's, by customer's own word.
func (t *ASPATable) Hop(customer, provider values.ASN) Hop {
	p, ok := t.sets[customer]
	if !ok {
		return NoAttestation
	}
	if _, ok := slices.BinarySearch(p.asns, provider); ok {
		return ProviderPlus
	}
	return NotProviderPlus
}

// Object names what customer's ASPAs say, united: "ASPA AS64500 AS64501 AS64502 (apnic)", the customer, its providers and
// the trust anchor. AS0 stands where it has none; past eight providers their number does. It is empty where the customer
// has no ASPA.
func (t *ASPATable) Object(customer values.ASN) string {
	p, ok := t.sets[customer]
	if !ok {
		return ""
	}
	var text strings.Builder
	fmt.Fprintf(&text, "ASPA AS%d", customer)
	for _, asn := range p.asns[:min(len(p.asns), maxDeciding)] {
		fmt.Fprintf(&text, " AS%d", asn)
	}
	switch more := len(p.asns) - maxDeciding; {
	case len(p.asns) == 0:
		text.WriteString(" AS0")
	case more > 0:
		fmt.Fprintf(&text, " and %d more", more)
	}
	fmt.Fprintf(&text, " (%s)", strings.Join(p.tas, ", "))
	return text.String()
}
