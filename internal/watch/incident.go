package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// Kind is what an incident is about.
type Kind string

// The kinds of incident that are detected.
const (
	Hijack      Kind = "hijack"       // an origin that nothing authorises in place of, or inside, the established one
	RPKIInvalid Kind = "rpki-invalid" // an announcement that RPKI origin validation finds invalid
	BogonPrefix Kind = "bogon-prefix" // a prefix that must not be announced
	BogonASN    Kind = "bogon-asn"    // an AS path with a number that must not appear in it
	Leak        Kind = "leak"         // routes passed on against what the networks are to one another (RFC 7908 types 1 to 4)
	PathAnomaly Kind = "path-anomaly" // a neighbour never seen before next to an established origin; informs only
)

// Attribution says how far the announcing network is known to be the one that did it.
type Attribution string

// The attributions. Only Supported names a network; until then it is "the announcing network".
const (
	// Supported: at least MinPeerASNs peer networks see each prefix over paths that do not all share one network in
	// between, or did so before.
	Supported Attribution = "supported"
	// SinglePath: every path shares one network in between, which could have made it up.
	SinglePath Attribution = "single-path"
	// PossiblyForged: as SinglePath, and the shared network's link to the announcing one was never seen before.
	PossiblyForged Attribution = "possibly-forged"
)

// Status is where an incident stands.
type Status string

// The states of an incident.
const (
	Open  Status = "open"  // still seen at the end of the input
	Ended Status = "ended" // no longer seen
	// Superseded: a service found it, and no longer once it knew what had been missing. The detectors never say so.
	Superseded Status = "superseded"
)

// Incident is a judged deviation. Its JSON form is published as a schema; times are UTC.
type Incident struct {
	ID          string         `json:"id"`
	Kind        Kind           `json:"kind"`
	ASN         values.ASN     `json:"asn"`    // the announcing network
	Victim      *values.ASN    `json:"victim"` // null where there is none, or several
	Prefixes    []netip.Prefix `json:"prefixes"`
	Accomplices []Accomplice   `json:"accomplices"`
	Start       time.Time      `json:"start"`
	End         *time.Time     `json:"end"` // null while open
	Peers       []PeerSeen     `json:"peers"`
	Attribution Attribution    `json:"attribution"`
	Confidence  float64        `json:"confidence"` // 0 to 1
	Status      Status         `json:"status"`
	Reasons     []string       `json:"reasons"`
	Evidence    Evidence       `json:"evidence"`
	// Anachronism names the inputs used against their time or age; such an incident is barred from publication.
	Anachronism []string `json:"anachronism,omitempty"`
	// Corrections take back what it says of networks, by signed decisions; the key is there only where there are any.
	// The detectors set none: whoever reads the decisions does.
	Corrections []Correction `json:"corrections,omitempty"`
}

// Correction is a decision that a network is not to blame after all.
type Correction struct {
	ASN      values.ASN `json:"asn"`
	Ground   string     `json:"ground"` // "upheld": a dispute was; "withdrawn": the judges found it themselves
	Reason   string     `json:"reason"`
	Decided  time.Time  `json:"decided"`
	Override string     `json:"override"` // SHA-256 of the signed record
}

// Correction gives the decision about a network; nil where there is none.
func (i *Incident) Correction(asn values.ASN) *Correction {
	for j := range i.Corrections {
		if i.Corrections[j].ASN == asn {
			return &i.Corrections[j]
		}
	}
	return nil
}

// Accomplice is a network that accepted the announcement straight from the announcing network.
type Accomplice struct {
	ASN values.ASN `json:"asn"`
	// CustomerEdge says whether the announcing network is its customer; null where no relation is known.
	CustomerEdge *bool `json:"customer_edge"`
	// Weight is 1, or 0 where its place rests on the word of too few: one peer, or one network on all paths to it.
	Weight float64 `json:"weight"`
}

