package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pahra/wire/values"
)

// Message is a planned message in words. It is plain text: no markup of any kind.
type Message struct {
	ID           string       `json:"id"`
	Subscription string       `json:"subscription"`
	Name         string       `json:"name"` // of the subscription
	At           time.Time    `json:"at"`
	Severity     Severity     `json:"severity"`
	Subject      string       `json:"subject"` // one line
	Text         string       `json:"text"`
	Alerts       []Alert      `json:"alerts"`
	Omitted      map[Kind]int `json:"omitted"`
	Earlier      int          `json:"earlier"`
	// Thread names the matter where the message is about one alone, so that a mail program shows it as one conversation.
	Thread string `json:"thread,omitempty"`
	// Unsubscribe is where the subscription is changed or ended, or empty.
	Unsubscribe string `json:"unsubscribe,omitempty"`
}

// Write puts a planned message into words. manage is the page where the subscription is changed, or empty.
func (s *Subscription) Write(p Planned, now time.Time, manage string) Message {
	m := Message{
		ID: p.ID(s.ID), Subscription: s.ID, Name: s.Name, At: now.UTC(), Severity: Info, Omitted: p.Omitted, Earlier: p.Earlier, Alerts: []Alert{}, Unsubscribe: manage,
	}
	for _, it := range p.Tell {
		if it.Severity.Rank() > m.Severity.Rank() {
			m.Severity = it.Severity
		}
		m.Alerts = append(m.Alerts, it.Alert)
	}
	if len(p.Tell) == 1 && len(p.Omitted) == 0 {
		m.Thread = hash("thread", s.ID, p.Tell[0].Subject)
	}
	m.Subject = subjectOf(p, m.Severity)
	m.Text = s.textOf(p, manage)
	return m
}

// subjectOf is the one line of a message.
func subjectOf(p Planned, worst Severity) string {
	n := len(p.Tell)
	for _, more := range p.Omitted {
		n += more
	}
	switch {
	case n == 1:
		it := p.Tell[0]
		return fmt.Sprintf("[%s] %s (%s)", worst, it.Title, it.Phase)
	case p.Digest:
		return fmt.Sprintf("[%s] Digest: %d matters", worst, n)
	}
	of := ""
	if asn := p.Tell[0].Network; asn != 0 && !slices.ContainsFunc(p.Tell, func(it Item) bool { return it.Network != asn }) {
		of = " of " + name(asn)
	}
	return fmt.Sprintf("[%s] %d matters%s: %s (%s) and others", worst, n, of, p.Tell[0].Title, p.Tell[0].Phase)
}

// textOf is the body of a message.
func (s *Subscription) textOf(p Planned, manage string) string {
	var b strings.Builder
	if p.Combined {
		b.WriteString("More came up than the limit of messages for this subscription lets through, so this message has all of it.\n\n")
	}
	for i, it := range p.Tell {
		if i > 0 {
			b.WriteString("\n----\n\n")
		}
		s.writeItem(&b, it)
	}
	if len(p.Omitted) > 0 {
		b.WriteString("\n----\n\nNot told in full, for want of room:\n")
		for _, k := range slices.Sorted(maps.Keys(p.Omitted)) {
			fmt.Fprintf(&b, "- %s: %d\n", kindTitle(k), p.Omitted[k])
		}
	}
	if p.Earlier > 0 {
		fmt.Fprintf(&b, "\n%d earlier reports of the same matters are overtaken by these.\n", p.Earlier)
	}
	fmt.Fprintf(&b, "\n--\nYou get this for the subscription \"%s\".", Harmless(s.Name))
	if manage != "" {
		b.WriteString(" Change or end it: " + manage)
	}
	b.WriteString("\n")
	return b.String()
}

// writeItem writes one alert: what happened, how that is known, what to do first.
func (s *Subscription) writeItem(b *strings.Builder, it Item) {
	fmt.Fprintf(b, "%s\n", it.Title)
	fmt.Fprintf(b, "%s, severity %s, since %s", it.Phase, it.Severity, clock(it.Since))
	if !it.Until.IsZero() {
		fmt.Fprintf(b, ", ended %s (%s)", clock(it.Until), span(it.Until.Sub(it.Since)))
	}
	fmt.Fprintf(b, "\n\nWhat happened\n%s\n", it.What)
	b.WriteString("\nHow we know\n")
	for _, line := range it.How {
		fmt.Fprintf(b, "- %s\n", line)
	}
	for _, adv := range s.adviceFor(it) {
		fmt.Fprintf(b, "\nWhat to do first%s\n", forWhom(it, adv))
		for n, step := range adv.Steps {
			fmt.Fprintf(b, "%d. %s\n", n+1, step)
		}
	}
	if it.Link != "" {
		fmt.Fprintf(b, "\nAll of it: %s\n", it.Link)
	}
}

// adviceFor picks the advice for the roles that the subscription's networks have: for an accomplice that of each of
// its own networks.
func (s *Subscription) adviceFor(it Item) (list []Advice) {
	for _, adv := range it.First {
		if !slices.Contains(it.Roles, adv.Role) {
			continue
		}
		if adv.ASN != 0 && len(s.Networks) > 0 && !slices.Contains(s.Networks, adv.ASN) && len(s.Neighbourhoods) == 0 {
			continue
		}
		if len(list) == maxAdvice {
			break
		}
		list = append(list, adv)
	}
	return list
}

// maxAdvice bounds how many networks a message advises.
const maxAdvice = 5

// forWhom says whom advice is for, where that is not plain.
func forWhom(it Item, adv Advice) string {
	var who []string
	for _, p := range it.Parties {
		if p.Role == adv.Role && (adv.ASN == 0 || adv.ASN == p.ASN) {
			who = append(who, name(p.ASN))
		}
	}
	switch {
	case adv.Role == Onlooker:
		return ""
	case len(who) == 0 || len(who) > maxListed:
		return fmt.Sprintf(" (%s)", adv.Role)
	case adv.Role == Owner:
		return ""
	}
	return fmt.Sprintf(" (%s, %s)", strings.Join(who, ", "), adv.Role)
}

func name(asn values.ASN) string { return "AS" + asn.String() }
