package agreement

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func example(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/examples/agreement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func read(t testing.TB, text string) *Agreement {
	t.Helper()
	a, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestExample(t *testing.T) {
	a := read(t, example(t))
	p, there := a.Party("cert-atlantica")
	if !there || a.Version != 3 || !p.Government || p.Keys[0].Fingerprint != "91D1EFF672A4EEE3B336ED43A15A458FE05C30FC" || p.Profile.TimeZone != "UTC-05:00" {
		t.Errorf("it was read as %+v", a)
	}
	d := a.Directions[0]
	if len(d.Fields) != 12 || d.Fields[1].Action != (Action{Do: Mask, V4: 24, V6: 48}) || d.Scope.Domains[0] != "xu" || d.Retention.Days != 365 ||
		d.Handling.PermittedActions != "externally-visible-indirect-actions" || len(d.Quotas) != 2 || d.Statistics.MinimumCell != 10 {
		t.Errorf("the first direction was read as %+v", d)
	}
	if _, there := a.Party("cert-nowhere"); there {
		t.Error("there is a party that is none")
	}
}

// TestSignedBytes: what is signed is the data, whatever it is written like.
func TestSignedBytes(t *testing.T) {
	text := example(t)
	a := read(t, text)
	var plain map[string]any
	if err := yaml.Unmarshal([]byte(text), &plain); err != nil {
		t.Fatal(err)
	}
	again, err := yaml.Marshal(plain) // keys in another order, no comments, other quotes
	if err != nil {
		t.Fatal(err)
	}
	b := read(t, string(again))
	if !bytes.Equal(a.SignedBytes(), b.SignedBytes()) {
		t.Error("the same data gives other bytes")
	}
	if !bytes.HasPrefix(a.SignedBytes(), []byte(`{"directions":[{"fields":[{"action":"release","clause":"5.1"`)) {
		t.Errorf("the bytes begin with %.80s", a.SignedBytes())
	}
	c := read(t, strings.Replace(text, "days: 365", "days: 366", 1))
	if bytes.Equal(a.SignedBytes(), c.SignedBytes()) {
		t.Error("other data gives the same bytes")
	}
}

// wrongDocuments are what to replace in the example, with what, what Read says, and why the schema cannot tell.
func wrongDocuments() [][4]string {
	return [][4]string{
		{"format: pahra-agreement/1", "format: pahra-agreement/2", `"pahra-agreement/2" is none of`, ""},
		{`clause: "4.1"`, "clause: 4.1", "stands in quotes", ""},
		{`clause: "4.1"`, `clause: "four"`, "no number of a clause", ""},
		{"version: 3", "version: 0", "from 1 to", ""},
		{"country: XN", "country: NO", "stands in quotes", "YAML here reads it as a text"},
		{`updated: "2026-01-11"`, "updated: 2026-01-11", "a date or a time stands in quotes", ""},
		{"hours: day and night", "hours: 10:30", "stands in quotes", "YAML here reads it as a text"},
		{"version: 3", "version: 0x3", "no whole decimal number", "YAML reads it as 3"},
		{"title: Exchange", "titel: Exchange", "title is missing", ""},
		{"id: nadia-atlantica", "id: &x nadia-atlantica", "anchors", "it sees no anchors"},
		{"id: nadia-atlantica", "id: !!str nadia-atlantica", "tags", "it sees no tags"},
		{"id: nadia-atlantica", "id: Nadia Atlantica", "short name", ""},
		{"id: nadia-atlantica", "id:", "a value is missing", ""},
		{"id: nadia-atlantica", "id: a\nid: b", "there twice", "YAML refuses it"},
		{"government: true", "government: yes", "stands in quotes", ""},
		{"government: true", "government: 1", "true or false", ""},
		{"team: cert-atlantica", "team: cert-nadia", "both parties are", "it compares nothing"},
		{"country: XN", "country: Nadia", "no country's code", ""},
		{"fingerprint: 91D1", "fingerprint: 91d1", "no fingerprint", ""},
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----", "public key", ""},
		{"      time_zone: UTC+05:30\n", "", "time_zone is missing", ""},
		{`start: "2026-03-01T00:00:00Z"`, `start: "2026-03-01"`, "no instant", ""},
		{`start: "2026-03-01T00:00:00Z"`, `start: "2026-03-01T00:00:00+05:30"`, "no instant", ""},
		{`start: "2026`, `start: "2036`, "ends before it begins", "it compares nothing"},
		{"how: automatic, months: 60", "how: none, months: 60", "belong to automatic", ""},
		{"from: cert-nadia", "from: cert-nowhere", "from one party to the other", "it compares nothing"},
		{"from: cert-nadia\n    to: cert-atlantica", "from: cert-atlantica\n    to: cert-nadia", "two directions from", "it compares nothing"},
		{"max: TLP:AMBER", "max: AMBER", "none of TLP:CLEAR", ""},
		{"at_least: TLP:AMBER+STRICT", "at_least: TLP:RED", "nothing leave", ""},
		{"unlabelled: TLP:AMBER", "unlabelled: TLP:WHITE", "none of TLP:CLEAR", ""},
		{"      unlabelled: TLP:AMBER", "      #", "unlabelled is missing", ""},
		{"AMBER: TLP:AMBER,", "AMBER: TLP:GREEN,", "which more people may see", ""},
		{"{WHITE: TLP:CLEAR, ", "{", "WHITE is missing", ""},
		{"labels: 2", "labels: 1", "amber_strict_becomes is missing", ""},
		{"labels: 2", "labels: 2\n      amber_strict_becomes: RED", "reads labels of version 1", ""},
		{"fraud/phishing", "fraud/theft", "no type such as", "it lists classes alone"},
		{"permit: [malicious-code", "permit: [theft", "no class of the RSIT", ""},
		{`ask: [intrusions`, `permit: [spam], ask: [intrusions`, "one of permit, ask and forbid", ""},
		{"countries: [XU]", "everything: true", "everything, or", ""},
		{`scope: {clause: "6.3", everything: true}`, `scope: {clause: "6.3", everything: true, sides: [source]}`, "sides say nothing", ""},
		{`scope: {clause: "6.3", everything: true}`, `scope: {clause: "6.3"}`, "everything, or", ""},
		{"asns: [64496", "asns: [0", "no number of a network", ""},
		{"prefixes: [192.0.2.0/24", "prefixes: [192.0.2.1/24", "bits set behind", "it knows no prefixes"},
		{"domains: [.xu", "domains: [192.0.2.1", "is an address", "it knows no addresses"},
		{"domains: [.xu", "domains: [.x u", "no domain", ""},
		{"third_party: refuse", "third_party: never", "none of release, ask, refuse", ""},
		{"pap: PAP:AMBER", "pap: AMBER", "none of PAP:", ""},
		{"to: constituents,", "to: named,", "named says who", ""},
		{"objects: 20000", "objects: 0", "from 1 to", ""},
		{`{clause: "4.10", objects`, `{clause: "4.9", objects`, "is a quota already", "it compares nothing"},
		{"per: hour", "per: week", "none of hour", ""},
		{"days: 365", "days: 0", "from 1 to 36500", ""},
		{"minimum_cell: 10", "minimum_cell: 1.5", "read as a number", ""},
		{"unit: incident", "unit: byte", "none of incident", ""},
		{"action: mask, v4: 24", "action: mask, v4: 32", "from 1 to 31", ""},
		{"action: mask, v4: 24, ", "action: mask, ", "mask needs v4 and v6", ""},
		{"action: bucket, to: hour", "action: bucket, to: country", "bucket needs to", ""},
		{"action: generalise, to: country", "action: generalise, to: hour", "generalise needs to", ""},
		{"action: drop, fields", "action: drop, v4: 8, fields", "belongs to another action", ""},
		{`action: pseudonymise, key: "2026"`, "action: pseudonymise", "pseudonymise needs key", ""},
		{"fields: [raw", "fields: [source.ip", "has a rule in line", "it compares no lists"},
		{"fields: [raw", "fields: [extra.pahra.consent", "never leaves", ""},
		{"fields: [raw", `fields: ["*.ip"`, "no pattern", ""},
		{`fields: ["*"]`, "fields: []", "none is named", ""},
		{"    retention: {clause: \"4.11\", days: 365}\n", "", "retention is missing", ""},
		{"onward:", "onwards:", "there is no key", ""},
	}
}

// TestSchema holds the example against the published form, and the form against what Read refuses.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../../docs/schemas/agreement.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	fits := func(text string) error {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			return err
		}
		return schema.Validate(v)
	}
	if err := fits(example(t)); err != nil {
		t.Error(err)
	}
	for _, change := range wrongDocuments() {
		text := strings.Replace(example(t), change[0], change[1], 1)
		if text == example(t) {
			t.Errorf("%q does not stand in the example", change[0])
		}
		_, err := Read([]byte(text))
		if err == nil || !strings.Contains(err.Error(), change[2]) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q for %q gives %v, want %q", change[1], change[0], err, change[2])
		}
		if (fits(text) == nil) != (change[3] != "") && !strings.Contains(change[3], "YAML refuses") {
			t.Errorf("whether the schema takes %q is wrong: %q", change[1], change[3])
		}
	}
}

