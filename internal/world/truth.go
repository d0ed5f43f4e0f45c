package world

import (
	"net/netip"
	"time"

	"pahra/wire/values"
)

// Truth is what was made to happen, in the order of time. Its JSON form is the truth file.
type Truth struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Networks int       `json:"networks"` // that announce something at the start
	Facts    Facts     `json:"facts"`
	Events   []Event   `json:"events"`
}

// Facts count how far the facts in the folder differ from the world.
type Facts struct {
	Relations        int          `json:"relations"` // that there are
	WrongRelations   int          `json:"wrong_relations"`
	MissingRelations int          `json:"missing_relations"`
	Siblings         int          `json:"siblings"` // networks that share a holder with an earlier one
	UnknownSiblings  int          `json:"unknown_siblings"`
	StaleIRR         int          `json:"stale_irr"` // route objects that name an earlier origin
	StaleASPA        int          `json:"stale_aspa"`
	Liars            []values.ASN `json:"liars"`   // peers that tell what no one announced
	Partial          []values.ASN `json:"partial"` // peers that tell few of their routes
}

// The kinds of event. The first ones are deviations, of which administrative bogons and forged origins only inform; then
// come those that make another look guilty, and those that merely look like deviations.
const (
	Hijack         = "hijack"               // the victim's very prefix
	MoreSpecific   = "hijack-more-specific" // a part of it
	MassHijack     = "hijack-mass"          // prefixes of many at once
	RPKIInvalid    = "rpki-invalid"
	BogonPrefix    = "bogon-prefix"
	Unallocated    = "bogon-prefix-administrative"
	BogonASN       = "bogon-asn"
	LeakHairpin    = "leak-1" // RFC 7908 type 1: from a provider to a provider
	LeakLateral    = "leak-2" // type 2: from a peer to a peer
	LeakToPeer     = "leak-3" // type 3: from a provider to a peer
	LeakToProvider = "leak-4" // type 4: from a peer to a provider
	ForgedOrigin   = "forged-origin"
	ForgedSpecific = "forged-origin-more-specific"

	FramingHijack = "framing-hijack" // the victim's prefix, said to come from a third network
	FramingBogon  = "framing-bogon"  // a bogon prefix, said to come from a third network
	FramingLeak   = "framing-leak"   // routes said to have been leaked by a third network
	Lie           = "lie"            // one peer tells its collector a route that nobody announced

	SiblingMOAS    = "sibling-moas"
	ProviderSpace  = "provider-space"
	Anycast        = "anycast"
	Blackhole      = "blackhole"
	PrependTypo    = "prepend-typo"
	DDoSSwing      = "ddos-swing"
	Transfer       = "transfer"
	Engineering    = "te-more-specific"
	NewProvider    = "new-provider"
	Upgrade        = "peering-upgrade"
	NewPeering     = "new-peering"
	SiblingTransit = "sibling-transit"
	PartialTransit = "partial-transit"
	BackupTransit  = "backup-transit"
	SessionReset   = "session-reset"
)

// Event is one thing that was made to happen.
type Event struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// ASN is the announcing network, of a leak the leaker; of a session reset, the peer. Where Framing is set it is the
	// network that looks guilty.
	ASN values.ASN `json:"asn"`
	// Victim is whose prefix it is; 0 where there is none, or several.
	Victim values.ASN `json:"victim"`
	// From and To are, of a leak, whom the leaker had the routes of and who took them.
	From values.ASN   `json:"from,omitempty"`
	To   []values.ASN `json:"to,omitempty"`
	// Prefixes are those that some peer sees it with.
	Prefixes []netip.Prefix `json:"prefixes"`
	Start    time.Time      `json:"start"`
	// End is when it was over, or the end of the window while Open.
	End     time.Time  `json:"end"`
	Open    bool       `json:"open"`
	Benign  bool       `json:"benign"`
	Framing bool       `json:"framing"`
	Liar    values.ASN `json:"liar,omitempty"` // who made it up, while Framing
	// Peers is how many peers see it: of the prefix that the fewest see; of a leak, of the prefix that the most see.
	Peers int    `json:"peers"`
	Note  string `json:"note"`
}

// Malicious tells whether the event is a deviation of the network that it names.
func (e *Event) Malicious() bool { return !e.Benign && !e.Framing }

// Informs tells whether a detector may at most inform of the event: it costs nobody anything.
func (e *Event) Informs() bool {
	return e.Kind == Unallocated || e.Kind == ForgedOrigin || e.Kind == ForgedSpecific
}
