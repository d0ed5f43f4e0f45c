package registry

import (
	"cmp"
	"time"
)

// Kind is what a source is about. The kinds are also the precedence's subjects, see precedence.go.
type Kind uint8

// The kinds of source.
const (
	KindDelegated         Kind = iota + 1 // RIR statistics
	KindRelations                         // AS relationships
	KindOrganisations                     // CAIDA as-org2info
	KindASNames                           // lists of AS names
	KindASTags                            // lists of AS classes
	KindAutNum                            // aut-num objects of an IRR or RIR database
	KindContacts                          // contacts of any other origin
	KindPeeringDB                         // networks and organisations of PeeringDB
	KindPeeringDBContacts                 // its contacts (poc)
	KindPeeringDBMembers                  // its exchanges (ix) and their members (netixlan)
	KindNeighbourhoods                    // named lists and expressions
	KindInferred                          // relations told from AS paths
	KindASPA                              // signed lists of providers
	kinds
)

var kindNames = [kinds]string{"", "delegated", "relations", "organisations", "asnames", "astags", "autnum", "contacts",
	"peeringdb", "peeringdb-contacts", "peeringdb-members", "neighbourhoods", "inferred", "aspa"}

// String gives the kind's name in lower case.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "unknown"
}

// Source is one input of the registry: a file or a page of a certain time. The Add methods set Kind themselves.
type Source struct {
	Kind   Kind
	Name   string    // the file or service, as the caller wants to see it in evidence
	Time   time.Time // when it was published: what it says was known from then on
	SHA256 string    // of the input's bytes, hexadecimal, or empty
}

// compare orders sources canonically.
func (s Source) compare(t Source) int {
	return cmp.Or(cmp.Compare(s.Kind, t.Kind), cmp.Compare(s.Name, t.Name), s.Time.Compare(t.Time), cmp.Compare(s.SHA256, t.SHA256))
}