// PeerSeen is a peer that saw the deviation.
type PeerSeen struct {
	Collector string     `json:"collector"`
	ASN       values.ASN `json:"asn"`
	IP        netip.Addr `json:"ip"`
}

// Evidence is what an incident rests on.
type Evidence struct {
	// Updates prove it: the first that each peer sent for each prefix, at most EvidenceUpdates of UpdatesTotal; the
	// archive holds all.
	Updates      []Update `json:"updates"`
	UpdatesTotal int      `json:"updates_total"`
	// Victims are all networks whose prefixes, or whose rights, it concerns.
	Victims []values.ASN `json:"victims"`
	// Forwarders are the other networks on the paths, which let it pass; they are not scored.
	Forwarders []values.ASN `json:"forwarders"`
	// Baseline is what stood before, for a hijack.
	Baseline []BaselineOrigin `json:"baseline"`
	// Objects were consulted: what each says of the announcement.
	Objects []Object `json:"objects"`
	// Exclusions are the benign explanations tried, in order.
	Exclusions []Tried `json:"exclusions"`
	// BogonASN is the number that must not appear, for a bogon ASN.
	BogonASN *values.ASN `json:"bogon_asn,omitempty"`
	// Leak is what a route leak rests on.
	Leak *LeakEvidence `json:"leak,omitempty"`
	// NewLink is what a path anomaly rests on.
	NewLink *NewLink `json:"new_link,omitempty"`
	// Rejudged tells of each time that new facts made another verdict of it while it was open, in order; at most 32, the
	// first and the latest. What stands beside it in Evidence is as of when each prefix joined; Confidence and Reasons are as
	// of the latest verdict that did not refute it.
	Rejudged []Rejudgement `json:"rejudged,omitempty"`
	// Administrative is set for a bogon that is merely not handed out; it informs and does not score.
	Administrative bool `json:"administrative,omitempty"`
}

// Outcome is what new facts made of an open incident.
type Outcome string

// The outcomes of judging again.
const (
	// Stands: it stands, on other grounds than before.
	Stands Outcome = "stands"
	// Refuted: by the new facts there is no deviation. It ends then; until then it was one by what was known.
	Refuted Outcome = "refuted"
	// Again: facts that refuted it changed back before it had ended.
	Again Outcome = "shown again"
)

