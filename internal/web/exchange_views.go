package web

import (
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements"
)

// ExchangePage is the page of partners: with whom this team shares, under what, and whether anything leaves at all.
type ExchangePage struct {
	Said
	Team     string            `json:"team"`
	Stopped  *ExchangeStop     `json:"stopped"` // nil: sharing goes on
	Partners []ExchangePartner `json:"partners"`
	Waiting  int               `json:"waiting"`  // objects that wait for a person
	Recalled int               `json:"recalled"` // copies taken back that nobody has acknowledged
}

// ExchangeStop is the emergency stop of all sharing.
type ExchangeStop struct {
	By  string    `json:"by"`
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}

// ExchangePartner is a partner with the agreement that holds.
type ExchangePartner struct {
	Team        string   `json:"team"`
	Name        string   `json:"name"`
	Country     string   `json:"country"`
	Fingerprint []string `json:"fingerprints"` // of the keys that were compared
	Suspended   string   `json:"suspended"`    // why; "": it is not
	Agreement   string   `json:"agreement"`    // its id; "" where there is none
	Version     int      `json:"version"`
	InForce     bool     `json:"in_force"`
	Why         string   `json:"why"`      // why it is not in force
	Shown       int64    `json:"shown"`    // objects in its collection
	Received    int64    `json:"received"` // objects it posted
}

// ExchangeAgreement is the page of one version of an agreement.
type ExchangeAgreement struct {
	Said
	*AgreementText
	Versions   []int                `json:"versions"`
	InForce    bool                 `json:"in_force"`
	Why        string               `json:"why"` // why it is not in force
	Signatures []AgreementSignature `json:"signatures"`
	Before     int                  `json:"before"`  // the version that Changes are against; 0: there is none
	Changes    []agreement.Change   `json:"changes"` // against the version before
	Warnings   []agreement.Warning  `json:"warnings"`
	Digest     string               `json:"digest"` // SHA-256 of what is signed, in hexadecimal
}

// ExchangeReviews is the queue of objects that an agreement asks a person about.
type ExchangeReviews struct {
	Said
	Waiting []ExchangeReview `json:"waiting"`
	More    int              `json:"more"` // that wait and are not shown
}

// ExchangeReview is one that waits: what it is, and what would leave of it.
type ExchangeReview struct {
	Collection string           `json:"collection"`
	Partner    string           `json:"partner"`
	Item       string           `json:"item"`
	Version    int64            `json:"version"`
	Clause     agreement.Clause `json:"clause"`
	Reason     string           `json:"reason"`
	Objects    []ExchangeObject `json:"objects"`
	Nothing    string           `json:"nothing"` // why nothing would leave; "" where something would
}

// ExchangeObject is an object before and after, property by property.
type ExchangeObject struct {
	Type   string        `json:"type"`
	ID     string        `json:"id"`     // ours
	Leaves bool          `json:"leaves"` // something of it
	Rows   []ExchangeRow `json:"rows"`
}

// ExchangeRow is a property before and after.
type ExchangeRow struct {
	Field  string           `json:"field"`
	Before string           `json:"before"`
	After  string           `json:"after"` // "" where it is not told
	Action string           `json:"action"`
	Clause agreement.Clause `json:"clause"`
}

// ExchangeSees is exactly what a partner sees.
type ExchangeSees struct {
	Said
	Partner    string          `json:"partner"`
	Name       string          `json:"name"`
	Collection string          `json:"collection"`
	Objects    []ExchangeShown `json:"objects"`
	Next       string          `json:"next"`    // the cursor of the next page; "": this is the last
	Nothing    string          `json:"nothing"` // why there is nothing; "" where there is something
}

// ExchangeShown is an object as its reader gets it.
type ExchangeShown struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Version string    `json:"version"`
	Added   time.Time `json:"added"`
	Item    string    `json:"item"` // what it is a copy of
	Text    string    `json:"text"` // the octets that leave, with line breaks
}

// ExchangeNew is the page on which an agreement is tried before anyone signs.
type ExchangeNew struct {
	Said
	Text    string           `json:"text"`    // of the document
	Against string           `json:"against"` // events or objects to try it on, as entered; "": what this team holds
	Partner string           `json:"partner"` // who receives; "" before one is chosen
	Preview *ExchangePreview `json:"preview"`
}

// ExchangePreview is what a document would do.
type ExchangePreview struct {
	*AgreementText
	Warnings []agreement.Warning `json:"warnings"`
	Before   int                 `json:"before"` // the version that holds now; 0: there is none
	Changes  []agreement.Change  `json:"changes"`
	Sums     agreements.Sums     `json:"sums"`
	Lines    []agreements.Change `json:"lines"`  // the first; where a version holds now, of those that differ
	Digest   string              `json:"digest"` // SHA-256 of what is signed, in hexadecimal
	Seen     string              `json:"seen"`   // a hash of what was tried, without which nothing is put in place
}
