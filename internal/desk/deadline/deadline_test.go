package deadline

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/desk/class"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func rules(t *testing.T, own string) Rules {
	t.Helper()
	var text []byte
	if own != "" {
		text = []byte(own)
	}
	r, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func clockOf(t *testing.T, r Rules, id string, c Case, now time.Time) (k Clock) {
	t.Helper()
	for _, k := range r.Clocks(c, now) {
		if k.ID == id {
			return k
		}
	}
	return k
}

// TestCERTIn: the six hours run day and night from when the entity itself noticed or was told, not from when somebody
// found out or the desk got a report.
func TestCERTIn(t *testing.T) {
	r := rules(t, "")
	after := func(d time.Duration) time.Time { return noon.Add(d) }
	phishing := Case{Party: "as:64500", Class: "fraud/phishing", Country: "IN", Times: Times{Detected: after(-48 * time.Hour), Received: after(-24 * time.Hour)}}
	if k := clockOf(t, r, "cert-in-6h", phishing, noon); k.State != Waiting {
		t.Errorf("before the entity knows: %+v", k)
	}
	phishing.Notified = noon
	if k := clockOf(t, r, "cert-in-6h", phishing, after(time.Hour)); k.State != Running || k.Left != 5*time.Hour || k.By != Notified {
		t.Errorf("an hour after it was told: %+v", k)
	}
	phishing.Noticed = after(-2 * time.Hour)
	k := clockOf(t, r, "cert-in-6h", phishing, after(4*time.Hour))
	if k.State != Passed || k.By != Noticed || !k.Due.Equal(after(4*time.Hour)) || k.Over != 0 {
		t.Errorf("it had noticed earlier: %+v", k)
	}
	phishing.Met = map[string]time.Time{"cert-in-6h": after(3 * time.Hour)}
	if k := clockOf(t, r, "cert-in-6h", phishing, after(9*time.Hour)); k.State != Met {
		t.Errorf("reported in time: %+v", k)
	}
	phishing.Met["cert-in-6h"] = after(5 * time.Hour)
	if k := clockOf(t, r, "cert-in-6h", phishing, after(9*time.Hour)); k.State != Late || k.Over != time.Hour {
		t.Errorf("reported late: %+v", k)
	}
	sunday := Case{Class: "availability/ddos", Country: "IN", Times: Times{Noticed: time.Date(2026, 3, 8, 20, 0, 0, 0, time.UTC)}}
	if k := clockOf(t, r, "cert-in-6h", sunday, noon); !k.Due.Equal(time.Date(2026, 3, 9, 2, 0, 0, 0, time.UTC)) {
		t.Errorf("on a Sunday night: %+v", k)
	}
	for name, c := range map[string]Case{
		"abroad":                    {Class: "fraud/phishing", Country: "DE", Times: Times{Noticed: noon}},
		"a class not in Annexure I": {Class: "vulnerable/ddos-amplifier", Country: "IN", Times: Times{Noticed: noon}},
		"before it was in force":    {Class: "fraud/phishing", Country: "IN", Times: Times{Noticed: noon.AddDate(-5, 0, 0)}},
	} {
		if k := clockOf(t, r, "cert-in-6h", c, noon); k.State != "" {
			t.Errorf("%s: %+v", name, k)
		}
	}
}

// TestReminders: each reminder is given once, of several that were missed the last, and one when the time has passed.
func TestReminders(t *testing.T) {
	r := rules(t, "")
	c := Case{Class: "fraud/phishing", Country: "IN", Times: Times{Noticed: noon}}
	since := time.Time{}
	var got []time.Duration
	for h := range 10 {
		now := noon.Add(time.Duration(h) * time.Hour)
		for _, one := range Reminders(r.Clocks(c, now), since, now) {
			got, since = append(got, one.Before), now
		}
	}
	if diff := cmp.Diff([]time.Duration{3 * time.Hour, time.Hour, 0}, got); diff != "" {
		t.Error(diff)
	}
	late := noon.Add(5*time.Hour + time.Minute)
	if got := Reminders(r.Clocks(c, late), time.Time{}, late); len(got) != 1 || got[0].Before != time.Hour {
		t.Errorf("%+v", got)
	}
	next, any := Next(r.Clocks(c, late))
	if !any || next.ID != "cert-in-6h" || next.Left != 59*time.Minute {
		t.Errorf("%+v, %v", next, any)
	}
}

const own = `version: "7"
calendars:
  berlin: {zone: Europe/Berlin, days: [Monday, tuesday, wednesday, thursday, friday], hours: "08:00-16:00", holidays: {"2026-04-03": Good Friday}}
deadlines:
  - {id: answer, title: Answer, owes: desk, to: reporters, law: our word, text_version: "1", in_force: "2020-01-01", starts: [received], within: 8h, calendar: berlin, met: notified}
  - {id: association-reply-72h, title: None, owes: party, to: the desk, law: none, text_version: "2", in_force: "2099-01-01", starts: [notified], within: 1h, calendar: always, met: acknowledged}
`

