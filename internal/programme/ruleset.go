package programme

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"pahra/internal/norms"
)

//go:embed rulesets/*.yaml
var ruleSets embed.FS

// RuleSet is one version of a programme's rules.
type RuleSet struct {
	ID        string `yaml:"id" json:"id"`
	Version   int    `yaml:"version" json:"version"`     // of our reading; counts up with every change of a rule
	Effective string `yaml:"effective" json:"effective"` // YYYY-MM-DD, the day from which the text holds
	// EffectiveSure says how far that day is known: published, recalled.
	EffectiveSure string `yaml:"effective_sure" json:"effective_sure"`
	Title         string `yaml:"title" json:"title"`
	Spec          string `yaml:"spec" json:"spec"`     // the text that is read: its name and version
	Source        string `yaml:"source" json:"source"` // where the text is
	Note          string `yaml:"note" json:"note"`     // what is not public, or not confirmed
	// Actions are the programme's, in its order; Joining are the rules by which one takes part, the one to go by first.
	Actions []Action  `yaml:"actions" json:"actions"`
	Joining []Joining `yaml:"joining" json:"joining"`
	Rules   []Rule    `yaml:"rules" json:"rules"`
}

// Action is one of the things that a programme asks for.
type Action struct {
	ID     string `yaml:"id" json:"id"` // "1", "RS-01"
	Title  string `yaml:"title" json:"title"`
	Clause string `yaml:"clause" json:"clause"`
}

// Joining is one reading of which Actions take part in a programme.
type Joining struct {
	ID     string `yaml:"id" json:"id"`
	Title  string `yaml:"title" json:"title"`
	Clause string `yaml:"clause" json:"clause"`
	Sure   string `yaml:"sure" json:"sure"` // published, recalled
	// Needed are the Actions without which it does not go; AtLeast is how many there have to be, those included; NotAlone
	// are those that do not count where they are all there is.
	Needed   []string `yaml:"needed" json:"needed"`
	AtLeast  int      `yaml:"at_least" json:"at_least"`
	NotAlone []string `yaml:"not_alone" json:"not_alone"`
}

// Level says what a rule is to its Action.
type Level string

// The levels.
const (
	Mandatory   Level = "mandatory"
	Recommended Level = "recommended"
)

// Kind is what decides a rule: exactly one of three.
type Kind string

// The kinds of evidence, from the strongest to the weakest that a network has in its own hands.
const (
	Measured Kind = "measured" // seen from outside, in routing and registry data
	Declared Kind = "declared" // the network says so, with a link to what shows it
	Proved   Kind = "proved"   // an active test was run
)

// Rule is one requirement.
type Rule struct {
	ID          string   `yaml:"id" json:"id"`
	Action      string   `yaml:"action" json:"action"`
	Clause      string   `yaml:"clause" json:"clause"` // document and section that it rests on
	Sure        string   `yaml:"sure" json:"sure"`     // how far the clause is known: published, recalled
	Title       string   `yaml:"title" json:"title"`
	Requirement string   `yaml:"requirement" json:"requirement"` // in our own words
	Level       Level    `yaml:"level" json:"level"`
	Evidence    Kind     `yaml:"evidence" json:"evidence"`
	Measure     *Measure `yaml:"measure,omitempty" json:"measure"` // of measured rules; null for the others
}

// Measure decides a measured rule: a percentage, and the least that will do. Exactly one of Metric, Routes and Contact
// is set.
type Measure struct {
	Metric  norms.Metric `yaml:"metric" json:"metric,omitempty"`   // the metric's percentage
	Routes  string       `yaml:"routes" json:"routes,omitempty"`   // the share of announced routes that are: documented
	Contact string       `yaml:"contact" json:"contact,omitempty"` // 100 where there is a contact in this source
	AtLeast float64      `yaml:"at_least" json:"at_least"`         // percent
	Source  string       `yaml:"source" json:"source"`             // where the threshold comes from
}

// DocumentedRoutes is the only value of Measure.Routes: routes of which a route object or a ROA says that their origin
// may announce them.
const DocumentedRoutes = "documented"

// EmbeddedIDs lists the rule sets, the one that is used where none is named first.
func EmbeddedIDs() []string { return []string{"netops", "ixp", "cdn", "vendor", "manrs-plus"} }

