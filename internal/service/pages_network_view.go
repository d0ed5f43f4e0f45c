package service

import (
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/wire/values"
)

// NetworkPage is what a network's page shows.
type NetworkPage struct {
	Run     PageRun     `json:"run"`
	Network Who         `json:"network"`
	Lookups []Lookup    `json:"lookups"` // where its contacts can be looked up
	Month   *PageMonth  `json:"month"`   // the last one; null where the run did not score the network
	Earlier []PageMonth `json:"earlier_months"`
	// Suffered are incidents that others made with what is its own, what to do first among them.
	Suffered  []Alarm           `json:"suffered"` // at most maxPageAlarms
	Incidents []NetworkIncident `json:"incidents"`
	// IncidentsTotal counts them all, Incidents has at most maxPageIncidents.
	IncidentsTotal int           `json:"incidents_total"`
	Findings       int           `json:"findings_total"` // of them, ToMend ask for mending; the others inform
	ToMend         int           `json:"to_mend"`
	Steps          []PageStep    `json:"steps"`
	Missing        []MissingData `json:"missing"`
	Routes         []PageRoute   `json:"routes"` // of the last month, those to mend first, at most maxPageRoutes
	RoutesTotal    int           `json:"routes_total"`
	// Compared has the month's figures by size, and the second opinion; null where the run did not score the network.
	Compared *norms.Comparison `json:"compared"`
	// Programme is how it stands by what can be measured of the programme for network operators.
	Programme PageProgramme  `json:"programme"`
	Explained map[string]int `json:"explained"`
	Notes     []string       `json:"notes"`
	// More is what a service adds; null in the pages of a run.
	More *NetworkMore `json:"more,omitempty"`

	space Space
}

// The bounds of a network's page; the archive has all.
const (
	maxPageAlarms    = 5
	maxPageIncidents = 100
	maxPageFindings  = 8 // of one step
	maxPageRoutes    = 50
)

// PageProgramme is how a network stands by the rules of a programme that can be measured.
type PageProgramme struct {
	RuleSet string     `json:"rule_set"`
	Title   string     `json:"title"`
	Rules   []PageRule `json:"rules"` // those with an outcome
	// Unknown counts the rules without data, for the reasons that the scores give.
	Unknown int `json:"no_data"`
	// Others counts the rules that what a network declares or proves decides; pages hold neither.
	Others int `json:"others"`
}

// PageRule is a rule and how the network stands by it.
type PageRule struct {
	ID      string            `json:"id"`
	Title   string            `json:"title"`
	Clause  string            `json:"clause"`
	Level   programme.Level   `json:"level"`
	Outcome programme.Outcome `json:"outcome"`
	Why     string            `json:"why"`
}

// NetworkIncident is an incident and the part that the network has in it.
type NetworkIncident struct {
	IncidentLine
	Role   Role          `json:"role"`
	Counts *norms.Metric `json:"counts"` // null where it costs the network nothing, and WhyNot says why
	WhyNot string        `json:"why_not,omitempty"`
}

// PageMonth is a network's scores of a month.
type PageMonth struct {
	Month   values.Month `json:"month"`
	Actions []PageAction `json:"actions"`
}

// PageAction is the score of an Action and of what it is made of.
type PageAction struct {
	PageScore
	Title   string      `json:"title"`
	Metrics []PageScore `json:"metrics"`
}

// PageScore is a score with the arithmetic behind it.
type PageScore struct {
	Metric  norms.Metric `json:"metric"`
	Percent *float64     `json:"percent"` // null: no data
	Band    norms.Band   `json:"band"`
	// AtMost is set where part of the input was missing and the true score can only be lower.
	AtMost     bool     `json:"at_most,omitempty"`
	Raw        *float64 `json:"raw,omitempty"`
	Fraction   *float64 `json:"fraction,omitempty"`
	Why        *string  `json:"no_data_reason,omitempty"`
	Weight     float64  `json:"weight,omitempty"` // of a metric in its Action; 0: reported only
	Arithmetic string   `json:"arithmetic"`
	// Addends are what a penalty is the sum of.
	Addends []Addend `json:"addends,omitempty"`
	Marks   []string `json:"anachronism,omitempty"`
	// Withheld is set where the viewer may not see the score; Arithmetic says why.
	Withheld bool `json:"withheld,omitempty"`
}

// Addend is what a span of time adds to a penalty, and the incidents that it is made of.
type Addend struct {
	Start     time.Time     `json:"start"`
	End       time.Time     `json:"end"`
	Lasted    time.Duration `json:"lasted_ns"`
	Weight    float64       `json:"weight"`
	Cost      float64       `json:"cost"`
	Step      string        `json:"step"` // of severity, and what it costs: "below 30 minutes costs 0.5"
	Incidents []string      `json:"incidents"`
}

// PageStep is what mends findings of one kind, with the first of these findings.
type PageStep struct {
	Step
	Shown []Finding `json:"findings_shown"`
}

// PageRoute is a route that the network announced, with what the authorities say of it.
type PageRoute struct {
	Prefix   string    `json:"prefix"`
	Sessions int       `json:"sessions"` // the most that had it at once
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	RPKI     string    `json:"rpki"`
	IRR      string    `json:"irr"`
	Bogon    string    `json:"bogon"`
	Objects  string    `json:"objects"`
}