// TestFaults: all that is wrong is told, each with its place.
func TestFaults(t *testing.T) {
	text := strings.NewReplacer("version: 3", "version: none", "days: 365", "days: 0").Replace(example(t))
	_, err := Read([]byte(text))
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 2 || faults[0].Line != 5 || faults[0].Column != 10 {
		t.Errorf("it says %v", err)
	}
	for _, bad := range []string{"", "\t", "a: [", "a: 1\n---\nb: 1", "x", strings.Repeat("[", 30) + strings.Repeat("]", 30), strings.Repeat(" ", mostText+1)} {
		if _, err := Read([]byte(bad)); err == nil {
			t.Errorf("%.20q is an agreement", bad)
		}
	}
	if _, err := Read([]byte("a:\n" + strings.Repeat("- [0x1]\n", 1000))); err == nil || strings.Count(err.Error(), "\n") > mostFault {
		t.Errorf("faults without end: %v", err)
	}
}

// TestTerm: until when an agreement holds, with renewals and notices.
func TestTerm(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if s != "" && err != nil {
			t.Fatal(err)
		}
		return d
	}
	auto := Renewal{How: "automatic", Months: 12, Times: 2}
	for i, c := range []struct {
		renewal     Renewal
		notice, end string
	}{
		{Renewal{How: "none"}, "", "2027-01-01"}, {Renewal{How: "new-version"}, "2026-02-01", "2026-05-02"}, {Renewal{How: "none"}, "2026-12-01", "2027-01-01"},
		{auto, "", "2029-01-01"}, {auto, "2026-12-01", "2027-01-01"}, {auto, "2027-02-01", "2027-05-02"}, {auto, "2027-12-31", "2028-01-01"},
		{auto, "2028-01-01", "2028-03-31"}, {Renewal{How: "none"}, "2025-01-01", "2026-01-01"},
	} {
		term := Term{Start: day("2026-01-01"), End: day("2027-01-01"), Renewal: c.renewal, Termination: Termination{NoticeDays: 90}}
		notice := time.Time{}
		if c.notice != "" {
			notice = day(c.notice)
		}
		start, end := term.Bounds(notice)
		if !start.Equal(term.Start) || !end.Equal(day(c.end)) {
			t.Errorf("case %d: %s, want %s", i, end, c.end)
		}
	}
}

