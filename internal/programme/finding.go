package programme

import (
	"cmp"
	"slices"
	"time"

	"pahra/internal/norms"
)

// FindingKind is what a finding is about; each has one way to mend it.
type FindingKind string

// The kinds of finding, in the order of every output.
const (
	Suffered        FindingKind = "incident-suffered"      // another network announced what is its own
	Announced       FindingKind = "incident"               // the network announced what it must not
	PassedOn        FindingKind = "incident-passed-on"     // it accepted that from a neighbour
	BogonAnnounced  FindingKind = "bogon-announced"        // a bogon too short-lived or little seen to be an incident
	ExplainedAway   FindingKind = "announcement-explained" // a mistake or the like explains its route, which nobody should register
	Contested       FindingKind = "origin-contested"       // route objects of other origins cover its route, and no ROA decides
	InvalidOrigin   FindingKind = "rpki-invalid-origin"    // its route is RPKI-invalid: VRPs name other origins
	InvalidLength   FindingKind = "rpki-invalid-length"    // its route is RPKI-invalid: longer than the VRP allows
	NoROA           FindingKind = "roa-missing"            // no VRP covers its route
	ObjectElsewhere FindingKind = "route-object-differs"   // route objects name other origins
	NoObject        FindingKind = "route-object-missing"   // no route object has its route
	NoPolicy        FindingKind = "policy-missing"         // no routing policy is registered
	NoContact       FindingKind = "contact-missing"        // no contact is registered
	Spoofs          FindingKind = "spoofing"               // packets with forged sources got out
	NewNeighbour    FindingKind = "new-neighbour"          // paths showed a link next to an origin as never before; it informs
)

// KindStep is a kind of finding and what the step that mends such findings is called.
type KindStep struct {
	Kind FindingKind
	Step string
}

// Kinds are all kinds of finding, in the order of every output.
func Kinds() []KindStep {
	return []KindStep{
		{Suffered, "get what is one's own back, and sign it"},
		{Announced, "end the announcements, and announce only what is one's own or a customer's"},
		{PassedOn, "filter what neighbours announce"},
		{BogonAnnounced, "stop announcing bogons"},
		{ExplainedAway, "look at announcements that are explained, and register only what is yours"},
		{Contested, "find out who holds what others have registered"},
		{InvalidOrigin, "withdraw RPKI-invalid routes, or settle with the holder who announces them"},
		{InvalidLength, "raise a ROA's maxLength, or stop announcing the longer prefix"},
		{NoROA, "create ROAs"},
		{ObjectElsewhere, "mend or add route objects that name the right origin"},
		{NoObject, "register route objects"},
		{NoPolicy, "register a routing policy"},
		{NoContact, "register a contact"},
		{Spoofs, "stop packets with forged sources"},
		{NewNeighbour, "look whether links never seen before are real"},
	}
}

// Finding is a norm not met, or harm suffered: what is wrong, what shows it, what exactly mends it.
type Finding struct {
	Kind    FindingKind `json:"kind"`
	Subject string      `json:"subject"` // "203.0.113.0/24 AS64500", "AS64500" or an incident's id
	// Metric and Action are those it counts in; null where it counts in none.
	Metric   *norms.Metric `json:"metric"`
	Action   *norms.Metric `json:"action"`
	Says     string        `json:"says"`
	Evidence []string      `json:"evidence"`
	Mend     string        `json:"mend"`
	AgesOut  string        `json:"ages_out"`
	// AgesOutAt is when it leaves the score, where that is known; null otherwise.
	AgesOutAt *time.Time `json:"ages_out_at"`
	// Incident is the incident's id; empty for findings about registration.
	Incident string `json:"incident,omitempty"`
	// Anachronism names the inputs used against their time or age; such a finding is barred from publication.
	Anachronism []string `json:"anachronism,omitempty"`
}

// withinADay is when findings about registration go.
const withinADay = "within about a day after mending; a route announced at all counts for its whole month"

func metric(m norms.Metric) *norms.Metric { return &m }

// sortFindings orders findings by kind, and keeps the order within.
func sortFindings(list []Finding) {
	place := make(map[FindingKind]int)
	for i, k := range Kinds() {
		place[k.Kind] = i
	}
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(place[a.Kind], place[b.Kind]) })
}

// ToMend counts the findings that something is to be mended about; the others inform.
func ToMend(list []Finding) (n int) {
	for _, f := range list {
		if f.Kind != NewNeighbour {
			n++
		}
	}
	return n
}
