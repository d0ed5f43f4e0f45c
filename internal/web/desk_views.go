package web

import (
	"time"

	"pahra/internal/service"
	"pahra/internal/store"
	"pahra/wire/values"
)

// DeskInbox is the page of what is to be done about cases.
type DeskInbox struct {
	Said    `json:"-"`
	Now     time.Time   `json:"now"`
	Filter  DeskFilter  `json:"filter"`
	Groups  []DeskGroup `json:"groups"` // those with cases, the most pressing first
	Cases   int64       `json:"cases"`  // to do something about: those that wait are not among them
	Waiting int64       `json:"waiting"`
	Lines   int64       `json:"report_lines_in_7_days"`
	Undo    string      `json:"-"` // takes back what was done last
	Here    string      `json:"-"` // the page's own path, to come back to
	Choices DeskChoices `json:"-"`
}

// DeskChoices are what the filter can be set to.
type DeskChoices struct {
	Classes   []DeskChoice // of RSIT, and their types
	Assignees []DeskChoice
}

// DeskChoice is a value of a field, and its name.
type DeskChoice struct{ Value, Name string }

// DeskFilter is what the inbox is kept to; empty is everything.
type DeskFilter struct {
	Todo     string `json:"todo,omitempty"`
	State    string `json:"state,omitempty"`
	Class    string `json:"class,omitempty"`
	Party    string `json:"party,omitempty"`
	Country  string `json:"country,omitempty"`
	Assignee string `json:"assignee,omitempty"`
	Text     string `json:"text,omitempty"`
}

// Set says whether cases are left out.
func (f DeskFilter) Set() bool { return f != DeskFilter{} }

// Narrow says whether more than the group is chosen.
func (f DeskFilter) Narrow() bool {
	f.Todo = ""
	return f.Set()
}

// DeskGroup are cases with the same thing to do.
type DeskGroup struct {
	Todo  store.Todo `json:"todo"`
	Count int64      `json:"count"`
	Cases []DeskLine `json:"cases"`
	All   string     `json:"-"` // leads to all of them; "" where they are all here
	Next  string     `json:"next,omitempty"`
	Title string     `json:"-"` // where there is no todo
}

// DeskLine is a case in a list.
type DeskLine struct {
	ID          int64      `json:"case"`
	Tenant      string     `json:"tenant"`
	State       string     `json:"state"`
	Class       string     `json:"class"`
	ClassName   string     `json:"class_name"`
	Identifier  string     `json:"identifier"`
	Party       string     `json:"party"`
	PartyName   string     `json:"party_name,omitempty"`
	ASN         values.ASN `json:"asn,omitempty"` // where the party is a network
	Country     string     `json:"country,omitempty"`
	Priority    int        `json:"priority"` // 0 to 100
	Events      int64      `json:"events"`
	Addresses   int64      `json:"addresses"`
	Opened      time.Time  `json:"opened"`
	FirstSeen   time.Time  `json:"first_seen"`
	LastSeen    time.Time  `json:"last_seen"`
	Changed     time.Time  `json:"state_since"`
	Due         *time.Time `json:"due,omitempty"`
	Replied     *time.Time `json:"replied,omitempty"`
	Assignee    string     `json:"assignee,omitempty"` // the account's name
	TLP         string     `json:"tlp,omitempty"`
	Compartment string     `json:"compartment,omitempty"`
	Reopened    int        `json:"reopened"`
	Days        []int64    `json:"addresses_by_day"` // of the last [SparkDays] days, the earliest first
}

// SparkDays is how many days the small pictures of cases show.
const SparkDays = 28

// DeskCase is the page of one case.
type DeskCase struct {
	Said     `json:"-"`
	Now      time.Time    `json:"now"`
	Case     DeskLine     `json:"case"`
	Question string       `json:"question"`
	Answer   string       `json:"answer"`
	Clocks   []DeskClock  `json:"clocks"`
	Duties   []DeskDuty   `json:"deadlines"`
	Notices  []DeskNotice `json:"notices"` // to its party
	Days     []DeskDayRow `json:"days"`    // the earliest first
	Events   []DeskEvent  `json:"events"`
	More     bool         `json:"more_events,omitempty"`
	Unread   string       `json:"events_unread,omitempty"` // why the events cannot be shown
	Log      []DeskAct    `json:"log"`
	Links    []DeskNote   `json:"links"`
	Files    []DeskNote   `json:"attachments"`
	Moves    []string     `json:"moves"` // states that the viewer can bring it to
	Related  []DeskLine   `json:"related"`
	Of       int64        `json:"referred_from,omitempty"`
	Incident string       `json:"incident,omitempty"`
	Network  *DeskNetwork `json:"network,omitempty"`
	People   []DeskChoice `json:"-"` // whom it can be assigned to
	Teams    []DeskChoice `json:"-"` // that it can be referred to
	Mine     bool         `json:"-"`
	Text     string       `json:"-"` // as entered, where something was wrong
}

