package programme

import (
	"strings"
	"testing"
	"time"
)

const declarationsText = `format: pahra-declarations/1
network: AS64500
declarations:
  - {rule: netops-1-due-diligence, met: true, by: NOC of Example Networks, on: 2026-01-10, until: 2026-03-31, evidence: "https://example.net/policy"}
`

const proofsText = `format: pahra-proofs/1
network: AS64500
proofs:
  - {rule: manrs-plus-rs-01, passed: false, by: conformance lab, ended: 2026-02-01T10:00:00Z, test: an invalid route of a customer was watched for at a peer, evidence: lab/rs-01.log}
`

// TestStatementsRefused changes good files into bad ones.
func TestStatementsRefused(t *testing.T) {
	for _, c := range [][3]string{
		{"declarations/1", "declarations/2", "is not"},
		{"AS64500", "64500 and others", "not an AS number"},
		{"AS64500", "AS0", "not an AS number"},
		{"netops-1-due-diligence", "netops-1-magic", "no programme has a rule"},
		{"met: true, ", "", "met, by or evidence is missing"},
		{"met: true", "met: often", "cannot unmarshal"},
		{"by: NOC of Example Networks, ", "", "met, by or evidence is missing"},
		{`evidence: "https://example.net/policy"`, "evidence: ''", "met, by or evidence is missing"},
		{"on: 2026-01-10", "on: lately", "YYYY-MM-DD"},
		{"until: 2026-03-31", "until: later", "YYYY-MM-DD"},
		{"by: NOC", "bye: 1, by: NOC", "field bye not found"},
		{"NOC of", "NOC of " + strings.Repeat("very ", 100), "longer than"},
	} {
		text := strings.Replace(declarationsText, c[0], c[1], 1)
		if _, err := ReadDeclarations(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%q for %q: %v, want %q in it", c[1], c[0], err, c[2])
		}
	}
	for _, c := range [][3]string{
		{"proofs/1", "declarations/1", "is not"},
		{"passed: false, ", "", "passed, by or evidence is missing"},
		{"2026-02-01T10:00:00Z", "2026-02-01", "RFC 3339"},
		{"test: an invalid route of a customer was watched for at a peer, ", "", "test, what was done"},
		{"passed: false", "met: false", "field met not found"},
	} {
		text := strings.Replace(proofsText, c[0], c[1], 1)
		if _, err := ReadProofs(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%q for %q: %v, want %q in it", c[1], c[0], err, c[2])
		}
	}
}

// TestStatementsAsOf looks at statements at other times than they were made.
func TestStatementsAsOf(t *testing.T) {
	s := declared(t,
		"{rule: netops-1-due-diligence, met: true, by: NOC, on: 2026-01-10, evidence: a}",
		"{rule: netops-1-due-diligence, met: false, by: NOC, on: 2026-02-10, until: 2026-03-31, evidence: b}")
	for _, c := range []struct {
		at   string
		ok   bool
		says string
	}{
		{"2026-01-09T23:59:59Z", false, "is later than"},
		{"2026-01-10T00:00:00Z", true, "met, says NOC on 2026-01-10; a"},
		{"2026-02-10T00:00:00Z", true, "not met, says NOC on 2026-02-10; b"},
		{"2026-03-31T23:59:59Z", true, "not met, says NOC on 2026-02-10; b"},
		{"2026-04-01T00:00:00Z", false, "held until 2026-03-31"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		x, ok, why := s.at("netops-1-due-diligence", at)
		if ok != c.ok || ok && x.says() != c.says || !ok && !strings.Contains(why, c.says) {
			t.Errorf("at %s: %v, %q, %q, want %v, %q", c.at, ok, x.says(), why, c.ok, c.says)
		}
	}
}

func FuzzReadDeclarations(f *testing.F) {
	f.Add(declarationsText)
	f.Add("format: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ReadDeclarations(strings.NewReader(text)); err == nil && (s.ASN == 0 || len(s.list) > maxStatements) {
			t.Errorf("%+v", s)
		}
	})
}

func FuzzReadProofs(f *testing.F) {
	f.Add(proofsText)
	f.Add("proofs: [{ended: 2026-02-30T00:00:00Z}]")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ReadProofs(strings.NewReader(text)); err == nil && (s.ASN == 0 || len(s.list) > maxStatements) {
			t.Errorf("%+v", s)
		}
	})
}

// TestManyKeys: a text of many keys, each of them long, is refused at once.
func TestManyKeys(t *testing.T) {
	start := time.Now()
	text := "format: pahra-declarations/1\nnetwork: AS1\ndeclarations: []\n" + strings.Repeat("? [x,x,x,x,x,x,x,x,x,x]\n: 1\n", 5000)
	if _, err := ReadDeclarations(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "more than 64 keys") {
		t.Errorf("it is not refused as such: %.200v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it takes %v", took)
	}
}