// Rejudgement is one time that new facts made another verdict of an open incident, or of some of its prefixes.
type Rejudgement struct {
	Time    time.Time `json:"time"`
	Changed []string  `json:"changed"` // kinds of facts that changed: "aspa", "bogons", "irr", "registry", "vrp"
	Outcome Outcome   `json:"outcome"`
	// By is what refutes it: the name of an explanation, "rpki", "bogons", "aspa", or "no-rule" where no rule shows a leak.
	By     string `json:"by,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Prefixes are those that are judged otherwise, ascending; at most 64 of PrefixesTotal.
	Prefixes      []netip.Prefix `json:"prefixes"`
	PrefixesTotal int            `json:"prefixes_total"`
	Objects       []Object       `json:"objects"` // consulted this time
	Before        Said           `json:"before"`
}

// Said is what was said of an incident before it was judged again.
type Said struct {
	Confidence float64  `json:"confidence"`
	Reasons    []string `json:"reasons"`
}

// LeakEvidence says who passed whose routes to whom, and by which rule that is a leak.
type LeakEvidence struct {
	From   values.ASN `json:"from"`   // the leaker had the routes of it
	Leaker values.ASN `json:"leaker"` // the announcing network
	To     values.ASN `json:"to"`     // it took them
	// Type is that of RFC 7908, section 3: 1 from a provider to a provider, 2 from a peer to a peer, 3 from a provider to
	// a peer, 4 from a peer to a provider; 0 where it is not known which.
	Type int `json:"type"`
	// Rule is the strongest that shows it: "aspa", "otc", "tier-1" or "valley-free".
	Rule string `json:"rule"`
	// FromRelation and ToRelation say what From and To are to the leaker.
	FromRelation KnownRelation `json:"from_relation"`
	ToRelation   KnownRelation `json:"to_relation"`
	Prefixes     int           `json:"prefixes_total"` // that were leaked
	Origins      int           `json:"origins"`        // networks whose prefixes they are
	Peers        int           `json:"peers"`          // peer networks that had it at once, the most
}

// KnownRelation is what a network is to the leaker, and how sure that is.
type KnownRelation struct {
	Relation   string   `json:"relation"`   // "provider", "peer", "customer", "sibling" or "unknown"
	Confidence float64  `json:"confidence"` // 0 to 1
	Sources    []string `json:"sources"`    // kinds of source that say so
}

// NewLink is a link next to an origin that no path showed before.
type NewLink struct {
	Near values.ASN `json:"near"` // the announcing network
	Far  values.ASN `json:"far"`  // the established origin, which may not know of it
	Why  []string   `json:"why"`  // what makes it more than a new neighbour
}

// Update is one raw element of proof.
type Update struct {
	Time      time.Time    `json:"time"`
	Collector string       `json:"collector"`
	PeerASN   values.ASN   `json:"peer_asn"`
	PeerIP    netip.Addr   `json:"peer_ip"`
	Type      string       `json:"type"` // A: announced by an update; R: in a table dump
	Prefix    netip.Prefix `json:"prefix"`
	Path      []values.ASN `json:"path"` // prepends collapsed
	File      string       `json:"file"`
	Offset    int64        `json:"offset"` // of the MRT record in the decompressed file
	Raw       string       `json:"raw,omitempty"`
}

// BaselineOrigin is an origin that was established before.
type BaselineOrigin struct {
	Prefix netip.Prefix `json:"prefix"`
	Origin values.ASN   `json:"origin"`
	Since  time.Time    `json:"since"`
	Peers  int          `json:"peers"`  // sessions that have a route to it now
	Source string       `json:"source"` // "table" or "updates"
}

// Object is an object of authority and what it says.
type Object struct {
	Kind string `json:"kind"` // vrp, irr, bogon
	ID   string `json:"id"`
	Says string `json:"says"`
}

// Result is the three-valued outcome of an exclusion.
type Result string

// The outcomes of an exclusion.
const (
	Explains Result = "explains"
	Fails    Result = "does not explain"
	NoData   Result = "no data"
	Disabled Result = "disabled"
)

// Tried is one exclusion that was tried.
type Tried struct {
	Name   string `json:"name"`
	Result Result `json:"result"`
	Detail string `json:"detail,omitempty"`
}

// identity gives the id of an incident that opens with these prefixes.
func (g *group) identity(prefixes []netip.Prefix) string {
	if g.leak != nil {
		l := g.leak.triple
		return leakID(l.from, l.leaker, l.to, g.start)
	}
	return incidentID(g.kind, g.asn, g.oneVictim(), prefixes, g.start)
}

// leakID is the hash of a leak's triple and of when it began: which of its prefixes were seen first is chance.
func leakID(from, leaker, to values.ASN, start int64) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%d|%d|%d", Leak, from, leaker, to, start))
	return hex.EncodeToString(h[:16])
}

// incidentID is the hash of what is known when the incident opens, so that it depends neither on how the incident ends
// nor on the order of the feeds.
func incidentID(kind Kind, asn values.ASN, victim *values.ASN, prefixes []netip.Prefix, start int64) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s|%d|", kind, asn)
	if victim != nil {
		fmt.Fprintf(h, "%d", *victim)
	}
	sorted := slices.SortedFunc(slices.Values(prefixes), values.ComparePrefix)
	for _, p := range sorted {
		fmt.Fprintf(h, "|%s", p)
	}
	fmt.Fprintf(h, "|%d", start)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
