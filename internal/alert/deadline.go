package alert

import (
	"fmt"
	"strings"
	"time"

	"pahra/wire/values"
)

// CaseDue is a deadline of a case of the desk that is about to run out, or has.
type CaseDue struct {
	Case     int64
	Party    string // as:64500
	Deadline string // its id
	Title    string
	Owes, To string
	Start    time.Time // when its clock began
	Due      time.Time
	Before   time.Duration // so long before its end; 0: it has run out
}

// urgentDue is from how long before its end on a deadline is critical, and so goes out in quiet hours too.
const urgentDue = 6 * time.Hour

// OfDeadline makes an alert of a deadline. Each reminder is a matter of its own: the same one again is no news.
func OfDeadline(d CaseDue, now time.Time, link string) Alert {
	left, over := d.Due.Sub(now).Truncate(time.Minute), now.Sub(d.Due).Truncate(time.Minute)
	says, severity := fmt.Sprintf("runs out at %s, in %s", clock(d.Due), span(left)), High
	if d.Before == 0 {
		says = fmt.Sprintf("ran out at %s, %s ago", clock(d.Due), span(over))
	}
	if d.Before <= urgentDue {
		severity = Critical
	}
	title := Harmless(d.Title)
	a := Alert{
		Subject: fmt.Sprintf("%s %d %s %d %d", CaseDeadline, d.Case, d.Deadline, d.Due.Unix(), int64(d.Before/time.Second)),
		Kind:    CaseDeadline, Phase: Opened, Time: now.UTC(), Since: d.Start.UTC(), Severity: severity, Confidence: 1, Case: d.Case, Link: link,
		Title: fmt.Sprintf("%s: case %d, %s", kindTitle(CaseDeadline), d.Case, title),
		What:  fmt.Sprintf("The deadline %q of case %d of %s %s. What is due is owed by the %s to %s.", title, d.Case, Harmless(d.Party), says, Harmless(d.Owes), Harmless(d.To)),
		How:   []string{fmt.Sprintf("its clock began at %s, by the rule %s", clock(d.Start), Harmless(d.Deadline))},
		First: []Advice{{Role: Onlooker, Steps: []string{"open the case, see who works on it and what is missing", "where it was met elsewhere, say so on the case's page: the clock stops"}},
			{Role: Owner, Steps: []string{"answer the notice, or make the report that is due", "tell the team when it was made, and under which reference"}}},
	}
	if number, ok := strings.CutPrefix(d.Party, "as:"); ok {
		if asn, err := values.ParseASN(number); err == nil {
			a.Network, a.Parties = asn, []Party{{asn, Owner}}
		}
	}
	return a.seal()
}
