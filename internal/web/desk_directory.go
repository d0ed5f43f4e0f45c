package web

import (
	"time"

	"pahra/internal/desk/intake"
	"pahra/internal/desk/party"
)

// DeskConstituents is the page of those whom the desk serves.
type DeskConstituents struct {
	Said    `json:"-"`
	Now     time.Time          `json:"now"`
	Query   string             `json:"query,omitempty"`
	Due     bool               `json:"due,omitempty"` // only those with something to be confirmed
	All     int                `json:"constituents"`
	ToDo    int                `json:"to_be_confirmed"` // constituents with something that was last confirmed more than a year ago
	Found   int                `json:"found"`
	List    []DeskConstituent  `json:"list"`
	Here    string             `json:"-"`
	Next    string             `json:"next,omitempty"`
	Entered string             `json:"-"`                 // a table with which something is wrong
	Preview *DeskDirectoryPlan `json:"preview,omitempty"` // nil: no table was given
	Spans   []int              `json:"-"`
	Changes []DeskPartyChange  `json:"changes"`
}

// DeskConstituent is a constituent in the list, and what of it is to be confirmed.
type DeskConstituent struct {
	party.Constituent
	Stale int `json:"to_be_confirmed"`
}

// DeskPartyChange is what somebody changed of the directory.
type DeskPartyChange struct {
	Version int64     `json:"version"`
	Made    time.Time `json:"made"`
	By      string    `json:"by"`
	What    string    `json:"what"`
}

// DeskDirectoryPlan is what a table that was given would change. Seen is to be given back to have that happen.
type DeskDirectoryPlan struct {
	Seen     string          `json:"seen"`
	Whole    bool            `json:"whole"`
	Added    []string        `json:"added"`
	Changed  []string        `json:"changed"`
	Dropped  []string        `json:"dropped"`
	Same     int             `json:"same"`
	Overlaps []party.Overlap `json:"overlaps"`
	Blocked  bool            `json:"blocked"` // two constituents have the same selector: it cannot be applied
	Days     int             `json:"days"`
	Replayed int             `json:"replayed_events"`
	Moved    []party.Moved   `json:"moved"`
	Away     int             `json:"moved_events"`
	Unread   bool            `json:"not_replayed,omitempty"` // the events are not here
	Table    string          `json:"-"`
}

// DeskDocuments is the page of a document that the desk decides by: the policy or a table of contacts.
type DeskDocuments struct {
	Said    `json:"-"`
	Kinds   []string          `json:"kinds"`
	Kind    string            `json:"kind"`
	Version int64             `json:"version"` // 0: what is built in
	Made    time.Time         `json:"made,omitzero"`
	By      string            `json:"by,omitempty"`
	Text    string            `json:"text"` // that counts, or as entered
	Mapping bool              `json:"-"`    // it is one of a CSV's columns, and the event a sample of the CSV
	Event   string            `json:"-"`    // to try it on
	Address string            `json:"-"`
	Preview *DeskDocumentTest `json:"preview,omitempty"` // nil: no other was given
}

// DeskDocumentTest is what another document would make of an event. Seen is to be given back to have it count.
type DeskDocumentTest struct {
	Seen  string         `json:"seen"`
	Is    *party.Verdict `json:"is"` // as things are; nil: no event was given
	After *party.Verdict `json:"after"`
	Made  *intake.Sample `json:"made,omitempty"` // what a mapping makes of the sample; nil for other kinds
}