// Embedded gives the rule set with that id.
func Embedded(id string) (*RuleSet, error) {
	f, err := ruleSets.Open(path.Join("rulesets", id+".yaml"))
	if err != nil || !slices.Contains(EmbeddedIDs(), id) {
		return nil, fmt.Errorf("there is no programme %q; there are: %s", id, strings.Join(EmbeddedIDs(), ", "))
	}
	defer f.Close()
	set := &RuleSet{}
	if err := readYAML(f, set); err != nil {
		return nil, fmt.Errorf("reading rule set %s: %w", id, err)
	}
	if err := set.check(); err != nil {
		return nil, fmt.Errorf("rule set %s: %w", id, err)
	}
	return set, nil
}

// Rule gives the rule with that id.
func (s *RuleSet) Rule(id string) (Rule, bool) {
	i := slices.IndexFunc(s.Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return s.Rules[i], true
}

// check refuses a rule set that leaves something out or contradicts itself.
func (s *RuleSet) check() error {
	if _, err := time.Parse(time.DateOnly, s.Effective); err != nil {
		return fmt.Errorf("effective %q is not a day in the form YYYY-MM-DD", s.Effective)
	}
	if s.ID == "" || s.Version < 1 || s.Title == "" || s.Spec == "" || s.Source == "" || !isSure(s.EffectiveSure) || len(s.Actions) == 0 || len(s.Joining) == 0 {
		return fmt.Errorf("id, version, effective_sure, title, spec, source, actions or joining is missing")
	}
	actions := make(map[string]bool)
	for _, a := range s.Actions {
		if a.ID == "" || a.Title == "" || a.Clause == "" || actions[a.ID] {
			return fmt.Errorf("action %q comes twice, or lacks its title or clause", a.ID)
		}
		actions[a.ID] = true
	}
	seen := make(map[string]bool)
	for _, r := range s.Rules {
		if seen[r.ID] || !actions[r.Action] || !strings.HasPrefix(r.ID, s.ID+"-") {
			return fmt.Errorf("rule %q comes twice, belongs to no action, or does not begin with %s-", r.ID, s.ID)
		}
		seen[r.ID] = true
		if err := r.check(); err != nil {
			return fmt.Errorf("rule %s: %w", r.ID, err)
		}
	}
	for _, j := range s.Joining {
		if err := j.check(actions); err != nil {
			return fmt.Errorf("joining %q: %w", j.ID, err)
		}
	}
	return nil
}

func (j Joining) check(actions map[string]bool) error {
	if j.ID == "" || j.Title == "" || j.Clause == "" || !isSure(j.Sure) || j.AtLeast < max(1, len(j.Needed)) || j.AtLeast > len(actions) {
		return fmt.Errorf("id, title, clause, sure or at_least is missing or makes no sense")
	}
	for _, id := range slices.Concat(j.Needed, j.NotAlone) {
		if !actions[id] {
			return fmt.Errorf("there is no action %q", id)
		}
	}
	return nil
}

func isSure(word string) bool { return slices.Contains([]string{"published", "recalled"}, word) }

func (r Rule) check() error {
	switch {
	case r.Clause == "" || r.Title == "" || r.Requirement == "":
		return fmt.Errorf("clause, title or requirement is missing")
	case !isSure(r.Sure):
		return fmt.Errorf("sure %q is neither published nor recalled", r.Sure)
	case r.Level != Mandatory && r.Level != Recommended:
		return fmt.Errorf("level %q is neither mandatory nor recommended", r.Level)
	case r.Evidence != Measured && r.Evidence != Declared && r.Evidence != Proved:
		return fmt.Errorf("evidence %q is none of measured, declared, proved", r.Evidence)
	case (r.Measure != nil) != (r.Evidence == Measured):
		return fmt.Errorf("a measured rule, and no other, has a measure")
	case r.Measure != nil:
		return r.Measure.check()
	}
	return nil
}

func (m *Measure) check() error {
	given := 0
	for _, is := range []bool{m.Metric != 0, m.Routes != "", m.Contact != ""} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return fmt.Errorf("measure: exactly one of metric, routes and contact has to be given")
	case m.Routes != "" && m.Routes != DocumentedRoutes:
		return fmt.Errorf("measure: routes %q is not %q", m.Routes, DocumentedRoutes)
	case m.AtLeast <= 0 || m.AtLeast > 100 || m.Source == "":
		return fmt.Errorf("measure: at_least is not within 0 and 100, or source is missing")
	}
	return nil
}
