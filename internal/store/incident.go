package store

import (
	"net/netip"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// Part is how a network is concerned by an incident.
type Part string

// The parts.
const (
	Announcing Part = "announcing" // its ASN
	Accomplice Part = "accomplice" // took the announcement straight from it
	Victim     Part = "victim"     // one of Evidence.Victims
	AnyPart    Part = ""           // in a filter: whichever
)

// StoredIncident is an incident and how it came into the store.
type StoredIncident struct {
	Incident watch.Incident
	Stored   time.Time // first
	Updated  time.Time // last
	Version  int       // of the verdict, from 1
}

// IncidentSummary is what a list shows of an incident; it costs less than the whole.
type IncidentSummary struct {
	ID          string
	Kind        watch.Kind
	ASN         values.ASN
	Victim      *values.ASN
	Start       time.Time
	End         *time.Time // nil while open
	Status      watch.Status
	Confidence  float64
	Attribution watch.Attribution
	Prefixes    int
	Prefix      netip.Prefix // the first; invalid where there is none
	Stored      time.Time
	Updated     time.Time
	Version     int
}

// IncidentVersion is a verdict that was reached on an incident.
type IncidentVersion struct {
	Version  int
	Incident watch.Incident
	Reached  time.Time // when it was stored
	Updated  time.Time // when its evidence grew last
	Digest   string    // SHA-256 of the incident as JSON, in hex
	Previous string    // digest of the version before; empty for the first
}

// IncidentFilter chooses incidents. The zero value chooses all; what is set must all hold.
type IncidentFilter struct {
	ASN  values.ASN // one network, in Part; 0 for any
	Part Part
	// ASNs are networks of which one must be concerned, in Part; nil for any, empty for none.
	ASNs          []values.ASN
	Prefix        netip.Prefix // touched: the same, inside it, or covering it
	Kinds         []watch.Kind // one of them
	Since, Until  time.Time    // lasted at or after Since, and began before Until
	UpdatedSince  time.Time    // stored or changed at or after
	Open          bool         // only those still open
	MinConfidence float64
	Attribution   watch.Attribution
	Limit         int    // of a page; 0 is 100, the most 1000
	Cursor        string // of the page before
}

// Saved says what SaveIncidents did.
type Saved struct {
	New     []string // ids stored for the first time
	Judged  []string // ids that have a new version
	Grown   int      // whose evidence alone changed
	Same    int      // that were stored already as they are
	Ignored int      // that have no id
}