// DeskClock is a moment in the life of a case.
type DeskClock struct {
	Name  string     `json:"name"`
	At    *time.Time `json:"at"`
	Says  string     `json:"says"`
	Alarm bool       `json:"alarm,omitempty"`
}

// DeskDayRow is what was seen of a case on a day, by all its sources.
type DeskDayRow struct {
	Day       time.Time `json:"day"`
	Addresses int64     `json:"addresses"`
	Events    int64     `json:"events"`
	Sources   []string  `json:"sources"`
}

// DeskEvent is a report's line as a case shows it.
type DeskEvent struct {
	Time     string   `json:"time"` // exact, as the source gave it
	Address  string   `json:"address"`
	Port     string   `json:"port,omitempty"`
	Protocol string   `json:"protocol,omitempty"`
	Other    string   `json:"other,omitempty"` // the other end
	Name     string   `json:"name,omitempty"`  // host, URL, account
	Malware  string   `json:"malware,omitempty"`
	Feed     string   `json:"feed,omitempty"`
	Fields   []string `json:"fields"` // all of them, "key: value"
}

// DeskAct is an act of a case's log, in words.
type DeskAct struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	Says string    `json:"says"`
	Text string    `json:"text,omitempty"` // what somebody wrote
	Kind string    `json:"kind,omitempty"` // of the text
	Link string    `json:"link,omitempty"`
	File string    `json:"file,omitempty"` // hash of an attachment
}

// DeskNote is a link or a file of a case.
type DeskNote struct {
	Hash  string    `json:"hash"`
	Name  string    `json:"name"`
	Link  string    `json:"link,omitempty"`
	Added time.Time `json:"added"`
}

// DeskNetwork is how the party's network stands by the norms, and what the watch found of it.
type DeskNetwork struct {
	ASN       values.ASN             `json:"asn"`
	Actions   []service.PageAction   `json:"actions"`
	Incidents []service.IncidentLine `json:"incidents"`
	Total     int                    `json:"incidents_total"`
}

// DeskOutbreak is the page of kinds by day.
type DeskOutbreak struct {
	Now   time.Time  `json:"now"`
	From  time.Time  `json:"from"`
	To    time.Time  `json:"to"`
	Class string     `json:"class,omitempty"` // whose identifiers are shown
	Name  string     `json:"class_name,omitempty"`
	Kinds []DeskKind `json:"kinds"` // those that grow most first
	Span  int        `json:"days"`
}

// DeskKind is a class, or an identifier, day by day.
type DeskKind struct {
	Kind   string      `json:"kind"`
	Name   string      `json:"name"`
	Days   []DeskCount `json:"days"` // all of the span
	Week   float64     `json:"addresses_a_day_this_week"`
	Before float64     `json:"addresses_a_day_week_before"`
	Most   int64       `json:"most_addresses_a_day"`
	To     string      `json:"-"` // leads to its cases
	Deeper string      `json:"-"` // leads to its identifiers
}

// DeskCount is what was seen on a day.
type DeskCount struct {
	Day       time.Time `json:"day"`
	Events    int64     `json:"events"`
	Addresses int64     `json:"addresses"`
	Cases     int64     `json:"cases"`
}

// DeskReports is the page of what came in.
type DeskReports struct {
	Said    `json:"-"`
	Now     time.Time       `json:"now"`
	State   string          `json:"state,omitempty"`
	Source  string          `json:"source,omitempty"`
	Reports []DeskReportRow `json:"reports"`
	Next    string          `json:"next,omitempty"`
	Held    int64           `json:"held_in_quarantine"`
}

// DeskReportRow is a report that came in.
type DeskReportRow struct {
	ID         string    `json:"report"`
	Source     string    `json:"source"`
	Name       string    `json:"name"`
	Format     string    `json:"format"`
	Accepted   time.Time `json:"accepted"`
	Size       int64     `json:"size"`
	TLP        string    `json:"tlp,omitempty"`
	State      string    `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	Lines      int64     `json:"lines"`
	Events     int64     `json:"events"`
	Duplicates int64     `json:"duplicates"`
	Bad        int64     `json:"bad"`
}

// DeskQuarantine is the page of places that could not be read.
type DeskQuarantine struct {
	Said   `json:"-"`
	Now    time.Time        `json:"now"`
	Report *DeskReportRow   `json:"report,omitempty"` // whose places alone are shown
	State  string           `json:"state,omitempty"`
	Places []DeskPlace      `json:"places"`
	Next   string           `json:"next,omitempty"`
	Counts map[string]int64 `json:"counts"`
	Here   string           `json:"-"`
	Mends  bool             `json:"-"` // whether something can be done about them here
}

// DeskPlace is a place in quarantine.
type DeskPlace struct {
	Report   string    `json:"report"`
	Seq      int64     `json:"seq"`
	File     string    `json:"file"`
	Source   string    `json:"source"`
	Accepted time.Time `json:"accepted"`
	Place    string    `json:"place"`
	Reason   string    `json:"reason"`
	Raw      string    `json:"raw"`
	State    string    `json:"state"`
	Text     string    `json:"-"` // what is offered to be mended; "" where that cannot stand in a form
}
