package alert

import (
	"net/netip"
	"time"

	"pahra/internal/authority"
	"pahra/wire/values"
)

// View is what is known of a network's own routes at a moment. A nil table is "no data", and so are the routes where
// HasRoutes is false.
type View struct {
	ASN       values.ASN
	At        time.Time // of the data
	HasRoutes bool
	Routes    []OwnRoute // by prefix, each once; those it announced within a day, also if nobody sees them now
	// Up is how many peer networks are heard now, of IPv4 and of IPv6.
	Up   [2]int
	VRPs *authority.VRPTable
	// VRPsAt is when the VRPs were known; a set that grows old says nothing of what was renewed since.
	VRPsAt time.Time
	// Horizon is how much time VRPs of a trust anchor usually had left at VRPsAt: see [authority.VRPTable.Horizon].
	Horizon map[string]time.Duration
	IRR     *authority.RouteTable
	// Relation says what a network is to this one ("provider", "peer", "customer", "sibling"), or "" where that is not
	// known; nil is no data.
	Relation func(values.ASN) string
	Link     string // to the network's page, or empty
}

// OwnRoute is a prefix that the network originates, and who sees that now.
type OwnRoute struct {
	Prefix    netip.Prefix
	Peers     int         // peer networks that have it
	Upstreams []Neighbour // next to the network on their paths
}

// Neighbour is a network next to ours on paths.
type Neighbour struct {
	ASN   values.ASN
	Peers int // peer networks whose paths lead over it
}

// Memory is what [Check] has to remember of a network from one view to the next. The zero value is of a network that was
// never looked at: nothing is lost against it.
type Memory struct {
	At     time.Time       `json:"at"`
	Routes []RouteMemory   `json:"routes"`
	Up     [2]int          `json:"up"` // the most peer networks heard of late
	Near   []NearMemory    `json:"near"`
	Since  time.Time       `json:"since"` // when neighbours were first learned
	Open   map[string]Open `json:"open,omitempty"`
}

// Open is a batch of findings of one kind that were made at once and of which some still stand.
type Open struct {
	Kind  Kind           `json:"kind"`
	Key   string         `json:"key,omitempty"` // a registry's name
	Since time.Time      `json:"since"`
	Which []netip.Prefix `json:"which"` // that still stand
	Told  Severity       `json:"told"`
}

// RouteMemory is what is remembered of a route.
type RouteMemory struct {
	Prefix netip.Prefix `json:"prefix"`
	Seen   time.Time    `json:"seen"` // last by anyone
	// ROAs are the VRPs that made it valid when it last was.
	ROAs []string `json:"roas,omitempty"`
	// Expires is when the last of them ends, and Renewed when it was first seen to end then.
	Expires int64     `json:"expires,omitempty"`
	Renewed time.Time `json:"renewed,omitzero"`
	// Objects are the registries that have its route object.
	Objects []string `json:"objects,omitempty"`
	// Share is the largest part of the peer networks that saw it today and on the day before.
	Share [2]float64 `json:"share"`
	Day   int64      `json:"day"`
}

// NearMemory is a neighbour that was seen.
type NearMemory struct {
	ASN  values.ASN `json:"asn"`
	Last time.Time  `json:"last"`
}

// The thresholds of the checks; docs/alerts.md gives their reasons.
const (
	// ExpiryWindow is how soon a ROA must end to be told of.
	ExpiryWindow = 14 * 24 * time.Hour
	// minPeers is how many peer networks must be heard for a share of them to mean anything.
	minPeers = 5
	// nearPeers is how many peer networks must see a neighbour for it to be believed.
	nearPeers = 3
	// nearLearning is how long neighbours are only learned; nearMemory how long one that is gone is remembered.
	nearLearning = 24 * time.Hour
	nearMemory   = 90 * 24 * time.Hour
	// routeMemory is how long a route that nobody sees is remembered.
	routeMemory = 30 * 24 * time.Hour
	// A prefix has lost its visibility when less than lostShare of its usual share is left, and has it back from
	// backShare on.
	lostShare = 0.5
	backShare = 0.8
	maxRoutes = 20_000 // of one network
	maxNear   = 1_000
)
