package programme

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sets(t testing.TB) (list []*RuleSet) {
	t.Helper()
	for _, id := range EmbeddedIDs() {
		s, err := Embedded(id)
		if err != nil {
			t.Fatal(err)
		}
		if s.ID != id {
			t.Fatalf("rule set %s calls itself %s", id, s.ID)
		}
		list = append(list, s)
	}
	return list
}

// TestEmbedded pins what each programme asks for: its Actions, the readings of who takes part, the kinds of evidence.
func TestEmbedded(t *testing.T) {
	type shape struct {
		Actions            []string
		Joining            []string
		Measured, Declared int
		Proved             int
	}
	want := map[string]shape{
		"netops":     {[]string{"1", "2", "3", "4"}, []string{"guide", "join-page"}, 17, 20, 0},
		"ixp":        {[]string{"1", "2", "3", "4", "5"}, []string{"guide"}, 2, 12, 1},
		"cdn":        {[]string{"1", "2", "3", "4", "5", "6"}, []string{"join-page"}, 13, 6, 0},
		"vendor":     {[]string{"1", "2", "3"}, []string{"join-page"}, 0, 5, 3},
		"manrs-plus": {[]string{"RS-01", "RS-02", "RS-03", "RS-06"}, []string{"known-controls"}, 0, 0, 4},
	}
	got := make(map[string]shape)
	for _, s := range sets(t) {
		var is shape
		for _, a := range s.Actions {
			is.Actions = append(is.Actions, a.ID)
		}
		for _, j := range s.Joining {
			is.Joining = append(is.Joining, j.ID)
		}
		for _, r := range s.Rules {
			switch r.Evidence {
			case Measured:
				is.Measured++
			case Declared:
				is.Declared++
			case Proved:
				is.Proved++
			}
		}
		for _, a := range s.Actions {
			if !strings.Contains(rulesOf(s, a.ID), "mandatory") {
				t.Errorf("%s: nothing is mandatory for Action %s", s.ID, a.ID)
			}
		}
		got[s.ID] = is
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Embedded("../netops"); err == nil {
		t.Error("a path is taken for a programme")
	}
}

// rulesOf lists the levels of an Action's rules.
func rulesOf(s *RuleSet, action string) string {
	var levels []string
	for _, r := range s.Rules {
		if r.Action == action {
			levels = append(levels, string(r.Level))
		}
	}
	return strings.Join(levels, " ")
}

const smallSet = `
id: x
version: 1
effective: 2020-01-01
effective_sure: published
title: T
spec: S
source: W
note: ""
actions: [{id: "1", title: a, clause: c}]
joining: [{id: j, title: t, clause: c, sure: published, needed: ["1"], at_least: 1, not_alone: []}]
rules:
  - {id: x-1, action: "1", clause: c, sure: published, title: t, requirement: r, level: mandatory, evidence: measured, measure: {metric: M2, at_least: 100, source: s}}
`

// TestRuleSetRefused changes a good rule set into bad ones.
func TestRuleSetRefused(t *testing.T) {
	read := func(text string) error {
		s := &RuleSet{}
		if err := readYAML(strings.NewReader(text), s); err != nil {
			return err
		}
		return s.check()
	}
	if err := read(smallSet); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{
		{"title: T", "title: T\nmore: 1", "field more not found"},
		{"id: x\n", "id: x\nid: x\n", "already"},
		{"version: 1", "version: 0", "version"},
		{"effective: 2020-01-01", "effective: lately", "YYYY-MM-DD"},
		{"effective_sure: published", "effective_sure: perhaps", "effective_sure"},
		{"evidence: measured", "evidence: declared", "a measured rule, and no other, has a measure"},
		{"evidence: measured", "evidence: guessed", "none of measured, declared, proved"},
		{"level: mandatory", "level: nice", "neither mandatory nor recommended"},
		{"clause: c, sure: published, title: t, requirement", "clause: '', sure: published, title: t, requirement", "clause, title or requirement"},
		{"metric: M2, ", "", "exactly one of metric, routes and contact"},
		{"metric: M2, ", "metric: M2, contact: peeringdb, ", "exactly one of"},
		{"metric: M2, ", "metric: M99, ", "not a metric"},
		{"metric: M2, ", "routes: pretty, ", "is not"},
		{"at_least: 100", "at_least: 101", "at_least"},
		{"id: x-1", "id: y-1", "does not begin"},
		{"action: \"1\"", "action: \"2\"", "belongs to no action"},
		{`needed: ["1"]`, `needed: ["7"]`, "no action"},
		{"at_least: 1,", "at_least: 0,", "at_least"},
		{"title: T", "title: &a T", "anchors"},
	} {
		if err := read(strings.Replace(smallSet, c[0], c[1], 1)); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%q for %q: %v, want %q in it", c[1], c[0], err, c[2])
		}
	}
	for _, text := range []string{"", smallSet + "---\n" + smallSet, strings.Repeat("# much\n", maxYAML/7+1)} {
		if read(text) == nil {
			t.Errorf("%.20q is taken", text)
		}
	}
}
