package programme

import (
	"fmt"
	"slices"
	"time"

	"pahra/wire/values"
)

// Outcome is how a network stands by a rule.
type Outcome string

// The outcomes. Unknown is "no data": neither met nor not met, and never counted as either.
const (
	Met     Outcome = "met"
	NotMet  Outcome = "not met"
	Unknown Outcome = "no data"
)

// Columns are outcomes by what decided them. They stand side by side and are never summed up into one; null is where
// nothing of that kind decides.
type Columns struct {
	Measured *Outcome `json:"measured"`
	Declared *Outcome `json:"declared"`
	Proved   *Outcome `json:"proved"`
}

// column gives the place of a kind of evidence.
func (c *Columns) column(k Kind) **Outcome {
	switch k {
	case Measured:
		return &c.Measured
	case Declared:
		return &c.Declared
	}
	return &c.Proved
}

// EvidenceKinds lists the kinds of evidence, in the order of the columns.
func EvidenceKinds() []Kind { return []Kind{Measured, Declared, Proved} }

// Facts are all that a programme's rules are held against.
type Facts struct {
	Network Network
	At      time.Time
	Month   MonthCheck // the last month's scores
	Routes  []Route    // that the network announced in it
	// Incidents are those in which it has a part, as evidence beside the scores.
	Incidents []IncidentSeen
	// NoData says for each kind of input that is not at hand why ("peeringdb").
	NoData map[string]string
	// Marked are the kinds of input that were used against their time or age.
	Marked []string
	// Declarations and Proofs are what is said of the network; nil where nothing was handed in.
	Declarations *Statements
	Proofs       *Statements
}

// Result is how a network stands in a programme.
type Result struct {
	RuleSet   string       `json:"rule_set"`
	Version   int          `json:"version"`
	Effective string       `json:"effective"`
	Title     string       `json:"title"`
	Spec      string       `json:"spec"`
	Source    string       `json:"source"`
	Note      string       `json:"note"`
	ASN       values.ASN   `json:"asn"`
	AsOf      time.Time    `json:"as_of"`
	Month     values.Month `json:"month"`
	Actions   []Standing   `json:"actions"`
	Joining   []Standing   `json:"joining"` // by each reading of who takes part
	Rules     []Checked    `json:"rules"`
}

// Standing is how a network stands in an Action, or by a reading of who takes part, in each column by itself. Of the
// rules, the mandatory ones decide.
type Standing struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Clause string `json:"clause"`
	Columns
}

// Checked is a rule and how a network stands by it.
type Checked struct {
	ID       string `json:"id"`
	Action   string `json:"action"`
	Title    string `json:"title"`
	Clause   string `json:"clause"`
	Level    Level  `json:"level"`
	Evidence Kind   `json:"evidence"` // what decides it; the other columns are null
	Columns
	Why   string   `json:"why"`   // how the outcome comes about, or why there is none
	Basis []string `json:"basis"` // what it rests on
	// Claim is what the network says of a rule that is not decided by what it says; it decides nothing.
	Claim string `json:"claim,omitempty"`
	// Anachronism names the inputs used against their time or age; such an outcome is barred from publication.
	Anachronism []string `json:"anachronism,omitempty"`
}

// Outcome gives the outcome in the one column that decides.
func (c Checked) Outcome() Outcome { return **c.column(c.Evidence) }

// Evaluate holds a network against the rules. It is a pure function of the facts.
func (s *RuleSet) Evaluate(f Facts) Result {
	r := Result{
		RuleSet: s.ID, Version: s.Version, Effective: s.Effective, Title: s.Title, Spec: s.Spec, Source: s.Source, Note: s.Note,
		ASN: f.Network.ASN, AsOf: f.At, Month: f.Month.Month, Actions: []Standing{}, Joining: []Standing{}, Rules: []Checked{},
	}
	for _, rule := range s.Rules {
		r.Rules = append(r.Rules, rule.hold(f))
	}
	for _, a := range s.Actions {
		r.Actions = append(r.Actions, Standing{a.ID, a.Title, a.Clause, standing(r.Rules, a.ID)})
	}
	for _, j := range s.Joining {
		r.Joining = append(r.Joining, Standing{j.ID, j.Title, j.Clause, j.stand(r.Actions)})
	}
	return r
}

// hold decides one rule by its own kind of evidence alone.
func (r Rule) hold(f Facts) Checked {
	c := Checked{ID: r.ID, Action: r.Action, Title: r.Title, Clause: r.Clause, Level: r.Level, Evidence: r.Evidence}
	var d decision
	switch r.Evidence {
	case Measured:
		d = r.Measure.hold(f)
	case Declared:
		d = stated(f.Declarations, Declared, r.ID, f.At)
	default:
		d = stated(f.Proofs, Proved, r.ID, f.At)
	}
	*c.column(r.Evidence) = &d.is
	c.Why, c.Basis, c.Anachronism = d.why, d.basis, d.marks
	if r.Evidence != Declared && f.Declarations != nil {
		if x, ok, _ := f.Declarations.at(r.ID, f.At); ok {
			c.Claim = x.says()
		}
	}
	if c.Basis == nil {
		c.Basis = []string{}
	}
	return c
}

// stated decides a rule by what is said of it.
func stated(s *Statements, k Kind, rule string, at time.Time) decision {
	if s == nil {
		s = &Statements{Kind: k}
	}
	x, ok, why := s.at(rule, at)
	if !ok {
		return decision{is: Unknown, why: why}
	}
	d := decision{is: NotMet, why: fmt.Sprintf("%s on %s", k, x.on.Format(time.DateOnly)), basis: []string{x.says()}}
	if x.met {
		d.is = Met
	}
	return d
}

// standing sums up the mandatory rules of an Action in each column: one that is not met decides, then one without data.
func standing(rules []Checked, action string) (c Columns) {
	for _, k := range EvidenceKinds() {
		var list []Outcome
		for _, r := range rules {
			if r.Action == action && r.Evidence == k && r.Level == Mandatory {
				list = append(list, r.Outcome())
			}
		}
		*c.column(k) = all(list)
	}
	return c
}

// all gives the outcome of several that must all be met; nil of none.
func all(list []Outcome) *Outcome {
	if len(list) == 0 {
		return nil
	}
	is := Met
	for _, o := range list {
		if o == NotMet || is == Met {
			is = o
		}
	}
	return &is
}

// stand tells in each column how the Actions stand by this reading. An Action of which a column says nothing is left
// open there: it neither hinders nor counts.
func (j Joining) stand(actions []Standing) (c Columns) {
	for _, k := range EvidenceKinds() {
		*c.column(k) = j.in(k, actions)
	}
	return c
}

func (j Joining) in(k Kind, actions []Standing) *Outcome {
	var needed []Outcome
	met, open, alone, said := 0, 0, true, false
	for _, a := range actions {
		is := *a.column(k)
		said = said || is != nil
		if is != nil && slices.Contains(j.Needed, a.ID) {
			needed = append(needed, *is)
		}
		switch {
		case is == nil || *is == Unknown:
			open++
		case *is == Met:
			met++
			alone = alone && slices.Contains(j.NotAlone, a.ID)
		}
	}
	if !said {
		return nil
	}
	is := Unknown
	switch must := all(needed); {
	case must != nil && *must == NotMet, met+open < j.AtLeast, open == 0 && met > 0 && alone:
		is = NotMet
	case met >= j.AtLeast && !alone && (must == nil || *must == Met):
		is = Met
	}
	return &is
}
