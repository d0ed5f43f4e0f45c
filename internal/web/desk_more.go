package web

import (
	"time"

	"pahra/internal/desk/party"
	"pahra/wire/values"
)

// DeskBench is the test bench: what would happen to an event.
type DeskBench struct {
	Said      `json:"-"`
	Event     string         `json:"event,omitempty"` // as entered
	Address   string         `json:"address,omitempty"`
	Class     string         `json:"class,omitempty"`
	Verdict   *party.Verdict `json:"verdict"` // nil: nothing was asked
	ClassName string         `json:"class_name,omitempty"`
	PartyName string         `json:"party_name,omitempty"`
	Choices   DeskChoices    `json:"-"`
}

// DeskDuty is a deadline that a case is under.
type DeskDuty struct {
	ID    string     `json:"id"`
	Title string     `json:"title"`
	Owes  string     `json:"owes"` // party or desk
	To    string     `json:"to"`
	Law   string     `json:"law"`
	Text  string     `json:"text_version"`
	State string     `json:"state"`
	Due   *time.Time `json:"due"` // nil while it waits
	Says  string     `json:"says"`
	Alarm bool       `json:"alarm,omitempty"`
	// Reminded is when was reminded of it last; nil: not yet.
	Reminded *time.Time `json:"reminded"`
	Met      bool       `json:"met_by_hand,omitempty"` // it can be said here that it was met
}

// DeskNotice is a notice in a list.
type DeskNotice struct {
	ID        int64      `json:"notice"`
	Party     string     `json:"party"`
	PartyName string     `json:"party_name,omitempty"`
	Recipient string     `json:"recipient"`
	Subject   string     `json:"subject"`
	Rule      string     `json:"rule"`
	State     string     `json:"state"`
	Created   time.Time  `json:"created"`
	Sent      *time.Time `json:"sent"`
	Lines     int        `json:"lines"`
	TLP       string     `json:"tlp,omitempty"`
	Failure   string     `json:"failure,omitempty"`
	Text      string     `json:"text,omitempty"`
	Files     []string   `json:"files,omitempty"`
}

// DeskNotices is the page of what is to be told, and was.
type DeskNotices struct {
	Said    `json:"-"`
	State   string           `json:"state"`
	Notices []DeskNotice     `json:"notices"`
	Counts  map[string]int64 `json:"counts"`
	Held    int              `json:"answers_held"` // that wait for a person
	Here    string           `json:"-"`
	Next    string           `json:"next,omitempty"`
}

// DeskReply is a mail that came back and waits for a person.
type DeskReply struct {
	ID       string    `json:"reply"`
	Notice   int64     `json:"notice"` // 0: it is not known
	Received time.Time `json:"received"`
	Sender   string    `json:"sender"`
	Signed   string    `json:"signed,omitempty"` // by which domain
	Subject  string    `json:"subject"`
	Text     string    `json:"text"`
}

// DeskReplies is the page of mails that came back and wait for a person.
type DeskReplies struct {
	Said    `json:"-"`
	Replies []DeskReply `json:"replies"`
}

// OpenCases are those of a network, for its own page.
type OpenCases struct {
	ASN     values.ASN
	Cases   []DeskLine
	More    bool
	Analyst bool // who looks can open them
	Now     time.Time
}