// TestExplained: decisions in words name the clause and the version.
func TestExplained(t *testing.T) {
	table, err := Compile(read(t, example(t)), "cert-nadia", "cert-atlantica")
	if err != nil {
		t.Fatal(err)
	}
	f := &Facts{Kind: someCodes()[2], Concerns: []Concern{{Side: "source", ASN: 64496}}}
	ask := Request{At: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Standing: Standing{Signed: []string{"cert-nadia", "cert-atlantica"}}}
	d := table.Decide(f, ask)
	for _, want := range [][2]string{
		{d.Cited("source.ip", d.Field(Address, "source.ip"), false), "source.ip masked to /24 by clause 5.2, version 3"},
		{d.Cited("x", d.Field(Text, "x"), false), "x dropped by the floor: not named"},
		{d.Cited("feed.provider", d.Field(Name, "feed.provider"), false), "feed.provider replaced by clause 4.6, version 3"},
		{d.String(), "released to cert-atlantica by agreement nadia-atlantica, version 3"},
		{d.Label(), "TLP:AMBER+STRICT"},
		{fmt.Sprint(d.DeleteBy()), "2027-03-02 00:00:00 +0000 UTC"},
		{fmt.Sprint(d.Until), "2036-03-01 00:00:00 +0000 UTC"},
	} {
		if want[0] != want[1] {
			t.Errorf("%q, want %q", want[0], want[1])
		}
	}
	f.Kind = someCodes()[0]
	f.Concerns = nil
	if d = table.Decide(f, ask); d.String() != "not released by clause 4.5, version 3: it concerns nothing in scope" || !d.DeleteBy().IsZero() {
		t.Errorf("%q until %s", &d, d.DeleteBy())
	}
	if d.Field(Text, "comment").Clause != "4.5" {
		t.Errorf("a field of what stays is decided by %s", d.Field(Text, "comment").Clause)
	}
	if _, err := Compile(read(t, example(t)), "cert-nadia", "cert-nadia"); err == nil {
		t.Error("there is a direction to oneself")
	}
}

// TestDocument: what docs/agreements.md shows stands in the example.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../docs/agreements.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, block := range strings.Split(string(text), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			shown++
			if !strings.Contains(example(t), line) {
				t.Errorf("the example has no line %q", line)
			}
		}
	}
	if shown < 20 {
		t.Errorf("the document shows %d lines", shown)
	}
}
