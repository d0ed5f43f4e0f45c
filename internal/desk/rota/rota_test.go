package rota

import (
	"strings"
	"testing"
	"time"
)

const plan = `version: "1"
zone: Europe/Berlin
people: {ann: {mail: ann@cert.example}, bob: {mail: bob@cert.example}, cat: {mail: cat@cert.example}}
rotas:
  - {name: first, start: "2026-03-02 09:00", days: 7, people: [ann, bob]}
  - {name: second, start: "2026-03-02 09:00", days: 1, people: [cat]}
swaps: [{rota: first, from: "2026-03-04 09:00", to: "2026-03-05 09:00", person: cat}]
page: {priority: 80, escalate: 15m}
surge: {cases: 100, priority: 95}
`

// TestOn: people take turns by the clock of their zone, over the change to summer time, and somebody else does a swapped day.
func TestOn(t *testing.T) {
	p, err := Read([]byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-03-02T07:59:59Z": "",
		"2026-03-02T08:00:00Z": "ann until 2026-03-04T08:00:00Z",
		"2026-03-04T08:00:00Z": "cat until 2026-03-05T08:00:00Z",
		"2026-03-05T08:00:00Z": "ann until 2026-03-09T08:00:00Z",
		"2026-03-09T08:00:00Z": "bob until 2026-03-16T08:00:00Z",
		"2026-03-30T06:59:59Z": "bob until 2026-03-30T07:00:00Z",
		"2026-03-30T07:00:00Z": "ann until 2026-04-06T07:00:00Z",
	} {
		when, _ := time.Parse(time.RFC3339, at)
		got := ""
		if turns := p.On(when); len(turns) == 2 {
			got = turns[0].Person.Name + " until " + turns[0].Until.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
	begin := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	if _, now := p.Escalates(0, begin, begin.Add(14*time.Minute)); now {
		t.Error("it escalates too early")
	}
	if who, now := p.Escalates(0, begin, begin.Add(15*time.Minute)); !now || who.Mail != "cat@cert.example" {
		t.Errorf("%+v, %v", who, now)
	}
	if _, now := p.Escalates(1, begin, begin.Add(time.Hour)); now {
		t.Error("there is nobody further")
	}
	for opened, want := range map[int64]int{100: 80, 101: 95} {
		if got, surge := p.Worth(opened); got != want || surge != (opened > 100) {
			t.Errorf("%d: %d, %v", opened, got, surge)
		}
	}
}

// TestBadPlans: what cannot be meant is refused.
func TestBadPlans(t *testing.T) {
	for old, new := range map[string]string{
		"Europe/Berlin": "Nowhere", "people: [ann, bob]": "people: [ann, dan]", "days: 7": "days: 0", "2026-03-02 09:00": "Monday", "version: \"1\"": "version: \"\"",
		"escalate: 15m": "escalate: 1s", "to: \"2026-03-05 09:00\"": "to: \"2026-03-03 09:00\"", "rota: first": "rota: third", "surge:": "surges:", "person: cat": "person: dan",
	} {
		if _, err := Read([]byte(strings.ReplaceAll(plan, old, new))); err == nil {
			t.Errorf("%s was taken", new)
		}
	}
	if _, err := Read([]byte(plan + "---\n{}")); err == nil {
		t.Error("two plans were taken")
	}
}
