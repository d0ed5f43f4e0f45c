package party

import (
	"context"
	"slices"
	"strings"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
)

// Notice is what becomes of telling the party of an event.
type Notice string

// What becomes of telling the party.
const (
	NoticeSent      Notice = "sent"      // with the next notice
	NoticeDigest    Notice = "digest"    // with the next digest
	NoticeInhibited Notice = "inhibited" // by a rule
	NoticeNobody    Notice = "nobody"    // there is nobody to tell, or no address
)

// Verdict is what would happen to an event, in words: what the test bench shows.
type Verdict struct {
	Class       string         `json:"class"`
	Party       string         `json:"party"`
	Found       Found          `json:"found"`                 // by what
	Constituent string         `json:"constituent,omitempty"` // its name
	Selector    string         `json:"selector,omitempty"`
	Also        []Told         `json:"also"`
	Policy      string         `json:"policy"` // its version
	Rules       []string       `json:"rules"`
	Tags        []string       `json:"tags"`
	Notice      Notice         `json:"notice"`
	Escalate    bool           `json:"escalate"`
	Priority    int            `json:"priority"` // to be added
	Contact     string         `json:"contact,omitempty"`
	ContactFrom string         `json:"contact_from,omitempty"`
	Why         []string       `json:"why"`
	Event       *intelmq.Event `json:"-"` // as it would be stored
}

// Bench tells what would happen to an event. The event stays as it is.
func (d *Desk) Bench(ctx context.Context, code class.Code, e *intelmq.Event) Verdict {
	e = e.Clone()
	a := d.Explain(ctx, code, e)
	v := Verdict{Class: a.Class, Party: a.Party, Found: a.Found, Also: append([]Told{}, a.Also...), Policy: d.Policy.Version,
		Rules: append([]string{}, a.Rules...), Tags: append([]string{}, a.Effect.Tags...), Notice: a.notice(),
		Escalate: a.Effect.Escalate, Priority: a.Effect.Priority, Contact: a.Contact.Address, ContactFrom: a.Contact.Source, Why: a.Why, Event: e}
	if a.Constituent != nil {
		v.Constituent, v.Selector = a.Constituent.Name, string(a.Selector.Kind)+" "+a.Selector.Value
	}
	return v
}

// Ask chooses the contact of a verdict anew, of all places: also of those that are asked over the network.
func (d *Desk) Ask(ctx context.Context, v *Verdict, askers map[Place]Asker) {
	f := FactsOf(v.Event)
	var who *Constituent
	if id, is := strings.CutPrefix(v.Party, "c:"); is {
		who, _ = d.Directory.Constituent(id)
	}
	ch := d.Contacts.Choose(ctx, &f, who, askers)
	v.Contact, v.ContactFrom = ch.Address, ch.Source
	v.Why = append(slices.DeleteFunc(v.Why, func(why string) bool { return strings.HasPrefix(why, "contact: ") }), ch.Why...)
	if v.Notice == NoticeNobody && v.Contact != "" && v.Party != None {
		v.Notice = NoticeSent
	}
}

func (a *Answer) notice() Notice {
	switch {
	case a.Effect.Notify == NotifyNever:
		return NoticeInhibited
	case a.Party == None || a.Contact.Address == "":
		return NoticeNobody
	case a.Effect.Notify == NotifyDigest:
		return NoticeDigest
	}
	return NoticeSent
}
