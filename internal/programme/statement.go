package programme

import (
	"fmt"
	"io"
	"strings"
	"time"

	"pahra/wire/values"
)

// Statements are what others say of how a network meets rules: of [Declared] what it says itself, of [Proved] what
// active tests found. The zero value says nothing.
type Statements struct {
	ASN  values.ASN
	Kind Kind
	list []statement
}

// statement is what is said of one rule.
type statement struct {
	rule, by, evidence, text string
	met                      bool
	on                       time.Time // said or ended at
	until                    time.Time // it holds before; the zero time is for ever
}

// The formats of the two files.
const (
	declarationsFormat = "pahra-declarations/1"
	proofsFormat       = "pahra-proofs/1"
)

// The bounds on the two files.
const (
	maxStatements = 1000
	maxText       = 500 // bytes of a text in them
)

type declarationsFile struct {
	Format       string `yaml:"format"`
	Network      string `yaml:"network"`
	Declarations []struct {
		Rule     string `yaml:"rule"`
		Met      *bool  `yaml:"met"`
		By       string `yaml:"by"`
		On       string `yaml:"on"`
		Until    string `yaml:"until"`
		Evidence string `yaml:"evidence"`
		Note     string `yaml:"note"`
	} `yaml:"declarations"`
}

type proofsFile struct {
	Format  string `yaml:"format"`
	Network string `yaml:"network"`
	Proofs  []struct {
		Rule     string `yaml:"rule"`
		Passed   *bool  `yaml:"passed"`
		By       string `yaml:"by"`
		Ended    string `yaml:"ended"`
		Until    string `yaml:"until"`
		Evidence string `yaml:"evidence"`
		Test     string `yaml:"test"`
	} `yaml:"proofs"`
}

// ReadDeclarations reads what a network declares of itself: a YAML file as docs/programmes.md describes it. Unknown keys,
// rules that no programme has and statements without who, when and a link to what shows it are errors.
func ReadDeclarations(in io.Reader) (*Statements, error) {
	var f declarationsFile
	if err := readYAML(in, &f); err != nil {
		return nil, fmt.Errorf("reading declarations: %w", err)
	}
	s, known := &Statements{Kind: Declared}, ruleIDs()
	for _, d := range f.Declarations {
		on, err := time.Parse(time.DateOnly, d.On)
		if err != nil {
			return nil, fmt.Errorf("reading declarations: %s: on %q is not a day in the form YYYY-MM-DD", d.Rule, d.On)
		}
		if err := s.add(known, statement{rule: d.Rule, by: d.By, evidence: d.Evidence, text: d.Note, on: on}, d.Met, "met", d.Until); err != nil {
			return nil, fmt.Errorf("reading declarations: %w", err)
		}
	}
	return s, s.of("declarations", f.Format, declarationsFormat, f.Network)
}

// ReadProofs reads the results of active tests of a network: a YAML file as docs/programmes.md describes it, as strictly
// as [ReadDeclarations].
func ReadProofs(in io.Reader) (*Statements, error) {
	var f proofsFile
	if err := readYAML(in, &f); err != nil {
		return nil, fmt.Errorf("reading proofs: %w", err)
	}
	s, known := &Statements{Kind: Proved}, ruleIDs()
	for _, p := range f.Proofs {
		ended, err := time.Parse(time.RFC3339, p.Ended)
		if err != nil {
			return nil, fmt.Errorf("reading proofs: %s: ended %q is not a time in RFC 3339", p.Rule, p.Ended)
		}
		if p.Test == "" {
			return nil, fmt.Errorf("reading proofs: %s: test, what was done and watched, is missing", p.Rule)
		}
		if err := s.add(known, statement{rule: p.Rule, by: p.By, evidence: p.Evidence, text: p.Test, on: ended.UTC()}, p.Passed, "passed", p.Until); err != nil {
			return nil, fmt.Errorf("reading proofs: %w", err)
		}
	}
	return s, s.of("proofs", f.Format, proofsFormat, f.Network)
}

// of notes whose statements they are.
func (s *Statements) of(what, format, want, network string) (err error) {
	if format != want {
		return fmt.Errorf("reading %s: format %q is not %q", what, format, want)
	}
	if s.ASN, err = values.ParseASN(network); err != nil || s.ASN == 0 {
		return fmt.Errorf("reading %s: network %q is not an AS number", what, network)
	}
	return nil
}

// add checks a statement and takes it.
func (s *Statements) add(known map[string]bool, x statement, met *bool, word, until string) (err error) {
	switch {
	case len(s.list) == maxStatements:
		return fmt.Errorf("more than %d statements", maxStatements)
	case !known[x.rule]:
		return fmt.Errorf("no programme has a rule %q; pahra programme show lists them", x.rule)
	case met == nil || x.by == "" || x.evidence == "":
		return fmt.Errorf("%s: %s, by or evidence is missing", x.rule, word)
	case len(x.by) > maxText || len(x.evidence) > maxText || len(x.text) > maxText:
		return fmt.Errorf("%s: a text is longer than %d bytes", x.rule, maxText)
	}
	x.met = *met
	if until != "" {
		day, err := time.Parse(time.DateOnly, until)
		if err != nil {
			return fmt.Errorf("%s: until %q is not a day in the form YYYY-MM-DD", x.rule, until)
		}
		x.until = day.AddDate(0, 0, 1) // that day included
	}
	s.list = append(s.list, x)
	return nil
}

// ruleIDs are the rules of all programmes.
func ruleIDs() map[string]bool {
	known := make(map[string]bool)
	for _, name := range EmbeddedIDs() {
		set, err := Embedded(name)
		if err != nil {
			continue // a test reads every one of them
		}
		for _, r := range set.Rules {
			known[r.ID] = true
		}
	}
	return known
}

// at gives what was said last of a rule and holds at a moment; why says why nothing does.
func (s *Statements) at(rule string, at time.Time) (_ statement, ok bool, why string) {
	var last statement
	why = map[Kind]string{Declared: "the network has declared nothing of it", Proved: "no test of it has been run"}[s.Kind]
	for _, x := range s.list {
		switch {
		case x.rule != rule:
		case x.on.After(at):
			why = fmt.Sprintf("what was %s on %s is later than %s", s.Kind, x.on.Format(time.DateOnly), rfc(at))
		case !ok || !x.on.Before(last.on):
			last, ok = x, true
		}
	}
	if ok && !last.until.IsZero() && !at.Before(last.until) {
		return last, false, fmt.Sprintf("what was %s on %s held until %s", s.Kind, last.on.Format(time.DateOnly), last.until.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	return last, ok, why
}

// says writes a statement as evidence.
func (x statement) says() string {
	word := map[bool]string{true: "met", false: "not met"}[x.met]
	parts := []string{fmt.Sprintf("%s, says %s on %s", word, x.by, x.on.Format(time.DateOnly)), x.evidence}
	if x.text != "" {
		parts = append(parts, x.text)
	}
	return strings.Join(parts, "; ")
}
