// Package notice says what the desk tells a network about its cases, and understands what comes back.
//
// [Compose] writes one notice for one party: text in the party's language, and the lines of its cases as CSV and as XARF.
// [Outgoing] is what of an event may go out, by its TLP and its class. [Keys] makes and reads what leads back here: the
// links of cases, which need no account, the forms behind them, and the return address of a mail. [Read] says what a mail that
// came is: a bounce, something automatic, or an answer, and whether its sender is who it says. [Plan] says which notices
// are due.
//
// The package sends and stores nothing: internal/service/notices does.
package notice

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/alert"
	"pahra/internal/language"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// The bounds of a notice.
const (
	// MostCases is how many cases one notice has; further ones make another.
	MostCases = 20
	// MostLines is how many lines go with one notice, of all its cases together.
	MostLines = 1000
	// mostReports bounds the lines that are also written as XARF, mostSamples those that the text shows of a case.
	mostReports = 200
	mostSamples = 5
)

// Sender is who tells.
type Sender struct {
	Org     string `yaml:"organisation"`
	Contact string `yaml:"contact"` // an address of mail
	Domain  string `yaml:"domain"`  // of the organisation
}

// Case is a case of a notice.
type Case struct {
	ID         int64
	Class      string // RSIT, as "vulnerable/ddos-amplifier"
	Identifier string
	Again      bool // it was taken up again
	FirstSeen  time.Time
	LastSeen   time.Time
	Lines      []*intelmq.Event // the latest first; a share of [MostLines] goes out
	More       int64            // lines that are not among these
	Link       string           // address of its page; "" for none
	Routing    *Routing         // the routing incident that it is about; nil: none. Such a case has no lines
}

// Routing is a routing incident as a notice tells of it.
type Routing struct {
	Kind     string `json:"kind"`               // as the watch names it: hijack, leak, rpki-invalid, bogon-prefix, bogon-asn
	ASN      string `json:"network"`            // the announcing network: "AS64500"
	Prefixes string `json:"prefixes"`           // in a few words
	Peers    int    `json:"peers"`              // how many sessions saw it
	Evidence string `json:"evidence,omitempty"` // address of its page; "" for none
}

// Notice is what goes into one notice.
type Notice struct {
	ID       int64
	Party    string // as it is called: "AS64500 (Example Net)"
	Language language.Language
	From     Sender
	Other    bool // it goes to another than the one responsible: who hosts, registers or coordinates
	Cases    []Case
	Portal   string // address of the page of all its cases; "" for none
	Until    time.Time
}

// Message is a notice as it goes out.
type Message struct {
	Subject     string       `json:"subject"`
	Text        string       `json:"text"`
	Language    string       `json:"language"`
	TLP         string       `json:"tlp"` // "TLP:AMBER"
	Lines       int          `json:"lines"`
	Attachments []Attachment `json:"attachments"`
}

// Attachment is a file of a message.
type Attachment struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Content []byte `json:"content"`
}

// ErrNothing says that no line of any case may go out.
var ErrNothing = errors.New("no line of these cases may go out by mail")

// Compose writes a notice. Cases without a line that may go out are left out, and told apart in the error [ErrNothing] only
// when none is left.
func Compose(n Notice) (Message, error) {
	label := values.NoTLP
	share := max(mostSamples, MostLines/max(1, len(n.Cases)))
	cases := make([]Case, 0, len(n.Cases))
	lines := 0
	for _, c := range n.Cases {
		kept := c
		kept.Lines = nil
		for _, e := range c.Lines {
			out, tlp, ok := Outgoing(e, c.Class)
			switch {
			case !ok:
			case len(kept.Lines) == share:
				kept.More++
			default:
				kept.Lines, label = append(kept.Lines, out), max(label, tlp)
			}
		}
		if c.Routing != nil {
			label = max(label, values.TLPAmber)
		}
		if len(kept.Lines) > 0 || c.Routing != nil {
			cases, lines = append(cases, kept), lines+len(kept.Lines)
		}
	}
	if len(cases) == 0 {
		return Message{}, ErrNothing
	}
	slices.SortFunc(cases, func(a, b Case) int { return cmp.Compare(a.ID, b.ID) })
	n.Cases, n.Party = cases, alert.Harmless(n.Party)
	m := Message{Language: n.Language.Tag(), TLP: label.String(), Lines: lines, Attachments: attachments(n)}
	m.Subject, m.Text = subject(n, m.TLP), text(n, m)
	return m, nil
}

// attachments gives the files of a notice: the lines as CSV and, as far as XARF has a type for them, as XARF.
func attachments(n Notice) []Attachment {
	if !slices.ContainsFunc(n.Cases, func(c Case) bool { return len(c.Lines) > 0 }) {
		return nil
	}
	name := "pahra-notice-" + strconv.FormatInt(n.ID, 10)
	files := []Attachment{{Name: name + ".csv", Type: "text/csv; charset=utf-8; header=present", Content: table(n.Cases)}}
	if reports := reports(n); len(reports) > 0 {
		files = append(files, Attachment{Name: name + ".xarf.json", Type: "application/json", Content: reports})
	}
	return files
}