// TestWorkingHours: eight working hours from a Thursday afternoon, over Good Friday, a weekend and a change of the clock.
func TestWorkingHours(t *testing.T) {
	r := rules(t, own)
	if r.Version != "2026-03-01, 7" || len(r.Deadlines) != 3 {
		t.Errorf("%s, %d deadlines", r.Version, len(r.Deadlines))
	}
	for received, want := range map[string]string{
		"2026-04-02T12:00:00Z": "2026-04-06T12:00:00Z", // Thursday 14:00 there; Friday is a holiday
		"2026-03-27T20:00:00Z": "2026-03-30T14:00:00Z", // Friday evening in winter; Monday 16:00 in summer
		"2026-03-04T07:00:00Z": "2026-03-04T15:00:00Z", // from the first minute to the last
		"2026-03-04T03:00:00Z": "2026-03-04T15:00:00Z",
	} {
		at, _ := time.Parse(time.RFC3339, received)
		k := clockOf(t, r, "answer", Case{Times: Times{Received: at}}, at)
		if got := k.Due.Format(time.RFC3339); got != want {
			t.Errorf("%s: due %s, want %s", received, got, want)
		}
	}
	if k := clockOf(t, r, "association-reply-72h", Case{Times: Times{Notified: noon}}, noon); k.State != "" {
		t.Errorf("the program's rule stands beside the operator's: %+v", k)
	}
}

// TestCalendarAgrees holds the calendar against counting minute by minute.
func TestCalendarAgrees(t *testing.T) {
	f, err := parse([]byte(own))
	if err != nil {
		t.Fatal(err)
	}
	c := f.Calendars["berlin"]
	works := func(at time.Time) bool {
		l := at.In(c.zone)
		m := l.Hour()*60 + l.Minute()
		_, holiday := c.Holidays[l.Format(time.DateOnly)]
		return !holiday && l.Weekday() != time.Saturday && l.Weekday() != time.Sunday && m >= 8*60 && m < 16*60
	}
	rapid.Check(t, func(t *rapid.T) {
		since := noon.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "minute")) * time.Minute)
		within := rapid.IntRange(1, 2000).Draw(t, "within")
		want := since
		for left := within; left > 0; want = want.Add(time.Minute) {
			if works(want) {
				left--
			}
		}
		if got := c.Add(since, time.Duration(within)*time.Minute); !got.Equal(want) {
			t.Fatalf("%d minutes from %s: %s, want %s", within, since, got, want)
		}
	})
}

// TestBadRules: what cannot be meant is refused, with the reason.
func TestBadRules(t *testing.T) {
	good := strings.Split(own, "\n")[4]
	for old, test := range map[string][2]string{
		"owes: desk":               {"owes: nobody", "owes is"},
		"within: 8h":               {"within: 1s", "within is"},
		"starts: [received]":       {"starts: [opened]", "starts are"},
		"calendar: berlin":         {"calendar: paris", "no calendar"},
		"met: notified":            {"met: paid", "met is"},
		"title: Answer":            {"titel: Answer", "titel"},
		"law: our word, ":          {"", "law"},
		"in_force: \"2020-01-01\"": {"in_force: soon", "in_force"},
		"met: notified}":           {"met: notified, remind: [1h, 1h]}", "reminders"},
		"to: reporters":            {"to: reporters, scheme: x", "no scheme"},
		"id: answer":               {"id: answer, export: pdf", "export"},
	} {
		text := strings.Replace(own, good, strings.Replace(good, old, test[0], 1), 1)
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), test[1]) {
			t.Errorf("%s: %v", test[0], err)
		}
	}
	for old, new := range map[string]string{"Europe/Berlin": "Nowhere", "Monday": "Mondays", "08:00-16:00": "16:00-08:00", "2026-04-03": "Easter", "version: \"7\"": ""} {
		if _, err := Read([]byte(strings.Replace(own, old, new, 1))); err == nil {
			t.Errorf("%s was taken", new)
		}
	}
	if _, err := Read(make([]byte, 2<<20)); err == nil {
		t.Error("2 MiB were taken")
	}
}

// TestToCERTIn: the entity's own report has the types of Annexure I, the contact and the times apart.
func TestToCERTIn(t *testing.T) {
	tables, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := Case{Class: "fraud/phishing", Country: "IN", Times: Times{Detected: noon.Add(-time.Hour), Noticed: noon}}
	r := ToCERTIn(clockOf(t, rules(t, ""), "cert-in-6h", c, noon), tables, c, CERTIn{Entity: "Example Bank", Contact: Contact{Name: "A. Rao", Phone: "+91 11 0000"},
		Addresses: []string{"192.0.2.1"}, Events: 7, Reference: "case 17", Written: noon})
	text := r.Text()
	for _, want := range []string{"No. 20(3)/2022-CERT-In", "as of 2022-04-28", "7. Identity theft, spoofing and phishing", "2026-03-04 18:00:00 UTC", "A. Rao",
		"Detected               2026-03-04 11:00:00 UTC", "Noticed by the entity  2026-03-04 12:00:00 UTC", "Told by the desk       not known", "mail                 (to be filled in)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	out, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(out), `"annexure_i":[{"number":7,`) || strings.Contains(string(out), "told_at") {
		t.Errorf("%s, %v", out, err)
	}
	if got := Types(tables, "vulnerable/ddos-amplifier"); got != nil {
		t.Errorf("%v", got)
	}
}
