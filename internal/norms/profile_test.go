package norms

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func embedded(t testing.TB, id string) *Profile {
	t.Helper()
	p, err := Embedded(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEmbeddedProfiles(t *testing.T) {
	entries, err := profiles.ReadDir("profiles")
	if err != nil || len(entries) != len(EmbeddedIDs()) {
		t.Fatalf("embedded files %v, ids %v, error %v", entries, EmbeddedIDs(), err)
	}
	for _, id := range EmbeddedIDs() {
		p := embedded(t, id)
		if p.ID != id {
			t.Errorf("profile %s calls itself %s", id, p.ID)
		}
		if len(p.Settings()) < 40 {
			t.Errorf("profile %s lists only %d settings", id, len(p.Settings()))
		}
	}
}

func TestProfileWeights(t *testing.T) {
	weights := func(id string) (counted []string) {
		p := embedded(t, id)
		for m := M1; m <= M9; m++ {
			if p.weight(m) > 0 {
				counted = append(counted, m.String())
			}
		}
		return counted
	}
	want := map[string]string{
		"manrs-2024": "M2 M2C M3 M3C M4 M4C M5 M7IRR M7RPKI M8",
		"manrs-2018": "M1 M1C M2 M2C M3 M6 M7IRR M8",
		"pahra-1":    "M1 M1C M2 M2C M3 M3C M4 M4C M5 M7IRR M7RPKI M8",
	}
	for id, metrics := range want {
		if diff := cmp.Diff(metrics, strings.Join(weights(id), " ")); diff != "" {
			t.Errorf("%s counts other metrics (-want +got):\n%s", id, diff)
		}
	}
}

// TestExtend reads a profile that changes two values of another: all else stays, and the listing shows the change.
func TestExtend(t *testing.T) {
	p, err := ReadProfile(strings.NewReader(`
id: soft
version: 3
effective: 2026-01-01
title: A softer first step
extends: pahra-1
severity: {short: 0.1}
actions: {A1: {combine: worst}}
sources:
  severity: "ours: a try"
  actions.A1.combine: "ours: a try"
`))
	if err != nil {
		t.Fatal(err)
	}
	base := embedded(t, "pahra-1")
	if p.Severity.Short != 0.1 || p.Severity.UnderDay != 1 || p.Actions.A1.Combine != Worst {
		t.Errorf("severity %+v, A1 %+v", p.Severity, p.Actions.A1)
	}
	if diff := cmp.Diff(base.Actions.A1.Weights, p.Actions.A1.Weights); diff != "" {
		t.Errorf("weights changed:\n%s", diff)
	}
	if got := len(p.Settings()); got != len(base.Settings()) {
		t.Errorf("%d settings, want %d", got, len(base.Settings()))
	}
	for _, s := range p.Settings() {
		if s.Path == "severity.short" && (s.Value != "0.1" || s.Source != "ours: a try") {
			t.Errorf("listed as %+v", s)
		}
	}
	if base.Severity.Short != 0.5 || embedded(t, "pahra-1").Severity.Short != 0.5 {
		t.Error("the extended profile was changed")
	}
}

func TestProfileRefused(t *testing.T) {
	const head = "id: x\nversion: 1\neffective: 2026-01-01\ntitle: t\nextends: manrs-2024\n"
	src := func(key string) string { return "\nsources: {" + key + ": \"ours: a try\"}\n" }
	tests := map[string]struct{ text, want string }{
		"empty":               {"", "empty"},
		"not a mapping":       {"- 1", "not a YAML mapping"},
		"two documents":       {head + "---\nid: y\n", "more than one YAML document"},
		"unknown key":         {head + "severity: {shrt: 1}" + src("severity"), "shrt"},
		"unknown kind":        {head + "incidents: {outage: {culprit: M1}}" + src("incidents"), "outage"},
		"double key":          {head + "severity: {short: 1, short: 1}" + src("severity"), "comes twice"},
		"alias":               {head + "curve: &a {base: 0.5}" + src("curve"), "anchors"},
		"no source":           {head + "severity: {short: 0.4}\n", "severity.short has no entry under sources"},
		"idle source":         {head + "severity: {short: 0.4}\nsources: {severity: \"ours: a\", bands: \"ours: b\"}", "bands names no setting"},
		"vague source":        {head + "severity: {short: 0.4}\nsources: {severity: someone said so}", "must begin with"},
		"unknown base":        {strings.Replace(head, "manrs-2024", "manrs-2077", 1), "no profile \"manrs-2077\""},
		"base by path":        {strings.Replace(head, "manrs-2024", "../profiles/manrs-2024", 1), "no profile"},
		"nothing extended":    {"id: x\nversion: 1\neffective: 2026-01-01\ntitle: t\n", "is missing"},
		"no id":               {strings.Replace(head, "id: x", "id: ''", 1), "id \"\""},
		"no version":          {strings.Replace(head, "version: 1", "version: 0", 1), "version"},
		"no day":              {strings.Replace(head, "2026-01-01", "soon", 1), "YYYY-MM-DD"},
		"negative short":      {head + "severity: {short: -1}" + src("severity"), "short"},
		"not a number":        {head + "severity: {short: .nan}" + src("severity"), "short"},
		"no day length":       {head + "severity: {day_seconds: 0}" + src("severity"), "day_seconds"},
		"growth":              {head + "severity: {growth: wild}" + src("severity"), "growth"},
		"curve rises":         {head + "curve: {base: 1.5}" + src("curve"), "curve.base"},
		"bands crossed":       {head + "bands: {ready: 10}" + src("bands"), "bands"},
		"bound of a mean":     {head + "actions: {A4: {missing: bound}}" + src("actions"), "no bound under mean"},
		"sum of fractions":    {head + "actions: {A4: {combine: sum}}" + src("actions"), "no raw penalty"},
		"counted twice":       {head + "actions: {A2: {weights: {M2: 1}}}" + src("actions"), "counts in both"},
		"action as metric":    {head + "actions: {A2: {weights: {A1: 1}}}" + src("actions"), "not a metric"},
		"unknown metric":      {head + "actions: {A2: {weights: {M77: 1}}}" + src("actions"), "M77"},
		"kind to fraction":    {head + "incidents: {leak: {culprit: M8, accomplice: none}}" + src("incidents"), "M8"},
		"anomaly that costs":  {head + "incidents: {path-anomaly: {culprit: M2, accomplice: none}}" + src("incidents"), "informs only"},
		"unknown attribution": {head + "culprit: {attributions: [guessed]}" + src("culprit"), "guessed"},
		"too long":            {head + "# " + strings.Repeat("x", maxProfileBytes), "longer than"},
		"too deep":            {head + "severity: " + strings.Repeat("{a: ", 30) + "1" + strings.Repeat("}", 30), "too deep"},
		"deeper":              {strings.Repeat("[", 60000), "depth"},
		"many keys":           {manyKeys(), "more than 200 keys"},
		"one key often":       {strings.Repeat("a:\n", 20000), "keys"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ReadProfile(strings.NewReader(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// FuzzReadProfile looks for a profile that crashes the reader, or that is taken and then crashes an assessment.
func FuzzReadProfile(f *testing.F) {
	f.Add("id: x\nversion: 1\neffective: 2026-01-01\ntitle: t\nextends: pahra-1\n")
	f.Add("id: x\nextends: pahra-1\nseverity: {short: 0.1}\nsources: {severity: 'ours: a try'}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ReadProfile(strings.NewReader(text)); err == nil {
			p.Assess(Inputs{})
			p.Settings()
		}
	})
}

// manyKeys is a mapping of some thousand keys, which the YAML decoder would compare with each other.
func manyKeys() string {
	var b strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&b, "k%d:\n", i)
	}
	return b.String()
}