func subject(n Notice, tlp string) string {
	numbers := make([]string, 0, 4)
	for _, c := range n.Cases[:min(3, len(n.Cases))] {
		numbers = append(numbers, "#"+strconv.FormatInt(c.ID, 10))
	}
	if more := len(n.Cases) - 3; more > 0 {
		numbers = append(numbers, fmt.Sprintf("+%d", more))
	}
	key := "notice.subject"
	if n.Other {
		key = "notice.subject.other"
	}
	return alert.Harmless(n.Language.Say(key, "tlp", tlp, "party", n.Party, "cases", strings.Join(numbers, " ")))
}

// text writes what a person reads.
func text(n Notice, m Message) string {
	var b strings.Builder
	say := func(key string, put ...any) { b.WriteString(n.Language.Say(key, put...) + "\n") }
	gap := func() { b.WriteByte('\n') }
	say("notice.greeting", "party", n.Party)
	gap()
	intro := "notice.intro"
	if n.Other {
		intro = "notice.intro.other"
	}
	say(intro, "org", alert.Harmless(n.From.Org))
	for _, c := range n.Cases {
		gap()
		sayCase(&b, n.Language, c)
	}
	names := make([]string, 0, len(m.Attachments))
	for _, a := range m.Attachments {
		names = append(names, a.Name)
	}
	if len(names) > 0 {
		gap()
		say("notice.files", "files", strings.Join(names, ", "))
	}
	if n.Portal != "" {
		gap()
		say("notice.portal", "link", n.Portal)
		say("notice.until", "day", n.Until.UTC().Format(time.DateOnly))
	}
	gap()
	if n.Other {
		say("notice.answer.other")
	} else {
		say("notice.answer")
	}
	gap()
	say("notice.tlp", "tlp", m.TLP)
	gap()
	b.WriteString("-- \n")
	say("notice.signature", "org", alert.Harmless(n.From.Org), "contact", n.From.Contact)
	return b.String()
}

func sayCase(b *strings.Builder, l language.Language, c Case) {
	say := func(key string, put ...any) { b.WriteString(l.Say(key, put...) + "\n") }
	say("notice.case", "case", fmt.Sprintf("#%d", c.ID), "class", l.Say("class."+c.Class))
	if c.Identifier != "" {
		say("notice.case.identifier", "identifier", alert.Harmless(c.Identifier))
	}
	say("notice.case.seen", "first", moment(c.FirstSeen), "last", moment(c.LastSeen))
	if c.Again {
		say("notice.case.again")
	}
	if c.Routing != nil {
		sayRouting(b, l, *c.Routing)
	} else {
		sayLines(b, l, c)
	}
	if c.Link != "" {
		say("notice.case.link", "link", c.Link)
	}
}

// sayRouting writes what was seen of a routing incident. That a network announced something says nothing of who wanted that.
func sayRouting(b *strings.Builder, l language.Language, r Routing) {
	say := func(key string, put ...any) { b.WriteString(l.Say(key, put...) + "\n") }
	say("notice.routing."+r.Kind, "asn", r.ASN, "prefixes", alert.Harmless(r.Prefixes))
	say("notice.routing.seen", "peers", r.Peers)
	if r.Evidence != "" {
		say("notice.routing.evidence", "link", r.Evidence)
	}
	say("notice.routing.advice")
}

// sayLines writes what was reported of a case.
func sayLines(b *strings.Builder, l language.Language, c Case) {
	say := func(key string, put ...any) { b.WriteString(l.Say(key, put...) + "\n") }
	say("notice.case.lines", "lines", len(c.Lines))
	if c.More > 0 {
		say("notice.case.more", "more", c.More)
	}
	class, _, _ := strings.Cut(c.Class, "/")
	if l.Has("advice." + class) {
		say("notice.case.advice", "advice", l.Say("advice."+class))
	}
	say("notice.case.sample")
	for _, e := range c.Lines[:min(mostSamples, len(c.Lines))] {
		fmt.Fprintf(b, "  %s\n", sample(e))
	}
}

// sample writes a line for a person: time, source, port, protocol, destination; "-" is not known.
func sample(e *intelmq.Event) string {
	words := []string{e.Text("time.source"), Source(e), e.Text("source.port"), Protocol(e), Destination(e)}
	for i, w := range words {
		if words[i] = alert.Harmless(w); w == "" {
			words[i] = "-"
		}
	}
	return strings.Join(words, "  ")
}

// Source gives what of an event names its source: the address, else the URL or name.
func Source(e *intelmq.Event) string {
	return cmp.Or(e.Text("source.ip"), e.Text("source.url"), e.Text("source.fqdn"), e.Text("source.network"))
}

// Protocol gives an event's protocol, as "udp/ntp".
func Protocol(e *intelmq.Event) string {
	return strings.Trim(e.Text("protocol.transport")+"/"+e.Text("protocol.application"), "/")
}

// Destination gives what of an event's destination is there, with its port.
func Destination(e *intelmq.Event) string {
	at := cmp.Or(e.Text("destination.ip"), e.Text("destination.fqdn"))
	if port := e.Text("destination.port"); port != "" {
		if strings.Contains(at, ":") {
			at = "[" + at + "]"
		}
		at += ":" + port
	}
	return at
}

// moment writes a time with its zone.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }
