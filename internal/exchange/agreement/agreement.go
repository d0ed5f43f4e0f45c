// Package agreement makes decisions of agreements: what one team may tell another, field by field, by which clause.
//
// Read reads a document, strictly; SignedBytes gives what the parties sign. Compile makes a [Table] of one direction, which
// decides on an object by what is known of it ([Facts]) and then on each of its fields: [Table.Decide], [Decision.Field]. A
// decision is a function of its arguments alone. What no clause permits stays: objects outside of subjects and scope, fields
// without a rule. Below all clauses lies a floor that no document can take away: TLP:RED, embargoes, expiry, recall, the term,
// both signatures, and what Pahra notes for itself. A stricter document never releases more.
//
// The package does not change values (internal/exchange does), checks no signature and keeps no state. It knows fields by
// path and kind, and no format of objects.
package agreement

import (
	"net/netip"
	"time"

	"pahra/wire/jsontree"
	"pahra/wire/values"
)

// Format is what a document of this form says it is.
const Format = "pahra-agreement/1"

// Agreement is a document that was read and found whole. It is not changed.
type Agreement struct {
	ID         string
	Version    int // from 1; each change of the document is a new one
	Title      string
	Purpose    Statement
	LegalBasis Statement
	Parties    []Party // two
	Term       Term
	Directions []Direction // one or two, never the same way twice

	tree jsontree.Value
}

// Clause is the number by which decisions cite a part of the document, such as "4.2".
type Clause string

// Statement is a clause in words.
type Statement struct {
	Clause    Clause
	Text      string
	Reference string // where it stands, such as the URL of a treaty; may be empty
}

// Party is one of the teams.
type Party struct {
	Clause     Clause
	Team       string // the name that signatures and directions use: small letters, digits, hyphens
	Name       string
	Country    string // ISO 3166, two letters
	Government bool   // whether consent to be named to governments holds for it
	Profile    Profile
	Keys       []Key
}

// Profile is what RFC 2350 wants a team to say of itself. Updated, TimeZone, Email, Constituency and Authority are never empty.
type Profile struct {
	Updated, PublishedAt                            string
	Address, TimeZone, Telephone, Emergency, Email  string
	Hours                                           string
	Languages                                       []string
	Mission, Constituency, Affiliation, Authority   string
	IncidentTypes, Cooperation, Services, Disclaims string
}

// Key is an OpenPGP key that a team signs agreements with.
type Key struct {
	Fingerprint string // in capitals
	Armoured    string // the public key
}

// Term says from when until when the document is in force.
type Term struct {
	Clause      Clause
	Start, End  time.Time // from the one until before the other
	Renewal     Renewal
	Termination Termination
}

// Renewal says how the term goes on behind its end.
type Renewal struct {
	Clause Clause
	How    string // "none", "new-version" (signed anew) or "automatic" (unless a party gave notice)
	Months int    // of each automatic renewal
	Times  int    // how often
}

// Termination says how a party leaves.
type Termination struct {
	Clause     Clause
	NoticeDays int // from the notice to the end
}

// Direction is what one party tells the other.
type Direction struct {
	From, To   string
	TLP        TLPRule
	Subjects   []Subject
	Scope      Scope
	Originator Originator
	Handling   Handling
	Onward     Onward
	Quotas     []Quota
	Retention  Retention
	Recall     Recall
	Statistics Statistics
	Fields     []FieldRule
}

// TLPRule is what holds of labels of the Traffic Light Protocol.
type TLPRule struct {
	Clause      Clause
	Max         values.TLP                // what is more restricted stays
	Unlabelled  values.TLP                // what an object without a label counts as; NoTLP: it stays
	AtLeast     values.TLP                // objects leave with this label or a more restricted one
	AskFrom     values.TLP                // from here on a person decides; NoTLP: nowhere
	FromVersion map[values.TLP]values.TLP // what labels of version 1 count as; never less restricted
	Labels      int                       // the version of the labels that the receiver reads, 1 or 2
	StrictAsRed bool                      // for a reader of version 1, which has no AMBER+STRICT: it goes as RED; else it stays
}

// Effect is what a clause does to objects of a subject.
type Effect string

// The effects, the strictest last.
const (
	Permit Effect = "permit"
	Ask    Effect = "ask" // a person decides
	Forbid Effect = "forbid"
)

// Subject is a clause on classes and types of the RSIT. What no clause permits stays; the strictest counts.
type Subject struct {
	Clause Clause
	Effect Effect
	Kinds  []string // "malicious-code", "fraud/phishing"
}

// Scope says whom an object must concern.
type Scope struct {
	Clause     Clause
	Everything bool // all else is empty then
	Sides      []string
	Countries  []string
	ASNs       []values.ASN
	Prefixes   []netip.Prefix
	Domains    []string // with all below them, without a dot before them
}

// Originator says what holds of others' information, and of who wants not to be named.
type Originator struct {
	Clause         Clause
	ThirdParty     Effect   // what happens to what third parties told and did not permit to pass on
	Names          []string // patterns of the fields that name who told it
	WithoutConsent Do       // what becomes of those where there is no consent: Drop or Replace
}

// Handling is what the receiver may do, in the words of the Information Exchange Policy (FIRST, IEP 2.0).
type Handling struct {
	Clause           Clause
	PermittedActions string // "none" … "externally-visible-direct-actions"
	PAP              values.PAP
	NotifyAffected   string // "may", "must-not"
	Attribution      string // "may", "must", "must-not"
	Resale           string // "may", "must-not"
	EncryptInTransit string // "may", "must"
}

// Onward says to whom the receiver may pass on.
type Onward struct {
	Clause         Clause
	To             string   // "nobody", "constituents", "named", "community"
	Named          []string // where To is "named"
	WithPermission bool     // others may be asked for
}

// Quota is how many objects are decided on in a window, whatever the decision.
type Quota struct {
	Clause  Clause
	Objects int64
	Per     Span
}

// Retention says for how long the receiver may keep an object.
type Retention struct {
	Clause Clause
	Days   int
}

// Recall says what the receiver owes when an object is taken back.
type Recall struct {
	Clause           Clause
	AcknowledgeHours int
	DeleteHours      int
}

// Statistics says what holds of figures.
type Statistics struct {
	Clause      Clause
	MinimumCell int // smaller figures are not shown
	Taxonomy    string
	Unit        string // what is counted: "incident", "report", "ip-day", "case"
}

// FieldRule is a row of the field matrix.
type FieldRule struct {
	Clause   Clause
	Patterns []string // a path, or the begin of paths with a star behind a dot: "extra.*"; "*" is all
	Action   Action
}

// Party gives a party by its team's name.
func (a *Agreement) Party(team string) (Party, bool) {
	for _, p := range a.Parties {
		if p.Team == team {
			return p, true
		}
	}
	return Party{}, false
}

// Tree gives the document as JSON: what is signed, and what others read. It belongs to the agreement.
func (a *Agreement) Tree() *jsontree.Value { return &a.tree }

// SignedBytes gives what the parties sign: the document's data in the canonical form of RFC 8785. Comments, the order of keys
// and how a text is quoted are no part of it.
func (a *Agreement) SignedBytes() []byte {
	b, err := a.tree.AppendCanonical(nil)
	if err != nil {
		panic(err) // Read takes only numbers that have the form
	}
	return b
}
