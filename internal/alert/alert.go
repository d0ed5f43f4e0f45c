// Package alert decides who is told what, when and in which words.
//
// An [Alert] is one thing worth telling: [OfIncident] makes it of a routing incident, [Check] of a network's own routes
// (a ROA that runs out or is lost, a route object that is lost, a new upstream, lost visibility, an RPKI-invalid route),
// [Sources] of a feed that went stale or was held, [OfDeadline] of a case's deadline that runs out. Each says what happened, how that is known, and what to do first from
// the side of each network that has a part in it.
//
// A [Subscription] says who wants to know of what; [Subscription.Match] tells whether an alert is for it and [Told]
// whether it was told before. [Plan] makes messages of what is waiting: bursts become one message, a subscription never
// gets more messages in an hour than it asked for, and whatever is not told in full is counted in the next message.
//
// Everything here is pure: the time is an argument, the same input gives the same messages, byte for byte. Missing data
// is never a loss. Texts are plain, and foreign words in them are made harmless. Who may see an incident is decided by
// the publication policy; service asks it before a message is made. Storing and sending are elsewhere.
package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// Kind is what an alert is about: a kind of incident, or one of the constants here.
type Kind string

// The kinds that are not kinds of incident.
const (
	ROAExpiry       Kind = "roa-expiry"        // a ROA of an announced prefix runs out soon and is not renewed
	ROALost         Kind = "roa-lost"          // an announced prefix had a ROA and has none now
	RouteObjectLost Kind = "route-object-lost" // a registry no longer has the route object of an announced prefix
	NewUpstream     Kind = "new-upstream"      // a network stands next to ours on paths as never before
	VisibilityLost  Kind = "visibility-lost"   // far fewer peers see a prefix than before
	OwnInvalid      Kind = "own-invalid"       // RPKI finds a route of ours invalid
	SourceStale     Kind = "source-stale"      // a source of facts or routes gives nothing new
	SourceHeld      Kind = "source-held"       // what a source gave is held: it shrank too far to be believed
	CaseDeadline    Kind = "case-deadline"     // a deadline of a case of the desk is about to run out, or has
)

// Kinds gives all kinds, those of incidents first.
func Kinds() []Kind {
	return []Kind{
		Kind(watch.Hijack), Kind(watch.RPKIInvalid), Kind(watch.BogonPrefix), Kind(watch.BogonASN), Kind(watch.Leak), Kind(watch.PathAnomaly),
		ROAExpiry, ROALost, RouteObjectLost, NewUpstream, VisibilityLost, OwnInvalid, SourceStale, SourceHeld, CaseDeadline,
	}
}

// ofSources tells whether a kind is about the sources, which is the administrators' business.
func (k Kind) ofSources() bool { return k == SourceStale || k == SourceHeld }

// Phase is where the matter of an alert stands for the one who is told.
type Phase string

// The phases.
const (
	Opened  Phase = "opened"
	Changed Phase = "changed"
	Ended   Phase = "ended"
)

// Role is the part that a network has in the matter of an alert.
type Role string

// The roles.
const (
	Announcer  Role = "announcing network"
	Accomplice Role = "accepted it first"
	Victim     Role = "victim"
	Owner      Role = "own network" // of a check of its own routes
	Onlooker   Role = "onlooker"    // none of those with a part in it
)

// Severity orders alerts by how much haste they need.
type Severity string

// The severities, the least first.
const (
	Info     Severity = "info"
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

var severities = [...]Severity{Info, Low, Medium, High, Critical}

// Rank gives the place of a severity, from 0; an unknown one has that of [Info].
func (s Severity) Rank() int { return max(0, slices.Index(severities[:], s)) }

// Party is a network with a part in the matter.
type Party struct {
	ASN  values.ASN `json:"asn"`
	Role Role       `json:"role"`
}

// Advice is what one with a role does first.
type Advice struct {
	Role  Role       `json:"role"`
	ASN   values.ASN `json:"asn,omitempty"` // for this network alone; 0 for all with the role
	Steps []string   `json:"steps"`
}

// Alert is one thing worth telling. Times are UTC.
type Alert struct {
	ID string `json:"id"`
	// Subject names the matter: the same from its opening to its end.
	Subject string `json:"subject"`
	Kind    Kind   `json:"kind"`
	// Phase is as seen by one who is told for the first time; [Told.Next] makes it that of a subscription.
	Phase Phase     `json:"phase"`
	Time  time.Time `json:"time"`  // up to which the data goes that says so
	Since time.Time `json:"since"` // when the matter began
	// Until is when the matter ended; the zero time while it lasts.
	Until      time.Time      `json:"until,omitzero"`
	Severity   Severity       `json:"severity"`
	Confidence float64        `json:"confidence"` // 0 to 1
	Network    values.ASN     `json:"network"`    // the announcing network, or whose routes were checked; 0 for a source
	Parties    []Party        `json:"parties"`
	Prefixes   []netip.Prefix `json:"prefixes"`
	// PrefixesTotal counts the prefixes; a stored alert lists at most MaxPrefixes of them.
	PrefixesTotal int    `json:"prefixes_total"`
	Incident      string `json:"incident,omitempty"`
	Case          int64  `json:"case,omitempty"`        // of the desk
	Attribution   string `json:"attribution,omitempty"` // of an incident
	// TakenBack says of an incident that it is no longer found with all that is known by now.
	TakenBack bool     `json:"taken_back,omitempty"`
	Title     string   `json:"title"` // one line
	What      string   `json:"what"`  // what happened
	How       []string `json:"how"`   // how that is known
	First     []Advice `json:"first"` // what to do first
	Link      string   `json:"link,omitempty"`
}

// MaxPrefixes is how many prefixes a stored alert lists.
const MaxPrefixes = 50

// Stored gives the alert as it is kept: with the first of its prefixes and the parties bounded.
func (a Alert) Stored() Alert {
	a.Prefixes = slices.Clone(a.Prefixes[:min(len(a.Prefixes), MaxPrefixes)])
	a.Parties = slices.Clone(a.Parties[:min(len(a.Parties), maxParties)])
	return a
}

const maxParties = 200

// seal gives the alert its id: the hash of its matter, its time, and where the matter stands. The same cause gives the
// same id, however often it is told.
func (a Alert) seal() Alert {
	a.PrefixesTotal = len(a.Prefixes)
	a.ID = hash("alert", a.Subject, string(a.Phase), a.Time.UTC().Format(time.RFC3339), a.Title, a.What)
	return a
}

// hash gives 128 bits of the hash of the parts, each set off by its length.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
