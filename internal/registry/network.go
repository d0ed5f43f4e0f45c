package registry

import (
	"time"

	"pahra/wire/rpsl"
	"pahra/wire/values"
)

// Network is what the sources say of one AS. An empty field is "no data". From names each field's source.
type Network struct {
	ASN        values.ASN
	Holder     string // who runs it, or failing that its AS name
	ASName     string // the short name, such as BBIL-AP
	OrgID      string
	OrgName    string
	Country    string // ISO 3166 alpha-2, and the registries' EU and AP
	RIR        string // afrinic, apnic, arin, lacnic, ripencc
	Status     string // allocated or assigned
	Registered time.Time
	Class      string // the kind of network as a list of AS names gives it, such as Eyeball
	ASSet      string // the as-set of its customers as PeeringDB has it, such as AS-EXAMPLE or RIPE::AS-EXAMPLE
	Tags       []string
	Contacts   []Contact // ordered by role, source and hash
	From       Provenance
}

// Provenance names the source of each fact of a [Network]; a zero Source stands where there is no data.
type Provenance struct {
	Holder, ASName, Org, Country, RIR, Class, ASSet Source
}

// Contact says that a network can be reached in a role. It never holds a name, an address or a number.
type Contact struct {
	Role   string // lower case: noc, technical, abuse, policy, admin, maintenance, …
	Source string // where it is registered: peeringdb, or the database of an aut-num object such as ripe
	// Hash commits to the mail address or handle; empty where the source names a role without one.
	Hash     string
	HasMail  bool
	HasPhone bool
	Updated  time.Time // last change according to the source, or zero
	From     Source
}

// AutNum is what an aut-num object (RPSL, RFC 2622 section 6) contributes, in plain form.
type AutNum struct {
	ASN     values.ASN
	Name    string // as-name
	Holder  string // of the organisation it refers to; never a person's name
	OrgID   string // org
	Country string
	// Registry is the database, such as RIPE; Authenticated tells whether that database checks who registers.
	Registry      string
	Authenticated bool
	Contacts      []Contact
	// Policies are what it states of its neighbours; they count where Authenticated.
	Policies []rpsl.Policy
}

// Network gives what is known of asn. It is false where no source mentions it.
func (r *Registry) Network(asn values.ASN) (Network, bool) {
	node, ok := r.nodes.find(asn)
	if !ok {
		return Network{ASN: asn}, false
	}
	f := &r.networks[node]
	n := Network{
		ASN:     asn,
		Holder:  r.text[f.holder.value],
		ASName:  r.text[f.asName.value],
		OrgID:   r.text[f.org.value],
		OrgName: r.text[f.orgName],
		Country: r.text[f.country.value],
		RIR:     r.text[f.rir.value],
		Status:  r.text[f.status],
		Class:   r.text[f.class.value],
		ASSet:   r.text[f.asSet.value],
		Tags:    r.tags(f.tags),
		From: Provenance{
			Holder: r.sourceOf(f.holder), ASName: r.sourceOf(f.asName), Org: r.sourceOf(f.org), Country: r.sourceOf(f.country),
			RIR: r.sourceOf(f.rir), Class: r.sourceOf(f.class), ASSet: r.sourceOf(f.asSet),
		},
		Contacts: r.contactsOf(node),
	}
	if f.registered != 0 {
		n.Registered = time.Unix(f.registered, 0).UTC()
	}
	return n, true
}

// row is the stored form of a Network: strings by their number in Registry.text, of which 0 is the empty one.
type row struct {
	holder, asName, org, country, rir, class, asSet fact
	orgName, status, tags                           uint32
	registered                                      int64
	netTypes                                        netTypes
}

// fact is a value and where it is from.
type fact struct {
	value  uint32 // number in Registry.text; 0 is no data
	source uint32 // number in Registry.sources
}

func (r *Registry) sourceOf(f fact) Source {
	if f.value == 0 {
		return Source{}
	}
	return r.sources[f.source]
}
